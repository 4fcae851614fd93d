"""The formulas of one layer's backward pass and of the forward pass, each with its usual mistakes.

Each is data: a sentence, the numbers that the mistake would give, and its name in init-symmetry's
catalogue of faults, if it has one. `explain.py` fits the forms to a student's numbers. Start
reading at `Form`, then `DW`.

In a sentence, `{q}` stands for the wrong quantities and `{is_}` for "is" or "are". In a formula,
`c` holds the arrays of one layer: dZ, A_prev, Z_prev, A, Z, W, dZ_next, W_next, m, X and Y.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Callable, Dict, List, Optional

import numpy as np

from .formula import ACTIVATIONS, sigmoid, softmax

Context = SimpleNamespace


@dataclass(frozen=True)
class Form:
    """One way to compute a quantity: correct if its text is empty, otherwise a mistake."""

    text: str
    compute: Callable[[Context], Any]
    fault: str = ""
    weight: int = 1

    @property
    def right(self) -> bool:
        """Whether this is the correct formula."""
        return not self.text

    @property
    def cost(self) -> int:
        """How far this is from the formula; the form with the lowest cost is named."""
        return 0 if self.right else self.weight


def computed(form: Form, context: Context) -> Optional[np.ndarray]:
    """Returns the form's numbers, or None if its shapes do not fit."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(form.compute(context), dtype=np.float64)
    except (ValueError, IndexError, AttributeError, KeyError, TypeError):
        return None


def _sum(dZ: np.ndarray) -> np.ndarray:
    return np.sum(dZ, axis=1, keepdims=True)


OUTPUT_DELTA: List[Form] = [
    Form("", lambda c: c.A - c.Y),
    Form(
        "d{Z} has the wrong sign: it is {A} - Y, not Y - {A}.",
        lambda c: c.Y - c.A,
        "output-delta-sign",
    ),
    Form(
        "d{Z} is multiplied by {A} (1 - {A}), which belongs to the squared error: with "
        "cross-entropy d{Z} = {A} - Y.",
        lambda c: (c.A - c.Y) * c.A * (1 - c.A),
        "cross-entropy-extra-slope",
    ),
    Form(
        "d{Z} is divided by m, and the gradients are divided by m again: divide by m once.",
        lambda c: (c.A - c.Y) / c.m,
        "mean-applied-twice",
    ),
    Form(
        "every gradient is too large by a factor 2: d{Z} = {A} - Y, without a factor 2.",
        lambda c: 2 * (c.A - c.Y),
        "gradient-doubled",
    ),
    Form(
        "every gradient is too small by a factor 2: d{Z} = {A} - Y, without a factor 1/2.",
        lambda c: (c.A - c.Y) / 2,
    ),
    Form("d{Z} is computed from {Z}, not from {A}: d{Z} = {A} - Y.", lambda c: c.Z - c.Y),
    Form("d{Z} does not subtract the labels: d{Z} = {A} - Y.", lambda c: c.A),
    Form("d{Z} adds the labels: d{Z} = {A} - Y.", lambda c: c.A + c.Y),
    Form(
        "d{Z} lacks the factor {A} (1 - {A}): it is equal to d{A}.",
        lambda c: (1 - c.Y) / (1 - c.A) - c.Y / c.A,
        "activation-derivative-missing",
    ),
    Form(
        "d{Z} has the wrong sign, because the sign of d{A} is wrong: "
        "d{A} = -(Y / {A} - (1 - Y) / (1 - {A})). d{Z} also lacks the factor {A} (1 - {A}).",
        lambda c: c.Y / c.A - (1 - c.Y) / (1 - c.A),
        "activation-derivative-missing",
        2,
    ),
    Form(
        "d{Z} is multiplied by 1 - {A}²: with cross-entropy d{Z} = {A} - Y.",
        lambda c: (c.A - c.Y) * (1 - c.A**2),
        "cross-entropy-extra-slope",
    ),
    Form(
        "d{Z} is computed with the slope of relu, but the output layer is sigmoid: d{Z} = {A} - Y.",
        lambda c: ((1 - c.Y) / (1 - c.A) - c.Y / c.A) * (c.Z > 0),
        "slope-of-another-layer",
    ),
    Form(
        "d{Z} is computed from the rounded predictions: d{Z} = {A} - Y with the probabilities {A}.",
        lambda c: (c.A > 0.5) - c.Y,
    ),
    Form(
        "d{Z} is summed over the examples too early: d{Z} = {A} - Y has a column for each example.",
        lambda c: _sum(c.A - c.Y) + 0 * c.A,
    ),
]

