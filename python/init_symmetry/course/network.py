"""Checks the passes of a network: forward, backward, predict.

The backward pass is judged by the cache that it is given. If it can read our caches, it gets those,
including one that does not fit the parameters. Otherwise it gets the student's own cache.
Start reading at `check_backward`.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from . import simple_forms
from .calls import call
from .compare import as_numbers, same
from .explain import (
    Explanation,
    ForwardModel,
    agrees,
    explain_backward,
    explain_forward,
    layer_names,
)
from .formula import ACTIVATIONS, OUTPUTS, Case, gradients, unfitting
from .judge import Probe, Subject, by_tables, judge
from .layout import entry
from .report import NOT_CHECKED, RIGHT, WRONG, FunctionReport
from .solution import (
    FORWARD_ORDER,
    GradsForm,
    Network,
    Solution,
    forward_values,
    output_and_cache,
    run_forward,
)


def check_forward(solution: Solution, network: Network, subject: Subject) -> FunctionReport:
    """Checks the forward pass and finds out which activation its hidden layers have.

    Sets `network.model` and the activation of `network.cases`.
    """
    subject.order, subject.needs = FORWARD_ORDER, ("X", "parameters")
    _find_model(solution, network)
    if network.model is not None and subject.wrong_callees:
        # If the student's `relu` is wrong (leaky), relu is still the intended activation.
        network.model.intended = network.guess
    network.cases = [
        replace(case, activation=network.activation).forward() for case in network.cases
    ]
    out = layer_names(network.cases[0].depth, network.cases[0].depth)["A"]
    probes = [
        Probe(
            case.name,
            forward_values(network, case),
            {out: case.A[-1]},
            case,
            integers=case.X.dtype.kind == "i",
        )
        for case in network.cases
    ]

    def explain(worked: Sequence[Tuple[Probe, Dict[str, Any]]]) -> Explanation:
        if network.model is None:
            return Explanation(unexplained=[out])
        return Explanation(network.model.causes(network.cases[0].depth, network.layout.rows))

    report = judge(
        subject,
        probes,
        lambda value, _: {out: network.layout.take(output_and_cache(value)[0])},
        explain,
    )
    if report.verdict == RIGHT:
        _check_cache_entries(solution, network, report)
    return report


def _find_model(solution: Solution, network: Network) -> None:
    trials = []
    for case in network.cases:
        outcome = run_forward(solution, network, case)
        if outcome.error is None and not outcome.unbound:
            output = network.layout.take(output_and_cache(outcome.value)[0])
            trials.append((case, output))
    models = explain_forward(trials) if trials else []
    if not models:
        return
    case = trials[0][0]
    held = list(arrays_in(output_and_cache(run_forward(solution, network, case).value)[1]))

    def likely(model: ForwardModel) -> Tuple[int, bool]:
        run = model.run(case)
        made = [] if run is None else run.Z[1:-1] + run.A[1:-1]
        seen = sum(any(same(network.layout.take(a), b) for a in held) for b in made)
        return seen, model.activation == network.guess and not model.omitted

    network.model = max(models, key=likely)


def arrays_in(cache: Any) -> Iterator[np.ndarray]:
    """Yields all arrays of a cache, whatever its structure."""
    if isinstance(cache, np.ndarray):
        yield cache
    elif isinstance(cache, (tuple, list)):
        for part in cache:
            yield from arrays_in(part)
    elif isinstance(cache, dict):
        yield from arrays_in(list(cache.values()))


def _check_cache_entries(solution: Solution, network: Network, report: FunctionReport) -> None:
    """Checks that cache["Z1"], cache["A1"], ... hold the arrays of these names."""
    case = network.cases[0]
    cache = output_and_cache(run_forward(solution, network, case).value)[1]
    if not isinstance(cache, dict):
        return
    for layer in range(1, case.depth + 1):
        for name, due in ((f"Z{layer}", case.Z[layer]), (f"A{layer}", case.A[layer])):
            value = entry(cache, name)
            if value is None or same(network.layout.take(value), due):
                continue
            held = _known_as(network.layout.take(value), case)
            what = f"it is {held}" if held else f"it is not {name}"
            report.verdict, network.cache_wrong = WRONG, True
            report.causes.append(f'cache["{name}"] is wrong: {what}.')


def _known_as(value: Any, case: Case) -> str:
    known = {"X": case.X}
    for layer in range(1, case.depth + 1):
        known.update({f"Z{layer}": case.Z[layer], f"A{layer}": case.A[layer]})
    return next((name for name, array in known.items() if same(value, array)), "")


def backward_values(network: Network, case: Case, cache: Any) -> Dict[str, Any]:
    """Returns the possible arguments of a backward pass."""
    layout = network.layout
    values: Dict[str, Any] = {
        "parameters": layout.bundle(case.parameters),
        "cache": cache,
        "X": layout.give(case.X),
        "Y": layout.give_labels(case.Y),
        "activation": case.activation,
        "m": case.m,
    }
    values.update(layout.parameters(case.parameters))
    for layer in range(1, case.depth + 1):
        values[f"Z{layer}"] = layout.give(case.Z[layer])
        values[f"A{layer}"] = layout.give(case.A[layer])
    values["A_out"] = layout.give(case.A[-1])
    return values


def gradients_of(value: Any, network: Network, case: Case) -> Dict[str, Any]:
    """Returns dW1, db1, ... in our layout from the result of a backward pass."""
    names = _names(network)
    if isinstance(value, (tuple, list)):
        inner = next((part for part in value if isinstance(part, dict)), None)
        value = inner if inner is not None else _by_shape(value, names, network, case)
    taken = {}
    for name in names:
        found = entry(value, name)
        if found is None and isinstance(value, dict):
            found = entry(value, name[1:])
        taken[name] = network.layout.take(found, "b" in name)
    return taken


def _names(network: Network) -> List[str]:
    depth = network.cases[0].depth
    return [f"d{kind}{layer}" for layer in range(1, depth + 1) for kind in "Wb"]


def _form_of(value: Any, network: Network, case: Case) -> Optional[GradsForm]:
    """Returns the form in which a backward pass returns gradients, for the update."""
    names = _names(network)
    if isinstance(value, (tuple, list)) and not any(isinstance(part, dict) for part in value):
        return list(_by_shape(value, names, network, case))
    if not isinstance(value, dict):
        return None
    keys = {}
    for name in names:
        same_name = [key for key in value if str(key).replace("_", "").lower() == name.lower()]
        bare = [key for key in value if str(key).lower() == name[1:].lower()]
        if not same_name and not bare:
            return None
        keys[name] = (same_name or bare)[0]
    return keys


def _by_shape(parts: Any, names: List[str], network: Network, case: Case) -> Dict[str, Any]:
    """Returns the parts of a tuple by name: in the first usual order whose shapes fit."""
    in_order = dict(zip(names, parts))
    reverse = [f"d{k}{layer}" for layer in range(case.depth, 0, -1) for k in "Wb"]
    matrices_first = [f"d{k}{n}" for k in "Wb" for n in range(1, case.depth + 1)]
    for order in (names, reverse, matrices_first):
        taken = [network.layout.take(part, "b" in name) for name, part in zip(order, parts)]
        due = [case.parameters[name[1:]].shape for name in order]
        if all(np.shape(a) == b or np.size(a) == np.prod(b) == 1 for a, b in zip(taken, due)):
            return dict(zip(order, parts))
    return in_order


def check_backward(solution: Solution, network: Network, subject: Subject) -> FunctionReport:
    """Checks the backward pass with a given cache.

    If the forward pass does not show the hidden activation, any known activation may fit.
    """
    if network.model is not None:
        report = _check_backward(solution, network, subject)
        if report.failed:
            network.short_cache = _short_cache(solution, network)
        return report
    reports = []
    for name in dict.fromkeys([network.guess, *ACTIVATIONS]):
        network.cases = [replace(case, activation=name).forward() for case in network.cases]
        reports.append(_check_backward(solution, network, subject))
        if reports[-1].verdict == RIGHT:
            network.guess = name
            return reports[-1]
    return reports[0]


def _short_cache(solution: Solution, network: Network) -> str:
    """Says that the student's forward pass keeps too few caches, or returns ""."""
    cache = _own_cache(solution, network, network.cases[0])
    depth = network.cases[0].depth
    if not network.deep or not isinstance(cache, list) or len(cache) >= depth:
        return ""
    return (
        f"it returns {len(cache)} caches for {depth} layers: is `caches.append(cache)` missing?"
    )


