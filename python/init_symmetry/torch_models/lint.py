"""Tensors and unit groups of a module or state_dict, as `init_symmetry.lint` takes them.

It judges nothing. Start reading at `tensors_of`.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, Dict, List, Optional, Union

import numpy as np
import torch
from torch import nn

from init_symmetry.torch_models.adapter import adapter_for
from init_symmetry.torch_models.groups import structural_groups
from init_symmetry.torch_models.names import all_names, unwrapped


def tensors_of(model: Union[nn.Module, Mapping]) -> Dict[str, np.ndarray]:
    """Returns float64 copies of the tensors, C-contiguous, by their names in the state_dict.

    For a module these are its parameters, including frozen ones but not buffers. For a state_dict
    they are all floating-point tensors. A tied tensor appears once, under its first name.

    Raises ValueError for a complex tensor and TypeError for any other kind of `model`.
    """
    found: Dict[Any, Any]
    if isinstance(model, nn.Module):
        found = {}
        for name, _, _, parameter in all_names(unwrapped(model)):
            found.setdefault(id(parameter), (name, parameter))
        named = dict(found.values())
    elif isinstance(model, Mapping):
        found = {}
        for name, tensor in model.items():
            if isinstance(tensor, torch.Tensor):
                found.setdefault(place_of(tensor), (name, tensor))
        named = dict(found.values())
    else:
        kind = type(model).__name__
        raise TypeError(f"model is a {kind}, but it has to be a torch.nn.Module or a state_dict")
    arrays = {}
    for name, tensor in named.items():
        if tensor.is_complex():
            raise ValueError(f"{name} is complex ({tensor.dtype}), but real numbers are needed")
        if tensor.is_floating_point():
            values = tensor.detach().to("cpu", torch.float64)
            dense = values if values.layout == torch.strided else values.to_dense()
            arrays[name] = np.array(dense.numpy(), order="C")
    return arrays


def place_of(tensor: torch.Tensor) -> Any:
    """Returns a key that tied tensors of a state_dict share: memory, shape and strides."""
    if tensor.layout != torch.strided or not tensor.numel() or tensor.device.type == "meta":
        return id(tensor)
    return tensor.data_ptr(), tuple(tensor.shape), tensor.stride()


def lint_groups(
    model: nn.Module,
    loss_fn: Optional[Callable[..., Any]] = None,
    batch: Any = None,
    groups: Optional[List[Dict[str, Any]]] = None,
) -> List[Dict[str, Any]]:
    """Returns the unit groups of a module, as dictionaries of docs/PROTOCOL.md.

    With a batch they are derived and tested on the loss. Without a batch, only an nn.Sequential
    has groups, which follow from its structure. Given `groups` are returned unchanged.
    """
    if groups is not None:
        return groups
    if batch is None:
        return structural_groups(unwrapped(model))
    with adapter_for(model, loss_fn, batch) as adapter:
        return adapter.groups