# The forms above in which there is a sigmoid, whose slope or derivative a softmax does not have.
_OF_A_SIGMOID = ("activation-derivative-missing", "slope-of-another-layer")

SOFTMAX_DELTA: List[Form] = [
    form
    for form in OUTPUT_DELTA
    if form.fault not in _OF_A_SIGMOID and "rounded" not in form.text
] + [
    Form(
        "every gradient is divided by the number of classes too: divide by the number of examples "
        "m only.",
        lambda c: (c.A - c.Y) / c.A.shape[0],
    ),
    Form(
        "every gradient is divided by the number of classes instead of the number of examples m.",
        lambda c: (c.A - c.Y) * c.m / c.A.shape[0],
    ),
    Form(
        "d{Z} is -Y / {A}, the derivative by {A}: through the softmax it becomes d{Z} = {A} - Y.",
        lambda c: -c.Y / c.A,
        "activation-derivative-missing",
    ),
    Form(
        "d{Z} is computed from the predicted class: d{Z} = {A} - Y with the probabilities {A}.",
        lambda c: one_hot(c.A) - c.Y,
    ),
]


def one_hot(A: np.ndarray) -> np.ndarray:
    """Returns 1 for the likeliest class of each example, else 0."""
    return np.eye(A.shape[0])[:, np.argmax(A, axis=0)]


DW: List[Form] = [
    Form("", lambda c: c.dZ @ c.A_prev.T / c.m),
    Form(
        "{q} {is_} m times too large: divide by m.",
        lambda c: c.dZ @ c.A_prev.T,
        "missing-mean-in-dw",
    ),
    Form(
        "{q} {is_} divided by m twice: divide by m once.",
        lambda c: c.dZ @ c.A_prev.T / c.m**2,
        "mean-applied-twice",
    ),
    Form(
        "{q} {is_} multiplied by m, but should be divided by m.",
        lambda c: c.dZ @ c.A_prev.T * c.m,
    ),
    Form(
        "{q} {is_} divided by the number of inputs of the layer, not by the number of examples m.",
        lambda c: c.dZ @ c.A_prev.T / c.A_prev.shape[0],
    ),
    Form(
        "{q} {is_} divided by the number of units of the layer, not by the number of examples m.",
        lambda c: c.dZ @ c.A_prev.T / c.dZ.shape[0],
    ),
    Form(
        "{q} {is_} divided by m and also by the number of units of the layer: divide by m only.",
        lambda c: c.dZ @ c.A_prev.T / c.m / c.dZ.shape[0],
        "first-dw-divided-by-width",
    ),
    Form(
        "{q} {is_} too large by a factor 2: {q} = (1/m) d{Z} · {A_prev}ᵀ.",
        lambda c: 2 * c.dZ @ c.A_prev.T / c.m,
        "gradient-doubled",
    ),
    Form(
        "{q} {is_} too small by a factor 2: {q} = (1/m) d{Z} · {A_prev}ᵀ.",
        lambda c: c.dZ @ c.A_prev.T / c.m / 2,
    ),
    Form("{q} {has} the wrong sign.", lambda c: -c.dZ @ c.A_prev.T / c.m),
    Form(
        "{q} {is_} transposed: (1/m) d{Z} · {A_prev}ᵀ, in this order.",
        lambda c: c.A_prev @ c.dZ.T / c.m,
        "transposed-dw",
    ),
    Form(
        "{q} {is_} transposed, and the division by m is missing: (1/m) d{Z} · {A_prev}ᵀ.",
        lambda c: c.A_prev @ c.dZ.T,
        "transposed-dw",
        2,
    ),
    Form(
        "{q} {is_} computed from {Z_prev}, not from {A_prev}: {q} = (1/m) d{Z} · {A_prev}ᵀ.",
        lambda c: c.dZ @ c.Z_prev.T / c.m,
        "dw-from-preactivation",
    ),
    Form(
        "{q} {is_} computed from the input X, not from {A_prev}: {q} = (1/m) d{Z} · {A_prev}ᵀ.",
        lambda c: c.dZ @ c.X.T / c.m,
    ),
    Form(
        "{q} {is_} computed from {A}, the layer's own output, not from its input {A_prev}: "
        "{q} = (1/m) d{Z} · {A_prev}ᵀ.",
        lambda c: c.dZ @ c.A.T / c.m,
        "dw-from-own-activation",
    ),
    Form(
        "{q} {is_} an elementwise product (`*`), but should be a matrix product (`np.dot`): "
        "{q} = (1/m) np.dot(d{Z}, {A_prev}.T).",
        lambda c: c.dZ * c.A_prev / c.m,
    ),
    Form(
        "{q} {is_} an elementwise product (`*`), but should be a matrix product (`np.dot`): "
        "{q} = (1/m) np.dot(d{Z}, {A_prev}.T).",
        lambda c: c.dZ * c.A_prev.T / c.m,
    ),
    Form(
        "{q} {is_} computed from d{Z_next}, not from d{Z}: {q} = (1/m) d{Z} · {A_prev}ᵀ.",
        lambda c: c.dZ_next @ c.A_prev.T / c.m,
    ),
    Form(
        "{q} {is_} always zero: {q} = (1/m) d{Z} · {A_prev}ᵀ.",
        lambda c: np.zeros((c.dZ.shape[0], c.A_prev.shape[0])),
        "first-gradient-never-computed",
    ),
]

