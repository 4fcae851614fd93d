"""A softmax over classes: the form of its labels, and which results are too doubtful to report.

Labels may be one-hot or class numbers; the form under which the cost and the backward pass do best
is taken. A function of a form that is not understood is not called wrong. Start reading at
`find_labels`.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Callable, List

import numpy as np

from .calls import call
from .compare import as_numbers
from .formula import drawn_cases
from .judge import UNEXPLAINED, Subject
from .layout import LABELS
from .network import check_backward, check_forward
from .report import NOT_CHECKED, RAISES, RIGHT, UNKNOWN_FORM, WRONG, FunctionReport
from .small import check_cost
from .solution import (
    FORWARD_ORDER, Network, Solution, forward_values, output_and_cache,
)

OVERFLOWS = (
    "its softmax gives NaN for large inputs: subtract the largest entry of each example first, as "
    "in np.exp(Z - np.max(Z, axis={axis}, keepdims=True))"
)

ALONE = "it is checked only for relu and sigmoid; the softmax is checked in the whole forward pass"


DIGITS = 10
"""The number of classes that programs for handwritten digits take, and often no other."""

MOST = 3
"""The points of a function that is right."""


def find_labels(solution: Solution, network: Network) -> None:
    """Sets the form of the labels that a softmax network takes, and whether it is certain."""
    if "forward" in network.roles:
        name, function = solution.found[network.roles["forward"]]
        check_forward(solution, network, Subject(name, function, []))
    best = -1
    for classes, labels in itertools.product((None, DIGITS), LABELS):
        if classes is not None and best == MOST * len(reports):
            break
        trial = replace(network, layout=replace(network.layout, labels=labels), classes=classes)
        g, output = network.activation, network.output
        trial.cases = drawn_cases(solution.seed, network.deep, g, output, classes)
        reports = _judged_alone(solution, trial)
        points = sum(_points(report) for report in reports)
        if points > best:
            best = points
            network.layout, network.cases, network.classes = trial.layout, trial.cases, classes
            network.labels_known = not reports or any(_points(report) > 1 for report in reports)


def _judged_alone(solution: Solution, network: Network) -> List[FunctionReport]:
    reports = []
    if "cost" in solution.found:
        reports.append(cost_of(solution, network, Subject(*solution.found["cost"], [])))
    if "backward" in network.roles:
        backward = Subject(*solution.found[network.roles["backward"]], [])
        reports.append(check_backward(solution, network, backward))
    return reports


def _points(report: FunctionReport) -> int:
    if report.verdict == RIGHT:
        return MOST
    if report.explained:
        return 2
    return 0 if report.verdict in (RAISES, NOT_CHECKED) else 1


def cost_of(solution: Solution, network: Network, subject: Subject) -> FunctionReport:
    """Checks the cost with the output and the labels of the network."""
    case = network.activation, network.output, network.classes
    return check_cost(subject, network.layout, solution.seed, network.deep, *case)


def without_doubtful(
    role: str, network: Network, report: FunctionReport, is_right: Callable[[str], bool]
) -> FunctionReport:
    """Returns a report on a softmax network, as not checked if the form may be one we do not know.

    `role` is the function's role in the network. `is_right` says which roles are right.
    """
    unexplained = any(UNEXPLAINED in cause for cause in report.causes)
    if role == "forward":
        without = "predictions-are-logits" in report.faults
        sigmoid = any("is a sigmoid of each output" in cause for cause in report.causes)
        doubtful = unexplained or sigmoid or (without and not network.names_softmax)
        network.failing = report.name if report.verdict == RAISES else ""
        network.form_known = report.verdict in (RIGHT, WRONG) and not doubtful
    elif network.failing:
        if report.failed:
            return FunctionReport(report.name, NOT_CHECKED, [f"correct `{network.failing}` first"])
        doubtful = False
    elif not network.form_known:
        doubtful = report.verdict != RIGHT
    elif role == "backward":
        raises = report.verdict == RAISES and not network.labels_known
        doubtful = raises or (unexplained and not (is_right("forward") and is_right("cost")))
    else:
        doubtful = unexplained or (report.verdict == RAISES and not network.labels_known)
    if doubtful:
        return FunctionReport(report.name, NOT_CHECKED, [UNKNOWN_FORM])
    return report


def note_overflow(solution: Solution, network: Network, report: FunctionReport) -> None:
    """Adds a remark if a right softmax does not subtract the largest entry."""
    function = solution.found[network.roles["forward"]][1]
    case = network.cases[0]
    last = f"W{case.depth}"
    large = replace(case, parameters={**case.parameters, last: case.W(case.depth) * 1e6})
    outcome = call(function, forward_values(network, large), FORWARD_ORDER)
    output = as_numbers(output_and_cache(outcome.value)[0])
    if outcome.error is None and output is not None and not np.all(np.isfinite(output)):
        report.remarks.append(OVERFLOWS.format(axis=1 if network.layout.rows else 0))
