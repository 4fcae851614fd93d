"""Checks the functions together: a few steps of training, and the student's own model.

`run` is the correct training loop, and `LOOPS` has the usual mistakes. `whole` compares the
gradient of the student's program with finite differences of its cost. Start reading at
`check_model`.
"""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np

from ..gradient import check_gradient
from .calls import call, quiet
from .compare import as_numbers, difference, same
from .formula import Case, cost, gradients, step
from .judge import Subject
from .layout import entry
from .names import ROLES, plain
from .network import backward_values, cache_of, gradients_of
from .report import NOT_CHECKED, RAISES, RIGHT, WRONG, FunctionReport
from .solution import Network, Solution, forward_values, output_and_cache, run_forward

STEPS = 4

NO_RATE = "the update has no argument for the learning rate"

Parameters = Dict[str, np.ndarray]
Loop = Callable[[Case, int, float], Parameters]


def run(case: Case, steps: int, rate: float) -> Parameters:
    """Returns the parameters after some steps: forward, backward, update."""
    parameters = case.parameters
    for _ in range(steps):
        parameters = step(parameters, gradients(_at(case, parameters)), rate)
    return parameters


def _at(case: Case, parameters: Parameters) -> Case:
    return replace(case, parameters=parameters).forward()


def _stale(case: Case, steps: int, rate: float) -> Parameters:
    """Uses the activations of the first forward pass in every step."""
    start, parameters = case.forward(), case.parameters
    for _ in range(steps):
        stale = replace(start, parameters=parameters)
        parameters = step(parameters, gradients(stale), rate)
    return parameters


def _updated_first(case: Case, steps: int, rate: float) -> Parameters:
    """Updates with the gradients of the last step, then computes new ones."""
    parameters, grads = case.parameters, None
    for _ in range(steps):
        now = _at(case, parameters)
        if grads is not None:
            parameters = step(parameters, grads, rate)
        grads = gradients(replace(now, parameters=parameters))
    return parameters


def _one_behind(case: Case, steps: int, rate: float) -> Parameters:
    """Updates after a backward pass with the activations of the last step."""
    parameters, before = case.parameters, None
    for _ in range(steps):
        now = _at(case, parameters)
        used = now if before is None else replace(before, parameters=parameters)
        parameters, before = step(parameters, gradients(used), rate), now
    return parameters


def _accumulated(case: Case, steps: int, rate: float) -> Parameters:
    parameters, total = case.parameters, None
    for _ in range(steps):
        grads = gradients(_at(case, parameters))
        total = grads if total is None else {k: total[k] + grads[k] for k in grads}
        parameters = step(parameters, total, rate)
    return parameters


LOOPS: List[Tuple[str, Loop, str]] = [
    (
        "it returns the initial parameters unchanged: assign the result of the update in every "
        "iteration, as in parameters = update_parameters(parameters, grads).",
        lambda case, steps, rate: case.parameters,
        "",
    ),
    (
        "the forward pass is run only once, so the cache stays that of the initial parameters: "
        "run it in every iteration, with the new parameters.",
        _stale,
        "stale-cache",
    ),
    (
        "the update comes before the backward pass in an iteration: the right order is "
        "forward, cost, backward, update.",
        _updated_first,
        "",
    ),
    (
        "the update uses the cache of the previous iteration: the right order is forward, cost, "
        "backward, update.",
        _one_behind,
        "stale-cache",
    ),
    (
        "the gradients of all iterations are added up: use only those of the current iteration.",
        _accumulated,
        "accumulator-not-cleared",
    ),
    (
        "the gradient is added, so the cost grows: subtract learning_rate times the gradient.",
        lambda case, steps, rate: run(case, steps, -rate),
        "update-ascends",
    ),
    (
        "only one step has an effect: is the `return` inside the loop, or does every iteration "
        "start from the initial parameters?",
        lambda case, steps, rate: run(case, 1, rate),
        "",
    ),
]


@dataclass
class _Watch:
    """What was observed in a training run."""

    start: Optional[Parameters] = None
    rates: List[float] = field(default_factory=list)
    updates: int = 0