_DB_SUMS: List[Form] = [
    Form("", lambda c: _sum(c.dZ)),
    Form(
        "{q} {is_} summed over the wrong axis (axis={units_axis} runs over the units): use "
        "axis={axis}, the examples, with keepdims=True.",
        lambda c: np.sum(c.dZ, axis=0, keepdims=True),
        "db-over-wrong-axis",
    ),
    Form(
        "{q} {is_} summed over the wrong axis (axis={units_axis} runs over the units), and "
        "keepdims=True is missing: use axis={axis}, keepdims=True.",
        lambda c: np.sum(c.dZ, axis=0),
        "db-over-wrong-axis",
    ),
    Form(
        "{q} {is_} summed over the wrong axis (axis={units_axis} runs over the units): use "
        "axis={axis}, the examples.",
        lambda c: np.sum(c.dZ, axis=0)[:, None],
        "db-over-wrong-axis",
    ),
    Form(
        "{q} {has} shape (n,) instead of (n, 1): add keepdims=True to the sum.",
        lambda c: np.sum(c.dZ, axis=1),
    ),
    Form(
        "{q} {has} shape (1, n) instead of (n, 1): sum over axis={axis} with keepdims=True.",
        lambda c: np.sum(c.dZ, axis=1)[None, :],
    ),
    Form(
        "{q} {is_} summed over all entries, so all units of a layer get the same number: sum "
        "over axis={axis} with keepdims=True.",
        lambda c: np.sum(c.dZ),
        "db-summed-over-everything",
    ),
    Form(
        "{q} {is_} summed over all entries, so all units of a layer get the same number: sum "
        "over axis={axis} with keepdims=True.",
        lambda c: np.sum(c.dZ, keepdims=True),
        "db-summed-over-everything",
    ),
    Form(
        "{q} {is_} summed over all entries, so all units of a layer get the same number: sum "
        "over axis={axis} with keepdims=True.",
        lambda c: np.sum(c.dZ) + np.zeros((c.dZ.shape[0], 1)),
        "db-summed-over-everything",
    ),
    Form(
        "{q} {is_} taken from the first example only: sum over all examples (axis={axis}).",
        lambda c: c.dZ[:, :1],
        "db-from-first-example",
    ),
    Form(
        "{q} {is_} not summed over the examples: use np.sum(…, axis={axis}, keepdims=True).",
        lambda c: c.dZ,
    ),
]


def _db_forms() -> List[Form]:
    """Returns every sum with the division by m, without it, and with a wrong divisor."""
    forms = [
        Form(f.text, lambda c, f=f: f.compute(c) / c.m, f.fault, f.weight) for f in _DB_SUMS
    ]
    factors = [
        (
            "{q} {is_} m times too large: divide by m.",
            lambda c: 1.0,
            "missing-mean-in-db",
        ),
        ("{q} {is_} divided by m twice: divide by m once.", lambda c: 1 / c.m**2,
         "mean-applied-twice"),
        ("{q} {is_} multiplied by m, but should be divided by m.", lambda c: c.m, ""),
        (
            "{q} {is_} divided by the number of units of the layer, not by the number of "
            "examples m.",
            lambda c: 1 / c.dZ.shape[0],
            "",
        ),
        ("{q} {is_} too large by a factor 2.", lambda c: 2 / c.m, "gradient-doubled"),
        ("{q} {is_} too small by a factor 2.", lambda c: 0.5 / c.m, ""),
        ("{q} {has} the wrong sign.", lambda c: -1 / c.m, ""),
        (
            "{q} {is_} always zero: {q} = (1/m) np.sum(d{Z}, axis={axis}, keepdims=True).",
            lambda c: 0.0,
            "bias-gradient-dropped",
        ),
    ]
    for text, factor, fault in factors:
        forms.append(Form(text, lambda c, k=factor: _sum(c.dZ) * k(c), fault))
    forms.append(
        Form(
            "{q} {is_} computed from d{Z_next}, not from d{Z}: "
            "{q} = (1/m) np.sum(d{Z}, axis={axis}, keepdims=True).",
            lambda c: _sum(c.dZ_next) / c.m,
        )
    )
    for f in _DB_SUMS[1:]:
        text = f.text[:-1] + ". Also divide by m."
        forms.append(Form(text, f.compute, f.fault, 2))
    return forms


