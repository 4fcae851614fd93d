"""`lint`: live dictionaries and files, with the rules of the command."""

import json

import numpy as np
import pytest

from init_symmetry import lint


def drawn(seed=1, constant=False):
    random = np.random.default_rng(seed)
    w1 = np.full((8, 3), 0.5) if constant else random.normal(size=(8, 3)) * np.sqrt(2 / 3)
    w2 = np.full((1, 8), 0.5) if constant else random.normal(size=(1, 8)) / 2
    return {"fc1.weight": w1, "fc1.bias": np.zeros(8), "fc2.weight": w2, "fc2.bias": np.zeros(1)}


def test_a_random_start_passes_and_a_constant_one_does_not():
    lint(drawn(), fresh=True).assert_ok()
    report = lint(drawn(constant=True), fresh=True)
    assert report.exit_code == 2
    rules = {finding["rule"] for finding in report.to_dict()["files"][0]["findings"]}
    assert "twin-units" in rules or "constant-tensor" in rules, rules


def test_two_equal_units_are_found_by_groups_whatever_the_names():
    tensors = {"a": drawn()["fc1.weight"], "z": drawn()["fc2.weight"]}
    tensors["a"][5], tensors["z"][:, 5] = tensors["a"][2], tensors["z"][:, 2]
    axes = [{"tensor": "a", "axis": 0}, {"tensor": "z", "axis": 1, "outgoing": True}]
    report = lint(tensors, groups=[{"name": "hidden", "units": 8, "axes": axes}])
    assert report.exit_code == 2 and "twin-units" in str(report)


def test_rules_are_chosen_by_name():
    tensors = drawn(constant=True)
    found = {it["rule"] for it in lint(tensors, fresh=True).to_dict()["files"][0]["findings"]}
    assert lint(tensors, fresh=True, ignore=sorted(found)).passed
    assert lint(tensors, fresh=True, select=["not-finite"]).passed
    with pytest.raises(ValueError, match="rule"):
        lint(tensors, select=["no-such-rule"])
    with pytest.raises(ValueError, match="did you mean 'he'"):
        lint(tensors, fresh=True, scheme="hee")


def test_a_file_gives_what_the_dictionary_gives(tmp_path):
    tensors = drawn(constant=True)
    path = tmp_path / "start.npz"
    np.savez(path, **tensors)
    of_file, live = lint(path, fresh=True), lint(tensors, fresh=True)

    def found(report):
        return [(it["rule"], it["place"]) for it in report.to_dict()["files"][0]["findings"]]

    assert found(of_file) == found(live) and of_file.exit_code == 2


@pytest.mark.parametrize(
    "parameters, words",
    [
        (3, "int cannot be checked"),
        ({}, "empty"),
        ({"w": np.array(["a"])}, "dtype"),
        ("missing.npz", "there is no file"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_words(parameters, words):
    with pytest.raises((TypeError, ValueError, OSError), match=words):
        lint(parameters)


def test_a_broken_file_is_refused_in_words(tmp_path):
    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"no header")
    with pytest.raises(ValueError, match="broken.safetensors"):
        lint(path)


def test_the_arrays_are_left_as_they_are():
    tensors = drawn()
    before = json.dumps({name: array.tolist() for name, array in tensors.items()})
    lint(tensors)
    assert before == json.dumps({name: array.tolist() for name, array in tensors.items()})
