"""`lint`: finds broken weight initialisation in live parameters and in files.

The rules are those of the command `init-symmetry lint`. This module only gathers the parameters.
Start reading at `lint`.
"""

from __future__ import annotations

import json
import os
from typing import Any, Mapping, Sequence

import numpy as np

from . import _core
from .declaring import names
from .gradient import real_array
from .report import Report


def lint(
    parameters: Any,
    *,
    fresh: bool = False,
    scheme: str | None = None,
    groups: Sequence[Mapping[str, Any]] | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    strict: bool = False,
) -> Report:
    """Finds units that can never differ, copied layers, and zero, constant or NaN weights.

    `parameters` is a `torch.nn.Module`, a dictionary of arrays or tensors (a state dict), or the
    path of a checkpoint (.safetensors, its .index.json, .npz, .npy, or .pt, which PyTorch loads
    with `weights_only=True`). With `fresh=True` the parameters are freshly initialised, not
    trained; then their distribution is judged too, against `scheme` ("he", "xavier",
    "normal:0.02", …) if it is given.

    `groups` says which axes belong to the same units. Without it, the names of the tensors decide.
    docs/LINT.md has the rules and the fields of a group. `select` and `ignore` choose rules by
    name.

    Raises `ValueError` for an unknown rule or for groups that do not fit, `TypeError` for any other
    kind of `parameters`, and `OSError` for a file that cannot be read.

    >>> import numpy as np
    >>> from init_symmetry import lint
    >>> lint({"fc1.weight": np.zeros((4, 3)), "fc2.weight": np.zeros((1, 4))}, fresh=True).passed
    False
    """
    options = (fresh, scheme, names("select", select), names("ignore", ignore), strict)
    if isinstance(parameters, (str, os.PathLike)):
        path = os.fspath(parameters)
        if not os.path.exists(path):
            raise FileNotFoundError(f"there is no file {path}")
        if not path.endswith((".pt", ".pth", ".bin")):
            if groups is not None:
                raise ValueError(
                    "groups cannot be given for this file: load its tensors and pass them instead"
                )
            return Report(*_core.lint_file(path, *options))
        parameters, name = _state_of_file(path), path
    else:
        name = type(parameters).__name__
    tensors = _tensors(parameters)
    if groups is None and hasattr(parameters, "named_parameters"):
        groups = _groups_of_module(parameters)
    description = None
    if groups is not None:
        shapes = [{"name": name, "shape": list(array.shape)} for name, array in tensors.items()]
        description = json.dumps({"tensors": shapes, "groups": list(groups)})
    entries = [(name, list(array.shape), array.ravel()) for name, array in tensors.items()]
    return Report(*_core.lint_tensors(name, entries, description, *options))


def _tensors(parameters: Any) -> dict[str, np.ndarray]:
    """Returns named float64 arrays; a tensor without real numbers is left out."""
    if hasattr(parameters, "named_parameters"):
        from . import torch_models

        return torch_models.tensors_of(parameters)
    if not isinstance(parameters, Mapping):
        raise TypeError(
            f"{type(parameters).__name__} cannot be checked; give a torch.nn.Module, a dictionary "
            "of arrays, or the path of a checkpoint"
        )
    if any(hasattr(value, "detach") for value in parameters.values()):
        from . import torch_models

        return torch_models.tensors_of(parameters)
    if not parameters:
        raise ValueError("the dictionary is empty: there is nothing to check")
    return {str(name): real_array(str(name), value) for name, value in parameters.items()}


def _groups_of_module(module: Any) -> Sequence[Mapping[str, Any]] | None:
    """Returns the unit groups that follow from the order of a `Sequential`, or None."""
    from . import torch_models

    return torch_models.lint_groups(module) or None


def _state_of_file(path: str) -> Any:
    import torch

    state: Any = torch.load(path, map_location="cpu", weights_only=True)
    nested = state.get("state_dict") if isinstance(state, Mapping) else None
    return nested if isinstance(nested, Mapping) else state