DB: List[Form] = _db_forms()

DA: List[Form] = [
    Form("", lambda c: c.W_next.T @ c.dZ_next),
    Form(
        "d{A} uses {W_next} instead of its transpose: d{A} = {W_next}ᵀ · d{Z_next}.",
        lambda c: c.W_next @ c.dZ_next,
        "untransposed-weights",
    ),
    Form(
        "d{Z} has the wrong sign: d{Z} = {W_next}ᵀ · d{Z_next} * g'({Z}).",
        lambda c: -c.W_next.T @ c.dZ_next,
        "back-propagated-delta-sign",
    ),
    Form(
        "d{Z} lacks the factor {W_next}ᵀ: d{Z} = {W_next}ᵀ · d{Z_next} * g'({Z}).",
        lambda c: c.dZ_next + 0 * c.Z,
    ),
    Form(
        "d{Z} uses d{W_next} instead of {W_next}: d{Z} = {W_next}ᵀ · d{Z_next} * g'({Z}).",
        lambda c: (c.dZ_next @ c.A.T / c.m).T @ c.dZ_next,
    ),
    Form(
        "d{Z} is divided by m, and the gradients below it are divided by m again: divide once.",
        lambda c: c.W_next.T @ c.dZ_next / c.m,
        "mean-applied-twice",
    ),
]


DOT_FOR_STAR = Form(
    "d{Z} is a matrix product (`np.dot`), but should be an elementwise product (`*`): "
    "d{Z} = np.dot({W_next}.T, d{Z_next}) * g'({Z}).",
    lambda c: c.W_next.T @ c.dZ_next,
)


def slopes(name: str, own: bool = False) -> List[Form]:
    """Returns the factors g'(Z) of an activation: from A, from Z, then the mistakes.

    `own` leaves out the forms from A, for a function that takes only Z.
    """
    g = ACTIVATIONS[name]
    right = "g' of " + name + " is " + g.formula + "."
    forms = [Form("", lambda c: g.slope_of_z(c.Z))]
    if not own:
        forms.insert(0, Form("", lambda c: g.slope_of_a(c.A)))
    forms.append(
        Form(
            "d{Z} lacks the factor g'({Z}): " + right,
            lambda c: np.ones_like(c.Z),
            "activation-derivative-missing",
        )
    )
    if name == "tanh":
        forms += _tanh_slopes(right)
    if name == "sigmoid":
        forms += [
            Form(
                "the factor in d{Z} is {Z} (1 - {Z}): " + right,
                lambda c: c.Z * (1 - c.Z),
            ),
            Form(
                "the factor in d{Z} is the slope at {A} instead of {Z}: " + right,
                lambda c: g.slope_of_z(c.A),
                "derivative-at-activation",
            ),
            Form("the factor in d{Z} is {A}: " + right, lambda c: c.A),
            Form("the factor in d{Z} is 1 - {A}: " + right, lambda c: 1 - c.A),
        ]
    if name in ("relu", "leaky_relu"):
        forms += [
            Form("the factor in d{Z} is {A} itself, not its slope: " + right, lambda c: c.A),
            Form(
                "the factor in d{Z} keeps the entries with {Z} ≤ 0: " + right,
                lambda c: (c.Z <= 0) * 1.0,
            ),
        ]
    for other in ACTIVATIONS.values():
        if other.name != name:
            fault = "slope-of-another-layer"
            if name == "relu" and other.name == "leaky_relu":
                fault = "leaky-slope-in-derivative"
            text = f"d{{Z}} has the slope of {other.name}, but the layer is {name}: " + right
            forms.append(Form(text, lambda c, o=other: o.slope_of_z(c.Z), fault))
            forms.append(Form(text, lambda c, o=other: o.slope_of_a(c.A), fault))
    return forms


