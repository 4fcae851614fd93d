"""Tests of the course mode: right solutions pass, each wrong one is put down to one function.

The solutions are whole files in course_solutions/. Start reading at `WRONG`.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import json
import os
import pathlib
import random
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("init_symmetry._core")

from init_symmetry import course  # noqa: E402
from init_symmetry.course import formula  # noqa: E402
from init_symmetry.course.compare import same  # noqa: E402
from init_symmetry.course.solution import Solution  # noqa: E402
from init_symmetry.course.training import WholeSubject  # noqa: E402

SOLUTIONS = pathlib.Path(__file__).parent / "course_solutions"
RIGHT = sorted(path.stem for path in (SOLUTIONS / "right").glob("*.py"))

# A solution: the functions that are wrong, words of the report, names of faults.
BACK, DEEP_BACK = "backward_propagation", "L_model_backward"
WRONG = {
    "axis_0": ([BACK], ["db1 is summed over the wrong axis", "axis=1"], ["db-over-wrong-axis"]),
    "biases_not_updated": (
        ["update_parameters"], ["b1 and b2 are never updated"], ["biases-never-updated"]),
    "cache_changed": ([BACK], ["changes its argument cache['A2'] in place"], []),
    "constant_start": (["initialize_parameters"], ["stay identical"], []),
    "cost_first_term": (["compute_cost"], ["only the term of the examples with Y = 1"], []),
    "cost_log10": (["compute_cost"], ["log10"], []),
    "cost_without_mean": (["compute_cost"], ["not divided by m"], ["sum-instead-of-mean"]),
    "cost_without_minus": (["compute_cost"], ["lacks the minus sign"], []),
    "db_of_everything": (
        [BACK], ["db1 is summed over all entries"], ["db-summed-over-everything"]),
    "biases_random": (
        ["initialize_parameters"], ["b1 is not zero"], ["start-with-random-biases"]),
    "constant_w1": (
        ["initialize_parameters"], ["only W2 makes them different"], ["zero-init-of-w1-only"]),
    "dz2_in_dw1": ([BACK], ["dW1 is computed from dZ2, not from dZ1"], []),
    "labels_used_twice": (["compute_cost"], ["the factor Y instead of 1 - Y"], []),
    "deep_cache_forgotten": (
        ["L_model_forward"], ["2 caches for 3 layers", "`caches.append(cache)`"], []),
    "deep_dal_sign": ([DEEP_BACK], ["AL - Y, not Y - AL"], ["output-delta-sign"]),
    "deep_db_axis": (["linear_backward"], ["wrong axis"], ["db-over-wrong-axis"]),
    "deep_last_layer_not_updated": (["update_parameters"], ["W3 and b3 are never updated"], []),
    "deep_loop_a_of_own_layer": (
        [BACK], ["dW2 is computed from Z1, not from A1"], ["dw-from-preactivation"]),
    "deep_loop_no_slope": (
        [BACK], ["dZ1 lacks the factor g'(Z1)"], ["activation-derivative-missing"]),
    "deep_loop_sum": (["compute_cost"], ["not divided by m"], ["sum-instead-of-mean"]),
    "deep_missing_mean": (
        ["linear_backward"], ["dW is m times too large"], ["missing-mean-in-dw"]),
    "deep_missing_transpose": (
        ["linear_backward"], ["dA_prev = Wᵀ · dZ", "dA_prev = np.dot(W, dZ)"],
        ["untransposed-weights"]),
    "deep_output_relu": (["L_model_forward"], ["AL uses relu, not sigmoid"], []),
    "deep_relu_backward": (
        ["relu_backward"], ["returns dA unchanged"], ["activation-derivative-missing"]),
    "deep_slope_of_relu_for_output": (
        [DEEP_BACK], ["slope of relu, but the output layer is sigmoid"],
        ["slope-of-another-layer"]),
    "deep_zero_start": (["initialize_parameters_deep"], ["stay identical"], []),
    "delta_sign": ([BACK], ["dZ2 has the wrong sign"], ["output-delta-sign"]),
    "dot_for_star": ([BACK], ["dZ1 is a matrix product (`np.dot`)", "line 56"], []),
    "flat_output": (["forward_propagation"], ["A2 is flat, of shape (m,)"], []),
    "global_labels": (
        [BACK], ["does not use its argument `labels`; it reads the global `Y`"], []),
    "global_parameters": (
        ["forward_propagation"],
        ["does not use its argument `params`; it reads the global `parameters`"], []),
    "global_parameters_exist": (
        ["forward_propagation"],
        ["does not use its argument `params`; it reads the global `parameters`"], []),
    "hidden_bias_ignored": (
        ["forward_propagation"], ["Z1 ignores the bias"], ["hidden-bias-ignored"]),
    "integer_labels": ([BACK], ["wrong if X or the labels are integers"], []),
    "keepdims_forgotten": ([BACK], ["db1", "add keepdims=True"], []),
    "layer_sizes_exchanged": (["layer_sizes"], ["n_x = X.shape[0]"], []),
    "leaky_relu": (["relu"], ["leaky"], []),
    "missing_mean_everywhere": (
        [BACK], ["dW1, db1, dW2 and db2 are m times too large: divide by m."],
        ["missing-mean-in-db", "missing-mean-in-dw"]),
    "missing_mean_in_dw1": (
        [BACK], ["dW1 is m times too large: divide by m."], ["missing-mean-in-dw"]),
    "missing_transpose": (
        [BACK], ["W2 is 1×", "The formula is dZ1 = np.dot(W2.T, dZ2)"], []),
    "no_sigmoid": (["forward_propagation"], ["A2 lacks the sigmoid"], ["predictions-are-logits"]),
    "predict_probabilities": (["predict"], ["compare them with 0.5"], []),
    "rate_twice": (["update_params"], ["the learning rate squared"], ["rate-applied-twice"]),
    "return_forgotten": ([BACK], ["returns None: is the `return` missing?"], []),
    "return_in_loop": (["nn_model"], ["is the `return` inside the loop"], []),
    "rows_db_axis": (["backward"], ["db1 is summed over the wrong axis", "use axis=0"],
                     ["db-over-wrong-axis"]),
    "rows_missing_mean": (
        ["backward"], ["dW2 is m times too large"], ["missing-mean-in-dw"]),
    "seeded_again": (
        ["initialize_parameters"], ["W2 repeats the numbers of W1"],
        ["same-seed-in-every-layer"]),
    "slope_forgotten": (
        [BACK], ["dZ1 lacks the factor g'(Z1)"], ["activation-derivative-missing"]),
    "slope_from_z": (
        [BACK], ["1 - Z1² instead of 1 - A1²"], ["tanh-derivative-from-preactivation"]),
    "softmax_axis": (
        ["forward_propagation"],
        ["A2 is normalised over the wrong axis", "use axis=0", "line 13: return e / e.sum(axis=1"],
        ["softmax-over-examples"]),
    "softmax_cost_binary": (["compute_cost"], ["which belongs to a sigmoid"], []),
    "softmax_cost_mean": (["compute_cost"], ["divided by the number of classes too"], []),
    "softmax_deep_slope": (
        ["backward"], ["dZ1 lacks the factor g'(Z1)"], ["activation-derivative-missing"]),
    "softmax_delta_sign": (["backward"], ["dZ2 has the wrong sign"], ["output-delta-sign"]),
    "softmax_missing_mean": (
        [BACK], ["dW1 is m times too large", "line 35: dW1 = np.dot(dZ1, X.T)"],
        ["missing-mean-in-dw"]),
    "softmax_missing_transpose": ([BACK], ["dA1 uses W2 instead of its transpose"], []),
    "softmax_of_everything": (["forward_propagation"], ["normalised over all entries"], []),
    "softmax_predict_axis": (["predict"], ["its argmax runs over the wrong axis"], []),
    "softmax_rows_axis": (["forward"], ["over the wrong axis", "use axis=1"], []),
    "softmax_rows_db": (["backward"], ["use axis=0, the examples"], ["db-over-wrong-axis"]),
    "softmax_rows_divided": (["backward"], ["divided by the number of classes too"], []),
    "softmax_rows_sum": (["loss"], ["not divided by m"], ["sum-instead-of-mean"]),
    "softmax_slope": ([BACK], ["squared error"], ["cross-entropy-extra-slope"]),
    "softmax_zero_start": (["initialize_parameters"], ["stay identical"], []),
    "squared_error_slope": ([BACK], ["squared error"], ["cross-entropy-extra-slope"]),
    "stale_cache": (["nn_model"], ["forward pass is run only once"], ["stale-cache"]),
    "star_for_dot": ([BACK], ["dW2 is an elementwise product (`*`)"], []),
    "state_between_calls": (
        [BACK], ["keeps a value between calls"], ["every-second-call-differs"]),
    "tanh_applied_twice": ([BACK], ["applies tanh to A1 again"], ["derivative-at-activation"]),
    "tuple_dw2_from_z": (
        ["backprop"], ["dW2 is computed from Z1, not from A1"], ["dw-from-preactivation"]),
    "tuple_mean_twice": (["backprop"], ["divided by m twice"], ["mean-applied-twice"]),
    "tuple_relu_slope_forgotten": (
        ["backprop"], ["dZ1 lacks the factor g'(Z1)"], ["activation-derivative-missing"]),
    "tuple_z_for_a": (["forward_prop"], ["Z2 is computed from Z1, not from A1"], []),
    "two_mistakes": (
        ["compute_cost", BACK], ["not divided by m", "dZ2 has the wrong sign"],
        ["output-delta-sign", "sum-instead-of-mean"]),
    "two_mistakes_in_backward": (
        [BACK], ["without the square", "dW2 is m times too large"], []),
    "uniform_start": (
        ["initialize_parameters"], ["np.random.rand draws between 0 and 1"],
        ["start-never-negative"]),
    "update_before_backward": (["nn_model"], ["the update comes before the backward pass"], []),
    "update_not_kept": (["nn_model"], ["returns the initial parameters unchanged"], []),
    "update_uphill": (["update_parameters"], ["updated with + instead of -"], ["update-ascends"]),
    "zero_start": (["initialize_parameters"], ["W1 is all zero", "stay identical"], []),
}


@functools.lru_cache(maxsize=None)
def checked(kind: str, name: str, seed: int = 1) -> course.CourseReport:
    """Load a solution of course_solutions/ and check it in this process."""
    loaded = course.load_python(str(SOLUTIONS / kind / f"{name}.py"))
    return course.check(loaded.namespace, seed=seed)


def failed(report: course.CourseReport) -> list:
    return [part.name for part in report.parts if part.failed]


def in_process(tmp_path: pathlib.Path, text: str, name: str = "solution.py", **options) -> int:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return course.main(str(path), **options)


def edited(tmp_path: pathlib.Path, *edits: tuple) -> str:
    """Return the path of the plain right solution with some text replaced."""
    text = (SOLUTIONS / "right" / "shallow_tanh.py").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "solution.py"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_solution_passes_whatever_its_style(name: str, seed: int) -> None:
    report = checked("right", name, seed)
    report.assert_ok()
    judged = [part for part in report.functions if part.verdict == "right"]
    assert len(judged) == len(report.functions) >= 4, str(report)


def mutants(seed: int, number: int) -> list:
    """Draw right solutions with one operator, transpose or statement of one function changed."""
    rng = random.Random(seed)
    drawn = []
    while len(drawn) < number:
        path = SOLUTIONS / "right" / f"{rng.choice(RIGHT)}.py"
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        function = rng.choice(functions)
        sites = [n for n in ast.walk(function) if isinstance(n, ast.BinOp)]
        sites += [n for n in ast.walk(function) if isinstance(n, ast.Attribute) and n.attr == "T"]
        sites += [n for n in function.body if not isinstance(n, ast.Return)]
        if not sites:
            continue
        site = rng.choice(sites)
        if isinstance(site, ast.BinOp):
            site.op = rng.choice([ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult])()
        elif isinstance(site, ast.Attribute):
            site.attr = "copy"
        else:
            function.body.remove(site)
        drawn.append((function.name, ast.unparse(ast.fix_missing_locations(tree))))
    return drawn


@pytest.mark.parametrize("function, text", mutants(seed=5, number=30), ids=range(30))
def test_a_change_of_one_function_is_never_put_down_to_another(
    tmp_path: pathlib.Path, function: str, text: str
) -> None:
    path = tmp_path / "solution.py"
    path.write_text(text, encoding="utf-8")
    report = course.check(course.load_python(str(path)).namespace)
    assert set(failed(report)) <= {function}, str(report)


def test_most_drawn_changes_of_a_function_are_caught(tmp_path: pathlib.Path) -> None:
    caught = 0
    for number, (_, text) in enumerate(mutants(seed=6, number=30)):
        path = tmp_path / f"solution{number}.py"
        path.write_text(text, encoding="utf-8")
        caught += bool(failed(course.check(course.load_python(str(path)).namespace)))
    # Some changes, such as that of an assert, change no number.
    assert caught >= 18


@pytest.mark.parametrize("name", ["shallow_tanh", "rows", "deep_assignment", "separate"])
def test_the_functions_as_one_program_have_the_loss_and_gradient_of_the_formula(name: str) -> None:
    loaded = course.load_python(str(SOLUTIONS / "right" / f"{name}.py"))
    solution = Solution.of(loaded.namespace, 1)
    network = solution.networks[-1]
    rng = np.random.default_rng(3)
    case = formula.drawn_case(rng, [4, 3, 2, 1] if network.deep else [4, 3, 1], 6, "tanh")
    if network.deep:
        case = dataclasses.replace(case, activation="relu").forward()
    loss, grads = WholeSubject(solution, network).loss_and_gradient(
        case.parameters, case.X, case.Y
    )
    assert same(loss, formula.cost(case.A[-1], case.Y))
    for key, due in formula.gradients(case).items():
        assert same(grads[key[1:]], due), key


def test_the_random_generators_are_left_as_they_were() -> None:
    np.random.seed(7)
    due = np.random.RandomState(7).rand()
    checked("right", "shallow_tanh")
    assert np.random.rand() == due


def test_every_wrong_solution_has_its_expectation() -> None:
    assert sorted(WRONG) == sorted(path.stem for path in (SOLUTIONS / "wrong").glob("*.py"))


@pytest.mark.parametrize("seed", [1])
@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_wrong_solution_is_put_down_to_the_function_that_is_wrong(name: str, seed: int) -> None:
    functions, words, faults = WRONG[name]
    report = checked("wrong", name, seed)
    assert failed(report) == functions, str(report)
    text = str(report)
    for word in words:
        assert word in text
    named = {fault for part in report.parts for fault in part.faults}
    assert set(faults) <= named
    assert "no usual mistake" not in text
    with pytest.raises(course.CourseError, match="functions are right"):
        report.assert_ok()


def test_every_named_fault_stands_in_the_catalogue() -> None:
    root = pathlib.Path(__file__).parents[2]
    catalogue = root / "crates" / "check" / "src" / "fault" / "catalogue.rs"
    if not catalogue.exists():
        pytest.skip("the Rust sources are not here")
    known = catalogue.read_text(encoding="utf-8").replace("_", "")
    for name in sorted(WRONG):
        for part in checked("wrong", name).parts:
            for fault in part.faults:
                camel = "".join(word.capitalize() for word in fault.split("-"))
                assert f"    {camel}," in known, fault


def test_a_namespace_a_module_and_a_dict_are_judged_alike(tmp_path: pathlib.Path) -> None:
    import types

    loaded = course.load_python(str(SOLUTIONS / "right" / "rows.py"))
    module = types.ModuleType("solution")
    vars(module).update(loaded.namespace)
    assert str(course.check(module)) == str(course.check(loaded.namespace))


def test_a_report_survives_its_json() -> None:
    report = checked("wrong", "two_mistakes")
    data = json.loads(json.dumps(report.to_dict()))
    assert data["schema"] == "init-symmetry/course/1"
    assert str(course.CourseReport.from_dict(data)) == str(report)


def test_failures_come_first_and_the_count_last() -> None:
    lines = str(checked("wrong", "delta_sign")).splitlines()
    assert lines[0].startswith("backward_propagation: dZ2 has the wrong sign")
    assert lines[-1] == "6 of 8 functions are right"


def test_gradescope_gives_a_point_for_each_right_function() -> None:
    results = checked("wrong", "delta_sign").to_gradescope()
    status = {test["name"]: test["status"] for test in results["tests"]}
    assert status["backward_propagation"] == "failed" and status["compute_cost"] == "passed"
    assert results["score"] == sum(test["score"] for test in results["tests"])
    assert all(0 <= test["score"] <= test["max_score"] for test in results["tests"])


def test_html_escapes_what_the_student_wrote(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "solution.py"
    path.write_text("def predict(parameters, X):\n    raise ValueError('<b>oh</b>')\n")
    text = course.check(course.load_python(str(path)).namespace)._repr_html_()
    assert "&lt;b&gt;oh" in text and "<b>oh" not in text


def test_what_the_student_prints_does_not_reach_the_terminal(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture
) -> None:
    path = edited(tmp_path, ("    m = Y.shape[1]\n", "    m = Y.shape[1]\n    print('noise')\n"))
    course.check(course.load_python(path).namespace).assert_ok()
    assert capsys.readouterr().out == ""


def test_a_keyboard_interrupt_passes_through(tmp_path: pathlib.Path) -> None:
    path = edited(tmp_path, ("    m = Y.shape[1]\n", "    raise KeyboardInterrupt\n"))
    with pytest.raises(KeyboardInterrupt):
        course.check(course.load_python(path).namespace)


@pytest.mark.parametrize("error", ["exit(1)", "1 / 0", "[][0]", "raise RuntimeError('oh')"])
def test_what_a_function_raises_is_put_down_to_it_with_its_line(
    tmp_path: pathlib.Path, error: str
) -> None:
    path = edited(tmp_path, ("    dZ2 = A2 - Y\n", f"    {error}\n"))
    report = course.check(course.load_python(path).namespace)
    assert failed(report) == ["backward_propagation"]
    assert report.functions[4].verdict == "raises" and f"`{error}`" in str(report)


def test_the_arguments_a_caller_passes_are_never_changed_by_a_check(
    tmp_path: pathlib.Path,
) -> None:
    loaded = course.load_python(str(SOLUTIONS / "right" / "shallow_tanh.py"))
    names = {name: value for name, value in loaded.namespace.items()}
    course.check(loaded.namespace)
    assert all(loaded.namespace[name] is value for name, value in names.items())


def test_a_list_of_weights_is_called_not_understood_and_not_wrong(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "solution.py"
    path.write_text(
        "import numpy as np\n"
        "def init_params(sizes):\n"
        "    return [(np.random.randn(b, a), np.zeros((b, 1)))\n"
        "            for a, b in zip(sizes, sizes[1:])]\n"
        "def forward(x, params):\n"
        "    for W, b in params:\n"
        "        x = np.tanh(W @ x + b)\n"
        "    return x\n"
    )
    report = course.check(course.load_python(str(path)).namespace)
    assert failed(report) == [] and not report.passed
    assert "not understood" in str(report)


def test_a_softmax_of_an_unknown_form_is_not_called_wrong(tmp_path: pathlib.Path) -> None:
    right = (SOLUTIONS / "right" / "softmax_columns.py").read_text(encoding="utf-8")
    old = "-np.sum(Y * np.log(A2)) / Y.shape[1]"
    for new in (f"{old} + 0.01 * np.sum(A2**2)", f"({old})**1.1"):
        path = tmp_path / "solution.py"
        path.write_text(right.replace(old, new), encoding="utf-8")
        report = course.check(course.load_python(str(path)).namespace)
        assert failed(report) == [] and report.exit_code == 3, str(report)
        assert "looks like a softmax classifier in a form" in str(report)


def test_a_softmax_inside_the_cost_is_not_called_wrong(tmp_path: pathlib.Path) -> None:
    text = (SOLUTIONS / "right" / "softmax_columns.py").read_text(encoding="utf-8")
    path = tmp_path / "solution.py"
    text = text.replace("A2 = softmax(Z2)", "A2 = Z2")
    text = text.replace("dZ2 = A2 - Y", "dZ2 = softmax(A2) - Y")
    path.write_text(text.replace("np.log(A2)", "np.log(softmax(A2))"), encoding="utf-8")
    report = course.check(course.load_python(str(path)).namespace)
    assert failed(report) == [] and report.exit_code == 3, str(report)


def test_a_forgotten_softmax_is_not_called_a_forgotten_sigmoid(tmp_path: pathlib.Path) -> None:
    text = (SOLUTIONS / "right" / "softmax_columns.py").read_text(encoding="utf-8")
    path = tmp_path / "solution.py"
    path.write_text(text.replace("A2 = softmax(Z2)", "A2 = Z2"), encoding="utf-8")
    report = course.check(course.load_python(str(path)).namespace)
    assert failed(report) == ["forward_propagation"], str(report)
    assert "A2 lacks the softmax" in str(report) and "sigmoid" not in str(report)


def test_ten_classes_in_the_code_are_no_mistake(tmp_path: pathlib.Path) -> None:
    text = (SOLUTIONS / "right" / "softmax_row_of_classes.py").read_text(encoding="utf-8")
    path = tmp_path / "solution.py"
    path.write_text(text.replace("np.eye(n_y)", "np.eye(10)"), encoding="utf-8")
    course.check(course.load_python(str(path)).namespace).assert_ok()


def test_a_cost_alone_that_fits_a_softmax_is_not_called_wrong(tmp_path: pathlib.Path) -> None:
    text = "import numpy as np\ndef cost(A, Y):\n    return -np.sum(Y * np.log(A)) / Y.shape[1]\n"
    assert in_process(tmp_path, text) == 3


def test_the_line_of_a_wrong_formula_is_named_only_if_there_is_one(tmp_path: pathlib.Path) -> None:
    wrong = "    dZ2 = Y - A2\n"
    once = edited(tmp_path, ("    dZ2 = A2 - Y\n", wrong))
    report = course.check(course.load_python(once).namespace)
    assert ": dZ2 = Y - A2" in str(report) and "solution.py, line " in str(report)
    twice = edited(tmp_path, ("    dZ2 = A2 - Y\n", "    dZ2 = Y\n" + wrong))
    assert "solution.py, line" not in str(course.check(course.load_python(twice).namespace))


def test_the_start_of_a_training_run_is_put_back(tmp_path: pathlib.Path) -> None:
    loaded = course.load_python(str(SOLUTIONS / "right" / "shallow_tanh.py"))
    original = loaded.namespace["initialize_parameters"]
    course.check(loaded.namespace)
    assert loaded.namespace["initialize_parameters"] is original


@pytest.mark.parametrize(
    "name, exit_code", [("right/rows", 0), ("wrong/delta_sign", 2)]
)
def test_the_command_exits_by_what_it_found(name: str, exit_code: int) -> None:
    assert course.main(str(SOLUTIONS / f"{name}.py")) == exit_code


def test_the_command_writes_json(capsys: pytest.CaptureFixture) -> None:
    assert course.main(str(SOLUTIONS / "wrong" / "axis_0.py"), json=True) == 2
    data = json.loads(capsys.readouterr().out)
    assert data["functions"][4]["faults"] == ["db-over-wrong-axis"]


def test_nothing_found_is_exit_code_4(tmp_path: pathlib.Path) -> None:
    assert in_process(tmp_path, "x = 1\n") == 4


def test_nothing_judged_is_exit_code_3(tmp_path: pathlib.Path) -> None:
    text = "def compute_cost(first, second, third, fourth, fifth, sixth, seventh):\n    return 0\n"
    assert in_process(tmp_path, text) == 3


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("a.py", b"def f(:\n", "line 1 is not Python"),
        ("a.py", b"\x00\x01\xff\xfe", "not a text file"),
        ("a.ipynb", b"\x89PNG\r\n\xff\x00", "not a text file"),
        ("a.ipynb", b"{", "it is not JSON"),
        ("a.ipynb", b"[1, 2]", "it has no cells"),
        ("a.ipynb", b'{"cells": 3}', "no list of cells"),
        ("a.ipynb", b'{"cells": []}', "no code cells"),
    ],
)
def test_bad_input_is_exit_code_1_with_a_reason(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert course.main(str(path)) == 1
    assert words in capsys.readouterr().err


def test_a_missing_file_and_a_folder_are_bad_input(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture
) -> None:
    assert course.main(str(tmp_path / "none.py")) == 1
    assert "does not exist" in capsys.readouterr().err
    assert course.main(str(tmp_path)) == 1
    assert "is a folder" in capsys.readouterr().err


def test_a_loop_without_end_is_stopped_and_named(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture
) -> None:
    path = edited(tmp_path, ("    m = Y.shape[1]\n", "    while True:\n        pass\n"))
    assert course.main(path, timeout=3.0) == 2
    assert "compute_cost: did not finish within 3 s" in capsys.readouterr().out


def test_a_process_that_ends_itself_is_put_down_to_its_function(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture
) -> None:
    path = edited(
        tmp_path,
        ("import copy\n", "import copy, os\n"),
        ("    m = Y.shape[1]\n", "    os._exit(7)\n"),
    )
    assert course.main(path) == 2
    assert "compute_cost: ended the process (exit code 7)" in capsys.readouterr().out


def test_results_are_written_whole_and_kept_on_bad_input(tmp_path: pathlib.Path) -> None:
    results = tmp_path / "results.json"
    solution = str(SOLUTIONS / "right" / "rows.py")
    assert course.main(solution, gradescope=str(results)) == 0
    before = results.read_text(encoding="utf-8")
    assert json.loads(before)["score"] > 0
    assert course.main(str(tmp_path / "none.py"), gradescope=str(results)) == 1
    assert results.read_text(encoding="utf-8") == before
    assert os.listdir(tmp_path) == ["results.json"]


def notebook(*cells: str) -> str:
    return json.dumps(
        {
            "nbformat": 4,
            "cells": [{"cell_type": "markdown", "source": ["# title"]}]
            + [{"cell_type": "code", "source": cell.splitlines(True)} for cell in cells],
        }
    )


def test_a_notebook_is_read_without_its_magics_and_its_broken_cells(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture
) -> None:
    text = (SOLUTIONS / "right" / "shallow_tanh.py").read_text(encoding="utf-8")
    cells = ["%matplotlib inline\n!pip install x\n?np\n", "def broken(:\n    pass\n"]
    cells += text.split("\n\n\n")
    assert in_process(tmp_path, notebook(*cells), "notebook.ipynb") == 0
    out = capsys.readouterr().out
    assert "code cell 2, line 1 is not Python" in out and "8 of 8 functions are right" in out


def test_a_notebook_of_format_3_is_read(tmp_path: pathlib.Path) -> None:
    text = (SOLUTIONS / "right" / "rows.py").read_text(encoding="utf-8")
    cell = {"cell_type": "code", "input": text.splitlines(True)}
    data = json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}]})
    assert in_process(tmp_path, data, "notebook.ipynb") == 0


@pytest.mark.parametrize("run", [False, True])
def test_only_definitions_are_run_unless_everything_is_asked_for(
    tmp_path: pathlib.Path, run: bool
) -> None:
    trace = tmp_path / "trace"
    cell = f"open({str(trace)!r}, 'w').close()\nlimit = 3\n"
    text = notebook(cell, "def sigmoid(z):\n    import numpy as np\n    return 1/(1+np.exp(-z))\n")
    assert in_process(tmp_path, text, "notebook.ipynb", run=run) == 0
    assert trace.exists() == run


def test_the_line_of_an_error_in_a_notebook_names_its_cell(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "notebook.ipynb"
    path.write_text(notebook("import numpy as np", "def sigmoid(z):\n    return np.expp(-z)\n"))
    report = course.check(course.load_notebook(str(path)).namespace)
    assert "line 2 of cell 2: `return np.expp(-z)`" in str(report)


def test_missing_modules_of_the_course_are_noted_and_their_helpers_provided() -> None:
    loaded = course.load_python(str(SOLUTIONS / "right" / "deep_assignment.py"))
    notes = " ".join(loaded.notes)
    assert "No module named 'dnn_utils_v2'" in notes and "were used instead" in notes
    A, cache = loaded.namespace["relu"](np.array([[-1.0, 2.0]]))
    assert A.tolist() == [[0.0, 2.0]] and cache.tolist() == [[-1.0, 2.0]]
    assert "relu" not in [part.name for part in course.check(loaded.namespace).functions]


def test_a_statement_that_fails_is_noted_with_its_line(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "solution.py"
    path.write_text("limit = 3\nrate = limit / 0\ndef sigmoid(z):\n    return z\n")
    loaded = course.load_python(str(path))
    assert loaded.notes == ["line 2 skipped: ZeroDivisionError: division by zero"]
    assert loaded.namespace["limit"] == 3 and "sigmoid" in loaded.namespace


def test_the_module_runs_as_a_child_without_the_command(tmp_path: pathlib.Path) -> None:
    result = tmp_path / "result"
    command = [sys.executable, "-m", "init_symmetry.course"]
    command += [str(SOLUTIONS / "right" / "rows.py"), str(result), str(tmp_path / "at"), "0", "1"]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path))
    assert subprocess.run(command, env=environment).returncode == 0
    assert json.loads(result.read_text(encoding="utf-8"))["report"]["passed"]


def test_a_function_that_raises_with_an_argument_of_unknown_name_is_not_judged_nor_passed() -> None:
    path = SOLUTIONS / "right" / "other_argument_names.py"
    text = path.read_text(encoding="utf-8").replace("hidden, yhat, W2)", "middle, yhat, W2)")
    namespace: dict = {}
    exec(compile(text.replace("hidden.T", "middle.nothing"), str(path), "exec"), namespace)
    report = course.check(namespace)
    assert "its argument `middle` may not be understood" in str(report)
    assert report.exit_code == 3
