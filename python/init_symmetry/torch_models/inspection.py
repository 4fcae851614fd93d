"""Inspects a module before it is checked: its precision, its state and its examples.

It raises ValueError for a module that cannot be checked, and notes a remark for unusual behaviour.
It judges no gradient. Start reading at `working_module`, then `TorchModel.inspect` in `adapter.py`.
"""
from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import torch
from torch import nn

from init_symmetry.torch_models.batches import LossOfBatch
from init_symmetry.torch_models.names import Parameters
from init_symmetry.torch_models.precision import NARROW, narrowed_to
from init_symmetry.torch_models.search import Point, equal_up_to_rounding
from init_symmetry.torch_models.working import Notes, WorkingModule, first_line, reached

MOST_EXAMPLES = 64  # single examples of a larger batch are not checked,
MOST_NUMBERS = 2_000_000  # nor if parameters times examples are more than this


def working_module(
    found: nn.Module, form: LossOfBatch, batch: Any, notes: Notes
) -> WorkingModule:
    """Returns the module in float64 if it runs in float64, otherwise in its own dtype.

    Exceptions of the user's code in the model's own dtype pass through.
    """
    parameters = Parameters.of(found).tensors
    own_dtype = parameters[0].dtype
    if own_dtype == torch.float64:
        return running(found, form, batch, own_dtype, notes)
    try:
        working = running(found, form, batch, torch.float64, notes)
        if own_dtype in NARROW:
            notes.remark(f"the model is {own_dtype}; it was checked in float64")
        return working
    except Exception as error:  # the user's code may raise anything; its own dtype decides
        failure = error
    working = running(found, form, batch, own_dtype, notes)
    if own_dtype in NARROW:
        working.restore()
        raise ValueError(
            f"the model computes in {own_dtype}, which is too coarse for checking a gradient, and "
            f"it does not run in float64: {first_line(failure)}"
        ) from failure
    notes.remark(
        f"the model does not run in float64 ({first_line(failure)}), so it was checked in "
        f"{own_dtype}, in which rounding hides small errors of a gradient"
    )
    return working


def running(
    found: nn.Module, form: LossOfBatch, batch: Any, dtype: torch.dtype, notes: Notes
) -> WorkingModule:
    """Returns a working module that has computed its loss once.

    It is a copy if the loss depends on the copy alone. Otherwise the module itself is used: hooks
    of parameters are not copied, and a loss_fn may use the model itself, as for a penalty.
    """
    has_hooks = any(it._backward_hooks for it in found.parameters())
    working = WorkingModule(found, form, batch, dtype, not has_hooks, notes)
    try:
        loss = working.forward(working.own, 0)
        originals = {id(it) for it in found.parameters()}
        if not working.is_copy or not reached(loss) & originals:
            return working
    except BaseException:
        working.restore()
        raise
    working.restore()
    working = WorkingModule(found, form, batch, dtype, False, notes)
    try:
        working.forward(working.own, 0)
    except BaseException:
        working.restore()
        raise
    return working


def look_at_own(working: WorkingModule) -> None:
    """Raises ValueError if the loss at the model's own parameters cannot be checked."""
    loss = working.forward(working.own, 0)
    if not loss.requires_grad:
        raise ValueError(
            "the loss does not depend on the parameters through autograd: does the code call "
            ".detach(), .item() or torch.no_grad()?"
        )
    if not bool(torch.isfinite(loss)):
        raise ValueError(
            f"the loss is {float(loss.detach())} at the model's own parameters: check the batch "
            "for NaN, and log, sqrt and divisions for arguments that are 0"
        )
    working.backward(loss)
    for name, parameter in zip(working.parameters.names, working.parameters.tensors):
        grad = parameter.grad
        if grad is None:
            working.notes.remark(f"{name} gets no gradient from this loss")
            continue
        values = grad if grad.layout == torch.strided else grad.to_dense()
        if not bool(torch.isfinite(values).all()):
            working.notes.problem(
                f"the gradient of {name} is not finite at the model's own parameters: check sqrt, "
                "log and norms for arguments that are 0"
            )


