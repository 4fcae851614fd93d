"""A PyTorch module as a model under test: named tensors, a loss and its gradient.

It answers the compiled part and judges nothing. Start reading at `adapter_for`, then
`TorchModel`.
"""
from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np
import torch
from torch import nn

from init_symmetry.torch_models import inspection
from init_symmetry.torch_models.batches import LossOfBatch, leaves
from init_symmetry.torch_models.groups import groups_of
from init_symmetry.torch_models.names import Parameters, check_devices, unwrapped
from init_symmetry.torch_models.search import Point, drawn
from init_symmetry.torch_models.state import generators, seed_generators, set_generators
from init_symmetry.torch_models.working import Notes, WorkingModule, flat

Groups = List[Dict[str, Any]]


def adapter_for(
    model: nn.Module,
    loss_fn: Optional[Callable[..., Any]] = None,
    batch: Any = None,
    groups: Optional[Groups] = None,
    name: Optional[str] = None,
    start: Optional[Callable[..., nn.Module]] = None,
) -> TorchModel:
    """Returns the adapter of a module, for `init_symmetry.check_model`.

    `loss_fn` and `batch` have the forms of `LossOfBatch`. `groups` are those of docs/PROTOCOL.md;
    if None, they are derived. `start` builds a fresh module; it is given the seed if it has an
    argument without a default.

    Raises ValueError for a module or batch that cannot be checked. Exceptions of the user's code
    pass through.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model is a {type(model).__name__}, but it has to be a torch.nn.Module")
    adapter = TorchModel(model, loss_fn, batch, name=name, start=start)
    try:
        adapter.inspect(groups)
    except BaseException:
        adapter.restore()
        raise
    return adapter


class TorchModel:
    """A module that answers the requests of docs/PROTOCOL.md, version 2.

    It works on a copy in float64 if possible. Use it as a context manager, or call `restore` at
    the end; then the module is as it was found. `remarks` says what was found out. `problems` says
    what is wrong, independently of the gradient.
    """

    is_model = True

    def __init__(
        self,
        model: nn.Module,
        loss_fn: Optional[Callable[..., Any]],
        batch: Any,
        name: Optional[str] = None,
        start: Optional[Callable[..., nn.Module]] = None,
    ):
        self._found = unwrapped(model)
        self.name = name or type(self._found).__name__
        form = LossOfBatch(loss_fn, batch)
        parameters = Parameters.of(self._found)
        if not form.is_opaque:
            check_devices(parameters, leaves(batch))
        inspection.check_modules(self._found)
        self.shapes = parameters.shapes()
        self.groups: Groups = []
        self._notes = Notes()
        self._examples: Optional[int] = None
        self._precision = "f64"
        self._form = form
        self._batch = batch
        self._factory = start
        self._working: Optional[WorkingModule] = None

    @property
    def remarks(self) -> List[str]:
        """What was found out, including the problems."""
        return self._notes.remarks

    @property
    def problems(self) -> List[str]:
        """What is wrong, independently of the gradient."""
        return self._notes.problems

    @property
    def module(self) -> nn.Module:
        """The module that is evaluated: a copy, or the one given."""
        return self._ready().module

    @property
    def eps(self) -> float:
        """The spacing of numbers near 1 in the precision of the answers."""
        return float(np.finfo(self._numbers).eps)

    @property
    def _numbers(self) -> Any:
        """The type that answers are rounded to.

        A loss in float64 that was computed from float32 would look more precise than it is, and
        its rounding steps could be mistaken for a slope.
        """
        return np.float64 if self._precision == "f64" else np.float32

    def _rounded(self, loss: torch.Tensor) -> float:
        return float(self._numbers(float(loss.detach())))

    def hello(self) -> Dict[str, Any]:
        """Returns the description of the model: tensors, groups, examples, precision, abilities."""
        tensors = [{"name": name, "shape": list(it)} for name, it in self.shapes.items()]
        answer = {
            "protocol": 2,
            "name": self.name,
            "tensors": tensors,
            "groups": self.groups,
            "precision": self._precision,
            "abilities": ["loss"] if self._factory is None else ["loss", "start"],
        }
        if self._examples is not None:
            answer["examples"] = self._examples
        return answer

    def evaluate(
        self, parameters: np.ndarray, batch: int, example: Optional[int] = None
    ) -> Tuple[float, np.ndarray]:
        """Returns the loss and its gradient, a float64 list in the layout of the parameters."""
        working = self._ready()
        loss = working.forward(parameters, batch, example)
        gradient = working.backward(loss)
        return self._rounded(loss), gradient.astype(self._numbers).astype(np.float64)

    def loss(self, parameters: np.ndarray, batch: int) -> float:
        """Returns the loss alone, from the same forward pass."""
        return self._rounded(self._ready().forward(parameters, batch))

    def start(self, seed: int) -> np.ndarray:
        """Returns the parameters of a fresh module, built with seeded random generators."""
        if self._factory is None:
            raise ValueError(
                f"{self.name} has no start of its own: give start=, a function that builds it"
            )
        kept = generators()
        seed_generators(seed)
        try:
            fresh = Parameters.of(unwrapped(fresh_module(self._factory, seed)))
        finally:
            set_generators(kept)
        if fresh.shapes() != self.shapes:
            raise ValueError(
                f"start builds a module with the parameters {fresh.shapes()}, but {self.name} has "
                f"{self.shapes}"
            )
        return flat(fresh.tensors)

    def restore(self) -> None:
        """Restores the module and the random generators; a later request starts again."""
        if self._working is not None:
            self._working.restore()
            self._working = None

    def __enter__(self) -> TorchModel:
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()

    def inspect(self, groups: Optional[Groups] = None) -> None:
        """Finds out what `hello` says; raises ValueError for what cannot be checked."""
        working = self._ready()
        inspection.look_at_own(working)
        self._precision = inspection.precision_of(working)
        inspection.look_at_drawn_batches(working)
        inspection.look_at_buffers(working)
        points = self._points()
        inspection.look_at_points(working, points)
        self._examples = inspection.independent_examples(working, points, self.eps)
        if groups is not None:
            self.groups = groups
            return
        self.groups, remarks = groups_of(self, points)
        for remark in remarks:
            self._notes.remark(remark)

    def _ready(self) -> WorkingModule:
        if self._working is None:
            self._working = inspection.working_module(
                self._found, self._form, self._batch, self._notes
            )
        return self._working

    def _points(self) -> List[Point]:
        """Returns random parameters, drawn as in the compiled part, each with a batch number."""
        points = []
        for number in range(2):
            parameters = drawn(self.shapes, number)
            if self._factory is not None:
                parameters = self.start(number) + parameters / 4
            points.append((parameters, number))
        return points


def fresh_module(factory: Callable[..., nn.Module], seed: int) -> nn.Module:
    """Returns the module that a factory builds; the factory is given the seed if it needs it."""
    arguments = inspect.signature(factory).parameters.values()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needs = any(it.default is it.empty and it.kind in positional for it in arguments)
    return factory(seed) if needs else factory()
