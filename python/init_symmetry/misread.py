"""Usual mistakes in a forward pass or a loss, recognised by the loss alone.

A mistake is named only if it gives the losses of all questions up to one factor, with one of the
known activations. Start reading at `mistake`.
"""

from __future__ import annotations

import itertools
from typing import Any, Callable, NamedTuple, Optional, Sequence

import numpy as np

from .course.formula import leaky_relu, relu, sigmoid
from .layout import Layout
from .probing import Probe, factor

HIDDEN: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    np.tanh, relu, sigmoid, leaky_relu, lambda z: z, lambda z: z * sigmoid(z),
)

Axis = Optional[int]
"""0 runs over the outputs, 1 over the examples, None over all entries."""


class Mistake(NamedTuple):
    """A sentence, ŷ from the z of the output layer, and the loss from ŷ and y.

    In the sentence, `{outputs}` and `{examples}` are the numbers of the axes in a user's layout.
    """

    sentence: str
    y_hat: Callable[[np.ndarray], np.ndarray]
    loss: Callable[[np.ndarray, np.ndarray], Any]


def _softmax(total: Axis, largest: Axis) -> Callable[[np.ndarray], np.ndarray]:
    def softmax(z: np.ndarray) -> np.ndarray:
        e = np.exp(z - np.max(z, axis=largest, keepdims=True))
        return np.asarray(e / np.sum(e, axis=total, keepdims=True))

    return softmax


def _log_loss(y_hat: np.ndarray, y: np.ndarray) -> Any:
    return -np.sum(y * np.log(y_hat))


def _binary_loss(y_hat: np.ndarray, y: np.ndarray) -> Any:
    return -np.sum(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))


def _other_term(y_hat: np.ndarray, y: np.ndarray) -> Any:
    return -np.sum((1 - y) * np.log(1 - y_hat))


SUMS_TO_ONE = "ŷ of each example must sum to 1, so sum over axis={outputs} with keepdims=True"

SOFTMAX: list[Mistake] = [
    Mistake(
        "the softmax is normalised over the wrong axis (axis={examples}): " + SUMS_TO_ONE,
        _softmax(1, largest),
        _log_loss,
    )
    for largest in (1, 0)
] + [
    Mistake(
        "the softmax is normalised over all entries: " + SUMS_TO_ONE,
        _softmax(None, largest),
        _log_loss,
    )
    for largest in (None, 0, 1)
] + [
    Mistake(
        "the softmax subtracts the largest entry over the wrong axis: use axis={outputs}, as in "
        "the sum",
        _softmax(0, 1),
        _log_loss,
    ),
    Mistake(
        "the softmax is applied twice", lambda z: _softmax(0, 0)(_softmax(0, 0)(z)), _log_loss
    ),
    Mistake(
        "the softmax is not normalised: divide exp(z) by its sum over axis={outputs}",
        lambda z: np.exp(z - np.max(z, axis=0, keepdims=True)),
        _log_loss,
    ),
    Mistake("the softmax has the wrong sign in exp", lambda z: _softmax(0, 0)(-z), _log_loss),
    Mistake(
        "the loss has the term (1 - y) log(1 - ŷ), which belongs to a sigmoid and not to a softmax",
        _softmax(0, 0),
        _binary_loss,
    ),
]

SIGMOID: list[Mistake] = [
    Mistake("the loss lacks the term (1 - y) log(1 - ŷ)", sigmoid, _log_loss),
    Mistake("the loss lacks the term y log(ŷ)", sigmoid, _other_term),
    Mistake("the sigmoid of the output has the wrong sign in exp", lambda z: sigmoid(-z),
            _binary_loss),
    Mistake("the sigmoid is applied twice to the output", lambda z: sigmoid(sigmoid(z)),
            _binary_loss),
]


def mistake(layout: Layout, probes: Sequence[Probe], answers: Sequence[Any]) -> str:
    """Returns the mistake that explains the losses of all questions, as a sentence, or ""."""
    several = probes[0].y.shape[0] > 1
    given = [answer.loss for answer in answers]
    axes = (0, 1) if layout.examples == "columns" else (1, 0)
    known = [*SOFTMAX, *SIGMOID] if several else SIGMOID
    for form, hidden in itertools.product(known, HIDDEN):
        with np.errstate(all="ignore"):
            due = [float(form.loss(form.y_hat(_output(it, hidden)), it.y)) for it in probes]
        if factor(given, due, "f64") is not None:
            return form.sentence.format(outputs=axes[0], examples=axes[1])
    return ""


def _output(probe: Probe, hidden: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Returns z of the output layer."""
    a = probe.x
    for place in range(0, len(probe.blocks), 2):
        z = probe.blocks[place] @ a + probe.blocks[place + 1]
        a = hidden(z)
    return z


def mentions_softmax(subject: Any) -> bool:
    """Returns whether the code of a subject, or of what it calls, has a name with `softmax`."""
    from .course.solution import uses_softmax

    function = getattr(subject, "loss_and_gradient", subject)
    function = getattr(function, "__func__", function)
    return hasattr(function, "__code__") and uses_softmax(function)