def precision_of(working: WorkingModule) -> str:
    """Returns the precision of the answers, "f64" or "f32", as docs/PROTOCOL.md names them.

    Raises ValueError if a part of the model computes in half precision.
    """
    if working.dtype != torch.float64:
        return "f32"
    try:
        narrow = narrowed_to(lambda: working.backward(working.forward(working.own, 0)))
    except Exception:  # some extensions cannot be observed; coarse answers still show later
        return "f64"
    if narrow & NARROW:
        raise ValueError(
            f"a part of forward() computes in {sorted(map(str, narrow & NARROW))[0]}, which is "
            "too coarse for checking a gradient: switch autocast off for this check"
        )
    if not narrow:
        return "f64"
    working.notes.remark(
        "a part of forward() computes in float32 even where the model is float64 (.float() or "
        "dtype=torch.float32), so the tolerance is that of float32"
    )
    return "f32"


def look_at_drawn_batches(working: WorkingModule) -> None:
    """Uses only the user's batch if a batch drawn from it is not valid."""
    if not working.batches.redraws:
        return
    try:
        loss = working.forward(working.own, 1)
        failure = "" if bool(torch.isfinite(loss)) else f"its loss is {float(loss.detach())}"
    except Exception as error:  # the user's code may raise anything
        failure = first_line(error)
    if failure:
        working.batches.redraws = False
        working.batches.forget()
        working.notes.remark(
            f"a batch of examples drawn with replacement failed ({failure}), so only the given "
            "batch was used"
        )


def look_at_buffers(working: WorkingModule) -> None:
    """Notes a remark if a forward pass writes buffers that change the next loss."""
    before = float(working.forward(working.own, 0).detach())
    changed = working.buffers.changed()
    if not changed or float(working.forward_again(0).detach()) == before:
        return
    names = {id(module): name for name, module in working.modules}
    places = ", ".join(f"{names[id(it)]}.{name}".lstrip(".") for it, name in changed)
    working.notes.remark(
        f"forward() keeps a state in {places} that changes the next loss; the state was reset "
        "before each evaluation"
    )


def look_at_points(working: WorkingModule, points: Sequence[Point]) -> None:
    """Raises ValueError if the loss is finite only near the model's own parameters."""
    for parameters, batch in points:
        value = float(working.forward(parameters, batch).detach())
        if not np.isfinite(value):
            raise ValueError(
                f"the loss is {value} at random parameters, but finite at the model's own: give "
                "start=, a function that builds a fresh model; then parameters near its start "
                "are used"
            )


def independent_examples(
    working: WorkingModule, points: Sequence[Point], eps: float
) -> Optional[int]:
    """Returns how many examples a batch has, if its loss looks like their mean loss.

    This only decides whether single examples can be checked. Whether the gradient is their mean is
    judged later, with a rounding bound.
    """
    m = working.batches.examples
    meet = examples_meet(working)
    if meet or m is None or not 2 <= m <= MOST_EXAMPLES or m * len(working.own) > MOST_NUMBERS:
        return None
    for parameters, batch in points:
        losses: List[float] = []
        for example in range(m):
            try:
                losses.append(float(working.forward(parameters, batch, example).detach()))
            except Exception:  # some modules refuse a batch of one
                return None
        whole = float(working.forward(parameters, batch).detach())
        if not equal_up_to_rounding(whole, sum(losses) / m, eps):
            return None
    return m


def examples_meet(working: WorkingModule) -> bool:
    """Returns whether examples share batch statistics, or random numbers such as a dropout mask."""
    batch_norm = nn.modules.batchnorm._BatchNorm
    if any(it.training and isinstance(it, batch_norm) for _, it in working.modules):
        return True
    first, again, other = (
        float(working.forward(working.own, 0, seed=seed).detach()) for seed in (0, 0, 1)
    )
    if first != again:  # a state that is kept between calls; the report says so
        return True
    if first == other:
        return False
    working.notes.remark(
        "the loss uses random numbers (dropout in train mode?), so they were seeded with the batch "
        "number; after model.eval() unit groups and single examples are checked too"
    )
    return True


def check_modules(model: nn.Module) -> None:
    """Raises ValueError for a module whose gradient is approximate on purpose."""
    for name, module in model.named_modules():
        hooks = [type(it).__name__ for it in module._forward_pre_hooks.values()]
        kinds: Tuple[str, ...] = (type(module).__name__, *hooks)
        if module.training and ("_SpectralNorm" in kinds or "SpectralNorm" in kinds):
            raise ValueError(
                f"{name} has spectral norm in train mode: each forward pass changes its singular "
                "vectors, but its gradient treats them as constants; call model.eval() first"
            )
