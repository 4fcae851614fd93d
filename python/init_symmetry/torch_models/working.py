"""The module that is evaluated: a converted copy, or the given one, which is restored at the end.

Every evaluation starts from the same state. `inspection.py` finds out what is unusual about a
module. Start reading at `WorkingModule.forward`.
"""
from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any, List, Optional, Sequence, Set

import numpy as np
import torch
from torch import nn

from init_symmetry.torch_models.batches import Batches, LossOfBatch, leaves
from init_symmetry.torch_models.names import Parameters
from init_symmetry.torch_models.state import Buffers, Snapshot, computing_in, seed_generators


@dataclass
class Notes:
    """What was found out about a module. Every problem is also a remark."""

    remarks: List[str] = field(default_factory=list)
    problems: List[str] = field(default_factory=list)

    def remark(self, sentence: str) -> None:
        """Notes something that is useful to know, once."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def problem(self, sentence: str) -> None:
        """Notes something that is wrong, independently of the gradient, once."""
        if sentence not in self.problems:
            self.problems.append(sentence)
        self.remark(sentence)


FEW_PARAMETERS = 100_000


class WorkingModule:
    """A module that computes in `dtype`, with its parameters as one list of float64.

    With `copies` it works on a deep copy if the module can be copied, otherwise on the module
    itself. `restore` restores everything as it was found.
    """

    def __init__(
        self,
        found: nn.Module,
        form: LossOfBatch,
        batch: Any,
        dtype: torch.dtype,
        copies: bool,
        notes: Notes,
    ):
        self.notes = notes
        self.dtype = dtype
        self.own = flat(Parameters.of(found).tensors)
        self._snapshot = Snapshot(found)
        self._threads = torch.get_num_threads()
        if len(self.own) <= FEW_PARAMETERS:
            torch.set_num_threads(1)  # threads wait for one another longer than a layer takes
        try:
            with computing_in(dtype):
                self.module = self._copied(found) if copies else found
                self._convert()
                self._form = copy.copy(form)
                if isinstance(form.loss_fn, nn.Module):  # its buffers follow, as class weights
                    self._form.loss_fn = copy.deepcopy(form.loss_fn).to(dtype)
                self.batches = Batches(batch, self._converted)
        except BaseException:
            self.restore()
            raise
        self.is_copy = self.module is not found
        self.parameters = Parameters.of(self.module)
        self.buffers = Buffers(self.module)
        self.modules = list(self.module.named_modules())
        self._bounded = {
            f"{name}.weight".lstrip(".")
            for name, it in self.modules
            if getattr(it, "max_norm", None) is not None
        }
        self._memory = [it.data for it in self.parameters.tensors]
        self._all = list(self.module.parameters())
        self._sizes = [it.numel() for it in self.parameters.tensors]
        self._modes = [it.training for _, it in self.modules]

    def forward(
        self,
        parameters: np.ndarray,
        batch: int,
        example: Optional[int] = None,
        seed: Optional[int] = None,
    ) -> torch.Tensor:
        """Returns the loss at these parameters; everything else in the module is as it was found.

        Random numbers, such as a dropout mask, are seeded with the batch number, or with `seed`.
        """
        with computing_in(self.dtype):
            asked = self._set(parameters)
            self.buffers.reset()
            for (_, module), mode in zip(self.modules, self._modes):
                if module.training != mode:
                    module.training = mode
            seed_generators(batch if seed is None else seed)
            data = self.batches.number(batch, example)
            inputs = [it for it in leaves(data) if isinstance(it, torch.Tensor)]
            versions = [it._version for it in inputs]
            loss = self._form.loss(self.module, data)
        if versions != [it._version for it in inputs]:
            self.batches.forget()
            self.notes.remark(
                "forward() changed its input in place, so the next epoch would see other data"
            )
        self._note_changes(asked)
        return loss

    def forward_again(self, batch: int) -> torch.Tensor:
        """Returns the loss once more, with the state that the last forward pass left behind."""
        seed_generators(batch)
        with computing_in(self.dtype):
            return self._form.loss(self.module, self.batches.number(batch))

    def backward(self, loss: torch.Tensor) -> np.ndarray:
        """Returns the gradient as one list of float64; a parameter without one gets zeros."""
        if loss.requires_grad:
            with computing_in(self.dtype):
                loss.backward()
        parts = []
        for parameter in self.parameters.tensors:
            grad = parameter.grad
            if grad is None:
                parts.append(np.zeros(parameter.numel()))
                continue
            grad = grad if grad.layout == torch.strided else grad.to_dense()
            parts.append(grad.detach().to("cpu", torch.float64).reshape(-1).numpy())
        return np.concatenate(parts)

    def restore(self) -> None:
        """Restores the given module and the random generators as they were found."""
        self._snapshot.restore()
        torch.set_num_threads(self._threads)

    def _copied(self, found: nn.Module) -> nn.Module:
        try:
            return copy.deepcopy(found)
        except Exception as error:  # any class of tensor or attribute may refuse
            self.notes.remark(
                f"copy.deepcopy of the model failed ({first_line(error)}), so the model itself "
                "was used and restored afterwards"
            )
            return found

    def _convert(self) -> None:
        """Gives every parameter and buffer its own memory, in the dtype of the computation."""
        for parameter in self.module.parameters():
            parameter.grad = None
            parameter.data = self._converted(parameter.data).clone()
        for owner in self.module.modules():
            for name, buffer in owner._buffers.items():
                if buffer is not None:
                    owner._buffers[name] = self._converted(buffer.detach()).clone()

    def _converted(self, tensor: torch.Tensor) -> torch.Tensor:
        """Returns the tensor in the dtype of the computation; integers stay integers."""
        if tensor.is_complex() and self.dtype == torch.float64:
            return tensor.to(torch.complex128)
        return tensor.to(self.dtype) if tensor.is_floating_point() else tensor

    def _set(self, parameters: np.ndarray) -> List[torch.Tensor]:
        """Writes numbers into the parameters, clears the gradients, returns the values written."""
        given = np.array(parameters, dtype=np.float64).ravel()
        if len(given) != sum(self._sizes):
            raise ValueError(f"{len(given)} parameters given but there are {sum(self._sizes)}")
        parts = torch.from_numpy(given).split(self._sizes)
        written = []
        for parameter, memory, part in zip(self.parameters.tensors, self._memory, parts):
            value = part.view(memory.shape).to(memory.device, memory.dtype)
            memory.copy_(value)
            if parameter.data_ptr() != memory.data_ptr():
                parameter.data = memory  # the forward pass before has put other memory there
            if not parameter.requires_grad:
                parameter.requires_grad_()
            written.append(value)
        for parameter in self._all:
            parameter.grad = None
        return written

    def _note_changes(self, asked: Sequence[torch.Tensor]) -> None:
        """Notes what a forward pass changed in the module but should not have changed."""
        changed = set()
        for (name, module), mode in zip(self.modules, self._modes):
            if module.training == mode:
                continue
            changed.add(name)
            if name and name.rpartition(".")[0] in changed:
                continue  # it follows the module that it is in
            place = f"{name}.training" if name else "model.training"
            sentence = f"forward() changed {place} from {mode} to {module.training}"
            if name:  # often frozen so on purpose, as batch norm in a backbone
                self.notes.remark(sentence)
            else:
                self.notes.problem(sentence)
        tensors = zip(self.parameters.names, self.parameters.tensors, asked)
        for name, parameter, value in tensors:
            if not parameter.requires_grad:
                self.notes.problem(
                    f"forward() changed {name}.requires_grad from True to False"
                )
            if not torch.equal(parameter.data, value) and not bool(value.isnan().any()):
                sentence = f"forward() changed the parameter {name} in place"
                if name in self._bounded:
                    self.notes.remark(f"{sentence}, as max_norm does")
                else:
                    self.notes.problem(sentence)


def flat(tensors: Sequence[torch.Tensor]) -> np.ndarray:
    """Returns all tensors as one float64 list, each in row-major order."""
    parts = [it.detach().to("cpu", torch.float64).reshape(-1).numpy() for it in tensors]
    return np.concatenate(parts)


def first_line(error: BaseException) -> str:
    """Returns an exception on one line: its type and its first line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def reached(loss: torch.Tensor) -> Set[int]:
    """Returns the identities of all leaf tensors that a loss was computed from."""
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