def _tanh_slopes(right: str) -> List[Form]:
    return [
        Form(
            "the factor in d{Z} is 1 - {Z}² instead of 1 - {A}²: " + right,
            lambda c: 1 - c.Z**2,
            "tanh-derivative-from-preactivation",
        ),
        Form(
            "the factor in d{Z} applies tanh to {A} again (1 - tanh({A})²): " + right,
            lambda c: 1 - np.tanh(c.A) ** 2,
            "derivative-at-activation",
        ),
        Form("the factor in d{Z} is 1 - {A}, without the square: " + right, lambda c: 1 - c.A),
        Form("the factor in d{Z} is {A}², not 1 - {A}²: " + right, lambda c: c.A**2),
        Form("the factor in d{Z} is 1 + {A}²: " + right, lambda c: 1 + c.A**2),
        Form("the factor in d{Z} is (1 - {A})²: " + right, lambda c: (1 - c.A) ** 2),
        Form("the factor in d{Z} is 1 - 2 {A}: " + right, lambda c: 1 - 2 * c.A),
        Form("the factor in d{Z} is tanh({Z}) itself, not its slope: " + right, lambda c: c.A),
        Form(
            "the factor in d{Z} is computed from {A_next}, not from {A}: " + right,
            lambda c: 1 - c.A_next**2,
            "derivative-at-another-layer",
        ),
        Form(
            "the factor in d{Z} is one number for all units and examples: " + right,
            lambda c: np.full_like(c.Z, 1 - c.A[0, 0] ** 2),
            "scalar-derivative-broadcast",
        ),
    ]


Z_FORMS: List[Form] = [
    Form("", lambda c: c.W @ c.A_prev + c.b),
    Form(
        "{Z} ignores the bias: {Z} = {W} · {A_prev} + {b}.",
        lambda c: c.W @ c.A_prev,
        "hidden-bias-ignored",
    ),
    Form("{Z} subtracts the bias: {Z} = {W} · {A_prev} + {b}.", lambda c: c.W @ c.A_prev - c.b),
    Form(
        "{Z} uses {W} transposed: {Z} = {W} · {A_prev} + {b}.",
        lambda c: c.W.T @ c.A_prev + c.b,
        "untransposed-weights",
    ),
    Form(
        "{Z} is an elementwise product (`*`), but should be a matrix product (`np.dot`): "
        "{Z} = {W} · {A_prev} + {b}.",
        lambda c: c.W * c.A_prev + c.b,
    ),
    Form(
        "{Z} adds one bias to all units: {Z} = {W} · {A_prev} + {b}.",
        lambda c: c.W @ c.A_prev + np.ravel(c.b)[0],
        "bias-broadcast",
    ),
    Form(
        "{Z} adds {b} along the examples, as a row: {b} is a column, one number for each unit.",
        lambda c: c.W @ c.A_prev + c.b.T,
        "bias-broadcast",
    ),
    Form(
        "{Z} is computed from {Z_prev}, not from {A_prev}: {Z} = {W} · {A_prev} + {b}.",
        lambda c: c.W @ c.Z_prev + c.b,
        "hidden-activation-omitted",
    ),
    Form(
        "{Z} is divided by the number of inputs: {Z} = {W} · {A_prev} + {b}.",
        lambda c: c.W @ c.A_prev / c.W.shape[1] + c.b,
    ),
]

OUTPUT_FORMS: List[Form] = [
    Form("", lambda c: sigmoid(c.Z)),
    Form(
        "{A} lacks the sigmoid, so it is equal to {Z}: {A} = sigmoid({Z}).",
        lambda c: c.Z,
        "predictions-are-logits",
    ),
    Form(
        "{A} is flat, of shape (m,): keep the shape (1, m) of {Z}, without flatten or squeeze.",
        lambda c: np.ravel(sigmoid(c.Z)),
    ),
    Form("{A} uses tanh, not sigmoid: {A} = sigmoid({Z}).", lambda c: np.tanh(c.Z)),
    Form("{A} uses relu, not sigmoid: {A} = sigmoid({Z}).", lambda c: np.maximum(0, c.Z)),
    Form(
        "{A} has the wrong sign in exp: sigmoid({Z}) is 1 / (1 + exp(-{Z})).",
        lambda c: sigmoid(-c.Z),
    ),
    Form("{A} applies the sigmoid twice: {A} = sigmoid({Z}).", lambda c: sigmoid(sigmoid(c.Z))),
    Form(
        "{A} is rounded to 0 or 1: {A} = sigmoid({Z}) is a probability.",
        lambda c: (sigmoid(c.Z) > 0.5) * 1.0,
    ),
    Form(
        "{A} is a softmax over the examples: {A} = sigmoid({Z}).",
        lambda c: np.exp(c.Z) / np.sum(np.exp(c.Z)),
        "softmax-over-examples",
    ),
    Form(
        "{A} is a softmax of one output, which is always 1: {A} = sigmoid({Z}).",
        lambda c: np.ones_like(c.Z),
    ),
]

