"""Computes the loss of a batch, and draws further batches from the one that is given.

It knows the forms of a batch, not the module: names, groups and gradients are in `adapter.py`.
Start reading at `LossOfBatch`, then at `Batches`.
"""
from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any, Callable, List, Optional

import torch
from torch.nn.utils.rnn import PackedSequence

FORMS = (
    "(inputs, target), a dictionary of keyword arguments, or anything that loss_fn(model, batch) "
    "accepts"
)


def mapped(function: Callable[[Any], Any], data: Any) -> Any:
    """Returns the same structure with `function` applied to every tensor in it."""
    if isinstance(data, (torch.Tensor, PackedSequence)):
        return function(data)
    if isinstance(data, dict):
        same = copy.copy(data)
        for key, value in data.items():
            same[key] = mapped(function, value)
        return same
    if isinstance(data, Mapping):
        return type(data)({key: mapped(function, value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(mapped(function, value) for value in data))
    if isinstance(data, (tuple, list)):
        return type(data)(mapped(function, value) for value in data)
    return data


def leaves(data: Any) -> List[Any]:
    """Returns the tensors of a structure, in order."""
    found: List[Any] = []

    def note(tensor: Any) -> Any:
        found.append(tensor)
        return tensor

    mapped(note, data)
    return found


def takes_model(loss_fn: Optional[Callable[..., Any]]) -> bool:
    """Returns whether a loss is a function of two arguments, the first of which is named model."""
    if loss_fn is None:
        return False
    try:
        names = list(inspect.signature(loss_fn).parameters)
    except (TypeError, ValueError):  # a built-in without a signature
        return False
    return len(names) == 2 and names[0] == "model"


class LossOfBatch:
    """Computes the loss of a module on a batch, in one of these forms.

    | `loss_fn` | `batch` | computed |
    | --- | --- | --- |
    | two arguments, the first named `model` | anything | `loss_fn(model, batch)` |
    | a function | `(x, y)` | `loss_fn(model(x), y)` |
    | a function | `((x1, x2), y)` | `loss_fn(model(x1, x2), y)` |
    | a function | a dictionary | `loss_fn(model(**batch), batch)` |
    | None | a dictionary, a tuple, a tensor | `model(**batch)`, `model(*batch)`, `model(batch)` |

    Inputs in a dictionary are keyword arguments, a tuple is several arguments, and a list is one
    argument. `loss_fn` gets the output of the model unchanged. Without `loss_fn` the output is the
    loss, or has the loss as `.loss` or under the key "loss".
    """

    def __init__(self, loss_fn: Optional[Callable[..., Any]], batch: Any):
        if batch is None:
            raise ValueError(f"batch is missing: give {FORMS}")
        self.loss_fn = loss_fn
        self.is_opaque = takes_model(loss_fn)
        needs_pair = loss_fn is not None and not self.is_opaque
        if not needs_pair or isinstance(batch, Mapping):
            return
        if not isinstance(batch, (tuple, list)):
            kind = type(batch).__name__
            raise ValueError(f"batch is a {kind}, but loss_fn(output, target) needs {FORMS}")
        if len(batch) != 2:
            raise ValueError(
                f"batch has {len(batch)} parts, but loss_fn(output, target) needs two: put "
                f"several inputs into a tuple, as ((x1, x2), y), or write loss_fn(model, batch)"
            )

    def loss(self, model: torch.nn.Module, batch: Any) -> torch.Tensor:
        """Returns the loss, a tensor with one element.

        Raises ValueError for anything else. Exceptions of the user's code pass through.
        """
        if self.is_opaque:
            return one_number(self.loss_fn(model, batch))
        if self.loss_fn is None:
            return one_number(loss_in(called(model, batch)))
        if isinstance(batch, Mapping):
            return one_number(self.loss_fn(called(model, batch), batch))
        inputs, target = batch
        return one_number(self.loss_fn(called(model, inputs), target))


def called(model: torch.nn.Module, inputs: Any) -> Any:
    """Returns the model's output; a mapping is keyword arguments, a tuple several arguments."""
    if isinstance(inputs, Mapping):
        return model(**inputs)
    if isinstance(inputs, tuple):
        return model(*inputs)
    return model(inputs)


def loss_in(output: Any) -> Any:
    """Returns the loss in the output of a model that computes it itself."""
    if isinstance(output, Mapping) and "loss" in output:
        return output["loss"]
    return getattr(output, "loss", output)


def one_number(loss: Any) -> torch.Tensor:
    """Returns the loss itself if it is a tensor with one element, without its axes.

    Raises ValueError otherwise.
    """
    if not isinstance(loss, torch.Tensor):
        raise ValueError(
            f"the loss is a {type(loss).__name__}, but it has to be a tensor with one element: "
            "return it without .item(), or pass loss_fn"
        )
    if loss.numel() != 1:
        raise ValueError(
            f"the loss has shape {'×'.join(map(str, loss.shape))}, but it has to be one number: "
            "take the mean, or pass loss_fn if this is the output of the model"
        )
    return loss.reshape(())


class Batches:
    """The user's batch as number 0, and others that are drawn from it.

    Batch n has the same number of examples. They are drawn with replacement from those of batch 0
    and keep their order; at least half of them are different. So class labels and token ids stay
    valid, and decreasing lengths stay decreasing. Examples lie along axis 0. If the tensors of a
    batch have different lengths there, or the length is 1, every number gives batch 0.
    """

    MOST_KEPT = 32

    def __init__(self, batch: Any, convert: Callable[[torch.Tensor], torch.Tensor]):
        self.first = mapped(lambda tensor: own(tensor, convert), batch)
        self.examples = examples_of(self.first)
        self.redraws = self.examples is not None and self.examples > 1
        self._kept: dict = {}

    def number(self, number: int, example: Optional[int] = None) -> Any:
        """Returns the data of a batch, or of one of its examples, counted from 0."""
        key = (number, example)
        if key not in self._kept:
            if len(self._kept) >= self.MOST_KEPT:
                self._kept.clear()
            self._kept[key] = self._drawn(number, example)
        return self._kept[key]

    def forget(self) -> None:
        """Drops the kept batches, because a forward pass wrote into its input."""
        self._kept.clear()

    def _drawn(self, number: int, example: Optional[int]) -> Any:
        rows = self._rows(number)
        if example is not None:
            if self.examples is None or not 0 <= example < self.examples:
                raise ValueError(f"there is no example {example} in a batch of {self.examples}")
            rows = torch.arange(self.examples)[example:][:1] if rows is None else rows[example:][:1]
        if rows is None:
            return mapped(lambda tensor: own(tensor, lambda it: it), self.first)
        return mapped(lambda tensor: own(tensor, lambda it: taken(it, rows)), self.first)

    def _rows(self, number: int) -> Optional[torch.Tensor]:
        if number == 0 or not self.redraws:
            return None
        generator = torch.Generator().manual_seed(number)
        least = max(2, self.examples // 2)
        while True:  # about 63 % are different, so that this ends soon
            rows = torch.randint(self.examples, (self.examples,), generator=generator)
            if len(rows.unique()) >= least:
                return rows.sort().values


def own(tensor: Any, change: Callable[[Any], Any]) -> Any:
    """Returns a changed copy that shares no memory; it needs a gradient if the tensor does."""
    if isinstance(tensor, PackedSequence):
        return tensor._replace(data=own(tensor.data, change))
    copied = change(tensor.detach()).clone()
    return copied.requires_grad_() if tensor.requires_grad else copied


def taken(tensor: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Returns some entries of axis 0; a tensor without axes belongs to all examples."""
    return tensor.index_select(0, rows.to(tensor.device)) if tensor.dim() else tensor


def examples_of(batch: Any) -> Optional[int]:
    """Returns the length of axis 0 if all tensors of a batch have the same, else None."""
    lengths = set()
    for tensor in leaves(batch):
        if isinstance(tensor, PackedSequence):
            return None
        if tensor.dim():
            lengths.add(tensor.shape[0])
    return lengths.pop() if len(lengths) == 1 else None
