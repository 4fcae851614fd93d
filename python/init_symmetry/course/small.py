"""Checks the independent functions: sigmoid, relu, cost, update and the linear functions.

Each check draws its probes, computes the expected results, and passes both to `judge`. Start
reading at `CHECKS`.
"""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from . import forms, simple_forms
from .calls import call
from .compare import as_numbers
from .explain import Cause, Explanation, explain_stage
from .formula import ACTIVATIONS, Case, cost, drawn_cases, gradients, sigmoid, step
from .judge import Probe, Subject, by_tables, judge
from .layout import Layout, entry
from .names import ROLES, globals_of, plain
from .report import RIGHT, WRONG, FunctionReport
from .solution import GradsForm

NAMES = {
    "Z": "Z", "A": "A", "W": "W", "b": "b", "A_prev": "A_prev", "Z_prev": "Z_prev",
    "W_next": "W", "Z_next": "Z", "A_next": "A",
}


def first(value: Any) -> Any:
    """Returns the first part of a tuple such as (A, cache), or the value itself."""
    return value[0] if isinstance(value, (tuple, list)) and len(value) > 0 else value


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, 1])


def check_sigmoid(subject: Subject, layout: Layout, seed: int, deep: bool) -> FunctionReport:
    """Checks sigmoid(z) on matrices, integers and a single number."""
    return _check_elementwise(subject, seed, "sigmoid", sigmoid)


def check_relu(subject: Subject, layout: Layout, seed: int, deep: bool) -> FunctionReport:
    """Checks relu(z) on matrices and integers."""
    return _check_elementwise(subject, seed, "relu", ACTIVATIONS["relu"].value)


def _check_elementwise(
    subject: Subject, seed: int, role: str, value: Callable[[np.ndarray], np.ndarray]
) -> FunctionReport:
    rng = _rng(seed)
    drawn = [rng.normal(size=(3, 4)) * 2, rng.normal(size=(2, 5)), rng.integers(-3, 4, (2, 3))]
    probes = [
        Probe(f"a {z.shape[0]}×{z.shape[1]} matrix of {z.dtype.name}", {"Z": z},
              {"result": np.asarray(value(z), dtype=np.float64)}, SimpleNamespace(Z=z * 1.0),
              integers=z.dtype.kind == "i")
        for z in drawn
    ]
    subject.order, subject.needs = ["Z"], ("Z",)
    return judge(
        subject,
        probes,
        lambda result, _: {"result": first(result)},
        by_tables(simple_forms.TABLES[role]),
    )


def check_cost(
    subject: Subject,
    layout: Layout,
    seed: int,
    deep: bool,
    activation: str = "tanh",
    output: str = "sigmoid",
    n_y: Optional[int] = None,
) -> FunctionReport:
    """Checks compute_cost(A, Y): the mean cross-entropy, whatever the type of the labels.

    The cost may also take X and the parameters, and run the forward pass itself; its hidden
    activation is then `activation`.
    """
    probes = []
    # In cost(p, y), p holds predictions; in cost(x, y, p) it holds the parameters.
    arguments = inspect.signature(subject.function).parameters
    from_x = any(plain(name) in ROLES["X"] for name in arguments)
    for case in drawn_cases(seed, deep, activation, output, n_y):
        values = {
            **({"parameters": layout.bundle(case.parameters)} if from_x else {}),
            "X": layout.give(case.X),
            "A_out": layout.give(case.A[-1]),
            "Y": layout.give_labels(case.Y),
            "parameters": layout.bundle(case.parameters),
            "m": case.m,
            "AL": layout.give(case.A[-1]),
        }
        due = {"cost": np.asarray(cost(case.A[-1], case.Y, output))}
        context = SimpleNamespace(A=case.A[-1], Y=case.Y, m=case.m)
        integers = case.Y.dtype.kind == "i"
        labels = "int labels" if integers else "float labels"
        labels = labels if layout.labels == "matrix" else "class numbers as labels"
        names = {"A": "AL" if deep else "A2"}
        probes.append(Probe(f"m = {case.m} and {labels}", values, due, context, names, integers))
    subject.order, subject.needs = ["A_out", "Y", "parameters"], ("A_out", "Y")
    return judge(
        subject, probes, lambda result, _: {"cost": first(result)},
        by_tables(simple_forms.TABLES["softmax_cost" if output == "softmax" else "cost"]),
    )


