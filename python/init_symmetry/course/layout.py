"""Converts arrays between our layout (a column is an example) and the student's.

The course has a column for each example. Some students have a row: then every array is transposed,
and a bias may be one-dimensional. Start reading at `Layout`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, List

import numpy as np

from .compare import as_numbers
from .formula import Case


LABELS = ("matrix", "classes", "class matrix")
"""Labels as Y (for classes, one-hot), as class numbers (m,), as class numbers 1 × m or m × 1."""


@dataclass(frozen=True)
class Layout:
    """How a student lays out arrays: examples in rows or columns, biases flat or not.

    `as_tuple` says that parameters are a tuple (W1, b1, W2, b2, ...), not a dict. `lower_case` says
    that the keys of the dict are w1, b1, ... `labels` is one of `LABELS`.
    """

    rows: bool = False
    flat_bias: bool = False
    as_tuple: bool = False
    lower_case: bool = False
    labels: str = "matrix"

    def give(self, array: Any, bias: bool = False) -> Any:
        """Returns a copy of one of our arrays in the student's layout."""
        array = np.array(array)
        if bias and self.flat_bias:
            return array.ravel()
        return np.ascontiguousarray(array.T) if self.rows else array

    def give_labels(self, Y: Any) -> Any:
        """Returns a copy of labels in the student's layout."""
        if self.labels == "matrix":
            return self.give(Y)
        classes = np.argmax(Y, axis=0)
        return classes if self.labels == "classes" else self.give(classes[None, :])

    def take(self, value: Any, bias: bool = False) -> Any:
        """Returns one of the student's arrays in our layout, and any other value unchanged."""
        array = as_numbers(value)
        if array is None:
            return value
        if bias and array.ndim == 1 and (self.rows or self.flat_bias):
            return array[:, None]
        return array.T if self.rows and array.ndim == 2 else array

    def parameters(self, parameters: Dict[str, np.ndarray]) -> Dict[str, np.ndarray]:
        """Returns parameters or gradients in the student's layout."""
        return {name: self.give(value, "b" in name) for name, value in parameters.items()}

    def bundle(self, parameters: Dict[str, np.ndarray]) -> Any:
        """Returns the parameters in the student's layout, as a dict or a tuple."""
        given = self.parameters(parameters)
        if self.as_tuple:
            return tuple(given[name] for name in ordered(given))
        return {name.lower() if self.lower_case else name: given[name] for name in given}

    def cache(self, case: Case) -> Dict[str, np.ndarray]:
        """Returns the cache of a shallow network: a dict of X, Z1, A1, Z2, A2 and parameters."""
        entries = {"X": self.give(case.X), "A0": self.give(case.X)}
        for layer in range(1, case.depth + 1):
            entries[f"Z{layer}"] = self.give(case.Z[layer])
            entries[f"A{layer}"] = self.give(case.A[layer])
        entries.update(self.parameters(case.parameters))
        return entries

    def caches(self, case: Case) -> List[tuple]:
        """Returns the caches of a deep network in the form of the course: ((A_prev, W, b), Z)."""
        return [
            (
                (
                    self.give(case.A[layer - 1]),
                    self.give(case.W(layer)),
                    self.give(case.b(layer), bias=True),
                ),
                self.give(case.Z[layer]),
            )
            for layer in range(1, case.depth + 1)
        ]


def ordered(names: Iterable[str]) -> List[str]:
    """Returns the names of parameters or gradients in the order W1, b1, W2, b2, ..."""
    return sorted(names, key=lambda name: (int(name.lstrip("dWb")), "b" in name))


def entry(values: Any, name: str) -> Any:
    """Returns an entry of a student's dict, or None; upper and lower case do not matter."""
    if not isinstance(values, dict):
        return None
    if name in values:
        return values[name]
    plain = {str(key).replace("_", "").lower(): value for key, value in values.items()}
    return plain.get(name.lower())