def check_model(solution: Solution, network: Network, subject: Subject) -> FunctionReport:
    """Checks nn_model or L_layer_model: its parameters after a few iterations.

    The student's initialiser and update are wrapped, to set the initial parameters and to observe
    the learning rate.
    """
    case = network.cases[0]
    values = dict(
        X=network.layout.give(case.X),
        Y=network.layout.give_labels(case.Y),
        n_x=case.dims[0],
        n_h=case.dims[1],
        n_y=case.dims[-1],
        layer_dims=list(case.dims),
        iterations=STEPS,
        print_cost=False,
        activation=network.activation,
    )
    if "rate" in _roles(subject.function):
        values["rate"] = 0.9
    subject.order = ["X", "Y", "layer_dims" if network.deep else "n_h"]
    seen = _Watch()
    with _Watching(solution, network, subject.function, case, seen):
        outcome = call(subject.function, values, subject.order)
    if outcome.unbound:
        return FunctionReport(subject.name, NOT_CHECKED, [outcome.unbound])
    if outcome.error is not None:
        report = FunctionReport(subject.name, RAISES, [f"{outcome.raised}, with {case.name}."])
        return _unless_callee(subject, report)
    if "iterations" not in outcome.arguments.values():
        reason = "it has no argument for the number of iterations, such as `num_iterations`"
        return FunctionReport(subject.name, NOT_CHECKED, [reason])
    report = _compared(network, subject, case, outcome.value, seen, values)
    if outcome.changed:
        report.verdict = WRONG
        report.causes.append(f"it changes its argument {outcome.changed[0]}.")
    return _unless_callee(subject, report)


def _unless_callee(subject: Subject, report: FunctionReport) -> FunctionReport:
    if not report.failed or not subject.wrong_callees:
        return report
    names = " and ".join(f"`{name}`" for name in subject.wrong_callees)
    rest = "is wrong; correct it" if len(subject.wrong_callees) == 1 else "are wrong; correct them"
    cause = f"it uses {names}, which {rest} first"
    return FunctionReport(subject.name, NOT_CHECKED, [cause])


def _roles(function: Callable[..., Any]) -> List[str]:
    names = [plain(name) for name in inspect.signature(function).parameters]
    return [role for role, aliases in ROLES.items() if any(name in aliases for name in names)]


class _Watching:
    """Replaces the student's initialiser and update by observed ones while a model runs."""

    def __init__(
        self,
        solution: Solution,
        network: Network,
        function: Callable[..., Any],
        case: Case,
        seen: _Watch,
    ) -> None:
        self.names = function.__globals__
        self.kept: Dict[str, Any] = {}
        role = network.roles.get("initialize")
        for wanted, wrapped in ((role, self._initialiser), ("update", self._update)):
            if wanted in solution.found:
                name, original = solution.found[wanted]
                if self.names.get(name) is original:
                    self.kept[name] = original
                    self.names[name] = wrapped(original, network, case, seen)

    def _initialiser(self, original: Any, network: Network, case: Case, seen: _Watch) -> Any:
        def initialise(*arguments: Any, **named: Any) -> Any:
            value = original(*arguments, **named)
            if isinstance(value, (dict, tuple)) and seen.start is None:
                # Numbers larger than 0.01 · randn reveal every mistake in a few steps.
                value = network.layout.bundle(case.parameters)
                seen.start = copy.deepcopy(case.parameters)
            return value

        return initialise

    def _update(self, original: Any, network: Network, case: Case, seen: _Watch) -> Any:
        def update(*arguments: Any, **named: Any) -> Any:
            bound = inspect.signature(original).bind(*arguments, **named)
            bound.apply_defaults()
            seen.updates += 1
            for name, value in bound.arguments.items():
                if plain(name) in ROLES["rate"]:
                    seen.rates.append(float(value))
            return original(*arguments, **named)

        return update

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: Any) -> None:
        self.names.update(self.kept)