def check_update(
    subject: Subject,
    layout: Layout,
    seed: int,
    deep: bool,
    grads_form: Optional[GradsForm] = None,
) -> FunctionReport:
    """Checks update_parameters(parameters, grads, learning_rate).

    `grads_form` is the form in which the student's backward pass returns gradients.
    """
    probes = []
    for number, case in enumerate(drawn_cases(seed, deep, "tanh")):
        grads, rate = gradients(case), (0.0075, 1.2, 0.3, 0.5)[number]
        values: Dict[str, Any] = {
            "parameters": layout.bundle(case.parameters),
            "grads": _in_form(layout.parameters(grads), grads_form),
            "rate": rate,
            **layout.parameters(case.parameters),
            **layout.parameters(grads),
        }
        context = {
            name: SimpleNamespace(value=value, grad=grads["d" + name], rate=rate)
            for name, value in case.parameters.items()
        }
        due = step(case.parameters, grads, rate)
        probes.append(Probe(f"{case.name}, learning_rate = {rate}", values, due, context, NAMES))
    subject.order, subject.needs = ["parameters", "grads", "rate"], ("parameters", "grads", "rate")
    if not _takes_rate(subject, probes[0]):
        _use_own_rate(subject, probes, layout)
    table = {"W": simple_forms.UPDATE, "b": simple_forms.UPDATE}
    return judge(
        subject, probes, lambda result, probe: _taken(result, probe, layout),
        lambda worked: _with_update_faults(by_tables(table)(worked)),
    )


def _in_form(grads: Dict[str, Any], form: Optional[GradsForm]) -> Any:
    if form is None:
        return grads
    if isinstance(form, dict):
        return {form[name]: grads[name] for name in form}
    return tuple(grads[name] for name in form)


def _takes_rate(subject: Subject, probe: Probe) -> bool:
    return "rate" in call(subject.function, probe.values, subject.order).arguments.values()


def _use_own_rate(subject: Subject, probes: Sequence[Probe], layout: Layout) -> None:
    """Sets the expected results to those of the function's own learning rate.

    This rate is a global with a usual name, or else follows from the step in the first probe.
    """
    rate = _global_rate(subject)
    if rate is None:
        result = call(subject.function, probes[0].values, subject.order).value
        given = as_numbers(_taken(result, probes[0], layout)["W1"])
        c = probes[0].context["W1"]
        if given is None or given.shape != c.value.shape:
            return
        at = np.unravel_index(int(np.argmax(np.abs(c.grad))), c.grad.shape)
        rate = abs(float((c.value[at] - given[at]) / c.grad[at]))
    for probe in probes:
        for name, c in probe.context.items():
            c.rate = rate
            probe.due[name] = c.value - rate * c.grad


def _global_rate(subject: Subject) -> Optional[float]:
    for name in globals_of(subject.function.__code__):
        rate = subject.function.__globals__.get(name)
        if plain(name) in ROLES["rate"] and isinstance(rate, (int, float)):
            return float(rate)
    return None


def _taken(result: Any, probe: Probe, layout: Layout) -> Dict[str, Any]:
    names = list(probe.due)
    if isinstance(result, (tuple, list)) and len(result) == len(names):
        result = dict(zip(names, result))
    return {name: layout.take(entry(result, name), "b" in name) for name in names}


def _with_update_faults(explanation: Explanation) -> Explanation:
    """Sets the fault for parameters that are never updated: it depends on their names."""
    never = [c for c in explanation.causes if c.form is simple_forms.NEVER]
    names = {quantity for cause in never for quantity in cause.quantities}
    fault = ""
    if names and all(name.startswith("b") for name in names):
        fault = "biases-never-updated"
    if names == {"W1", "b1"}:
        fault = "first-layer-never-updated"
    for cause in never:
        cause.form = forms.Form(cause.form.text, cause.form.compute, fault)
    return explanation


def _linear_cases(seed: int) -> List[Case]:
    return drawn_cases(seed, True, "relu")


def _linear_context(case: Case) -> SimpleNamespace:
    return SimpleNamespace(
        W=case.W(2), b=case.b(2), A_prev=case.A[1], Z=case.Z[2], A=None, X=None, Z_prev=case.Z[1],
        m=case.m,
    )


def _linear_values(layout: Layout, c: SimpleNamespace) -> Dict[str, Any]:
    return {
        "A_prev": layout.give(c.A_prev),
        "W": layout.give(c.W),
        "b": layout.give(c.b, bias=True),
    }


def _linear_name(c: SimpleNamespace) -> str:
    return f"W of {c.W.shape[0]}×{c.W.shape[1]} and m = {c.m}"


def check_linear_forward(
    subject: Subject, layout: Layout, seed: int, deep: bool
) -> FunctionReport:
    """Checks linear_forward(A, W, b) -> (Z, cache)."""
    probes = []
    for case in _linear_cases(seed):
        c = _linear_context(case)
        name = _linear_name(c)
        probes.append(Probe(name, _linear_values(layout, c), {"Z": c.Z}, c, NAMES))
    subject.order, subject.needs = ["A_prev", "W", "b"], ("A_prev", "W", "b")
    return judge(
        subject, probes, lambda result, _: {"Z": layout.take(first(result))},
        by_tables({"Z": forms.Z_FORMS}),
    )