def _check_backward(solution: Solution, network: Network, subject: Subject) -> FunctionReport:
    subject.order = ["A_out", "Y", "cache"] if network.deep else ["parameters", "cache", "X", "Y"]
    subject.needs = ("parameters", "cache", "Y")
    network.whole_cache = _takes_whole(solution, network, subject)
    if "cache" in call(subject.function, _first_values(network), subject.order).arguments.values():
        pairs, reason = _cases_and_caches(solution, network, subject)
    else:
        pairs, reason = [(case, None) for case in network.cases], ""
    if reason:
        return FunctionReport(subject.name, NOT_CHECKED, [reason])
    probes = [_backward_probe(network, case, cache) for case, cache in pairs]
    value = call(subject.function, probes[0].values, subject.order).value
    network.grads_form = _form_of(value, network, pairs[0][0])
    report = judge(
        subject,
        probes,
        lambda value, probe: gradients_of(value, network, probe.context),
        lambda worked: _explain_gradients(worked, network.layout.rows),
    )
    wrong_forward = network.model is not None and not network.model.right
    own_cache = all(case.fits for case, _ in pairs)
    doubtful = wrong_forward and not report.explained
    if report.failed and (doubtful or (network.cache_wrong and own_cache)):
        return FunctionReport(subject.name, NOT_CHECKED, [_needs_forward(solution, network)])
    return report