def _compared(
    network: Network, subject: Subject, case: Case, value: Any, seen: _Watch, given: Dict[str, Any]
) -> FunctionReport:
    if seen.start is None:
        reason = "it does not call your initialiser, so its initial parameters are unknown"
        return FunctionReport(subject.name, NOT_CHECKED, [reason])
    rate = given.get("rate", seen.rates[0] if seen.rates else None)
    if rate is None:
        reason = "its learning rate is unknown: give it an argument `learning_rate`"
        return FunctionReport(subject.name, NOT_CHECKED, [reason])
    final = _parameters_of(value, network, case)
    if final is None:
        return FunctionReport(subject.name, WRONG, ["it does not return the parameters."])
    for steps in (STEPS, STEPS - 1, STEPS + 1):
        if _equal(final, run(case, steps, rate)):
            report = FunctionReport(subject.name, RIGHT)
            if steps != STEPS:
                report.remarks.append(f"it runs {steps} iterations instead of {STEPS}")
            return report
    for sentence, loop, fault in LOOPS:
        if _equal(final, loop(case, STEPS, rate)):
            return FunctionReport(subject.name, WRONG, [sentence], [fault] if fault else [])
    if seen.rates and "rate" in given and seen.rates[0] != rate:
        cause = (
            f"it does not pass on its learning rate: it was given {rate}, but its update used "
            f"{seen.rates[0]}."
        )
        if _equal(final, run(case, STEPS, seen.rates[0])):
            return FunctionReport(subject.name, WRONG, [cause])
    if seen.updates > STEPS + 1 or len(set(seen.rates)) > 1:
        reason = "it updates the parameters in several parts, or its learning rate changes"
        return FunctionReport(subject.name, NOT_CHECKED, [reason])
    cause = f"its parameters after {STEPS} iterations are not those of gradient descent."
    return FunctionReport(subject.name, WRONG, [cause], [], _worst(final, run(case, STEPS, rate)))


def _parameters_of(value: Any, network: Network, case: Case) -> Optional[Dict[str, Any]]:
    if isinstance(value, tuple) and len(value) == len(case.parameters):
        value = dict(zip(case.parameters, value))
    parts = value if isinstance(value, (tuple, list)) else [value]
    for part in parts:
        if entry(part, "W1") is not None:
            return {
                name: network.layout.take(entry(part, name), "b" in name)
                for name in case.parameters
            }
        if isinstance(part, dict) and isinstance(part.get("parameters"), dict):
            return _parameters_of(part["parameters"], network, case)
    return None


def _equal(given: Dict[str, Any], due: Parameters) -> bool:
    return all(same(given.get(name), value) for name, value in due.items())


def _worst(given: Dict[str, Any], due: Parameters) -> str:
    for name, value in due.items():
        if not same(given.get(name), value):
            return difference(name, given.get(name), value)
    return ""


def check_together(solution: Solution, network: Network) -> FunctionReport:
    """Trains with the student's forward, backward and update in the correct order."""
    name = "training with these functions"
    needed = [network.roles.get("forward"), network.roles.get("backward"), "update"]
    if any(role not in solution.found for role in needed):
        reason = "this needs a forward pass, a backward pass and update_parameters"
        return FunctionReport(name, NOT_CHECKED, [reason])
    case = network.cases[1]
    parameters = network.layout.parameters(case.parameters)
    rate = 0.4
    for number in range(STEPS):
        parameters, problem = _student_step(solution, network, case, parameters, rate)
        if problem == NO_RATE:
            return FunctionReport(name, NOT_CHECKED, [problem])
        if problem:
            return FunctionReport(name, RAISES, [f"step {number + 1} {problem}."])
    final = {
        key: network.layout.take(entry(parameters, key), "b" in key) for key in case.parameters
    }
    if _equal(final, run(case, STEPS, rate)):
        return FunctionReport(name, RIGHT)
    cause = (
        f"each function is right alone, but {STEPS} training steps with all of them give other "
        "parameters than the formula: does one of them keep values between calls?"
    )
    return FunctionReport(name, WRONG, [cause], [], _worst(final, run(case, STEPS, rate)))


