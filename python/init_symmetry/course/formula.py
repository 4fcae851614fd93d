"""The formulas of the course: forward pass, cost, and the random cases for evaluating them.

Layers are numbered 1 to L; a column is an example. Nothing here depends on a student's code.
`forms.py` has the backward formulas with their usual mistakes. Start reading at `Case`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Callable, Dict, List, Optional

import numpy as np

Array = np.ndarray


def sigmoid(z: Array) -> Array:
    """Returns 1 / (1 + exp(-z)), entry by entry, without overflow."""
    z = np.asarray(z, dtype=np.float64)
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def relu(z: Array) -> Array:
    """Returns max(0, z), entry by entry."""
    return np.maximum(0.0, z)


def softmax(z: Array) -> Array:
    """Returns exp(z) divided by its sum over the rows: a column, an example, sums to 1."""
    e = np.exp(z - np.max(z, axis=0, keepdims=True))
    return np.asarray(e / np.sum(e, axis=0, keepdims=True))


def leaky_relu(z: Array) -> Array:
    """Returns z where z > 0, else 0.01 z."""
    return np.where(np.asarray(z) > 0, z, 0.01 * np.asarray(z))


@dataclass(frozen=True)
class Activation:
    """An activation g with its derivative, once as a function of A and once of Z."""

    name: str
    value: Callable[[Array], Array]
    slope_of_a: Callable[[Array], Array]
    slope_of_z: Callable[[Array], Array]
    formula: str


ACTIVATIONS: Dict[str, Activation] = {
    g.name: g
    for g in [
        Activation(
            "tanh", np.tanh, lambda a: 1 - a**2, lambda z: 1 - np.tanh(z) ** 2, "1 - {A}²"
        ),
        Activation(
            "relu",
            relu,
            lambda a: (a > 0) * 1.0,
            lambda z: (z > 0) * 1.0,
            "1 where {Z} > 0, else 0",
        ),
        Activation(
            "sigmoid",
            sigmoid,
            lambda a: a * (1 - a),
            lambda z: sigmoid(z) * (1 - sigmoid(z)),
            "{A} (1 - {A})",
        ),
        Activation(
            "leaky_relu",
            leaky_relu,
            lambda a: np.where(a > 0, 1.0, 0.01),
            lambda z: np.where(z > 0, 1.0, 0.01),
            "1 where {Z} > 0, else 0.01",
        ),
    ]
}


OUTPUTS: Dict[str, Callable[[Array], Array]] = {"sigmoid": sigmoid, "softmax": softmax}
"""The functions of the output layer: one probability, or one for each class."""


@dataclass(frozen=True)
class Case:
    """One random problem: parameters, examples (columns) and the result of the forward pass.

    `Z[l]` and `A[l]` have one row for each unit of layer l and one column for each example;
    number 0 is X in both. `fits` says whether Z and A belong to the parameters. With the output
    "softmax", a column of Y is 1 for the class of its example and 0 for the others.
    """

    dims: List[int]
    X: Array
    Y: Array
    parameters: Dict[str, Array]
    activation: str
    Z: List[Array] = field(default_factory=list)
    A: List[Array] = field(default_factory=list)
    fits: bool = True
    output: str = "sigmoid"

    @property
    def m(self) -> int:
        """The number of examples."""
        return self.X.shape[1]

    @property
    def depth(self) -> int:
        """The number of layers, without the input."""
        return len(self.dims) - 1

    def W(self, layer: int) -> Array:
        """Returns the weights of a layer: a row for each unit."""
        return self.parameters[f"W{layer}"]

    def b(self, layer: int) -> Array:
        """Returns the biases of a layer, as a column."""
        return self.parameters[f"b{layer}"]

    @property
    def name(self) -> str:
        """The sizes, as a student would write them."""
        if self.depth == 2:
            n_x, n_h, n_y = self.dims
            if self.output == "softmax":
                return f"n_x = {n_x}, n_h = {n_h}, n_y = {n_y}, m = {self.m}"
            return f"n_x = {n_x}, n_h = {n_h}, m = {self.m}"
        return f"layer_dims = {self.dims}, m = {self.m}"

    def forward(self) -> Case:
        """Returns the case with Z and A of the correct forward pass."""
        g = ACTIVATIONS[self.activation].value
        Z, A = [self.X], [self.X]
        for layer in range(1, self.depth + 1):
            Z.append(self.W(layer) @ A[-1] + self.b(layer))
            A.append(OUTPUTS[self.output](Z[-1]) if layer == self.depth else g(Z[-1]))
        return replace(self, Z=Z, A=A, fits=True)


def drawn_case(
    rng: np.random.Generator,
    dims: List[int],
    m: int,
    activation: str,
    integers: bool = False,
    output: str = "sigmoid",
) -> Case:
    """Draws a case; with `integers`, X and Y are arrays of int, as a student may type them."""
    parameters: Dict[str, Array] = {}
    for layer, (n_in, n_out) in enumerate(zip(dims, dims[1:]), start=1):
        parameters[f"W{layer}"] = rng.normal(size=(n_out, n_in)) * 0.8
        parameters[f"b{layer}"] = rng.normal(size=(n_out, 1)) * 0.6
    X = rng.normal(size=(dims[0], m))
    Y = (rng.random((dims[-1], m)) < 0.5).astype(np.int64)
    Y[0, 0], Y[0, 1] = 1, 0
    if output == "softmax":
        classes = np.arange(m) % dims[-1]
        # Not each class equally often, or sums over the examples are zero by chance.
        classes[0] = dims[-1] - 1
        Y = np.eye(dims[-1], dtype=np.int64)[:, rng.permutation(classes)]
    if integers:
        X = rng.integers(-2, 3, size=X.shape)
    else:
        Y = Y.astype(np.float64)
    return Case(dims, X, Y, parameters, activation, output=output).forward()


def sizes(rng: np.random.Generator, deep: bool) -> List[tuple]:
    """Draws (dims, m): all sizes different, then a square case to reveal silent broadcasts."""
    drawn = []
    for _ in range(2):
        a, b, c, m = (int(n) for n in rng.permutation([2, 3, 4, 5, 6])[:4] + np.array([0, 0, 0, 5]))
        drawn.append(([a, b, c, 1] if deep else [a, b, 1], m))
    square = int(rng.integers(3, 6))
    drawn.append(([square] * (3 if deep else 2) + [1], square))
    return drawn


def drawn_cases(
    seed: int, deep: bool, activation: str, output: str = "sigmoid", n_y: Optional[int] = None
) -> List[Case]:
    """Draws the cases of a check: two rectangular, one square, one of integers.

    A softmax has `n_y` classes, or different numbers of them.
    """
    rng = np.random.default_rng(seed)
    shapes = sizes(rng, deep)
    if output == "softmax":
        classes = (3, 4, shapes[2][1]) if n_y is None else (n_y, n_y, n_y)
        shapes = [([*dims[:-1], number], m) for (dims, m), number in zip(shapes, classes)]
    cases = [drawn_case(rng, dims, m, activation, output=output) for dims, m in shapes]
    dims, m = shapes[0]
    return cases + [drawn_case(rng, dims, m, activation, integers=True, output=output)]


def unfitting(rng: np.random.Generator, case: Case) -> Case:
    """Returns the case with a random cache that does not fit its parameters, as graders do."""
    Z = [case.X] + [rng.normal(size=z.shape) for z in case.Z[1:]]
    A = [case.X] + [rng.uniform(-0.9, 0.9, size=a.shape) for a in case.A[1:]]
    if case.activation in ("sigmoid", "relu", "leaky_relu"):
        A = [case.X] + [np.abs(a) * (rng.random(a.shape) < 0.7) for a in A[1:]]
    if case.activation == "sigmoid":
        A = [case.X] + [rng.uniform(0.1, 0.9, size=a.shape) for a in A[1:]]
    # The output still belongs to its Z: some compute dZ from A alone, some from dA and Z.
    A[-1] = OUTPUTS[case.output](Z[-1])
    return replace(case, Z=Z, A=A, fits=False)


def cost(A: Array, Y: Array, output: str = "sigmoid") -> float:
    """Returns the mean cross-entropy of predictions A against labels Y, both n_y × m."""
    if output == "softmax":
        return float(-np.sum(Y * np.log(A)) / Y.shape[1])
    return float(-np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A)))


def gradients(case: Case) -> Dict[str, Array]:
    """Returns dW1, db1, ... of the mean cross-entropy, computed from Z and A of the case."""
    slope = ACTIVATIONS[case.activation].slope_of_z
    dZ = case.A[-1] - case.Y
    grads: Dict[str, Array] = {}
    for layer in range(case.depth, 0, -1):
        grads[f"dW{layer}"] = dZ @ case.A[layer - 1].T / case.m
        grads[f"db{layer}"] = dZ.sum(axis=1, keepdims=True) / case.m
        if layer > 1:
            dZ = (case.W(layer).T @ dZ) * slope(case.Z[layer - 1])
    return grads


def step(parameters: Dict[str, Array], grads: Dict[str, Array], rate: float) -> Dict[str, Array]:
    """Returns the parameters after one step of gradient descent."""
    return {name: value - rate * grads["d" + name] for name, value in parameters.items()}
