"""The formulas of the small functions of the course, each with its usual mistakes, as data.

`forms.py` has the formulas of the layers and explains a form. Start reading at `TABLES`: the
function, then its results, then the forms.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import numpy as np

from .forms import Context, Form
from .formula import leaky_relu, relu, sigmoid

SIGMOID: List[Form] = [
    Form("", lambda c: sigmoid(c.Z)),
    Form("it has the wrong sign in exp: sigmoid(z) = 1 / (1 + exp(-z)).", lambda c: sigmoid(-c.Z)),
    Form("it lacks the 1 + in the denominator: 1 / (1 + exp(-z)).", lambda c: np.exp(c.Z)),
    Form("it is 1 / (1 - exp(-z)): the sign before exp should be +.",
         lambda c: 1 / (1 - np.exp(-c.Z))),
    Form("it is 1 + exp(-z): divide 1 by that.", lambda c: 1 + np.exp(-c.Z)),
    Form("it is tanh, not 1 / (1 + exp(-z)).", lambda c: np.tanh(c.Z)),
    Form(
        "it is the derivative sigmoid(z) (1 - sigmoid(z)), not 1 / (1 + exp(-z)).",
        lambda c: sigmoid(c.Z) * (1 - sigmoid(c.Z)),
    ),
    Form("it returns z itself: sigmoid(z) = 1 / (1 + exp(-z)).", lambda c: c.Z),
]

RELU: List[Form] = [
    Form("", lambda c: relu(c.Z)),
    Form("it has a slope of 0.01 below 0 (leaky ReLU): it should be max(0, z).",
         lambda c: leaky_relu(c.Z)),
    Form("it is |z|: it should be max(0, z).", lambda c: np.abs(c.Z)),
    Form("it is min(0, z): it should be max(0, z).", lambda c: np.minimum(0, c.Z)),
    Form("it is the derivative (0 or 1), not max(0, z).", lambda c: (c.Z > 0) * 1.0),
    Form("it returns z itself: it should be max(0, z).", lambda c: c.Z),
    Form("it returns the largest entry (np.max): use np.maximum(0, z).", lambda c: np.max(c.Z)),
]


COST_FORMULA = "cost = -(1/m) · sum(Y log({A}) + (1 - Y) log(1 - {A}))"


def _first(c: Context) -> np.ndarray:
    return -c.Y * np.log(c.A)


def _second(c: Context) -> np.ndarray:
    return -(1 - c.Y) * np.log(1 - c.A)


def _good(c: Context) -> np.ndarray:
    return _first(c) + _second(c)


COST_MISTAKES: List[Tuple[str, Callable[[Context], Any], str]] = [
    ("it is not divided by m", lambda c: np.sum(_good(c)), "sum-instead-of-mean"),
    ("it lacks the minus sign", lambda c: -np.mean(_good(c)), ""),
    ("it lacks the minus sign and the division by m", lambda c: -np.sum(_good(c)), ""),
    ("it is divided by m twice", lambda c: np.mean(_good(c)) / c.m, "mean-applied-twice"),
    ("it has only the term of the examples with Y = 1", lambda c: np.mean(_first(c)), ""),
    ("it has only the term of the examples with Y = 0", lambda c: np.mean(_second(c)), ""),
    (
        "it has only the term of the examples with Y = 1, and no division by m",
        lambda c: np.sum(_first(c)), "",
    ),
    ("it is too large by a factor 2", lambda c: 2 * np.mean(_good(c)), "loss-doubled"),
    ("it is multiplied by m, but should be divided by m", lambda c: np.sum(_good(c)) * c.m, ""),
    ("its first term has the wrong sign", lambda c: np.mean(_second(c) - _first(c)), ""),
    (
        "its second term has the factor Y instead of 1 - Y",
        lambda c: -np.mean(c.Y * np.log(c.A) + c.Y * np.log(1 - c.A)), "",
    ),
    ("it is too small by a factor 2", lambda c: np.mean(_good(c)) / 2, ""),
    ("it uses log10, not the natural logarithm", lambda c: np.mean(_good(c)) / np.log(10), ""),
    ("it uses log2, not the natural logarithm", lambda c: np.mean(_good(c)) / np.log(2), ""),
    ("its second term has the wrong sign", lambda c: np.mean(_first(c) - _second(c)), ""),
    (
        "Y and 1 - Y are swapped",
        lambda c: -np.mean((1 - c.Y) * np.log(c.A) + c.Y * np.log(1 - c.A)), "",
    ),
    ("{A} and Y are swapped", lambda c: -np.mean(c.A * np.log(c.Y + 1e-300)), ""),
    ("it is the squared error", lambda c: np.mean((c.A - c.Y) ** 2), ""),
    ("it is half the squared error", lambda c: np.mean((c.A - c.Y) ** 2) / 2, ""),
    ("it is the sum of squared errors", lambda c: np.sum((c.A - c.Y) ** 2), ""),
    ("it is the mean absolute error", lambda c: np.mean(np.abs(c.A - c.Y)), ""),
    (
        "its second term has log({A}) instead of log(1 - {A})",
        lambda c: -np.mean(c.Y * np.log(c.A) + (1 - c.Y) * np.log(c.A)), "",
    ),
    (
        "it multiplies every label by every prediction (np.dot with the wrong transpose)",
        lambda c: -np.sum(c.Y.T @ np.log(c.A) + (1 - c.Y).T @ np.log(1 - c.A)) / c.m, "",
    ),
    (
        "it ignores the last example",
        lambda c: np.mean(_good(c)[:, :-1]), "last-example-ignored",
    ),
    ("it is not summed over the examples", lambda c: _good(c) / c.m, ""),
    ("it is not summed over the examples", _good, ""),
    ("it is not summed over the examples", lambda c: np.ravel(_good(c)), ""),
]


def _cost_forms() -> List[Form]:
    forms = [Form("", lambda c: np.mean(_good(c)))]
    # A small number that is added inside the logarithms is a precaution, not a mistake.
    for power in range(5, 17):
        forms.append(Form("", lambda c, e=10.0**-power: -np.mean(
            c.Y * np.log(c.A + e) + (1 - c.Y) * np.log(1 - c.A + e))))
    for text, value, fault in COST_MISTAKES:
        forms.append(Form(f"{text}: {COST_FORMULA}.", value, fault))
    return forms


COST: List[Form] = _cost_forms()

SOFTMAX_COST_FORMULA = "cost = -(1/m) · sum(Y log({A}))"

SOFTMAX_COST_MISTAKES: List[Tuple[str, Callable[[Context], Any], str]] = [
    ("it is not divided by m", lambda c: np.sum(_first(c)), "sum-instead-of-mean"),
    ("it lacks the minus sign", lambda c: -np.sum(_first(c)) / c.m, ""),
    ("it lacks the minus sign and the division by m", lambda c: -np.sum(_first(c)), ""),
    (
        "it is divided by the number of classes too (np.mean over all entries)",
        lambda c: np.mean(_first(c)), "",
    ),
    (
        "it is divided by the number of classes, not by the number of examples m",
        lambda c: np.sum(_first(c)) / c.A.shape[0], "",
    ),
    (
        "it lacks the minus sign and is divided by the number of classes too",
        lambda c: -np.mean(_first(c)), "",
    ),
    ("it is divided by m twice", lambda c: np.sum(_first(c)) / c.m**2, "mean-applied-twice"),
    ("it is multiplied by m, but should be divided by m", lambda c: np.sum(_first(c)) * c.m, ""),
    ("it is too large by a factor 2", lambda c: 2 * np.sum(_first(c)) / c.m, "loss-doubled"),
    ("it is too small by a factor 2", lambda c: np.sum(_first(c)) / c.m / 2, ""),
    ("it uses log10, not the natural logarithm",
     lambda c: np.sum(_first(c)) / c.m / np.log(10), ""),
    ("it uses log2, not the natural logarithm",
     lambda c: np.sum(_first(c)) / c.m / np.log(2), ""),
    ("it has the term (1 - Y) log(1 - {A}), which belongs to a sigmoid",
     lambda c: np.sum(_good(c)) / c.m, ""),
    ("it has the term (1 - Y) log(1 - {A}), which belongs to a sigmoid",
     lambda c: np.sum(_good(c)), ""),
    ("it has the term (1 - Y) log(1 - {A}), which belongs to a sigmoid",
     lambda c: np.mean(_good(c)), ""),
    ("it lacks the logarithm", lambda c: -np.sum(c.Y * c.A) / c.m, ""),
    ("it lacks the labels Y", lambda c: -np.sum(np.log(c.A)) / c.m, ""),
    ("it is the squared error", lambda c: np.sum((c.A - c.Y) ** 2) / c.m, ""),
    ("it is the squared error", lambda c: np.mean((c.A - c.Y) ** 2), ""),
    ("it is half the squared error", lambda c: np.sum((c.A - c.Y) ** 2) / c.m / 2, ""),
    (
        "it multiplies every label by every prediction (np.dot with the wrong transpose)",
        lambda c: -np.sum(c.Y.T @ np.log(c.A)) / c.m, "",
    ),
    ("it is not summed over the examples", lambda c: np.sum(_first(c), axis=0), ""),
    ("it is not summed over the examples", lambda c: np.sum(_first(c), axis=0) / c.m, ""),
    ("it is not summed over the classes", lambda c: np.sum(_first(c), axis=1) / c.m, ""),
    ("it is not summed", _first, ""),
    ("it is not summed", lambda c: _first(c) / c.m, ""),
]


def _softmax_cost_forms() -> List[Form]:
    forms = [Form("", lambda c: np.sum(_first(c)) / c.m)]
    for power in range(5, 17):
        forms.append(Form("", lambda c, e=10.0**-power: -np.sum(c.Y * np.log(c.A + e)) / c.m))
    for text, value, fault in SOFTMAX_COST_MISTAKES:
        forms.append(Form(f"{text}: {SOFTMAX_COST_FORMULA}.", value, fault))
    return forms


SOFTMAX_COST: List[Form] = _softmax_cost_forms()

_BY_CLASS = "predict the likeliest class, np.argmax({A}, axis={units_axis})."

# The result is the number of the class of each example.
SOFTMAX_PREDICT: List[Form] = [
    Form("", lambda c: np.argmax(c.A, axis=0)),
    Form("its argmax runs over the wrong axis: " + _BY_CLASS, lambda c: np.argmax(c.A, axis=1)),
    Form("its argmax runs over all entries: " + _BY_CLASS, lambda c: np.argmax(c.A)),
    Form("it returns the probabilities {A}: " + _BY_CLASS, lambda c: c.A),
    Form("it returns the largest probability (np.max): " + _BY_CLASS,
         lambda c: np.max(c.A, axis=0)),
    Form("it predicts the least likely class: " + _BY_CLASS, lambda c: np.argmin(c.A, axis=0)),
    Form("it compares {A} with 0.5, which fits one output: " + _BY_CLASS,
         lambda c: (c.A > 0.5) * 1.0),
]

PREDICT: List[Form] = [
    Form("", lambda c: (c.A > 0.5) * 1.0),
    Form("it returns the probabilities {A}: compare them with 0.5.", lambda c: c.A),
    Form("it compares {A} with 0, so it always predicts 1: compare with 0.5.",
         lambda c: (c.A > 0) * 1.0),
    Form("the two classes are swapped: predict 1 where {A} > 0.5.", lambda c: (c.A <= 0.5) * 1.0),
    Form("it always predicts 0: predict 1 where {A} > 0.5.", lambda c: 0.0 * c.A),
    Form("it always predicts 1: predict 1 only where {A} > 0.5.", lambda c: 0.0 * c.A + 1),
    Form("it returns -1 and 1: the predictions should be 0 and 1.",
         lambda c: np.where(c.A > 0.5, 1.0, -1.0)),
    Form("it returns the values before the sigmoid: predict 1 where {A} > 0.5.", lambda c: c.Z),
]

RELU_BACKWARD: List[Form] = [
    Form("", lambda c: c.dA * (c.Z > 0)),
    Form("it does not multiply by dA: dZ = dA where Z > 0, else 0.", lambda c: (c.Z > 0) * 1.0,),
    Form("it returns dA unchanged: dZ = dA where Z > 0, else 0.", lambda c: c.dA,
         "activation-derivative-missing"),
    Form("it keeps dA where Z ≤ 0: dZ = dA where Z > 0, else 0.",
         lambda c: c.dA * (c.Z <= 0)),
    Form("it tests the sign of dA instead of Z: dZ = dA where Z > 0, else 0.",
         lambda c: c.dA * (c.dA > 0)),
    Form("it multiplies by relu(Z), not by its derivative: dZ = dA where Z > 0, else 0.",
         lambda c: c.dA * relu(c.Z)),
    Form("it has a slope of 0.01 below 0: dZ = dA where Z > 0, else 0.",
         lambda c: c.dA * np.where(c.Z > 0, 1, 0.01), "leaky-slope-in-derivative"),
]

SIGMOID_BACKWARD: List[Form] = [
    Form("", lambda c: c.dA * sigmoid(c.Z) * (1 - sigmoid(c.Z))),
    Form("it does not multiply by dA: dZ = dA * s (1 - s) with s = sigmoid(Z).",
         lambda c: sigmoid(c.Z) * (1 - sigmoid(c.Z))),
    Form("it returns dA unchanged: dZ = dA * s (1 - s) with s = sigmoid(Z).", lambda c: c.dA,
         "activation-derivative-missing"),
    Form("it uses Z (1 - Z): dZ = dA * s (1 - s) with s = sigmoid(Z).",
         lambda c: c.dA * c.Z * (1 - c.Z)),
    Form("it lacks the factor 1 - s: dZ = dA * s (1 - s) with s = sigmoid(Z).",
         lambda c: c.dA * sigmoid(c.Z)),
    Form("it lacks the factor s: dZ = dA * s (1 - s) with s = sigmoid(Z).",
         lambda c: c.dA * (1 - sigmoid(c.Z))),
    Form("it applies the sigmoid twice: dZ = dA * s (1 - s) with s = sigmoid(Z).",
         lambda c: c.dA * sigmoid(sigmoid(c.Z)) * (1 - sigmoid(sigmoid(c.Z)))),
]

DA_PREV: List[Form] = [
    Form("", lambda c: c.W.T @ c.dZ),
    Form("{q} uses W instead of its transpose: dA_prev = Wᵀ · dZ.", lambda c: c.W @ c.dZ,
         "untransposed-weights"),
    Form("{q} is transposed: dA_prev = Wᵀ · dZ.", lambda c: c.dZ.T @ c.W),
    Form("{q} is divided by m: dA_prev = Wᵀ · dZ.", lambda c: c.W.T @ c.dZ / c.m,
         "mean-applied-twice"),
    Form("{q} has the wrong sign: dA_prev = Wᵀ · dZ.", lambda c: -c.W.T @ c.dZ,
         "back-propagated-delta-sign"),
    Form("{q} is dZ itself: dA_prev = Wᵀ · dZ.", lambda c: c.dZ),
    Form("{q} uses dW instead of W: dA_prev = Wᵀ · dZ.",
         lambda c: (c.dZ @ c.A_prev.T / c.m).T @ c.dZ),
]

NEVER = Form("{q} {is_} never updated: subtract learning_rate times the gradient.",
             lambda c: c.value)

UPDATE: List[Form] = [
    Form("", lambda c: c.value - c.rate * c.grad),
    Form("{q} {is_} updated with + instead of -: subtract learning_rate times the gradient.",
         lambda c: c.value + c.rate * c.grad, "update-ascends"),
    Form("{q} {is_} updated with the learning rate squared: multiply by the learning rate once.",
         lambda c: c.value - c.rate**2 * c.grad, "rate-applied-twice"),
    Form("{q} {is_} updated twice: subtract learning_rate times the gradient once.",
         lambda c: c.value - 2 * c.rate * c.grad),
    Form("{q} {is_} updated without the learning rate: multiply the gradient by learning_rate.",
         lambda c: c.value - c.grad),
    NEVER,
    Form("{q} {is_} updated with the gradient divided by learning_rate: multiply instead.",
         lambda c: c.value - c.grad / c.rate),
    Form("{q} {is_} replaced by the step: the formula is W - learning_rate · dW.",
         lambda c: -c.rate * c.grad),
    Form("{q} {is_} replaced by learning_rate · dW: the formula is W - learning_rate · dW.",
         lambda c: c.rate * c.grad),
    Form("{q} {is_} replaced by the gradient: the formula is W - learning_rate · dW.",
         lambda c: c.grad),
    Form("{q} {has} the wrong sign: the formula is W - learning_rate · dW.",
         lambda c: c.rate * c.grad - c.value),
    Form("{q} {is_} scaled down before the update: the formula is W - learning_rate · dW.",
         lambda c: c.value * (1 - c.rate) - c.rate * c.grad, "hidden-weight-decay"),
]

TABLES: Dict[str, Dict[str, List[Form]]] = {
    "sigmoid": {"result": SIGMOID},
    "relu": {"result": RELU},
    "cost": {"cost": COST},
    "softmax_cost": {"cost": SOFTMAX_COST},
    "softmax_predict": {"predictions": SOFTMAX_PREDICT},
    "predict": {"predictions": PREDICT},
    "relu_backward": {"dZ": RELU_BACKWARD},
    "sigmoid_backward": {"dZ": SIGMOID_BACKWARD},
}
