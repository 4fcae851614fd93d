"""`check_model`: checks any model, whatever library computes it.

`torch_models` handles PyTorch modules. Everything else (JAX, Keras, NumPy) uses `ArrayModel`: named
arrays and a function that returns the loss and its gradient. Start reading at `check_model`.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence

import numpy as np

from ._core import AnswerError
from .gradient import note_change, number, real_array, shape_text
from .judging import judged, quietly
from .report import Report


def check_model(
    model: Any,
    loss_fn: Callable[..., Any] | None = None,
    batch: Any = None,
    *,
    groups: Sequence[Mapping[str, Any]] | None = None,
    name: str | None = None,
    start: Callable[..., Any] | None = None,
    seed: int | None = None,
    profile: str | None = None,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    strict: bool = False,
) -> Report:
    """Checks the gradient of a model, its determinism, and the symmetry of its hidden units.

    `model` is a `torch.nn.Module` or an `ArrayModel`. For a module, the loss is
    `loss_fn(model(x), y)` with `batch = (x, y)`. Several inputs are a tuple `((x1, x2), y)`, and
    keyword inputs are a dictionary. Without `loss_fn` the model has to return the loss. The module
    is left as it was found.

    `start` builds a fresh module; it is given the seed if it has a required argument. Unit groups
    are found for the common modules, or given in `groups` (docs/PROTOCOL.md, version 2).

    Raises `ImportError` if PyTorch is needed and missing, `ValueError` for a model, batch or loss
    that cannot be checked, and whatever the model raises.
    """
    if isinstance(model, ArrayModel):
        return judged(model, "init_symmetry.check_model(model", profile, seed, only, skip, strict)
    from . import torch_models

    call = "init_symmetry.check_model(model" + ("" if loss_fn is None else ", loss_fn, batch")
    own_groups = None if groups is None else [dict(group) for group in groups]
    with torch_models.adapter_for(model, loss_fn, batch, own_groups, name, start) as adapter:
        return judged(adapter, call, profile, seed, only, skip, strict)


class ArrayModel:
    """A model of named arrays, for `check_model`.

    `loss_and_gradient(parameters, batch)` takes a dictionary like `parameters` and a batch number
    (0, 1, 2, …). The same number has to give the same data every time. The function returns the
    loss and a dictionary of derivatives. In JAX this is `jax.value_and_grad(loss)`.

    >>> import numpy as np
    >>> from init_symmetry import ArrayModel, check_model
    >>> def square(parameters, batch):
    ...     w = parameters["w"]
    ...     return float((w**2).sum()) * (batch + 1), {"w": 2 * w * (batch + 1)}
    >>> check_model(ArrayModel({"w": np.ones(3)}, square), profile="quick").passed
    True
    """

    is_model = True

    def __init__(
        self,
        parameters: Mapping[str, Any],
        loss_and_gradient: Callable[[dict[str, np.ndarray], int], Any],
        *,
        groups: Sequence[Mapping[str, Any]] = (),
        name: str = "the model",
        precision: str = "f64",
        start: Callable[[int], Mapping[str, Any]] | None = None,
    ) -> None:
        self._shapes = {
            str(key): real_array(str(key), value).shape for key, value in parameters.items()
        }
        if not self._shapes:
            raise ValueError("the model has no parameters: there is nothing to check")
        self._loss_and_gradient, self._start = loss_and_gradient, start
        self._groups, self._name, self._precision = list(groups), name, precision
        self.problems: list[str] = []
        self.remarks: list[str] = []

    def hello(self) -> dict[str, Any]:
        """Returns the description of the model, as the fields of `hello`."""
        tensors = [{"name": name, "shape": list(shape)} for name, shape in self._shapes.items()]
        return {
            "name": self._name,
            "tensors": tensors,
            "groups": self._groups,
            "precision": self._precision,
            "abilities": [] if self._start is None else ["start"],
        }

    @quietly
    def evaluate(
        self, parameters: np.ndarray, batch: int, example: int | None = None
    ) -> tuple[float, np.ndarray]:
        """Returns the loss and its gradient, which is one list like the parameters."""
        arrays = self._structured(parameters)
        loss, gradient = self._loss_and_gradient(arrays, batch)
        after = np.concatenate([array.ravel() for array in arrays.values()])
        if after.tobytes() != parameters.tobytes():
            note_change(self.problems, "loss_and_gradient changes its parameters")
        return number("the loss", loss), self._flat(gradient, "the gradient")

    def start(self, seed: int) -> np.ndarray:
        """Returns the parameters that training starts from."""
        if self._start is None:
            raise NotImplementedError("a start of its own")
        return self._flat(self._start(seed), "the start")

    def _structured(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        arrays, first = {}, 0
        for name, shape in self._shapes.items():
            size = int(np.prod(shape, dtype=int))
            arrays[name] = flat[first : first + size].reshape(shape).copy()
            first += size
        return arrays

    def _flat(self, answer: Any, what: str) -> np.ndarray:
        missing = [name for name in self._shapes if name not in answer]
        if missing:
            raise AnswerError(f"{what} lacks {', '.join(missing)}")
        parts = []
        for name, shape in self._shapes.items():
            part = real_array(f"{what} of {name}", answer[name])
            if part.shape != shape:
                due = shape_text(np.empty(shape))
                raise AnswerError(f"{what} of {name} is {shape_text(part)} but {name} is {due}")
            parts.append(part.ravel())
        return np.concatenate(parts)
