"""The layout of parameters, examples and labels that a user's function expects.

The compiled part uses a list of matrices: W1, b1, W2, b2, …. A `Layout` turns them into the
dictionary, list or vector that a user's function takes, and converts its answers back. Nothing is
judged here. Start reading at `Layout`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

import numpy as np

from ._core import AnswerError
from .gradient import shape_text

CONTAINERS = ("W1 b1", "w1 b1", "list", "pairs", "flat")
"""Parameters as a dictionary (two spellings), as [W1, b1, W2, …], as [(W1, b1), …], as a vector."""

BIASES = ("matrix", "vector")
"""A bias as n × 1 (or 1 × n), or as (n,)."""

LABELS = ("matrix", "vector", "classes")
"""y as a matrix, as (m,) if there is one output, or as class numbers, one for each example."""


@dataclass(frozen=True)
class Layout:
    """The form of parameters, biases, labels and examples that a function takes."""

    container: str = "W1 b1"
    bias: str = "matrix"
    labels: str = "matrix"
    examples: str = "columns"
    weight_rows: str = "units"
    hard: bool = False
    """Whether labels have to be 0 or 1."""

    def __str__(self) -> str:
        containers = {
            "W1 b1": "a dictionary W1, b1, …",
            "w1 b1": "a dictionary w1, b1, …",
            "list": "a list W1, b1, …",
            "pairs": "a list of pairs (W, b)",
            "flat": "one vector",
        }
        rows = "n_out × n_in" if self.weight_rows == "units" else "n_in × n_out"
        bias = ", b is (n,)" if self.bias == "vector" else ""
        labels = {"matrix": "", "vector": ", y is (m,)", "classes": ", y has class numbers"}
        hard = ", y is 0 or 1" if self.hard else ""
        return (
            f"parameters are {containers[self.container]}, W is {rows}{bias}, "
            f"examples are {self.examples}{labels[self.labels]}{hard}"
        )

    def parameters(self, blocks: Sequence[np.ndarray]) -> Any:
        """Returns W1, b1, W2, … in the form that the function takes."""
        blocks = [
            block.reshape(-1) if i % 2 == 1 and self.bias == "vector" else block
            for i, block in enumerate(blocks)
        ]
        if self.container == "list":
            return blocks
        if self.container == "pairs":
            return list(zip(blocks[::2], blocks[1::2]))
        if self.container == "flat":
            return np.concatenate([block.ravel() for block in blocks])
        return dict(zip(_names(self.container, len(blocks)), blocks))

    def label(self, y: np.ndarray) -> np.ndarray:
        """Returns the labels in the form that the function takes."""
        if self.labels == "matrix":
            return y
        by_example = y.T if self.examples == "columns" else y
        if self.labels == "vector":
            return by_example.reshape(-1)
        classes = by_example.argmax(axis=1)
        if not np.array_equal(by_example, np.eye(by_example.shape[1])[classes]):
            raise NotImplementedError("labels that are not one class for each example")
        return classes

    def predictions(self, y_hat: Any, m: int) -> np.ndarray:
        """Returns the predictions ŷ of the function as a matrix in the layout of the examples."""
        array = as_float(y_hat, "the predictions")
        if array.ndim == 1 and array.size == m:
            array = array.reshape((1, m) if self.examples == "columns" else (m, 1))
        if array.ndim != 2:
            raise AnswerError(f"the predictions are {shape_text(array)} but have to be a matrix")
        return array

    def blocks(self, answer: Any, like: Sequence[np.ndarray], prefix: str) -> list[np.ndarray]:
        """Returns a gradient (`prefix` "d") or parameters ("") as a list of matrices.

        Raises `AnswerError` for missing keys and for arrays with other axes than the parameters.
        """
        given = self._list(answer, like, prefix)
        if len(given) != len(like):
            raise AnswerError(f"the answer has {len(given)} arrays but {len(like)} are expected")
        blocks = []
        for i, (array, due) in enumerate(zip(given, like)):
            name = f"{prefix}{'Wb'[i % 2]}{i // 2 + 1}"
            array = as_float(array, name)
            if i % 2 == 1 and self.bias == "vector" and array.ndim == 1:
                array = array.reshape(due.shape) if array.size == due.size else array
            if array.ndim != 2:
                raise AnswerError(
                    f"{name} is {shape_text(array)} but {name[len(prefix):]} is {shape_text(due)}"
                    + (self._bias_hint(array) if i % 2 == 1 else "")
                )
            blocks.append(array)
        return blocks

    def _bias_hint(self, array: np.ndarray) -> str:
        if array.ndim > 0:
            return ": is keepdims=True missing?"
        axis = 1 if self.examples == "columns" else 0
        return (
            f": is the sum taken over all entries (axis={axis} missing), or is keepdims=True "
            "missing?"
        )

    def _list(self, answer: Any, like: Sequence[np.ndarray], prefix: str) -> list[Any]:
        if isinstance(answer, Mapping):
            return _from_dict(answer, len(like), prefix)
        if self.container == "flat":
            vector = as_float(answer, "the gradient" if prefix else "the vector of parameters")
            sizes = [block.size for block in like]
            if vector.ndim != 1 or vector.size != sum(sizes):
                raise AnswerError(
                    f"the answer is {shape_text(vector)} but a vector of {sum(sizes)} numbers is "
                    "expected"
                )
            parts = np.split(vector, np.cumsum(sizes)[:-1])
            return [part.reshape(block.shape) for part, block in zip(parts, like)]
        if not isinstance(answer, (list, tuple)):
            given = type(answer).__name__
            raise AnswerError(f"the answer is {given} but a dictionary or list is expected")
        is_pairs = all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in answer)
        if is_pairs and len(answer) * 2 == len(like):
            return [array for pair in answer for array in pair]
        return list(answer)


def _names(container: str, count: int) -> list[str]:
    letters = ["W", "b"] if container == "W1 b1" else ["w", "b"]
    return [f"{letters[i % 2]}{i // 2 + 1}" for i in range(count)]


def _from_dict(answer: Mapping[str, Any], count: int, prefix: str) -> list[Any]:
    """Returns the arrays of a dictionary whose keys are spelled in one of the common ways."""
    spellings = [(prefix, "Wb"), (prefix, "wb"), ("", "Wb"), ("", "wb"), ("grad_", "Wb")]
    for start, letters in spellings:
        keys = [f"{start}{letters[i % 2]}{i // 2 + 1}" for i in range(count)]
        if all(key in answer for key in keys):
            return [answer[key] for key in keys]
    due = [f"{prefix}{'Wb'[i % 2]}{i // 2 + 1}" for i in range(count)]
    missing = [key for key in due if key not in answer]
    keys = sorted(map(str, answer))
    raise AnswerError(f"the answer lacks {', '.join(missing)}; its keys are {keys}")


def as_float(value: Any, name: str) -> np.ndarray:
    """Returns an answer as a float64 array.

    Raises `AnswerError` for an answer without real numbers.
    """
    if type(value) is np.ndarray and value.dtype == np.float64:
        return value
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise AnswerError(f"{name} is not an array: {error}") from error
    if array.dtype.kind not in "fiub":
        raise AnswerError(f"{name} has dtype {array.dtype} but has to hold real numbers")
    return array.astype(np.float64)
