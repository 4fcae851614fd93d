"""`check`: tests every property of backpropagation on a network written in Python.

A `NetworkAdapter` passes the requests of the compiled part to the user's object. Its methods are
the requests of docs/PROTOCOL.md. `understanding.py` finds out how the object wants its arguments.
Start reading at `check`.
"""

from __future__ import annotations

import inspect
from typing import Any, Callable, Mapping, Sequence

import numpy as np

from ._core import AnswerError
from .gradient import note_change, number
from .declaring import declared_fields
from .judging import judged, quietly
from .layout import Layout
from .probing import in_layout, probe
from .report import Report
from .understanding import Understood, understood

ABILITIES = ("predict", "step", "train", "initialise")
"""The methods that a subject may have in addition to its gradient."""


def check(
    subject: Any,
    *,
    seed: int | None = None,
    profile: str | None = None,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    strict: bool = False,
    **declared: Any,
) -> Report:
    """Checks every property of a network's backpropagation and names the likely cause of a failure.

    `subject` is a function `loss_and_gradient(parameters, x, y)`, or an object or class with that
    method. It returns the mean loss over the examples and the gradient of that loss. An object may
    also have `predict(parameters, x)`, `step(parameters, x, y, learning_rate)`,
    `train(parameters, x, y, learning_rate, steps)`, which returns a list of the parameters after
    each step, and `initialise(widths, scheme, scale, seed)`. A method with an argument named
    `network` is also given the widths, the activation and the loss.

    Parameters are a dictionary `W1, b1, …` (the gradient has the keys `dW1, db1, …` or the same
    keys), a list, a list of pairs, or one vector. Examples are columns (x is n_x × m) or rows.
    Labels are a matrix, a vector or class numbers. The check finds out which of these forms, which
    activation and which loss the subject has: it compares the loss with that of known networks. If
    it cannot, declare them as keywords: `activations=["tanh"]`, `losses=["cross-entropy"]`,
    `widths=[2, 4, 1]`, `loss_scale="m"`, `l2="0.1/m"`, … (the fields of `hello` in
    docs/PROTOCOL.md). A dictionary `init_symmetry` of the subject can declare them too.

    `profile` is "quick", "ci" or "soak". `only` and `skip` are names of properties.

    Raises `ValueError` if the form of the arguments cannot be found out, and whatever the subject
    raises when it is given valid arguments.
    """
    adapter = NetworkAdapter.of(subject, declared)
    return judged(adapter, "init_symmetry.check(subject", profile, seed, only, skip, strict)


