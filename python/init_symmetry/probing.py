"""Small questions to an unknown network, and the reference's answers to them.

Start reading at `probe`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from . import _core
from .layout import Layout

ACTIVATIONS = ("tanh", "sigmoid", "relu", "identity", "leaky-relu", "silu")
LOSSES = ("cross-entropy", "softmax-cross-entropy", "squared-error", "sigmoid-squared-error")


FEW = (1, 2)
"""Seeds of questions that are enough where losses agree to many digits."""

MANY = (1, 2, 3, 4, 5, 6, 7, 8)
"""Seeds of questions that are enough where losses agree to three digits, as in single precision."""


class Form(NamedTuple):
    """What a subject computes."""

    hidden: str
    loss: str


@dataclass(frozen=True)
class Probe:
    """A question in the lesson's layout: W is n_out × n_in, examples are columns."""

    widths: list[int]
    blocks: list[np.ndarray]
    x: np.ndarray
    y: np.ndarray

    def with_soft_labels(self) -> Probe:
        """Returns the same question with labels between 0 and 1."""
        return replace(self, y=0.25 + 0.5 * self.y)

    def with_other_last_weights(self) -> Probe:
        """Returns the same question with another W in the last layer."""
        *blocks, w, b = self.blocks
        return replace(self, blocks=[*blocks, w + 0.5, b])


def in_layout(probe: Probe, layout: Layout) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Returns the matrices, x and the labels of a question in a layout."""
    is_columns, is_units = layout.examples == "columns", layout.weight_rows == "units"
    blocks = [np.array(block if is_units else block.T) for block in probe.blocks]
    x = np.array(probe.x if is_columns else probe.x.T)
    y = np.array(probe.y if is_columns else probe.y.T)
    return blocks, x, layout.label(y)


class Due(NamedTuple):
    """The reference's mean loss, its L2 term, and the gradient without that term in one list."""

    loss: float
    l2: float
    gradient: np.ndarray


def probe(widths: list[int], seed: int, m: int = 7) -> Probe:
    """Returns a question with random numbers from a seed and one class for each example."""
    random = np.random.default_rng(seed)
    # some numbers are large enough that no two activations look alike
    size = 0.5 if seed in FEW else 1.5
    blocks = []
    for n_in, n_out in zip(widths, widths[1:]):
        blocks.append(random.normal(size=(n_out, n_in)) * size)
        blocks.append(random.normal(size=(n_out, 1)) * size)
    x = random.normal(size=(widths[0], m))
    classes = np.arange(m) % max(widths[-1], 2)
    y = np.eye(max(widths[-1], 2))[:, classes][-widths[-1] :]
    return Probe(widths, blocks, x, y)


def reference(form: Form, probe: Probe, l2: str | None = None) -> Due:
    """Returns what the reference network of this form answers."""
    flat = np.concatenate([block.ravel() for block in probe.blocks])
    if form.loss == "softmax-cross-entropy" and probe.y.shape[0] < 2:
        return Due(float("nan"), 0.0, np.empty(0))
    answer = _core.reference(probe.widths, form.hidden, form.loss, flat, probe.x, probe.y, l2)
    return Due(*answer)


def factor(given: list[float], due: list[float], precision: str) -> float | None:
    """Returns the one factor by which all numbers differ, or None if there is none."""
    answers, expected = np.array(given, dtype=float), np.array(due, dtype=float)
    if not np.isfinite(expected).all() or not expected.all():
        return None
    ratio = float(answers[0] / expected[0])
    return ratio if ratio and _core.explains(answers, ratio * expected, precision) else None


def scale_of(ratio: float, m: int) -> str | None:
    """Returns a factor as c·m^p, in the words of the protocol, or None for another number."""
    for constant, text in ((1.0, "1"), (2.0, "2"), (0.5, "0.5")):
        for power, scale in ((1.0, text), (float(m), f"{text}*m"), (1.0 / m, f"{text}/m")):
            if _core.explains(np.array([ratio]), np.array([constant * power]), "f32"):
                return scale
    return None