def check_linear_activation_forward(
    subject: Subject, layout: Layout, seed: int, deep: bool
) -> FunctionReport:
    """Checks linear_activation_forward(A_prev, W, b, activation) -> (A, cache)."""
    probes = []
    for case in _linear_cases(seed):
        for name in ("relu", "sigmoid"):
            c = _linear_context(case)
            values = {**_linear_values(layout, c), "activation": name}
            c.activation = name
            due = {"A": np.asarray(ACTIVATIONS[name].value(c.Z))}
            title = f"{_linear_name(c)}, activation = {name!r}"
            probes.append(Probe(title, values, due, c, NAMES))
    subject.order = ["A_prev", "W", "b", "activation"]
    subject.needs = ("A_prev", "W", "b", "activation")
    return judge(
        subject, probes, lambda result, _: {"A": layout.take(first(result))},
        by_tables({"A": _activated_forms()}),
    )


def _activated_forms() -> List[forms.Form]:
    table = []
    for z in forms.Z_FORMS:
        table.append(forms.Form(
            z.text, lambda c, z=z: ACTIVATIONS[c.activation].value(z.compute(c)), z.fault))
    wrong = "relu and sigmoid are swapped: {A} = activation({Z})."
    other = {"relu": "sigmoid", "sigmoid": "relu"}
    return table + [
        forms.Form("{A} is equal to {Z}: the activation is not applied.", lambda c: c.Z,
                   "hidden-activation-omitted"),
        forms.Form(wrong, lambda c: ACTIVATIONS[other[c.activation]].value(c.Z)),
        forms.Form("relu is used for every value of `activation`: use sigmoid for \"sigmoid\".",
                   lambda c: ACTIVATIONS["relu"].value(c.Z)),
        forms.Form("sigmoid is used for every value of `activation`: use relu for \"relu\".",
                   lambda c: sigmoid(c.Z)),
        forms.Form("tanh is used for `activation` \"relu\": use relu.",
                   lambda c: np.tanh(c.Z) if c.activation == "relu" else sigmoid(c.Z)),
    ]


def _check_slope(subject: Subject, layout: Layout, seed: int, role: str) -> FunctionReport:
    rng, probes = _rng(seed), []
    for shape in ((3, 4), (2, 5), (4, 4)):
        Z, dA = rng.normal(size=shape), rng.normal(size=shape)
        due = simple_forms.TABLES[role]["dZ"][0].compute(SimpleNamespace(Z=Z, dA=dA))
        probes.append(Probe(
            f"dA of {shape[0]}×{shape[1]}", {"dA": dA, "cache": Z}, {"dZ": due},
            SimpleNamespace(Z=Z, dA=dA)))
    subject.order, subject.needs = ["dA", "cache"], ("dA", "cache")
    return judge(
        subject, probes, lambda result, _: {"dZ": first(result)},
        by_tables(simple_forms.TABLES[role]),
    )


def check_relu_backward(subject: Subject, layout: Layout, seed: int, deep: bool) -> FunctionReport:
    """Checks relu_backward(dA, cache) with cache = Z."""
    return _check_slope(subject, layout, seed, "relu_backward")


def check_sigmoid_backward(
    subject: Subject, layout: Layout, seed: int, deep: bool
) -> FunctionReport:
    """Checks sigmoid_backward(dA, cache) with cache = Z."""
    return _check_slope(subject, layout, seed, "sigmoid_backward")


Caches = Callable[[Dict[str, Any]], Any]


def check_linear_backward(
    subject: Subject, layout: Layout, seed: int, caches: Caches
) -> FunctionReport:
    """Checks linear_backward(dZ, cache) -> (dA_prev, dW, db).

    `caches` makes the cache from the arguments of linear_forward.
    """
    rng, probes = _rng(seed), []
    for case in _linear_cases(seed):
        c = _linear_context(case)
        c.dZ = rng.normal(size=c.Z.shape)
        values = {"dZ": layout.give(c.dZ), "cache": caches(_linear_values(layout, c))}
        probes.append(Probe(_linear_name(c), values, _linear_due(c, c.dZ), c, NAMES))
    subject.order, subject.needs = ["dZ", "cache"], ("dZ", "cache")
    tables = {"dA_prev": simple_forms.DA_PREV, "dW": forms.DW, "db": forms.DB}
    return judge(subject, probes, lambda r, _: _three(r, layout), by_tables(tables))