def softmax_over(Z: np.ndarray, total: Optional[int], largest: Optional[int] = None) -> np.ndarray:
    """Returns exp(Z - max) / sum(exp(Z - max)), with the sum and the max over these axes.

    None is all entries.
    """
    e = np.exp(Z - np.max(Z, axis=largest, keepdims=True))
    return np.asarray(e / np.sum(e, axis=total, keepdims=True))


_WRONG_AXIS = (
    "the softmax {A} is normalised over the wrong axis (axis={axis} runs over the examples): use "
    "axis={units_axis}, so that the classes of each example sum to 1."
)
_EVERYTHING = (
    "the softmax {A} is normalised over all entries: sum over axis={units_axis} with keepdims=True,"
    " so that the classes of each example sum to 1."
)
_IS_SOFTMAX = "{A} = exp({Z}) / sum(exp({Z})) over the classes."

SOFTMAX_FORMS: List[Form] = [
    Form("", lambda c: softmax(c.Z)),
    Form(_WRONG_AXIS, lambda c: softmax_over(c.Z, 1), "softmax-over-examples"),
    Form(_WRONG_AXIS, lambda c: softmax_over(c.Z, 1, 0), "softmax-over-examples"),
    Form(_EVERYTHING, lambda c: softmax_over(c.Z, None)),
    Form(_EVERYTHING, lambda c: softmax_over(c.Z, None, 0)),
    Form(_EVERYTHING, lambda c: softmax_over(c.Z, None, 1)),
    Form(
        "the softmax {A} subtracts the largest entry over the wrong axis: use axis={units_axis}, "
        "as in the sum.",
        lambda c: softmax_over(c.Z, 0, 1),
    ),
    Form("{A} lacks the softmax, so it is equal to {Z}: " + _IS_SOFTMAX, lambda c: c.Z,
         "predictions-are-logits"),
    Form("{A} is exp({Z}), not normalised: " + _IS_SOFTMAX, lambda c: np.exp(c.Z)),
    Form("{A} is exp({Z} - max), not normalised: " + _IS_SOFTMAX,
         lambda c: np.exp(c.Z - np.max(c.Z, axis=0, keepdims=True))),
    Form("{A} lacks the exp: " + _IS_SOFTMAX,
         lambda c: c.Z / np.sum(c.Z, axis=0, keepdims=True)),
    Form("{A} has the wrong sign in exp: " + _IS_SOFTMAX, lambda c: softmax(-c.Z)),
    Form("{A} applies the softmax twice: " + _IS_SOFTMAX, lambda c: softmax(softmax(c.Z))),
    Form("{A} is the predicted class, not the probabilities: " + _IS_SOFTMAX,
         lambda c: one_hot(c.Z)),
    Form("{A} is a sigmoid of each output: " + _IS_SOFTMAX, lambda c: sigmoid(c.Z)),
    Form("{A} is the logarithm of the softmax: " + _IS_SOFTMAX, lambda c: np.log(softmax(c.Z))),
]

OUTPUT_TABLES: Dict[str, List[Form]] = {"sigmoid": OUTPUT_FORMS, "softmax": SOFTMAX_FORMS}
DELTA_TABLES: Dict[str, List[Form]] = {"sigmoid": OUTPUT_DELTA, "softmax": SOFTMAX_DELTA}

HIDDEN_FORMS: Dict[str, Form] = {
    name: Form("", lambda c, g=g: g.value(c.Z)) for name, g in ACTIVATIONS.items()
}
NO_ACTIVATION = Form(
    "the hidden layers have no activation ({A} = {Z}): apply tanh, or the activation of your "
    "course.",
    lambda c: c.Z,
    "hidden-activation-omitted",
)
