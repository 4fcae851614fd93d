"""Judges one function: calls it on random cases, compares, and explains the differences.

It knows no formula: a probe has its expected numbers, and the caller passes the explanation. Start
reading at `judge`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from .calls import Outcome, bits, call
from .compare import as_numbers, difference, same
from .explain import Cause, Explanation, fit
from .forms import Form
from .names import ROLES, globals_of, plain
from .places import places_of
from .report import NOT_CHECKED, RAISES, RIGHT, UNKNOWN_NAMES, WRONG, FunctionReport

# The formulas that are shown when the shapes in a line do not fit, by the variable it assigns.
FORMULAS: Dict[str, str] = {
    "dZ1": "dZ1 = np.dot(W2.T, dZ2) * g'(Z1), where g'(Z1) = 1 - A1² for tanh",
    "dZ2": "dZ2 = A2 - Y",
    "dW1": "dW1 = (1/m) np.dot(dZ1, X.T)",
    "dW2": "dW2 = (1/m) np.dot(dZ2, A1.T)",
    "dW": "dW = (1/m) np.dot(dZ, A_prev.T)",
    "dA_prev": "dA_prev = np.dot(W.T, dZ)",
    "dZ": "dZ = dA * g'(Z)",
    "db": "db = (1/m) np.sum(dZ, axis=1, keepdims=True)",
    "db1": "db1 = (1/m) np.sum(dZ1, axis=1, keepdims=True)",
    "db2": "db2 = (1/m) np.sum(dZ2, axis=1, keepdims=True)",
    "Z1": "Z1 = np.dot(W1, X) + b1",
    "Z2": "Z2 = np.dot(W2, A1) + b2",
    "Z": "Z = np.dot(W, A_prev) + b",
}


# Probes with the named results of their calls.
Worked = Sequence[Tuple["Probe", Dict[str, Any]]]
Take = Callable[[Any, "Probe"], Dict[str, Any]]
Explain = Callable[[Worked], Explanation]

UNEXPLAINED = "no usual mistake gives these numbers"

STATE = (
    "returns a different result when it is called again with the same arguments: it keeps a value "
    "between calls (in a global?) or draws random numbers."
)

INTEGERS = (
    "is right for floats, but wrong if X or the labels are integers: an array made by "
    "np.zeros_like(Y) or Y.copy() then holds only integers. Use np.zeros(Y.shape)."
)


@dataclass
class Probe:
    """One call: values by role, expected results by name, and the context of its forms."""

    name: str
    values: Dict[str, Any]
    due: Dict[str, np.ndarray]
    context: Any = None
    names: Dict[str, str] = field(default_factory=dict)
    integers: bool = False


@dataclass
class Subject:
    """A function under test, with its name and the wrong functions that it calls."""

    name: str
    function: Callable[..., Any]
    order: List[str]
    wrong_callees: List[str] = field(default_factory=list)
    needs: Tuple[str, ...] = ()


def judge(
    subject: Subject, probes: Sequence[Probe], take: Take, explain: Explain
) -> FunctionReport:
    """Calls the function on every probe and returns a report of what is wrong with it.

    `take` converts the returned value to named results in our layout. `explain` is called only if
    a result differs from the expected one.
    """
    outcomes = [call(subject.function, probe.values, subject.order) for probe in probes]
    report = FunctionReport(subject.name, RIGHT)
    unbound = [outcome.unbound for outcome in outcomes if outcome.unbound]
    if unbound:
        report.verdict, report.causes = NOT_CHECKED, [unbound[0]]
        return report
    guessed = outcomes[0].guessed
    if guessed and all(outcome.error is not None for outcome in outcomes):
        names = _and([f"`{name}`" for name in guessed])
        which = "its argument" if len(guessed) == 1 else "its arguments"
        report.verdict, report.causes = NOT_CHECKED, [f"{which} {names} {UNKNOWN_NAMES}"]
        return report
    if _has_state(subject, probes[0], outcomes[0]):
        report.verdict, report.faults = WRONG, ["every-second-call-differs"]
        report.causes = [STATE]
        return report
    if all(outcome.error is None and outcome.value is None for outcome in outcomes):
        report.verdict, report.causes = WRONG, ["returns None: is the `return` missing?"]
        return report
    worked, failed = [], []
    for probe, outcome in zip(probes, outcomes):
        if outcome.error is None:
            worked.append((probe, _loose(take(outcome.value, probe), probe, report)))
        else:
            failed.append((probe, outcome))
    if any(not _due(probe, given) for probe, given in worked):
        _explain_into(report, explain, worked, subject)
    _add_raised(report, failed, bool(worked))
    _look_at_arguments(report, subject, probes, outcomes)
    if report.failed and subject.wrong_callees:
        return _postponed(subject)
    return report


def _postponed(subject: Subject) -> FunctionReport:
    names = " and ".join(f"`{name}`" for name in subject.wrong_callees)
    rest = "is wrong; correct it" if len(subject.wrong_callees) == 1 else "are wrong; correct them"
    cause = f"it uses {names}, which {rest} first"
    return FunctionReport(subject.name, NOT_CHECKED, [cause])


def _due(probe: Probe, given: Mapping[str, Any]) -> bool:
    return all(same(given.get(name), due) for name, due in probe.due.items())


def _loose(given: Dict[str, Any], probe: Probe, report: FunctionReport) -> Dict[str, Any]:
    """Accepts any shape for a single number, because it broadcasts correctly."""
    for name, due in probe.due.items():
        array = as_numbers(given.get(name))
        if array is None or array.size != 1 or due.size != 1 or array.shape == due.shape:
            continue
        given[name] = array.reshape(due.shape)
        if due.ndim == 2:
            remark = f"{name} is a single number, but graders expect the shape 1×1"
            if remark not in report.remarks:
                report.remarks.append(remark)
    return given


def _explain_into(
    report: FunctionReport, explain: Explain, worked: Worked, subject: Subject
) -> None:
    explanation = explain(worked)
    report.remarks += explanation.remarks
    if explanation.right:
        return
    decimal = [(probe, given) for probe, given in worked if not probe.integers]
    if 0 < len(decimal) < len(worked) and explain(decimal).right:
        report.verdict, report.explained = WRONG, True
        report.causes.append(INTEGERS)
        report.case = example([pair for pair in worked if pair[0].integers])
        return
    report.verdict = WRONG
    report.causes += explanation.sentences()
    report.places = places_of(subject.function, explanation.variables())
    report.faults = explanation.faults()
    report.explained = not explanation.unexplained
    if explanation.unexplained:
        names = explanation.unexplained
        verb = "differs" if len(names) == 1 else "differ"
        what = "its result" if names == ["result"] else _and(names)
        report.causes.append(
            f"{what} {verb} from the formula, and {UNEXPLAINED}."
        )
    report.case = explanation.example or example(worked)


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def example(worked: Sequence[Tuple[Probe, Dict[str, Any]]]) -> str:
    """Describes the smallest probe whose result differs."""
    for probe, given in sorted(worked, key=lambda pair: sum(d.size for d in pair[0].due.values())):
        for name, due in probe.due.items():
            if not same(given.get(name), due):
                return f"with {probe.name}: {difference(name, given.get(name), due)}"
    return ""


def _add_raised(
    report: FunctionReport, failed: Sequence[Tuple[Probe, Outcome]], some_worked: bool
) -> None:
    if not failed:
        return
    probe, outcome = failed[0]
    sentence = raised_sentence(outcome, probe.name)
    if some_worked:
        report.verdict = WRONG
        report.causes.append(sentence)
    else:
        report.verdict, report.causes = RAISES, [sentence]


def raised_sentence(outcome: Outcome, case: str) -> str:
    """Says which line raised the error, which shapes it has, and what its formula is."""
    if not _about_shapes(outcome):
        return f"{outcome.raised}, with {case}.{hint_of(outcome)}"
    error = f"{type(outcome.error).__name__}: {str(outcome.error).splitlines()[0]}"
    return (
        f"{outcome.line}: the shapes do not fit.{hint_of(outcome)} ({error}, with {case}.)"
    )


def _about_shapes(outcome: Outcome) -> bool:
    text = str(outcome.error)
    words = ("shape", "aligned", "broadcast", "matmul")
    return bool(outcome.line) and any(word in text for word in words)


def hint_of(outcome: Outcome) -> str:
    """Says which shapes the line has, and what its formula is."""
    hints = []
    line = outcome.line.split("`")[1] if "`" in outcome.line else ""
    shapes = outcome.shapes
    text = str(outcome.error)
    about_shapes = _about_shapes(outcome)
    if about_shapes and shapes:
        hints.append(", ".join(f"{name} is {shape}" for name, shape in shapes.items()) + ".")
    target = re.match(r"\s*(\w+)\s*[-+*/]?=", line)
    if about_shapes and target and target.group(1) in FORMULAS:
        hints.append(f"The formula is {FORMULAS[target.group(1)]}.")
    elif about_shapes and "*" in line and "broadcast" in text:
        hints.append("`*` is the elementwise product; the matrix product is np.dot or @.")
    if isinstance(outcome.error, (NameError, UnboundLocalError)):
        names = ", ".join(f"`{name}`" for name in outcome.arguments)
        hints.append(f"The arguments are {names}: did you mean one of them?")
    return "".join(" " + hint for hint in hints)


def _look_at_arguments(
    report: FunctionReport,
    subject: Subject,
    probes: Sequence[Probe],
    outcomes: Sequence[Outcome],
) -> None:
    changed = next((outcome.changed for outcome in outcomes if outcome.changed), [])
    if changed and report.verdict == RIGHT and "rate" in probes[0].values:
        report.remarks.append(
            f"it changes {_and(changed)} in place (with `-=`): whoever keeps the old values loses "
            "them"
        )
    elif changed:
        report.verdict = WRONG if report.verdict != RAISES else RAISES
        report.causes.append(
            f"it changes its argument {_and(changed)} in place (for example with `-=`, `+=` or "
            "`a[...] =`): make a new array, as in W = W - learning_rate * dW."
        )
    replaced = next((outcome.replaced for outcome in outcomes if outcome.replaced), [])
    if replaced and not changed:
        report.remarks.append("it writes its results into its argument (a dict); a copy is safer")
    if report.failed and not changed:
        _look_at_globals(report, subject, probes, outcomes)


def _has_state(subject: Subject, probe: Probe, outcome: Outcome) -> bool:
    """Returns whether a second call with the same arguments gives a different result."""
    if outcome.error is not None:
        return False
    again = call(subject.function, probe.values, subject.order)
    return again.error is not None or bits(again.value) != bits(outcome.value)


def _look_at_globals(
    report: FunctionReport,
    subject: Subject,
    probes: Sequence[Probe],
    outcomes: Sequence[Outcome],
) -> None:
    """Replaces the causes if the function ignores an argument that it needs."""
    for name, role in outcomes[0].arguments.items():
        if role not in subject.needs:
            continue
        if not _ignores(subject, probes, outcomes, role):
            continue
        instead = globals_read(subject.function, role)
        if not instead and report.explained:
            continue
        hint = f"; it reads the global `{instead}`." if instead else ": is it overwritten?"
        report.causes = [f"does not use its argument `{name}`{hint}"]
        report.faults, report.places = [], []
        return


def _ignores(
    subject: Subject, probes: Sequence[Probe], outcomes: Sequence[Outcome], role: str
) -> bool:
    """Returns whether the result does not depend on an argument."""
    if outcomes[0].error is not None:
        return bool(globals_read(subject.function, role))
    values = dict(probes[0].values)
    values[role] = _altered(values[role])
    other = call(subject.function, values, subject.order)
    return other.error is None and bits(other.value) == bits(outcomes[0].value)


def _altered(value: Any) -> Any:
    """Returns a value of the same structure with different numbers."""
    if isinstance(value, np.ndarray):
        flipped = 1 - value if value.dtype.kind in "iub" else value * 0.71 + 0.043
        return flipped
    if isinstance(value, dict):
        return {key: _altered(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_altered(entry) for entry in value)
    return value * 0.71 if isinstance(value, float) else value


def globals_read(function: Callable[..., Any], role: str) -> str:
    """Returns a global that a function reads and whose name fits the role, or ""."""
    for name in globals_of(function.__code__):
        if plain(name) in ROLES.get(role, []) and not callable(function.__globals__.get(name)):
            return name
    return ""


def by_tables(tables: Dict[str, List[Form]]) -> Explain:
    """Returns a function that explains each result with its own table of forms.

    The key of a table is the result's name, with or without its digits.
    """

    def explain(worked: Sequence[Tuple[Probe, Dict[str, Any]]]) -> Explanation:
        explanation = Explanation()
        for name in worked[0][0].due:
            table = tables.get(name) or tables[name.rstrip("0123456789")]
            given = [result.get(name) for _, result in worked]
            contexts = [_for(probe.context, name) for probe, _ in worked]
            form: Optional[Form] = fit(given, contexts, table)
            if form is None:
                explanation.unexplained.append(name)
            elif not form.right:
                explanation.causes.append(Cause(form, worked[0][0].names, [name]))
        return explanation

    return explain


def _for(context: Any, name: str) -> SimpleNamespace:
    chosen: SimpleNamespace = context[name] if isinstance(context, dict) else context
    return chosen