def _linear_due(c: SimpleNamespace, dZ: np.ndarray) -> Dict[str, np.ndarray]:
    return {
        "dA_prev": c.W.T @ dZ,
        "dW": dZ @ c.A_prev.T / c.m,
        "db": dZ.sum(axis=1, keepdims=True) / c.m,
    }


def _three(result: Any, layout: Layout) -> Dict[str, Any]:
    if not isinstance(result, (tuple, list)) or len(result) != 3:
        return {}
    dA_prev, dW, db = result
    return {
        "dA_prev": layout.take(dA_prev), "dW": layout.take(dW), "db": layout.take(db, bias=True)
    }


def check_linear_activation_backward(
    subject: Subject, layout: Layout, seed: int, caches: Caches
) -> FunctionReport:
    """Checks linear_activation_backward(dA, cache, activation) -> (dA_prev, dW, db)."""
    rng, probes = _rng(seed), []
    for name in ("relu", "sigmoid"):
        for case in _linear_cases(seed):
            c = _linear_context(case)
            c.activation, c.A = name, ACTIVATIONS[name].value(c.Z)
            c.dA = rng.normal(size=c.Z.shape)
            values = {
                "dA": layout.give(c.dA),
                "cache": caches({**_linear_values(layout, c), "activation": name}),
                "activation": name,
            }
            due = _linear_due(c, c.dA * ACTIVATIONS[name].slope_of_z(c.Z))
            title = f"{_linear_name(c)}, activation = {name!r}"
            probes.append(Probe(title, values, due, c, NAMES))
    subject.order = ["dA", "cache", "activation"]
    subject.needs = ("dA", "cache", "activation")
    return judge(subject, probes, lambda r, _: _three(r, layout), _explain_activated)


def _explain_activated(worked: Sequence[Tuple[Probe, Dict[str, Any]]]) -> Explanation:
    explanation = Explanation()
    tables = {"dA_prev": simple_forms.DA_PREV, "dW": forms.DW, "db": forms.DB}
    for name in ("relu", "sigmoid"):
        part = [pair for pair in worked if pair[0].context.activation == name]
        if not part:
            continue
        contexts = [probe.context for probe, _ in part]
        given = {key: [result.get(key) for _, result in part] for key in tables}
        ways = (
            ([slope], [c.dA * slope.compute(c) for c in contexts])
            for slope in forms.slopes(name)
            if "A_next" not in slope.text
        )
        stage = explain_stage(given, contexts, ways, tables)
        for key, form in stage.fitted.items():
            if form is None:
                explanation.unexplained += [key] if key not in explanation.unexplained else []
            elif not form.right:
                explanation.causes.append(Cause(form, NAMES, [key]))
        if any(form is not None for form in stage.fitted.values()):
            explanation.causes += [
                Cause(form, NAMES, list(tables)) for form in stage.dZ_forms if not form.right
            ]
    return explanation


def check_layer_sizes(subject: Subject, layout: Layout, seed: int, deep: bool) -> FunctionReport:
    """Checks layer_sizes(X, Y) -> (n_x, n_h, n_y); n_h is the student's choice."""
    report = FunctionReport(subject.name, RIGHT)
    for case in drawn_cases(seed, False, "tanh")[:2]:
        values = {"X": layout.give(case.X), "Y": layout.give(case.Y), "n_h": 4}
        outcome = call(subject.function, values, ["X", "Y"])
        if outcome.error is not None:
            return FunctionReport(subject.name, "raises", [f"{outcome.raised}."])
        result = outcome.value
        if not isinstance(result, (tuple, list)) or len(result) != 3:
            report.verdict = WRONG
            report.causes = ["it does not return (n_x, n_h, n_y)."]
            return report
        for name, given, due, other in (
            ("n_x", result[0], case.dims[0], "X"), ("n_y", result[2], case.dims[-1], "Y")
        ):
            number = as_numbers(given)
            if number is None or number.size != 1 or number.ravel()[0] != due:
                hint = ", which is the number of examples" if number == case.m else ""
                axis = 1 if layout.rows else 0
                formula = f"{name} = {other}.shape[{axis}]"
                sentence = f"{name} is {given}{hint}: {formula}, which is {due} here."
                if not report.failed:
                    report.verdict, report.causes = WRONG, []
                if not any(cause.startswith(name) for cause in report.causes):
                    report.causes.append(sentence)
    return report


CHECKS = {
    "sigmoid": check_sigmoid,
    "relu": check_relu,
    "layer_sizes": check_layer_sizes,
    "linear_forward": check_linear_forward,
    "linear_activation_forward": check_linear_activation_forward,
    "cost": check_cost,
    "relu_backward": check_relu_backward,
    "sigmoid_backward": check_sigmoid_backward,
    "update": check_update,
}
