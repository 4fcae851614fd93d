"""Unit groups in NumPy: renumbers and scales units, and tests whether a group is a symmetry.

It only selects groups and gives no verdict: the compiled part tests every selected group again,
with a rounding bound. Start reading at `Search.accepts`.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

Shapes = Dict[str, Tuple[int, ...]]
Point = Tuple[np.ndarray, int]

# The search for groups treats two losses as equal if they differ by at most this many roundings. A
# forward pass with another order of summation differs by far less, and a wrong renumbering at
# random parameters by far more. After a wrong guess, one property is not checked.
ROUNDINGS = 2.0**12

# A change of the loss has to be larger by this factor to show that a test could have failed.
CLEARLY = 16.0


def equal_up_to_rounding(one: float, other: float, eps: float) -> bool:
    """Returns whether another order of summation can explain the difference of two losses."""
    return abs(one - other) <= ROUNDINGS * eps * max(1.0, abs(other))


@dataclass(frozen=True)
class Axis:
    """An axis of a tensor that has entries for each unit, as in docs/PROTOCOL.md."""

    tensor: str
    axis: int
    repeats: int = 1
    each: int = 1
    first: Optional[int] = None
    outgoing: bool = False

    def part(self, units: int) -> Tuple[int, int]:
        """Returns where the units begin and end on the axis."""
        first = self.first or 0
        return first, first + units * self.repeats * self.each

    def source(self, length: int, order: np.ndarray) -> np.ndarray:
        """Returns the old place of each entry when new unit u is the old unit order[u]."""
        begin, end = self.part(len(order))
        places = np.arange(length)
        blocks = places[begin:end].reshape(self.repeats, len(order), self.each)
        places[begin:end] = blocks[:, order, :].ravel()
        return places

    def factors(self, length: int, factors: np.ndarray) -> np.ndarray:
        """Returns the factor of each entry of the axis, given one for each unit."""
        begin, end = self.part(len(factors))
        all_factors = np.ones(length)
        all_factors[begin:end] = np.tile(np.repeat(factors, self.each), self.repeats)
        return all_factors

    def as_dict(self) -> Dict[str, Any]:
        """Returns the axis in the form of docs/PROTOCOL.md."""
        fields: Dict[str, Any] = {"tensor": self.tensor, "axis": self.axis}
        for name, value in (("repeats", self.repeats), ("each", self.each)):
            if value != 1:
                fields[name] = value
        if self.first is not None:
            fields["first"] = self.first
        if self.outgoing:
            fields["outgoing"] = True
        return fields


@dataclass(frozen=True)
class Group:
    """A number of units, and the axes with entries for each unit."""

    name: str
    units: int
    axes: Tuple[Axis, ...]
    homogeneous: bool = False

    def as_dict(self) -> Dict[str, Any]:
        """Returns the group in the form of `hello`."""
        axes = [axis.as_dict() for axis in self.axes]
        fields: Dict[str, Any] = {"name": self.name, "units": self.units, "axes": axes}
        if self.homogeneous:
            fields["homogeneous"] = True
        return fields

    def fits(self, shapes: Shapes) -> bool:
        """Returns whether the tensors have these axes, and the units fill them."""
        for it in self.axes:
            shape = shapes.get(it.tensor)
            if shape is None or it.axis >= len(shape):
                return False
            end = it.part(self.units)[1]
            if end > shape[it.axis] or (it.first is None and end != shape[it.axis]):
                return False
        return self.units > 1 and bool(self.axes)

    def overlaps(self, other: Group) -> bool:
        """Returns whether two groups use the same entries of an axis."""
        for it in self.axes:
            for that in other.axes:
                if (it.tensor, it.axis) != (that.tensor, that.axis):
                    continue
                begin, end = it.part(self.units)
                other_begin, other_end = that.part(other.units)
                if begin < other_end and other_begin < end:
                    return True
        return False


def drawn(shapes: Shapes, seed: int) -> np.ndarray:
    """Returns random parameters of the usual initial size, drawn as in the compiled part."""
    random = np.random.default_rng(seed)
    parts = []
    for shape in shapes.values():
        inputs = max(1, int(np.prod(shape[1:], dtype=np.int64)))
        scale = 2.0 ** -round(np.log2(inputs) / 2) if len(shape) > 1 else 0.5
        sizes = random.integers(1, 65, size=int(np.prod(shape, dtype=np.int64))) / 64.0
        parts.append(np.where(random.random(sizes.shape) < 0.5, -sizes, sizes) * scale)
    return np.concatenate(parts)


def tensors_in(shapes: Shapes, flat: np.ndarray) -> Dict[str, np.ndarray]:
    """Returns the list of parameters as arrays by name."""
    sizes = [int(np.prod(shape, dtype=np.int64)) for shape in shapes.values()]
    parts = np.split(flat, np.cumsum(sizes)[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts)}


def joined(tensors: Dict[str, np.ndarray]) -> np.ndarray:
    """Returns arrays by name as one list."""
    return np.concatenate([tensor.ravel() for tensor in tensors.values()])


def renumbered(shapes: Shapes, flat: np.ndarray, group: Group, order: np.ndarray) -> np.ndarray:
    """Returns the parameters with the units of a group in another order, along all axes at once."""
    tensors = tensors_in(shapes, flat)
    for it in group.axes:
        tensor = tensors[it.tensor]
        places = it.source(tensor.shape[it.axis], order)
        tensors[it.tensor] = np.take(tensor, places, axis=it.axis)
    return joined(tensors)


def scaled(shapes: Shapes, flat: np.ndarray, group: Group, factors: np.ndarray) -> np.ndarray:
    """Returns the parameters with incoming weights multiplied, and outgoing divided, by factors."""
    tensors = tensors_in(shapes, flat)
    for it in group.axes:
        tensor = tensors[it.tensor]
        along = [1] * tensor.ndim
        along[it.axis] = -1
        of_units = 1.0 / factors if it.outgoing else factors
        tensors[it.tensor] = tensor * it.factors(tensor.shape[it.axis], of_units).reshape(along)
    return joined(tensors)


class Search:
    """Tests candidates at random parameters and keeps those that are symmetries of the loss."""

    FEW_PARAMETERS = 100_000  # the compiled part also asks larger models less
    MOST_OF_FEW, MOST_OF_MANY = 2000, 200  # evaluations

    def __init__(
        self,
        shapes: Shapes,
        loss: Callable[[np.ndarray, int], float],
        points: Sequence[Point],
        eps: float,
    ):
        self.shapes = shapes
        self.groups: List[Group] = []
        self._loss = loss
        self._eps = eps
        self._points = [(flat, batch, loss(flat, batch)) for flat, batch in points]
        self._evaluations = 0
        count = sum(int(np.prod(shape, dtype=np.int64)) for shape in shapes.values())
        self.most = self.MOST_OF_FEW if count <= self.FEW_PARAMETERS else self.MOST_OF_MANY
        self.is_exhausted = False
        self._tried: set = set()

    def accepts(self, group: Group) -> bool:
        """Keeps a candidate that is a symmetry and overlaps no accepted group; returns whether."""
        key = (group.units, frozenset(group.axes))
        if key in self._tried or not group.fits(self.shapes):
            return False
        if any(group.overlaps(other) for other in self.groups):
            return False
        if self._evaluations >= self.most:
            self.is_exhausted = True
            return False
        self._tried.add(key)
        if not self._is_symmetry(group):
            return False
        self.groups.append(replace(group, homogeneous=self._is_homogeneous(group)))
        return True

    def is_free(self, axis: Axis, units: int) -> bool:
        """Returns whether no accepted group uses these entries."""
        alone = Group("", units, (axis,))
        return not any(alone.overlaps(other) for other in self.groups)

    def _is_symmetry(self, group: Group) -> bool:
        """Returns whether the whole group keeps the loss, and a part of it does not."""
        if not self._leaves(lambda flat, order: renumbered(self.shapes, flat, group, order), group):
            return False
        return all(
            self._changes(lambda flat, order: renumbered(self.shapes, flat, part, order), group)
            for part in incomplete(group)
        )

    def _is_homogeneous(self, group: Group) -> bool:
        """Returns whether scaling by powers of 2, which is exact, keeps the loss."""
        if not any(it.outgoing for it in group.axes) or all(it.outgoing for it in group.axes):
            return False

        def whole(flat: np.ndarray, order: np.ndarray) -> np.ndarray:
            return scaled(self.shapes, flat, group, 2.0 ** (1 + order % 2))

        def half(flat: np.ndarray, order: np.ndarray) -> np.ndarray:
            incoming = replace(group, axes=tuple(it for it in group.axes if not it.outgoing))
            return scaled(self.shapes, flat, incoming, 2.0 ** (1 + order % 2))

        return self._leaves(whole, group) and self._changes(half, group)

    def _leaves(self, change: Callable[..., np.ndarray], group: Group) -> bool:
        for flat, batch, before in self._points:
            self._evaluations += 1
            after = self._loss(change(flat, order_of(group.units)), batch)
            if not equal_up_to_rounding(after, before, self._eps):
                return False
        return True

    def _changes(self, change: Callable[..., np.ndarray], group: Group) -> bool:
        for flat, batch, before in self._points:
            self._evaluations += 1
            after = self._loss(change(flat, order_of(group.units)), batch)
            if not equal_up_to_rounding(after, before, CLEARLY * self._eps):
                return True
        return False


def incomplete(group: Group) -> List[Group]:
    """Returns parts of a group that must not be symmetries, or the test shows nothing."""
    incoming = tuple(it for it in group.axes if not it.outgoing)
    if 0 < len(incoming) < len(group.axes):
        return [replace(group, axes=incoming)]
    weights = group.axes[:1]
    return [replace(group, axes=weights)] if len(group.axes) > 1 else [group]


def order_of(units: int) -> np.ndarray:
    """Returns a fixed order of units in which none keeps its place."""
    order = np.random.default_rng(units).permutation(units)
    moved = np.empty(units, dtype=int)
    moved[order] = np.roll(order, 1)
    return moved
