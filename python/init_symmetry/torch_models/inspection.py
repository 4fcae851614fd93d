"""What is found out about a module before the judge asks: arithmetic, state, examples.

What cannot be checked is a ValueError; what is odd is a remark. Nothing here judges a gradient.
Start reading at `working_module`, then at `inspect`.
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

MOST_EXAMPLES = 64  # a batch with more is not asked for single examples,
MOST_NUMBERS = 2_000_000  # nor is one where parameters times examples are more


def working_module(
    found: nn.Module, form: LossOfBatch, batch: Any, notes: Notes
) -> WorkingModule:
    """The module in float64 where it runs so, otherwise in its own dtype.

    What the user's code raises in the model's own dtype passes through.
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
            f"the model computes in {own_dtype}, which is too coarse to check a gradient in, and "
            f"float64 failed: {first_line(failure)}"
        ) from failure
    notes.remark(
        f"the model does not run in float64 ({first_line(failure)}), so it was checked in "
        f"{own_dtype}, where rounding hides smaller errors of a gradient"
    )
    return working


def running(
    found: nn.Module, form: LossOfBatch, batch: Any, dtype: torch.dtype, notes: Notes
) -> WorkingModule:
    """A working module that has answered once.

    A copy does where the loss is computed from the copy alone. Hooks of parameters are not copied,
    and a loss_fn may hold the model itself, as for a penalty: then the module itself is used.
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
    """Raises ValueError where the loss of the model as found cannot be checked."""
    loss = working.forward(working.own, 0)
    if not loss.requires_grad:
        raise ValueError(
            "the loss does not depend on the parameters through autograd: .detach(), .item() or "
            "torch.no_grad()?"
        )
    if not bool(torch.isfinite(loss)):
        raise ValueError(
            f"the loss is {float(loss.detach())} at the model's own parameters: check the batch "
            "for NaN, and log, sqrt and divisions for arguments at 0"
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
                "log and norms for arguments at 0"
            )


def precision_of(working: WorkingModule) -> str:
    """The precision of the answers, "f64" or "f32", as docs/PROTOCOL.md names them.

    Raises ValueError where a part computes in half precision.
    """
    if working.dtype != torch.float64:
        return "f32"
    try:
        narrow = narrowed_to(lambda: working.backward(working.forward(working.own, 0)))
    except Exception:  # some extensions cannot be observed; the judge still sees coarse answers
        return "f64"
    if narrow & NARROW:
        raise ValueError(
            f"a part of forward() computes in {sorted(map(str, narrow & NARROW))[0]}, which is "
            "too coarse to check a gradient in: switch autocast off for this check"
        )
    if not narrow:
        return "f64"
    working.notes.remark(
        "a part of forward() computes in float32 even where the model is float64 (.float() or "
        "dtype=torch.float32), so the model was judged by the rounding of float32"
    )
    return "f32"


def look_at_drawn_batches(working: WorkingModule) -> None:
    """Keeps to the user's batch where one that is drawn from it is no valid batch."""
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
            f"a batch of examples drawn with replacement failed ({failure}), so that every "
            "question was asked of the batch given"
        )


def look_at_buffers(working: WorkingModule) -> None:
    """Says so where buffers that a forward pass writes change the next loss."""
    before = float(working.forward(working.own, 0).detach())
    changed = working.buffers.changed()
    if not changed or float(working.forward_again(0).detach()) == before:
        return
    names = {id(module): name for name, module in working.modules}
    places = ", ".join(f"{names[id(it)]}.{name}".lstrip(".") for it, name in changed)
    working.notes.remark(
        f"forward() keeps a state in {places} that changes the next loss; it was put back before "
        "each question"
    )


def look_at_points(working: WorkingModule, points: Sequence[Point]) -> None:
    """Raises ValueError where the loss exists only near the parameters as found."""
    for parameters, batch in points:
        value = float(working.forward(parameters, batch).detach())
        if not np.isfinite(value):
            raise ValueError(
                f"the loss is {value} at randomly drawn parameters, but finite at the model's "
                "own: give start=, a function that builds a fresh model, and parameters near "
                "those are drawn"
            )


def independent_examples(
    working: WorkingModule, points: Sequence[Point], eps: float
) -> Optional[int]:
    """How many examples a batch has, if its loss looks like the mean of theirs.

    This only decides whether single examples are offered; whether the gradient is their mean is
    judged later, with a bound of the rounding.
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
            except Exception:  # some modules refuse a batch of one: then none is offered
                return None
        whole = float(working.forward(parameters, batch).detach())
        if not equal_up_to_rounding(whole, sum(losses) / m, eps):
            return None
    return m


def examples_meet(working: WorkingModule) -> bool:
    """Whether examples share batch statistics, or random numbers such as a dropout mask."""
    batch_norm = nn.modules.batchnorm._BatchNorm
    if any(it.training and isinstance(it, batch_norm) for _, it in working.modules):
        return True
    first, again, other = (
        float(working.forward(working.own, 0, seed=seed).detach()) for seed in (0, 0, 1)
    )
    if first != again:  # a state that is kept between calls; the judge says so
        return True
    if first == other:
        return False
    working.notes.remark(
        "the loss draws random numbers (dropout in train mode?): they were drawn from the number "
        "of the batch; after model.eval() unit groups and single examples are checked too"
    )
    return True


def check_modules(model: nn.Module) -> None:
    """Raises ValueError for a module whose gradient is not meant to be that of its loss."""
    for name, module in model.named_modules():
        hooks = [type(it).__name__ for it in module._forward_pre_hooks.values()]
        kinds: Tuple[str, ...] = (type(module).__name__, *hooks)
        if module.training and ("_SpectralNorm" in kinds or "SpectralNorm" in kinds):
            raise ValueError(
                f"{name} has spectral norm in train mode: each forward pass moves its singular "
                "vectors, and its gradient takes them as constants; call model.eval() first"
            )
