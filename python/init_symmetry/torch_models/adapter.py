"""A PyTorch module as a model under test: named tensors, a loss and its gradient.

It asks the module and judges nothing. Unit groups are derived in `groups.py`. Start reading at
`adapter_for`, then at `TorchModel.evaluate`.
"""
from __future__ import annotations

import copy
from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np
import torch
from torch import nn

from init_symmetry.torch_models.batches import Batches, LossOfBatch, leaves
from init_symmetry.torch_models.groups import groups_of
from init_symmetry.torch_models.names import Parameters, check_devices, unwrapped
from init_symmetry.torch_models.precision import NARROW, narrowed_to
from init_symmetry.torch_models.search import drawn, equal_up_to_rounding
from init_symmetry.torch_models.state import (
    Buffers,
    Snapshot,
    computing_in,
    generators,
    seed_generators,
    set_generators,
)

Groups = List[Dict[str, Any]]


def adapter_for(
    model: nn.Module,
    loss_fn: Optional[Callable[..., Any]] = None,
    batch: Any = None,
    groups: Optional[Groups] = None,
    name: Optional[str] = None,
    start: Optional[Callable[[], nn.Module]] = None,
) -> TorchModel:
    """The adapter of a module, which `init_symmetry.check_model` hands to the judge.

    `loss_fn` and `batch` have the forms of `LossOfBatch`; `groups` are those of docs/PROTOCOL.md,
    used as they are, and derived if None; `start` builds a fresh module and takes no argument.
    Raises ValueError for a module or batch that cannot be checked; what the user's code raises
    passes through.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model is a {type(model).__name__}, but it has to be a torch.nn.Module")
    adapter = TorchModel(model, loss_fn, batch, name=name, start=start)
    try:
        adapter.prepare(groups)
    except BaseException:
        adapter.restore()
        raise
    return adapter


class TorchModel:
    """A module that answers the questions of docs/PROTOCOL.md, version 2.

    It works on a copy in float64 where that is possible. Use it as a context manager, or call
    `restore` at the end: the module is then exactly as it was found. `remarks` says what was found
    out, `problems` what is wrong whatever the gradient is.
    """

    def __init__(
        self,
        model: nn.Module,
        loss_fn: Optional[Callable[..., Any]],
        batch: Any,
        name: Optional[str] = None,
        start: Optional[Callable[[], nn.Module]] = None,
    ):
        self.remarks: List[str] = []
        self.problems: List[str] = []
        self.groups: Groups = []
        self.name = name or type(unwrapped(model)).__name__
        self._found = unwrapped(model)
        self._form = self._form_given = LossOfBatch(loss_fn, batch)
        self._batch = batch
        self._factory = start
        self._examples: Optional[int] = None
        self._precision = "f64"
        parameters = Parameters.of(self._found)
        if not self._form.is_opaque:
            check_devices(parameters, leaves(batch))
        check_modules(self._found)
        self._shapes = parameters.shapes()
        self._sizes = [parameter.numel() for parameter in parameters.tensors]
        self._names = parameters.names
        self._own_dtype = parameters.tensors[0].dtype
        self._snapshot: Optional[Snapshot] = Snapshot(self._found)
        self._copies = True
        self._dtype = torch.float64
        self._module: Optional[nn.Module] = None

    @property
    def module(self) -> nn.Module:
        """The module that is evaluated: a copy, or the one given."""
        self._install()
        return self._module

    @property
    def shapes(self) -> Dict[str, Tuple[int, ...]]:
        """The shape of every trained parameter, by name."""
        return self._shapes

    # What the judge asks.

    def hello(self) -> Dict[str, Any]:
        """What the model is: tensors, groups, examples, precision, abilities."""
        tensors = [{"name": name, "shape": list(it)} for name, it in self._shapes.items()]
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
        """The loss and its gradient, a list of float64 that is laid out as the parameters are."""
        with computing_in(self._dtype):
            loss = self._forward(parameters, batch, example)
            if loss.requires_grad:
                loss.backward()
            return float(loss.detach()), self._gradient()

    def loss(self, parameters: np.ndarray, batch: int) -> float:
        """The loss alone, by the same forward pass."""
        with computing_in(self._dtype):
            return float(self._forward(parameters, batch, None).detach())

    def start(self, seed: int) -> np.ndarray:
        """The parameters of a fresh module, built after torch's generator was given the seed."""
        if self._factory is None:
            raise ValueError(f"{self.name} has no start of its own: give start=")
        kept = generators()
        seed_generators(seed)
        try:
            fresh = Parameters.of(unwrapped(self._factory()))
        finally:
            set_generators(kept)
        if fresh.shapes() != self._shapes:
            raise ValueError(
                f"start builds a module with the parameters {fresh.shapes()}, but {self.name} has "
                f"{self._shapes}"
            )
        return flat(fresh.tensors)

    def restore(self) -> None:
        """Puts the module and the random generators back as they were found."""
        if self._snapshot is None:
            return
        self._snapshot.restore()
        self._snapshot = None
        self._module = None

    def __enter__(self) -> TorchModel:
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()

    # How a question is answered.

    def own_parameters(self) -> np.ndarray:
        """The parameters that the module was found with."""
        return flat(Parameters.of(self._found).tensors) if self._module is None else self._own

    def _forward(
        self,
        parameters: np.ndarray,
        batch: int,
        example: Optional[int],
        seed: Optional[int] = None,
    ) -> torch.Tensor:
        """The loss at these parameters, with the module as it was found in all else."""
        self._install()
        self._set(parameters)
        self._buffers.reset()
        self._set_modes()
        seed_generators(batch if seed is None else seed)
        data = self._batches.number(batch, example)
        inputs = leaves(data)
        versions = [tensor._version for tensor in inputs if isinstance(tensor, torch.Tensor)]
        loss = self._form.loss(self._module, data)
        self._note_changes()
        if versions != [it._version for it in inputs if isinstance(it, torch.Tensor)]:
            self._batches.forget()
            self._remark("forward() changed its input in place: the next epoch sees other data")
        return loss

    def _install(self) -> None:
        """Prepares the module to work on, if that is not done."""
        if self._module is not None:
            return
        if self._snapshot is None:
            self._snapshot = Snapshot(self._found)
        self._own = flat(Parameters.of(self._found).tensors)
        module = self._copied() if self._copies else self._found
        convert = self._converted
        for parameter in module.parameters():
            parameter.grad = None
            parameter.data = convert(parameter.data).clone()
        for owner in module.modules():
            for name, buffer in owner._buffers.items():
                if buffer is not None:
                    owner._buffers[name] = convert(buffer.detach()).clone()
        self._module = module
        self._parameters = Parameters.of(module)
        self._all = list(module.parameters())
        self._buffers = Buffers(module)
        self._modules = list(module.named_modules())
        self._modes = [it.training for _, it in self._modules]
        self._form = copy.copy(self._form_given)
        if isinstance(self._form.loss_fn, nn.Module):  # its buffers follow, as class weights
            self._form.loss_fn = copy.deepcopy(self._form.loss_fn).to(self._dtype)
        self._batches = Batches(self._batch, convert)

    def _copied(self) -> nn.Module:
        try:
            return copy.deepcopy(self._found)
        except Exception as error:  # any class of tensor or attribute may refuse
            self._copies = False
            self._remark(
                f"copy.deepcopy of the model failed ({first_line(error)}), so the model itself "
                "was used and put back afterwards"
            )
            return self._found

    def _converted(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor in the dtype that is computed in; integers stay integers."""
        if tensor.is_complex() and self._dtype == torch.float64:
            return tensor.to(torch.complex128)
        return tensor.to(self._dtype) if tensor.is_floating_point() else tensor

    def _set(self, parameters: np.ndarray) -> None:
        """Writes a list of numbers into the parameters and clears every gradient."""
        given = np.array(parameters, dtype=np.float64).ravel()
        if len(given) != sum(self._sizes):
            raise ValueError(
                f"{len(given)} parameters given but {self.name} has {sum(self._sizes)}"
            )
        parts = torch.from_numpy(given).split(self._sizes)
        self._asked = []
        for parameter, part in zip(self._parameters.tensors, parts):
            parameter.detach().copy_(part.view(parameter.shape))
            self._asked.append(parameter.detach().clone())
        for parameter in self._all:
            parameter.grad = None

    def _set_modes(self) -> None:
        for (_, module), mode in zip(self._modules, self._modes):
            module.training = mode
        for parameter in self._parameters.tensors:
            if not parameter.requires_grad:
                parameter.requires_grad_()

    def _gradient(self) -> np.ndarray:
        """The gradients as one list; a parameter without one gets zeros."""
        parts = []
        for parameter in self._parameters.tensors:
            grad = parameter.grad
            if grad is None:
                parts.append(np.zeros(parameter.numel()))
                continue
            grad = grad.to_dense() if grad.layout != torch.strided else grad
            parts.append(grad.detach().to("cpu", torch.float64).reshape(-1).numpy())
        return np.concatenate(parts)

    def _note_changes(self) -> None:
        """Notes what a forward pass changed of the module and should not have."""
        for (name, module), mode in zip(self._modules, self._modes):
            if module.training == mode:
                continue
            place = f"{name}.training" if name else "model.training"
            sentence = f"forward() changed {place} from {mode} to {module.training}"
            # submodules are often frozen so on purpose, as batch norm in a backbone
            self._remark(sentence) if name else self._problem(sentence)
        parameters = zip(self._parameters.names, self._parameters.tensors, self._asked)
        for name, parameter, asked in parameters:
            if not parameter.requires_grad:
                self._problem(f"forward() changed {name}.requires_grad from True to False")
            if not torch.equal(parameter.detach(), asked) and not bool(asked.isnan().any()):
                self._problem(f"forward() changed the parameter {name} in place")

    def _remark(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def _problem(self, sentence: str) -> None:
        if sentence not in self.problems:
            self.problems.append(sentence)
        self._remark(sentence)

    # What is found out before the judge asks.

    def prepare(self, groups: Optional[Groups] = None) -> None:
        """Chooses the arithmetic, looks for what is wrong, derives groups and examples."""
        self._choose_arithmetic()
        own = self.own_parameters()
        self._look_at_own(own)
        self._look_at_narrowing(own)
        points = self._points()
        if self._batches.redraws:
            self._look_at_drawn_batches(own)
        self._look_at_buffers(own)
        self._look_at_points(points)
        self._examples = self._independent_examples(points)
        if groups is not None:
            self.groups = groups
            return
        self.groups, remarks = groups_of(self, points)
        for remark in remarks:
            self._remark(remark)

    def _choose_arithmetic(self) -> None:
        """float64 where the module runs in it, otherwise its own dtype."""
        own = self._own_parameters_first()
        if self._own_dtype == torch.float64:
            self._runs_as_found(own)
            return
        try:
            self._runs_as_found(own)
            if self._own_dtype in NARROW:
                self._remark(f"the model is {self._own_dtype}; a float64 copy was checked")
            return
        except Exception as error:  # the user's code may raise anything; its own dtype decides
            failure = error
        self.restore()
        self._dtype = self._own_dtype
        self._runs_as_found(own)
        if self._own_dtype in NARROW:
            raise ValueError(
                f"{self.name} computes in {self._own_dtype}, which is too coarse to check a "
                f"gradient in, and a float64 copy failed: {first_line(failure)}"
            ) from failure
        self._precision = "f32"
        self._remark(
            f"a float64 copy failed ({first_line(failure)}), so the model was checked in "
            f"{self._own_dtype}, where smaller errors of a gradient are hidden by rounding"
        )

    def _own_parameters_first(self) -> np.ndarray:
        parameters = Parameters.of(self._found).tensors
        if any(it._backward_hooks for it in parameters):
            self._copies = False  # deepcopy drops the hooks of parameters
        return flat(parameters)

    def _runs_as_found(self, own: np.ndarray) -> None:
        """One evaluation; works in place from then on if the loss reaches the model as found."""
        originals = {id(it) for it in self._found.parameters()}
        with computing_in(self._dtype):
            loss = self._forward(own, 0, None)
            if self._copies and reached(loss) & originals:
                self.restore()
                self._copies = False
                self._forward(own, 0, None)

    def _look_at_own(self, own: np.ndarray) -> None:
        """Raises ValueError where loss or gradient of the model as found cannot be checked."""
        with computing_in(self._dtype):
            loss = self._forward(own, 0, None)
            if not loss.requires_grad:
                raise ValueError(
                    "the loss does not depend on the parameters through autograd: .detach(), "
                    ".item() or torch.no_grad()?"
                )
            if not bool(torch.isfinite(loss)):
                raise ValueError(
                    f"the loss is {float(loss.detach())} at the model's own parameters: check "
                    "the batch for NaN, and log, sqrt and divisions for arguments at 0"
                )
            loss.backward()
        for name, parameter in zip(self._parameters.names, self._parameters.tensors):
            if parameter.grad is None:
                self._remark(f"{name} gets no gradient from this loss")

    def _look_at_narrowing(self, own: np.ndarray) -> None:
        """Whether a part of the forward pass computes in less than float64."""
        if self._dtype != torch.float64:
            return
        with computing_in(self._dtype):
            narrow = narrowed_to(lambda: self._forward(own, 0, None))
        if narrow & NARROW:
            raise ValueError(
                f"a part of forward() computes in {sorted(map(str, narrow & NARROW))[0]}, which "
                "is too coarse to check a gradient in: switch autocast off for this check"
            )
        if narrow:
            self._precision = "f32"
            self._remark(
                "a part of forward() computes in float32 even in a float64 copy (.float() or "
                "dtype=torch.float32), so the model was judged by the rounding of float32"
            )

    def _points(self) -> List[Tuple[np.ndarray, int]]:
        """Random parameters, drawn as the judge draws them, each with a batch."""
        points = []
        for number in range(2):
            parameters = drawn(self._shapes, number)
            if self._factory is not None:
                parameters = self.start(number) + parameters / 4
            points.append((parameters, number))
        return points

    def _look_at_drawn_batches(self, own: np.ndarray) -> None:
        """Keeps to the user's batch where one that is drawn from it is no valid batch."""
        try:
            failure = "" if np.isfinite(self.loss(own, 1)) else "its loss is not finite"
        except Exception as error:  # the user's code may raise anything
            failure = first_line(error)
        if failure:
            self._batches.redraws = False
            self._batches.forget()
            self._remark(
                f"a batch of examples drawn with replacement failed ({failure}), so that every "
                "question was asked of the batch given"
            )

    def _look_at_buffers(self, own: np.ndarray) -> None:
        """Says so where buffers that a forward pass writes change the next loss."""
        before = self.loss(own, 0)
        changed = self._buffers.changed()
        if not changed:
            return
        names = {id(module): name for name, module in self._modules}
        seed_generators(0)
        with computing_in(self._dtype):
            again = self._form.loss(self._module, self._batches.number(0))
        if float(again.detach()) != before:
            places = ", ".join(f"{names[id(it)]}.{name}".lstrip(".") for it, name in changed)
            self._remark(
                f"forward() keeps a state in {places} that changes the next loss; it was put "
                "back before each question"
            )

    def _look_at_points(self, points: Sequence[Tuple[np.ndarray, int]]) -> None:
        """Raises ValueError where the loss exists only near the parameters as found."""
        for parameters, batch in points:
            value = self.loss(parameters, batch)
            if not np.isfinite(value):
                raise ValueError(
                    f"the loss is {value} at randomly drawn parameters, but finite at the "
                    "model's own: give start=, a function that builds a fresh model, and "
                    "parameters near those are drawn"
                )

    def _independent_examples(self, points: Sequence[Tuple[np.ndarray, int]]) -> Optional[int]:
        """How many examples a batch has, if its loss looks like the mean of theirs.

        This only decides whether single examples are offered; whether the gradient is their mean
        is judged later, with a bound of the rounding.
        """
        m = self._batches.examples
        if m is None or m < 2 or m > MOST_EXAMPLES or self._examples_meet():
            return None
        for parameters, batch in points:
            try:
                with computing_in(self._dtype):
                    ones = [float(self._forward(parameters, batch, i).detach()) for i in range(m)]
            except Exception:  # some modules refuse a batch of one: then none is offered
                return None
            if not equal_up_to_rounding(self.loss(parameters, batch), sum(ones) / m, self.eps):
                return None
        return m

    def _examples_meet(self) -> bool:
        """Whether examples share batch statistics or a dropout mask."""
        batch_norms = (nn.modules.batchnorm._BatchNorm,)
        if any(it.training and isinstance(it, batch_norms) for _, it in self._modules):
            return True
        return self._is_random()

    def _is_random(self) -> bool:
        """Whether the loss depends on the random generators."""
        with computing_in(self._dtype):
            own = self.own_parameters()
            losses = {float(self._forward(own, 0, None, seed).detach()) for seed in range(2)}
        return len(losses) > 1

    @property
    def eps(self) -> float:
        """The spacing of the numbers that answers have."""
        return float(np.finfo(np.float64 if self._precision == "f64" else np.float32).eps)


MOST_EXAMPLES = 256  # a batch with more is not asked for single examples


def flat(tensors: Sequence[torch.Tensor]) -> np.ndarray:
    """Tensors one after the other, each in row-major order, as float64."""
    parts = [it.detach().to("cpu", torch.float64).reshape(-1).numpy() for it in tensors]
    return np.concatenate(parts)


def first_line(error: BaseException) -> str:
    """What an exception says, on one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def reached(loss: torch.Tensor) -> Set[int]:
    """The identities of all leaf tensors that a loss was computed from."""
    found: Set[int] = set()
    seen: Set[Any] = set()
    waiting = [loss.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if variable is not None:
            found.add(id(variable))
        waiting.extend(before for before, _ in node.next_functions)
    return found


def check_modules(model: nn.Module) -> None:
    """Raises ValueError for a module whose gradient is not meant to be that of its loss."""
    for name, module in model.named_modules():
        kind = type(module).__name__
        hooks = [type(it).__name__ for it in module._forward_pre_hooks.values()]
        if module.training and (kind == "_SpectralNorm" or "SpectralNorm" in hooks):
            raise ValueError(
                f"{name} has spectral norm in train mode: each forward pass moves its singular "
                "vectors, and its gradient takes them as constants; call model.eval() first"
            )
