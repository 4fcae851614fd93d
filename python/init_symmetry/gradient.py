"""`check_gradient`: is this gradient the derivative of this loss? For any function of arrays.

The arrays are passed to the compiled part as one list of numbers. The compiled part decides whether
the gradient is right. Start reading at `check_gradient`.
"""

from __future__ import annotations

import numbers
from typing import Any, Callable, Mapping, Union

import numpy as np

from . import _core
from .report import Report

FEWEST_EVALUATIONS, MOST_NUMBERS = 4_000, 10**10
"""The default limit on calls of the loss lets it read 10^10 numbers in all.

This bounds the time for large arrays to minutes.
"""

Arrays = Union[np.ndarray, Mapping[str, np.ndarray], float]


def check_gradient(
    loss: Callable[[Any], Any],
    gradient: Callable[[Any], Any],
    x: Arrays,
    *,
    seed: int | None = None,
    entries: int | str = "auto",
    evaluations: int | None = None,
) -> Report:
    """Compares a gradient with finite differences of the loss at `x`, with a derived tolerance.

    `loss(x)` returns a number, and `gradient(x)` an array with the shape of `x`. `x` may also be a
    dictionary of arrays; then `gradient(x)` is a dictionary with the same keys, or with a `d`
    before each. Both functions are called with float64 copies: integers and float32 are converted
    first.

    `entries` says how many entries of each array are compared: "all", a number, or "auto". "auto"
    compares as many as `evaluations` calls of the loss allow (1,000,000 by default, fewer for
    arrays of more than 10,000 entries).

    Raises `TypeError` or `ValueError` for arrays without real numbers, a loss that is not a number,
    and a gradient with other keys or shapes. Exceptions of your functions pass through.

    >>> import numpy as np
    >>> from init_symmetry import check_gradient
    >>> check_gradient(lambda x: (x**2).sum(), lambda x: 2 * x, np.array([1.0, 2.0])).passed
    True
    """
    for name, function in (("loss", loss), ("gradient", gradient)):
        if not callable(function):
            kind = type(function).__name__
            raise TypeError(f"{name} is {kind} but has to be a function of x")
    point = _Point(x)
    if evaluations is None:
        evaluations = max(FEWEST_EVALUATIONS, min(1_000_000, MOST_NUMBERS // point.flat.size))
    adapter = _Functions(loss, gradient, point)
    if entries == "auto":
        count = None
    elif entries == "all":
        count = 0
    elif isinstance(entries, numbers.Integral) and type(entries) is not bool and entries > 0:
        count = int(entries)
    else:
        due = '"auto", "all" or a whole number of at least 1'
        raise ValueError(f"entries is {entries!r} but has to be {due}")
    code, text, document = _core.check_gradient(
        adapter,
        point.blocks(),
        point.flat,
        seed=seed,
        entries=count,
        evaluations=evaluations,
        call="init_symmetry.check_gradient(loss, gradient, x",
    )
    return Report(code, text, document)


def real_array(name: str, value: Any) -> np.ndarray:
    """Returns a float64 copy of an array of real numbers; integers and booleans are converted.

    Raises `TypeError` for complex numbers, objects and text, and for a masked array.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array; fill it first: {name}.filled(...)")
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {array.dtype} but has to hold real numbers")
    return np.array(array, dtype=np.float64, order="C")


def shape_text(array: np.ndarray) -> str:
    """Returns a shape as text: `3×50`, `(3,)` for one axis, `a number` for none."""
    if array.ndim == 0:
        return "a number"
    if array.ndim == 1:
        return f"({array.shape[0]},)"
    return "×".join(str(length) for length in array.shape)


def number(what: str, value: Any) -> float:
    """Returns a number, which may come as an array of one element.

    Raises `TypeError` for anything else.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{what} is {type(value).__name__} but has to be a real number")
    if array.size != 1:
        raise TypeError(
            f"{what} has shape {array.shape} but has to be one number: "
            "sum it or take its mean before you return it"
        )
    return float(array.reshape(()))


def note_change(problems: list[str], what: str) -> None:
    """Notes once that something is changed in place, as in `loss changes its argument`."""
    problem = f"{what} in place; work on a copy, so that the caller's array is unchanged"
    if problem not in problems:
        problems.append(problem)


class _Point:
    """Arrays in one list, and back."""

    def __init__(self, x: Arrays) -> None:
        self.is_dict = isinstance(x, Mapping)
        named = dict(x) if isinstance(x, Mapping) else {"x": x}
        if not named:
            raise ValueError("x is an empty dictionary: there is nothing to check")
        self.arrays = {str(name): real_array(str(name), array) for name, array in named.items()}
        self.keys = list(named)
        self.flat = np.concatenate([array.ravel() for array in self.arrays.values()])
        if self.flat.size == 0:
            raise ValueError("x has no entries: there is nothing to check")

    def blocks(self) -> list[tuple[str, int, int]]:
        """Returns name, rows and columns of each array; a row is an entry of the first axis."""

        def block(name: str, array: np.ndarray) -> tuple[str, int, int]:
            rows = array.shape[0] if array.ndim > 0 else 1
            return name, rows, array.size // rows if rows else 0

        return [block(name, array) for name, array in self.arrays.items()]

    def structured(self, flat: np.ndarray) -> Any:
        """Returns the list as the user's array or dictionary, as a copy."""
        arrays, first = [], 0
        for array in self.arrays.values():
            part = flat[first : first + array.size]
            arrays.append(part.reshape(array.shape).copy())
            first += array.size
        return dict(zip(self.keys, arrays)) if self.is_dict else arrays[0]

    def _without_d(self, gradient: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns a gradient with the keys dW1, db1, … under the keys W1, b1, …"""
        if set(gradient) == {f"d{key}" for key in self.keys}:
            return {key: gradient[f"d{key}"] for key in self.keys}
        return gradient

    def flat_gradient(self, gradient: Any) -> np.ndarray:
        """Returns a gradient as one list.

        Raises `TypeError` or `ValueError` if its keys or shapes are not those of the arrays.
        """
        if not self.is_dict:
            gradient = {"x": gradient}
            missing, extra = [], []
        elif not isinstance(gradient, Mapping):
            raise TypeError(f"the gradient is {type(gradient).__name__} but x is a dictionary")
        else:
            gradient = self._without_d(gradient)
            missing = [key for key in self.keys if key not in gradient]
            extra = [key for key in gradient if key not in self.keys]
        if missing or extra:
            wrong = [f"lacks {key!r}" for key in missing]
            wrong += [f"has the extra key {key!r}" for key in extra]
            raise ValueError(
                f"the gradient {' and '.join(wrong)}: its keys have to be those of x, {self.keys}"
            )
        parts = []
        for key, (name, array) in zip(self.keys, self.arrays.items()):
            part = real_array(f"the gradient of {name}", gradient[key if self.is_dict else "x"])
            if part.shape != array.shape:
                raise ValueError(
                    f"the gradient of {name} is {shape_text(part)} but {name} is "
                    f"{shape_text(array)}"
                )
            parts.append(part.ravel())
        return np.concatenate(parts)


class _Functions:
    """What the compiled part asks: a loss and a gradient of one list."""

    def __init__(
        self, loss: Callable[[Any], Any], gradient: Callable[[Any], Any], point: _Point
    ) -> None:
        self._loss, self._gradient, self._point = loss, gradient, point
        self.problems: list[str] = []

    def loss(self, flat: np.ndarray) -> float:
        return number("the loss", self._called("loss", self._loss, flat))

    def gradient(self, flat: np.ndarray) -> np.ndarray:
        return self._point.flat_gradient(self._called("gradient", self._gradient, flat))

    def _called(self, name: str, function: Callable[[Any], Any], flat: np.ndarray) -> Any:
        given = self._point.structured(flat)
        answer = function(given)
        arrays = given.values() if self._point.is_dict else [given]
        after = np.concatenate([np.ravel(array) for array in arrays])
        if after.shape != flat.shape or after.tobytes() != flat.tobytes():
            note_change(self.problems, f"{name} changes its argument")
        return answer