def _student_step(
    solution: Solution, network: Network, case: Case, parameters: Any, rate: float
) -> Tuple[Any, str]:
    taken = {n: network.layout.take(entry(parameters, n), "b" in n) for n in case.parameters}
    if any(as_numbers(value) is None for value in taken.values()):
        return None, "starts with missing parameters"
    now = _at(case, taken)
    outcome = run_forward(solution, network, now)
    if outcome.error is not None:
        return None, f"in the forward pass {outcome.raised}"
    cache = cache_of(network, outcome.value)
    function = solution.found[network.roles["backward"]][1]
    order = ["A_out", "Y", "cache"] if network.deep else ["parameters", "cache", "X", "Y"]
    outcome = call(function, backward_values(network, now, cache), order)
    if outcome.error is not None:
        return None, f"in the backward pass {outcome.raised}"
    grads = network.layout.parameters(gradients_of(outcome.value, network, now))
    bundle = network.layout.bundle(taken)
    values = {"parameters": bundle, "grads": outcome.value, "rate": rate, **parameters, **grads}
    outcome = call(solution.found["update"][1], values, ["parameters", "grads", "rate"])
    if "rate" not in outcome.arguments.values():
        return None, NO_RATE
    if outcome.error is not None:
        return None, f"in the update {outcome.raised}"
    result = outcome.value
    if isinstance(result, (tuple, list)):
        result = dict(zip(case.parameters, result))
    return {n: entry(result, n) for n in case.parameters}, ""


class WholeSubject:
    """The student's forward and backward pass as one program, with the correct cost.

    `loss_and_gradient(parameters, x, y)` takes W1, b1, ... with a row for each unit, x of shape
    n_x × m and y of shape n_y × m (a column is an example). It returns (loss, gradients).
    """

    def __init__(self, solution: Solution, network: Network) -> None:
        self.solution, self.network = solution, network

    def loss_and_gradient(
        self, parameters: Parameters, x: np.ndarray, y: np.ndarray
    ) -> Tuple[float, Parameters]:
        """Returns the loss and its gradient; exceptions of the student's code pass through."""
        layers = len(parameters) // 2
        dims = [x.shape[0]] + [parameters[f"W{n}"].shape[0] for n in range(1, layers + 1)]
        kind = self.network.output
        case = Case(dims, x, y, dict(parameters), self.network.activation, output=kind).forward()
        value = _value(run_forward(self.solution, self.network, case))
        output, cache = output_and_cache(value)[0], cache_of(self.network, value)
        functions, layout = self.solution.found, self.network.layout
        # not the student's cost: an ε in its logarithm is no mistake but changes the gradient
        loss = cost(as_numbers(layout.take(output, False)), y, kind)
        order = ["parameters", "cache", "X", "Y"]
        order = ["A_out", "Y", "cache"] if self.network.deep else order
        backward = functions[self.network.roles["backward"]][1]
        value = _value(call(backward, backward_values(self.network, case, cache), order))
        grads = gradients_of(value, self.network, case)
        shaped = {}
        for name, value in parameters.items():
            grad = np.asarray(grads[f"d{name}"], dtype=np.float64)
            shaped[name] = grad.reshape(value.shape) if grad.size == value.size == 1 else grad
        return float(loss), shaped


def _value(outcome: Any) -> Any:
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


def whole(solution: Solution, network: Network, seed: int) -> FunctionReport:
    """Compares the gradient of the student's whole program with finite differences of the cost.

    It does not use the formulas of backpropagation. It is only called if the forward and the
    backward pass are right alone.
    """
    name = "the whole program"
    needed = [network.roles.get("forward"), network.roles.get("backward")]
    if any(role not in solution.found for role in needed):
        reason = "this needs a forward pass and a backward pass"
        return FunctionReport(name, NOT_CHECKED, [reason])
    program, case = WholeSubject(solution, network), network.cases[0]

    def of(parameters: Parameters) -> Tuple[float, Parameters]:
        return program.loss_and_gradient(parameters, case.X, case.Y)

    try:
        report = check_gradient(
            lambda it: of(it)[0], lambda it: of(it)[1], case.parameters, seed=seed
        )
    except Exception as error:  # from the student's code
        return FunctionReport(name, RAISES, [f"{type(error).__name__}: {error}"])
    if report.passed:
        return FunctionReport(name, RIGHT)
    return FunctionReport(name, WRONG, str(report).splitlines()[:6])


__all__ = [
    "check_model", "check_together", "whole", "WholeSubject", "run", "quiet", "forward_values"
]