class NetworkAdapter:
    """A user's network, with the requests of docs/PROTOCOL.md as methods.

    Matrices are passed in a list W1, b1, W2, b2, …; x, y and W have the subject's layout.
    """

    is_model = False

    def __init__(self, subject: Any, found: Understood) -> None:
        self.subject, self.layout, self.description = subject, found.layout, found.description
        self.problems: list[str] = []
        self.remarks = found.remarks
        activations, losses = found.description["activations"], found.description["losses"]
        scope = f", {found.scope}" if found.scope else ""
        self.understood = (
            f"{', '.join(activations)} units with {', '.join(losses)}{scope}; {found.layout}"
        )
        self._evaluate = asked(subject, "loss_and_gradient")
        self._asked = {name: asked(subject, name) for name in ABILITIES if has(subject, name)}

    @classmethod
    def of(cls, subject: Any, declared: Mapping[str, Any] | None = None) -> NetworkAdapter:
        """Returns the adapter of a subject, and finds out everything that is not declared.

        Raises `TypeError` if it is not a subject, `ValueError` if something cannot be found out.
        """
        subject = instance(subject)
        found = understood(subject, declared_fields(subject, declared or {}))
        description = found.description
        abilities = [name for name in ABILITIES if has(subject, name)]
        if found.layout.hard and "train" in abilities:
            abilities.remove("train")
            found.remarks.append("train is not checked: it takes only the labels 0 and 1")
        description.setdefault("abilities", abilities)
        description.setdefault("name", name_of(subject))
        if "initialise" in description["abilities"] and "starts" not in description:
            raise ValueError(
                "the subject has a method initialise; declare the schemes that it knows, as "
                'starts=["zeros", "normal"] (docs/PROTOCOL.md lists them)'
            )
        return cls(subject, found)

    def hello(self) -> dict[str, Any]:
        """Returns the description of the subject, as the fields of `hello`."""
        return self.description

    @quietly
    def evaluate(
        self, network: dict[str, Any], blocks: list[np.ndarray], x: np.ndarray, y: np.ndarray
    ) -> tuple[float, list[np.ndarray]]:
        """Returns the mean loss and its gradient."""
        if self.layout.hard and not is_hard(y):
            return self._mixture(network, blocks, x, y)
        parameters, y = self.layout.parameters(blocks), self.layout.label(y)
        answer = self._evaluate(network, parameters, x, y)
        if not isinstance(answer, (tuple, list)) or len(answer) != 2:
            raise TypeError(
                "loss_and_gradient has to return (loss, gradient) but it returns "
                f"{type(answer).__name__}"
            )
        loss, gradient = answer
        self._unchanged("loss_and_gradient", parameters, blocks)
        try:
            return number("the loss", loss), self.layout.blocks(gradient, blocks, "d")
        except AnswerError as error:
            raise self._with_several_units(network, error) from None

    def _with_several_units(self, network: dict[str, Any], error: AnswerError) -> AnswerError:
        """Returns the same error as it is for several hidden units, whose shapes say more.

        With one hidden unit, a bias of 1 × 1 looks like one number.
        """
        widths = network["widths"]
        if self.description.get("widths") or self.layout.hard or min(widths[1:-1], default=2) > 1:
            return error
        larger = probe([widths[0], *(n + 2 for n in widths[1:-1]), widths[-1]], 1)
        blocks, x, y = in_layout(larger, self.layout)
        parameters = self.layout.parameters(blocks)
        try:
            answer = self._evaluate({**network, "widths": larger.widths}, parameters, x, y)
            self.layout.blocks(answer[1], blocks, "d")
        except AnswerError as clearer:
            return clearer
        except Exception:  # the error at hand is the one to report
            return error
        return error

    def _mixture(
        self, network: dict[str, Any], blocks: list[np.ndarray], x: np.ndarray, y: np.ndarray
    ) -> tuple[float, list[np.ndarray]]:
        """Returns loss and gradient for labels between 0 and 1, of a subject that takes 0 and 1.

        A cross-entropy is affine in each label, so that Σ w·(labels 0 and 1) = y gives the loss
        as Σ w·(loss at these labels), and the gradient likewise.
        """
        if network["loss"] != "cross-entropy" or y.min() < 0 or y.max() > 1:
            raise NotImplementedError("labels other than 0 and 1")
        loss, gradient, below = 0.0, [np.zeros_like(block) for block in blocks], 0.0
        levels = [float(level) for level in np.unique(y) if 0 < level < 1] + [1.0]
        for level in levels:
            here, slopes = self.evaluate(network, blocks, x, (y >= level).astype(float))
            loss += (level - below) * here
            gradient = [sum_ + (level - below) * slope for sum_, slope in zip(gradient, slopes)]
            below = level
        return loss, gradient

    @quietly
    def predict(
        self, network: dict[str, Any], blocks: list[np.ndarray], x: np.ndarray
    ) -> np.ndarray:
        """Returns the predictions ŷ, in the layout of y."""
        m = x.shape[1] if self.layout.examples == "columns" else x.shape[0]
        y_hat = self._asked["predict"](network, self.layout.parameters(blocks), x)
        return self.layout.predictions(y_hat, m)

    @quietly
    def step(
        self,
        network: dict[str, Any],
        blocks: list[np.ndarray],
        x: np.ndarray,
        y: np.ndarray,
        rate: float,
    ) -> list[np.ndarray]:
        """Returns the parameters after one step of gradient descent."""
        if self.layout.hard and not is_hard(y):
            raise NotImplementedError("labels other than 0 and 1")
        parameters, y = self.layout.parameters(blocks), self.layout.label(y)
        after = self._asked["step"](network, parameters, x, y, rate)
        return self.layout.blocks(after, blocks, "")

    @quietly
    def train(
        self,
        network: dict[str, Any],
        blocks: list[np.ndarray],
        x: np.ndarray,
        y: np.ndarray,
        rate: float,
        steps: int,
    ) -> list[list[np.ndarray]]:
        """Returns the parameters after each step, without the start."""
        parameters, y = self.layout.parameters(blocks), self.layout.label(y)
        iterations = self._asked["train"](network, parameters, x, y, rate, steps)
        if not isinstance(iterations, (list, tuple)) or len(iterations) != steps:
            count = len(iterations) if isinstance(iterations, (list, tuple)) else "no"
            raise AnswerError(
                f"train has to return a list of the parameters after each of {steps} steps; "
                f"it returned {count} sets"
            )
        return [self.layout.blocks(after, blocks, "") for after in iterations]

    @quietly
    def initialise(
        self, network: dict[str, Any], scheme: str, scale: float, seed: int
    ) -> list[np.ndarray]:
        """Returns the parameters that training starts from."""
        widths = network["widths"]
        start = self._asked["initialise"](network, widths, scheme, scale, seed)
        return self.layout.blocks(start, blocks_of(widths, self.layout), "")

    def _unchanged(self, name: str, parameters: Any, blocks: list[np.ndarray]) -> None:
        """Notes that a function has changed a vector of parameters.

        The compiled part watches all other arrays.
        """
        if self.layout.container != "flat":
            return
        before = np.concatenate([block.ravel() for block in blocks])
        if parameters.tobytes() != before.tobytes():
            note_change(self.problems, f"{name} changes its argument parameters")


