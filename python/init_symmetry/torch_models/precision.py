"""Finds out whether a computation in float64 uses a lower precision in between.

It observes one forward and backward pass. Start reading at `narrowed_to`.
"""
from __future__ import annotations

from typing import Any, Callable, Set

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

NARROW = frozenset([torch.float16, torch.bfloat16])


class _Narrowing(TorchDispatchMode):
    """Notes the floating-point dtypes that float64 is converted to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Set[torch.dtype] = set()

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        output = operation(*args, **(kwargs or {}))
        if torch.float64 in floating(args):
            self.found |= floating(output) - {torch.float64}
        elif floating(args) & NARROW:
            self.found |= floating(args) & NARROW
        return output


def floating(values: Any) -> Set[torch.dtype]:
    """Returns the floating-point dtypes in a structure of tensors."""
    tensors = [it for it in tree_flatten(values)[0] if isinstance(it, torch.Tensor)]
    return {it.dtype for it in tensors if it.is_floating_point()}


def narrowed_to(compute: Callable[[], Any]) -> Set[torch.dtype]:
    """Returns the dtypes below float64 that float64 values are converted to."""
    with _Narrowing() as mode:
        compute()
    return mode.found
