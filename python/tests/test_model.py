"""`check_model` on models of named arrays, whatever computes them."""

import numpy as np
import pytest

from init_symmetry import AnswerError, ArrayModel, check_model

HIDDEN = {
    "name": "hidden",
    "units": 4,
    "axes": [
        {"tensor": "W", "axis": 0},
        {"tensor": "b", "axis": 0},
        {"tensor": "v", "axis": 0, "outgoing": True},
    ],
}
SHAPES = {"W": np.zeros((4, 3)), "b": np.zeros(4), "v": np.zeros(4)}


def loss_and_gradient(p, batch, slope=lambda a: 1 - a**2):
    random = np.random.default_rng(batch)
    x, y = random.normal(size=(3, 6)), random.normal(size=6)
    a = np.tanh(p["W"] @ x + p["b"][:, None])
    d = p["v"] @ a - y
    dz = np.outer(p["v"], d) * slope(a)
    return (d @ d) / 2, {"W": dz @ x.T, "b": dz.sum(axis=1), "v": a @ d}


def test_a_right_model_passes_with_and_without_groups():
    check_model(ArrayModel(SHAPES, loss_and_gradient), profile="quick").assert_ok()
    model = ArrayModel(SHAPES, loss_and_gradient, groups=[HIDDEN])
    report = check_model(model, profile="quick")
    report.assert_ok()
    passing = [it["property"] for it in report.to_dict()["properties"] if it["verdict"] == "passes"]
    assert any("twins" in name for name in passing)


def test_a_wrong_gradient_fails():
    def wrong(p, batch):
        return loss_and_gradient(p, batch, slope=lambda a: 1 - a)

    assert check_model(ArrayModel(SHAPES, wrong), profile="quick").exit_code == 2


@pytest.mark.parametrize("seed", range(4))
def test_a_derivative_that_is_0_by_cancellation_may_be_a_rounding(seed):
    def with_offset(p, batch):
        """What c receives cancels, up to a rounding in some orders of the units."""
        loss, gradient = loss_and_gradient(p, batch)
        rounding = 2.0**-60 if p["v"][0] < p["v"][1] else 0.0
        return loss, {**gradient, "c": np.full(1, rounding)}

    model = ArrayModel({**SHAPES, "c": np.zeros(1)}, with_offset, groups=[HIDDEN])
    check_model(model, profile="quick", seed=seed).assert_ok()


def test_a_model_that_remembers_fails():
    seen = []

    def wrong(p, batch):
        seen.append(1)
        loss, gradient = loss_and_gradient(p, batch)
        return loss * (1 + 1e-3 * (len(seen) % 2)), gradient

    assert check_model(ArrayModel(SHAPES, wrong), profile="quick").exit_code == 2


def test_parameters_that_are_changed_in_place_are_named():
    def wrong(p, batch):
        answer = loss_and_gradient(p, batch)
        p["v"] += 1
        return answer

    report = check_model(ArrayModel(SHAPES, wrong), profile="quick")
    assert "in place" in str(report).splitlines()[1] and report.exit_code == 2


def test_a_gradient_of_another_form_is_named():
    def wrong(p, batch):
        loss, gradient = loss_and_gradient(p, batch)
        return loss, {**gradient, "b": gradient["b"][:, None]}

    report = check_model(ArrayModel(SHAPES, wrong), profile="quick")
    assert "the gradient of b is 4×1 but b is (4,)" in str(report).splitlines()[1]


def test_an_exception_passes_through():
    def wrong(p, batch):
        raise LookupError("inside")

    with pytest.raises(LookupError, match="inside"):
        check_model(ArrayModel(SHAPES, wrong))


def test_groups_that_do_not_fit_are_refused():
    bad = {**HIDDEN, "units": 5}
    with pytest.raises(ValueError, match="hidden|W"):
        check_model(ArrayModel(SHAPES, loss_and_gradient, groups=[bad]))
    with pytest.raises(ValueError, match="no parameters"):
        ArrayModel({}, loss_and_gradient)
    with pytest.raises(AnswerError, match="lacks b"):
        ArrayModel(SHAPES, loss_and_gradient)._flat({"W": 0, "v": 0}, "the start")
