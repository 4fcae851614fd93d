"""Checks a namespace: every function of the course alone, then all of them together.

A function is checked before its callers, so that one mistake is reported for one function. Start
reading at `check`.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, Callable, Dict, List, Optional

import numpy as np

from .calls import call
from .judge import Subject
from .names import FUNCTIONS, classes
from .network import check_backward, check_forward, check_predict
from .report import NOT_CHECKED, RAISES, RIGHT, WRONG, CourseReport, FunctionReport
from .small import (
    CHECKS,
    check_linear_activation_backward,
    check_linear_backward,
    check_update,
)
from .softmax import ALONE, cost_of, find_labels, note_overflow, without_doubtful
from .solution import GradsForm, Network, Solution
from .start import check_initialiser
from .training import check_model, check_together, whole

Progress = Callable[[str], None]

NETWORK_ROLES = {
    "initialize": "initialize", "initialize_deep": "initialize",
    "forward": "forward", "forward_deep": "forward",
    "backward": "backward", "backward_deep": "backward",
    "nn_model": "model", "l_layer_model": "model",
}

# The roles in which a softmax over classes may have a form that is not known.
OF_CLASSES = ("forward", "cost", "backward", "model", "predict")

# The functions that are reported as not found, with their names in the course.
EXPECTED = {
    "initialize": "initialize_parameters",
    "forward": "forward_propagation",
    "cost": "compute_cost",
    "backward": "backward_propagation",
    "update": "update_parameters",
}
EXPECTED_DEEP = dict(
    EXPECTED,
    initialize="initialize_parameters_deep",
    forward="L_model_forward",
    backward="L_model_backward",
)


def check(namespace: Any, seed: int = 1, progress: Optional[Progress] = None) -> CourseReport:
    """Checks the functions of the course in a namespace and returns a report.

    `namespace` is a dict such as `globals()`, or a module. `progress` is called with the name of
    each function before it is checked. The report lists functions that were not found. The random
    generators of NumPy and Python are left as they were.
    """
    states = np.random.get_state(), random.getstate()
    try:
        return _check(namespace, seed, progress)
    finally:
        np.random.set_state(states[0])
        random.setstate(states[1])


def _check(namespace: Any, seed: int, progress: Optional[Progress]) -> CourseReport:
    solution = Solution.of(namespace, seed)
    for network in solution.networks:
        if network.output == "softmax" and not network.obstacle:
            find_labels(solution, network)
    report = CourseReport()
    by_role: Dict[str, FunctionReport] = {}
    for role in FUNCTIONS:
        if role not in solution.found:
            continue
        name, function = solution.found[role]
        if progress is not None:
            progress(name)
        subject = Subject(name, function, [])
        subject.wrong_callees = [
            by_role[callee].name
            for callee in solution.callees(function)
            if callee in by_role and by_role[callee].failed
        ]
        by_role[role] = _not_doubtful(solution, role, _checked(solution, role, subject), by_role)
        _blame_forward(solution, role, by_role)
    report.functions = list(by_role.values())
    for network in solution.networks:
        report.together += _together(solution, network, by_role, seed, progress)
    report.missing = _missing(solution)
    if any(network.deep and network.roles for network in solution.networks):
        report.notes.append("the deep network is checked with L = 3 layers, so ZL is Z3")
    if any(network.layout.rows for network in solution.networks):
        report.notes.append(
            "your arrays have a row for each example, but the formulas above have a column for "
            "each example, so each of your matrices is the transpose of theirs"
        )
    if not report.functions:
        report.notes += [
            f"the class `{name}` has methods of the course, but only functions are checked"
            for name in classes(namespace)
        ]
    return report


def _not_doubtful(
    solution: Solution, role: str, report: FunctionReport, by_role: Dict[str, FunctionReport]
) -> FunctionReport:
    """Returns the report, as not checked if it is on a softmax of a form that is not known."""
    network = _network_of(solution, role)
    key = NETWORK_ROLES.get(role, role)
    if network.output != "softmax" or key not in OF_CLASSES:
        return report

    def is_right(key: str) -> bool:
        found = by_role.get(network.roles.get(key, key))
        return found is not None and found.verdict == RIGHT

    report = without_doubtful(key, network, report, is_right)
    if key == "forward" and report.verdict == RIGHT:
        note_overflow(solution, network, report)
    return report


def _blame_forward(solution: Solution, role: str, by_role: Dict[str, FunctionReport]) -> None:
    """Reports the forward pass if the backward pass fails because caches are missing."""
    network = _network_of(solution, role)
    if NETWORK_ROLES.get(role) != "backward" or not network.short_cache:
        return
    forward = by_role[network.roles["forward"]]
    forward.verdict = WRONG
    forward.causes.append(network.short_cache)
    cause = f"it reads the caches of `{forward.name}`, which is wrong; correct it first"
    by_role[role] = FunctionReport(by_role[role].name, NOT_CHECKED, [cause])


def _checked(solution: Solution, role: str, subject: Subject) -> FunctionReport:
    key = NETWORK_ROLES.get(role)
    network = _network_of(solution, role)
    if network.obstacle and (key is not None or role in ("update", "predict")):
        return FunctionReport(subject.name, NOT_CHECKED, [network.obstacle])
    if key == "initialize":
        return check_initialiser(network, subject, solution.seed)
    if key == "forward":
        return check_forward(solution, network, subject)
    if key == "backward":
        return check_backward(solution, network, subject)
    if key == "model":
        return check_model(solution, network, subject)
    if role == "predict":
        return check_predict(solution, network, subject)
    if network.output == "softmax" and role.startswith("linear_activation"):
        return FunctionReport(subject.name, NOT_CHECKED, [ALONE])
    if role in ("linear_backward", "linear_activation_backward"):
        return _check_linear(solution, network, role, subject)
    if role == "update":
        return _check_update(solution, network, subject)
    if role == "cost":
        return _check_cost(solution, network, subject)
    if role == "layer_sizes" and network.layout.labels != "matrix":
        return FunctionReport(subject.name, NOT_CHECKED, ["the labels are class numbers"])
    return CHECKS[role](subject, network.layout, solution.seed, network.deep)


def _check_cost(solution: Solution, network: Network, subject: Subject) -> FunctionReport:
    """Checks the cost; one that fits a softmax is not wrong if no forward pass shows the output."""
    report = cost_of(solution, network, subject)
    if report.failed and "forward" not in network.roles and network.output == "sigmoid":
        if cost_of(solution, replace(network, output="softmax"), subject).verdict == RIGHT:
            reason = (
                "it is right for a softmax, but for a sigmoid the term (1 - Y) log(1 - A) is "
                "missing; no forward pass shows which is meant"
            )
            return FunctionReport(subject.name, NOT_CHECKED, [reason])
    return report


def _check_update(solution: Solution, network: Network, subject: Subject) -> FunctionReport:
    """Checks the update with gradients in the form that the backward pass returns.

    If that form is not known, the usual forms are tried.
    """
    if network.grads_form is not None:
        known = network.grads_form
        return check_update(subject, network.layout, solution.seed, network.deep, known)
    names = [f"d{kind}{n}" for n in range(1, network.cases[0].depth + 1) for kind in "Wb"]
    usual: List[Optional[GradsForm]] = [
        None,
        {name: name[1:] for name in names},
        {name: name.lower() for name in names},
        {name: name[1:].lower() for name in names},
        names,
    ]
    reports = [
        check_update(subject, network.layout, solution.seed, network.deep, form) for form in usual
    ]
    right = [report for report in reports if not report.failed]
    readable = [report for report in reports if report.verdict != RAISES]
    if not readable and "backward" in network.roles:
        name = solution.found[network.roles["backward"]][0]
        reason = f"it needs gradients in the form that `{name}` returns; correct `{name}` first"
        return FunctionReport(subject.name, NOT_CHECKED, [reason])
    return (right or readable or reports)[0]


def _network_of(solution: Solution, role: str) -> Network:
    for network in solution.networks:
        if role in network.roles.values():
            return network
    if not solution.networks:
        return Network(any(name in solution.found for name in ("linear_forward",)), {})
    return solution.networks[-1]


def _check_linear(
    solution: Solution, network: Network, role: str, subject: Subject
) -> FunctionReport:
    """Checks linear_backward or linear_activation_backward with our cache, then the student's."""
    forward = role.replace("backward", "forward")
    check = {
        "linear_backward": check_linear_backward,
        "linear_activation_backward": check_linear_activation_backward,
    }[role]
    activated = role == "linear_activation_backward"

    def standard(values: Dict[str, Any]) -> Any:
        A_prev, W, b = values["A_prev"], values["W"], values["b"]
        Z = A_prev @ W + b if network.layout.rows else W @ A_prev + b
        return ((A_prev, W, b), Z) if activated else (A_prev, W, b)

    report = check(subject, network.layout, solution.seed, standard)
    if not report.failed or forward not in solution.found:
        return report

    def own(values: Dict[str, Any]) -> Any:
        order = ["A_prev", "W", "b", "activation"]
        value = call(solution.found[forward][1], values, order).value
        return value[1] if isinstance(value, tuple) and len(value) == 2 else value

    other = check(subject, network.layout, solution.seed, own)
    return report if other.failed else other


