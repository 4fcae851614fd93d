"""Saves and restores everything that a check may change in a module and in the process.

It evaluates nothing. Start reading at `Snapshot`.
"""
from __future__ import annotations

import contextlib
import random
from typing import Iterator, List, Tuple

import numpy as np
import torch
from torch import nn

_REGISTRIES = ("_parameters", "_buffers", "_modules")


class Snapshot:
    """A module and the random generators as they were found.

    It saves the tensor objects with their bits, `requires_grad` and `.grad`, the mode and the
    attributes of every submodule, and the states of torch's, NumPy's and Python's generators. An
    attribute that is changed in place, such as a list that grows, stays changed.
    """

    def __init__(self, model: nn.Module):
        self._modules = [_ModuleState(module) for module in model.modules()]
        tensors = list(model.parameters()) + list(model.buffers())
        self._tensors = [_TensorState(tensor) for tensor in tensors]
        self._generators = generators()

    def restore(self) -> None:
        """Restores everything."""
        for module in self._modules:
            module.restore()
        for tensor in self._tensors:
            tensor.restore()
        set_generators(self._generators)


class _ModuleState:
    """The attributes of one module, including its mode."""

    def __init__(self, module: nn.Module):
        self.module = module
        self.mode = module.training
        self.attributes = dict(vars(module))
        is_script = isinstance(module, torch.jit.ScriptModule)  # keeps its attributes elsewhere
        names = () if is_script else _REGISTRIES
        self.registries = {name: dict(vars(module)[name]) for name in names}

    def restore(self) -> None:
        if not self.registries:
            self.module.training = self.mode
            return
        kept = vars(self.module)
        kept.clear()
        kept.update(self.attributes)
        for name, entries in self.registries.items():
            kept[name].clear()
            kept[name].update(entries)


class _TensorState:
    """A parameter or buffer: its memory, its bits, its gradient."""

    def __init__(self, tensor: torch.Tensor):
        self.tensor = tensor
        self.memory = tensor.data
        self.bits = tensor.detach().clone()
        self.requires_grad = tensor.requires_grad
        self.grad = tensor.grad
        self.grad_bits = None if tensor.grad is None else tensor.grad.detach().clone()

    def restore(self) -> None:
        self.tensor.grad = None
        self.tensor.data = self.memory
        _write_back(self.memory, self.bits)
        self.tensor.requires_grad_(self.requires_grad)
        if self.grad is not None:
            _write_back(self.grad.data, self.grad_bits.data)
            self.tensor.grad = self.grad


def _write_back(memory: torch.Tensor, bits: torch.Tensor) -> None:
    """Writes only where something changed: a NaN counts as changed, and is written again."""
    is_dense = memory.layout == torch.strided
    if not is_dense or not torch.equal(memory, bits):
        memory.copy_(bits)


def generators() -> Tuple:
    """Returns the states of all random generators that a forward pass is likely to use."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    return torch.get_rng_state(), cuda, np.random.get_state(), random.getstate()


def set_generators(states: Tuple) -> None:
    """Restores the states that `generators` returned."""
    cpu, cuda, numpy, python = states
    torch.set_rng_state(cpu)
    if cuda:
        torch.cuda.set_rng_state_all(cuda)
    np.random.set_state(numpy)
    random.setstate(python)


def seed_generators(seed: int) -> None:
    """Seeds all random generators."""
    torch.default_generator.manual_seed(seed)  # torch.manual_seed takes longer than a small model
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


@contextlib.contextmanager
def computing_in(dtype: torch.dtype) -> Iterator[None]:
    """Enables gradients, even under `torch.no_grad`; float64 also becomes the default dtype."""
    before = torch.get_default_dtype()
    if dtype == torch.float64:
        torch.set_default_dtype(dtype)
    try:
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        torch.set_default_dtype(before)


class Buffers:
    """The buffers of a module, such as running means, which are reset before each evaluation."""

    def __init__(self, model: nn.Module):
        self._kept: List[Tuple[nn.Module, str, torch.Tensor, torch.Tensor]] = [
            (module, name, buffer, buffer.detach().clone())
            for module in model.modules()
            for name, buffer in module._buffers.items()
            if buffer is not None
        ]

    def reset(self) -> None:
        """Restores the saved buffers with their saved bits."""
        for module, name, buffer, bits in self._kept:
            buffer.detach().copy_(bits)
            module._buffers[name] = buffer

    def changed(self) -> List[Tuple[nn.Module, str]]:
        """Returns the buffers that have changed since they were saved."""
        return [
            (module, name)
            for module, name, _, bits in self._kept
            if not same_bits(module._buffers.get(name), bits)
        ]


def same_bits(tensor: object, bits: torch.Tensor) -> bool:
    """Returns whether a tensor has these values; NaN equals NaN."""
    if not isinstance(tensor, torch.Tensor) or tensor.shape != bits.shape:
        return False
    return bool(((tensor == bits) | ((tensor != tensor) & (bits != bits))).all())
