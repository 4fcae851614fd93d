"""PyTorch modules under test: `adapter_for` for `check_model`, `tensors_of` for `lint`.

These modules judge nothing: the compiled part asks the adapter. Start reading at `adapter.py`.
"""
from __future__ import annotations

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError(
        "checking a PyTorch module needs PyTorch: pip install torch (1.13 or later)"
    ) from error

from init_symmetry.torch_models.adapter import TorchModel, adapter_for
from init_symmetry.torch_models.groups import groups_of
from init_symmetry.torch_models.lint import lint_groups, tensors_of

__all__ = ["TorchModel", "adapter_for", "groups_of", "lint_groups", "tensors_of"]
