"""Checks initialisers: shapes, biases, and whether the units of a layer start different.

Units that start equal stay equal; the whole repository is about this. Start reading at
`check_initialiser`.
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import numpy as np

from .calls import call, quiet
from .compare import as_numbers, same, shape_name
from .judge import Subject
from .layout import entry
from .report import NOT_CHECKED, RAISES, RIGHT, WRONG, FunctionReport
from .solution import Network, initial_values, takes_layer_dims

FATAL = (
    "Identical units compute the same output and get the same gradient, so they stay identical "
    "however long you train. Draw W at random, as in np.random.randn(n_h, n_x) * 0.01."
)


def check_initialiser(network: Network, subject: Subject, seed: int) -> FunctionReport:
    """Checks the result of initialize_parameters for several sizes."""
    order = ["layer_dims"] if takes_layer_dims(subject.function) else ["n_x", "n_h", "n_y"]
    report = FunctionReport(subject.name, RIGHT)
    for dims in ([7, 5, 6, 1], [3, 4, 2, 1]) if network.deep else ([7, 5, 1], [3, 6, 1]):
        dims = [*dims[:-1], 3] if network.output == "softmax" else dims
        with quiet():
            np.random.seed(seed)
        outcome = call(subject.function, initial_values(dims), order)
        name = f"layer_dims = {dims}" if network.deep else f"n_x, n_h, n_y = {tuple(dims)}"
        if outcome.unbound:
            return FunctionReport(subject.name, NOT_CHECKED, [outcome.unbound])
        if outcome.error is not None:
            return FunctionReport(subject.name, RAISES, [f"{outcome.raised}, with {name}."])
        parameters, causes = _taken(outcome.value, network, dims, name)
        faults: List[str] = []
        if not causes:
            causes, faults = _mistakes(parameters, dims)
        if causes:
            report.verdict, report.causes, report.faults = WRONG, causes, faults
            return report
        _remarks(parameters, dims, report)
    return report


def _taken(
    value: Any, network: Network, dims: List[int], case: str
) -> Tuple[Dict[str, np.ndarray], List[str]]:
    """Returns the parameters in our layout, and what is wrong with their names and shapes."""
    names = [f"{kind}{layer}" for layer in range(1, len(dims)) for kind in "Wb"]
    if isinstance(value, (tuple, list)) and len(value) == len(names):
        value = dict(zip(names, value))
    parameters, causes = {}, []
    for name in names:
        layer = int(name[1:])
        shape = (dims[layer], dims[layer - 1]) if name[0] == "W" else (dims[layer], 1)
        array = as_numbers(network.layout.take(entry(value, name), name[0] == "b"))
        if array is None:
            causes.append(f"it does not return {name}.")
        elif array.shape != shape:
            hint = ": its two sizes are swapped" if array.shape == shape[::-1] != shape else ""
            causes.append(
                f"{name} has shape {shape_name(array.shape)}, but it should be {shape_name(shape)}"
                f"{hint} ({case})."
            )
        elif not np.all(np.isfinite(array)):
            causes.append(f"{name} has entries that are NaN or infinite.")
        else:
            parameters[name] = array
    return parameters, causes


def _mistakes(parameters: Dict[str, np.ndarray], dims: List[int]) -> Tuple[List[str], List[str]]:
    depth = len(dims) - 1
    causes: List[str] = []
    faults: List[str] = []
    for layer in range(1, depth):
        cause, fault = _equal_units(parameters, layer)
        if cause:
            causes.append(cause)
            faults += [fault] if fault else []
    biases = [f"b{layer}" for layer in range(1, depth + 1) if np.any(parameters[f"b{layer}"])]
    if biases:
        names = ", ".join(biases)
        verb = "is" if len(biases) == 1 else "are"
        causes.append(f"{names} {verb} not zero: initialise biases with np.zeros((n, 1)).")
        faults.append("start-with-random-biases")
    if causes:
        return causes, faults
    weights = [parameters[f"W{layer}"] for layer in range(1, depth + 1)]
    if any(w.size >= 20 and np.all(w > 0) for w in weights):
        causes.append(
            "all weights are positive: np.random.rand draws between 0 and 1. Use "
            "np.random.randn."
        )
        faults.append("start-never-negative")
    for layer in range(1, depth):
        below, above = weights[layer - 1], weights[layer]
        if _repeats(below, above) or _repeats(below.T, above.T):
            causes.append(
                f"W{layer + 1} repeats the numbers of W{layer}: the random generator is seeded "
                "again before each layer. Seed it only once."
            )
            faults.append("same-seed-in-every-layer")
    return causes, faults


def _equal_units(parameters: Dict[str, np.ndarray], layer: int) -> Tuple[str, str]:
    """Says which units of a hidden layer start equal, and whether they stay equal."""
    W, b, above = parameters[f"W{layer}"], parameters[f"b{layer}"], parameters[f"W{layer + 1}"]
    equal = [
        (i, j)
        for i in range(len(W))
        for j in range(i)
        if np.array_equal(W[i], W[j]) and np.array_equal(b[i], b[j])
    ]
    if not equal:
        return "", ""
    whole = len(equal) == len(W) * (len(W) - 1) // 2
    twins = [(i, j) for i, j in equal if np.array_equal(above[:, i], above[:, j])]
    what = f"W{layer} is all zero" if not np.any(W) else f"the rows of W{layer} are equal"
    if whole and len(twins) == len(equal):
        return f"{what}, so all units of hidden layer {layer} start identical. {FATAL}", ""
    if whole:
        fault = "zero-init-of-w1-only" if layer == 1 and not np.any(W) else ""
        return (
            f"{what}, so all units of hidden layer {layer} start with the same weights, and only "
            f"W{layer + 1} makes them different. Draw W{layer} at random, as in "
            "np.random.randn(n_h, n_x) * 0.01.",
            fault,
        )
    i, j = (twins or equal)[0]
    rest = FATAL if twins else "Draw every row at random."
    return (
        f"units {j + 1} and {i + 1} of hidden layer {layer} start with identical weights (rows of "
        f"W{layer}). {rest}",
        "random-init-repeats-one-row",
    )


def _repeats(below: np.ndarray, above: np.ndarray) -> bool:
    """Returns whether two matrices hold the same random numbers up to a factor."""
    number = min(below.size, above.size)
    if number < 3:
        return False
    left, right = below.ravel()[:number], above.ravel()[:number]
    if right[0] == 0 or left[0] == 0:
        return False
    return same(left / left[0], right / right[0])


def _remarks(parameters: Dict[str, np.ndarray], dims: List[int], report: FunctionReport) -> None:
    depth = len(dims) - 1
    last = f"W{depth}"
    texts = []
    if not np.any(parameters[last]):
        texts.append(f"{last} starts at zero, so W1 does not change in the first step")
    if depth == 2 and dims[0] > 5 and np.std(parameters["W1"]) > 0.75:
        texts.append(
            "the weights of W1 have a standard deviation of about 1, which is large for a tanh or "
            "sigmoid layer: the course multiplies np.random.randn by 0.01"
        )
    for layer in range(1, depth + 1):
        if np.std(parameters[f"W{layer}"]) > 3:
            size = float(np.std(parameters[f"W{layer}"]))
            texts.append(
                f"the weights of W{layer} have a standard deviation of {size:.0f}: multiply by 0.01"
            )
    for text in texts:
        if text not in report.remarks:
            report.remarks.append(text)