def _needs_forward(solution: Solution, network: Network) -> str:
    name = solution.found[network.roles["forward"]][0]
    return f"it reads the cache of `{name}`, which is wrong; correct `{name}` first"


def _first_values(network: Network) -> Dict[str, Any]:
    case = network.cases[0]
    return backward_values(network, case, _ours(network, case))


def _ours(network: Network, case: Case) -> Any:
    return network.layout.caches(case) if network.deep else network.layout.cache(case)


def _backward_probe(network: Network, case: Case, cache: Any) -> Probe:
    name = case.name if case.fits else f"{case.name} and a cache that does not fit the parameters"
    integers = case.X.dtype.kind == "i"
    values = backward_values(network, case, cache)
    return Probe(name, values, gradients(case), case, integers=integers)


def _cases_and_caches(
    solution: Solution, network: Network, subject: Subject
) -> Tuple[List[Tuple[Case, Any]], str]:
    """Returns the cases with the caches to use, or a reason why there are none."""
    cases = network.cases
    own = [_own_cache(solution, network, case) for case in cases]
    candidates = [network.layout.cache, network.layout.caches]
    if not network.deep:
        candidates = candidates[:1]
    exact = network.model is not None and network.model.right and not network.cache_wrong
    for make in candidates:
        usable = own[0] is None or alike(make(cases[0]), own[0], exact)
        if usable and _works(network, subject, cases, make):
            rng = np.random.default_rng([solution.seed, 2])
            other = unfitting(rng, cases[0])
            return [(case, make(case)) for case in [*cases, other]], ""
    if own[0] is None:
        if "forward" in network.roles:
            return [], "its cache comes from the forward pass, which returned none"
        return [(case, _ours(network, case)) for case in cases], ""
    if network.model is None:
        return [], _needs_forward(solution, network)
    runs = [network.model.run(case) for case in cases]
    pairs = [(run, cache) for run, cache in zip(runs, own) if run is not None and cache is not None]
    return pairs, ""


def _works(network: Network, subject: Subject, cases: Sequence[Case], make: Any) -> bool:
    """Returns whether the function can read our cache."""
    outcome = call(
        subject.function, backward_values(network, cases[0], make(cases[0])), subject.order
    )
    missing = (KeyError, IndexError, TypeError, AttributeError)
    unpacked = isinstance(outcome.error, ValueError) and "unpack" in str(outcome.error)
    return not isinstance(outcome.error, missing) and not unpacked


def _own_cache(solution: Solution, network: Network, case: Case) -> Any:
    if "forward" not in network.roles:
        return None
    outcome = run_forward(solution, network, case)
    return None if outcome.error is not None else cache_of(network, outcome.value)


def cache_of(network: Network, value: Any) -> Any:
    """Returns the cache in what a forward pass returns."""
    return value if network.whole_cache else output_and_cache(value)[1]