def is_adapter(subject: Any) -> bool:
    """Returns whether an object answers the requests of docs/PROTOCOL.md itself."""
    return all(hasattr(subject, name) for name in ("hello", "evaluate", "is_model"))


def is_hard(y: np.ndarray) -> bool:
    """Returns whether every label is 0 or 1."""
    return bool(((y == 0) | (y == 1)).all())


def blocks_of(widths: Sequence[int], layout: Layout) -> list[np.ndarray]:
    """Returns matrices of zeros with the shapes of a network of these widths."""
    blocks = []
    for n_in, n_out in zip(widths, widths[1:]):
        rows, columns = (n_out, n_in) if layout.weight_rows == "units" else (n_in, n_out)
        blocks.append(np.zeros((rows, columns)))
        blocks.append(np.zeros((n_out, 1) if layout.weight_rows == "units" else (1, n_out)))
    return blocks


def instance(subject: Any) -> Any:
    """Returns the subject itself, or an object of it if it is a class.

    Raises `TypeError` for an object that is not a function and has no `loss_and_gradient`.
    """
    if inspect.isclass(subject):
        try:
            inspect.signature(subject).bind()
        except TypeError as error:
            raise TypeError(
                f"{subject.__name__}() needs arguments ({error}); give an object of the class"
            ) from error
        subject = subject()
    if not has(subject, "loss_and_gradient") and not callable(subject):
        raise TypeError(
            f"{name_of(subject)} has no method loss_and_gradient(parameters, x, y); give an object "
            "with that method, or a function with these arguments. docs/PYTHON.md shows an "
            "example for a network that keeps its parameters in self"
        )
    return subject


def has(subject: Any, method: str) -> bool:
    """Returns whether a subject has a method of that name."""
    return callable(getattr(subject, method, None))


def name_of(subject: Any) -> str:
    """Returns the name of a subject."""
    return str(getattr(subject, "__name__", type(subject).__name__))


ROLES = {
    "parameters": ("parameters", "params", "param", "theta", "weights", "p"),
    "x": ("x", "X", "inputs"),
    "y": ("y", "Y", "labels", "targets", "t"),
}
"""The names by which the arguments of a method are known, in whatever order they stand."""


def asked(subject: Any, method: str) -> Callable[..., Any]:
    """Returns a method that takes the network first, even if the subject's own does not."""
    function = getattr(subject, method, subject)
    try:
        arguments = inspect.signature(function).parameters
    except (TypeError, ValueError):  # a built-in function has no signature
        arguments = {}
    takes_network = "network" in arguments
    named = {
        role: next((name for name in known if name in arguments), "")
        for role, known in ROLES.items()
    }
    if method == "loss_and_gradient" and all(named.values()):
        p, x, y = (named[role] for role in ROLES)

        def by_name(network: Any, parameters: Any, inputs: Any, labels: Any) -> Any:
            given = {p: parameters, x: inputs, y: labels}
            return function(**given, network=network) if takes_network else function(**given)

        return by_name
    if takes_network:
        return lambda network, *given: function(*given, network=network)
    return lambda network, *given: function(*given)
