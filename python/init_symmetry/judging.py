"""Hands an adapter to the compiled part, which asks and judges, and returns its report."""

from __future__ import annotations

import functools
from typing import Any, Callable, Sequence

import numpy as np

from . import _core
from .declaring import names
from .report import Report


def quietly(request: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a request without NumPy's warnings: extreme questions are asked on purpose.

    NumPy keeps this for each thread, and the compiled part may ask in a thread of its own.
    """

    @functools.wraps(request)
    def asked_quietly(*arguments: Any, **named: Any) -> Any:
        with np.errstate(all="ignore"):
            return request(*arguments, **named)

    return asked_quietly


def judged(
    adapter: Any,
    call: str,
    profile: str | None,
    seed: int | None,
    only: Sequence[str],
    skip: Sequence[str],
    strict: bool,
) -> Report:
    """Returns the report on a network or model; `call` begins the line that replays it.

    Raises `ValueError` for an unknown profile or property, and whatever the subject raises.
    """
    with np.errstate(all="ignore"):  # extreme questions are asked on purpose
        found = _core.check(
            adapter,
            profile=profile,
            seed=seed,
            only=names("only", only),
            skip=names("skip", skip),
            strict=strict,
            call=call,
        )
    return Report(*found)
