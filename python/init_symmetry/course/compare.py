"""Compares a student's numbers with those of the formula and describes the differences.

It does not know which function the numbers come from. It has no tolerance of its own:
`init_symmetry._core` decides what counts as rounding. Start reading at `same`.
"""

from __future__ import annotations

import numbers
from typing import Any, Optional

import numpy as np

from .._core import explains


def same(given: Any, due: Any) -> bool:
    """Returns whether two arrays have the same shape and, up to rounding, equal numbers."""
    given, due = as_numbers(given), as_numbers(due)
    if given is None or due is None or given.shape != due.shape:
        return False
    return bool(explains(_flat(given), _flat(due)))


def _flat(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, dtype=np.float64).ravel()


def as_numbers(value: Any) -> Optional[np.ndarray]:
    """Returns the value as a float64 array, or None if it does not hold real numbers."""
    if not isinstance(value, (np.ndarray, numbers.Real, np.generic, list)):
        return None
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            return None
        return np.array(array, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def shape_name(shape: tuple) -> str:
    """Writes a shape as 4×3, (4,) or "a single number"."""
    if len(shape) == 0:
        return "a single number"
    if len(shape) == 1:
        return f"({shape[0]},)"
    return "×".join(str(size) for size in shape)


def difference(name: str, given: Any, due: np.ndarray) -> str:
    """Describes how `given` differs from `due`: its type, its shape or its worst entry."""
    array = as_numbers(given)
    shape = shape_name(due.shape)
    if array is None:
        return f"{name} is {a_type(given)}, but it should be an array of shape {shape}"
    if array.ndim == 0 and due.ndim > 0:
        return f"{name} is a single number, but it should be an array of shape {shape}"
    if array.shape != due.shape:
        return f"{name} has shape {shape_name(array.shape)}, but it should be {shape}"
    if not np.all(np.isfinite(array)):
        at = np.unravel_index(int(np.argmin(np.isfinite(array))), array.shape)
        return f"{name}{index(at)} is {array[at]}, but it should be {due[at]:.6g}"
    at = np.unravel_index(int(np.argmax(np.abs(array - due))), array.shape)
    return f"{name}{index(at)} is {array[at]:.6g}, but it should be {due[at]:.6g}"


def index(at: tuple) -> str:
    """Writes an index as [0, 2], and the index of a single number as an empty text."""
    return f"[{', '.join(str(int(i)) for i in at)}]" if at else ""


def a_type(value: Any) -> str:
    """Returns the type of a value as part of a sentence."""
    if value is None:
        return "None"
    return f"of type {type(value).__name__}"