def _together(
    solution: Solution,
    network: Network,
    by_role: Dict[str, FunctionReport],
    seed: int,
    progress: Optional[Progress],
) -> List[FunctionReport]:
    roles = [network.roles.get("forward"), "cost", network.roles.get("backward"), "update"]
    parts = [by_role[role] for role in roles if role in by_role]
    if not parts or "backward" not in network.roles or "forward" not in network.roles:
        return []
    callees = [
        by_role[callee]
        for role in roles
        if role in by_role
        for callee in solution.callees(solution.found[role][1])
        if callee in by_role and by_role[callee].failed
    ]
    wrong = list(dict.fromkeys(part.name for part in [*parts, *callees] if part.failed))
    if wrong:
        names = ", ".join(f"`{name}`" for name in wrong)
        return [FunctionReport("all together", NOT_CHECKED, [f"correct {names} first"])]
    unknown = [f"`{part.name}`" for part in parts if part.verdict == NOT_CHECKED]
    if unknown:
        reason = f"{', '.join(unknown)} could not be checked alone"
        return [FunctionReport("all together", NOT_CHECKED, [reason])]
    if progress is not None:
        progress("all functions together")
    return [check_together(solution, network), whole(solution, network, seed)]


def _missing(solution: Solution) -> List[str]:
    missing: List[str] = []
    passes = [n for n in solution.networks if "forward" in n.roles or "backward" in n.roles]
    for network in passes or solution.networks[-1:]:
        for key, name in (EXPECTED_DEEP if network.deep else EXPECTED).items():
            found = network.roles.get(key, key) in solution.found
            if not found and name not in missing:
                missing.append(name)
    return missing or ([] if solution.networks else list(EXPECTED.values()))