def _takes_whole(solution: Solution, network: Network, subject: Subject) -> bool:
    """Returns whether a backward pass reads all that the forward pass returns, as in P, A1."""
    if "forward" not in network.roles:
        return False
    case = network.cases[0]
    value = run_forward(solution, network, case).value
    if not isinstance(value, (tuple, list)):
        return False
    errors = [
        call(subject.function, backward_values(network, case, cache), subject.order).error
        for cache in (output_and_cache(value)[1], value)
    ]
    return errors[0] is not None and errors[1] is None


def alike(ours: Any, own: Any, exact: bool) -> bool:
    """Returns whether our cache has all entries of the student's, in the same structure.

    With `exact` the numbers have to be the same too, as in a correct forward pass. Without it, the
    same keys and shapes are enough.
    """
    if isinstance(own, dict):
        return isinstance(ours, dict) and all(
            key in ours and (not exact or alike(ours[key], own[key], exact)) for key in own
        )
    if isinstance(own, (tuple, list)):
        return (
            isinstance(ours, type(own))
            and len(ours) == len(own)
            and all(alike(a, b, exact) for a, b in zip(ours, own))
        )
    left, right = as_numbers(ours), as_numbers(own)
    if left is None or right is None or left.shape != right.shape:
        return False
    return same(right, left) if exact else True


def _explain_gradients(
    worked: Sequence[Tuple[Probe, Dict[str, Any]]], rows: bool
) -> Explanation:
    trials = [(probe.context, given) for probe, given in worked]
    if agrees(trials):
        return Explanation()
    # Some solutions compute A1 or everything again in their backward pass, which is correct too.
    for view in (_from_Z, lambda case: case.forward()):
        if agrees([(view(case), given) for case, given in trials]):
            return Explanation()
    fitting = [(case, given) for case, given in trials if case.fits]
    if 0 < len(fitting) < len(trials) and agrees(fitting):
        return Explanation(remarks=[
            "with a cache that does not fit the parameters, its numbers differ from the formula: "
            "it computes a part of the cache again"
        ])
    return explain_backward(trials, rows)


def _from_Z(case: Case) -> Case:
    g = ACTIVATIONS[case.activation].value
    A = [case.X] + [g(z) for z in case.Z[1:-1]] + [OUTPUTS[case.output](case.Z[-1])]
    return replace(case, A=A)


def check_predict(solution: Solution, network: Network, subject: Subject) -> FunctionReport:
    """Checks predict(parameters, X): 1 where the output is above 0.5, or the likeliest class."""
    subject.order, subject.needs = ["parameters", "X", "Y"], ("parameters", "X")
    depth, several = network.cases[0].depth, network.output == "softmax"
    names = layer_names(depth, depth, network.layout.rows)
    probes = []
    for case in network.cases:
        values = dict(forward_values(network, case), Y=network.layout.give_labels(case.Y))
        due = {"predictions": (case.A[-1] > 0.5) * 1.0}
        if several:
            due = {"predictions": np.argmax(case.A[-1], axis=0) * 1.0}
        context = SimpleNamespace(A=case.A[-1], Z=case.Z[-1])
        probes.append(
            Probe(case.name, values, due, context, names, case.X.dtype.kind == "i")
        )
    return judge(
        subject,
        probes,
        lambda value, _: {"predictions": _predictions(value, network)},
        by_tables(simple_forms.TABLES["softmax_predict" if several else "predict"]),
    )


def _classes(taken: Any) -> Any:
    """Returns class numbers (m,) from any of their forms, and everything else unchanged."""
    array = as_numbers(taken)
    if array is None or array.ndim != 2:
        return taken
    one_hot = bool(np.all((array == 0) | (array == 1)) and np.all(array.sum(axis=0) == 1))
    if array.shape[0] > 1 and one_hot:
        return np.argmax(array, axis=0)
    return array.ravel() if 1 in array.shape else array


def _predictions(value: Any, network: Network) -> Any:
    if isinstance(value, tuple) and value:
        value = value[0]
    taken = network.layout.take(value)
    if network.output == "softmax":
        return _classes(taken)
    # A flat array with one prediction for each example is accepted.
    if isinstance(taken, np.ndarray) and taken.ndim == 1:
        return taken[None, :]
    return taken
