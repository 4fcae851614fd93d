"""The compiled part. Users call the modules beside it."""

import os
from typing import Any

import numpy as np

__version__: str

class AnswerError(ValueError): ...
class InternalError(Exception): ...

_Report = tuple[int, str, str]

def check_gradient(
    adapter: Any,
    blocks: list[tuple[str, int, int]],
    x: np.ndarray,
    *,
    seed: int | None,
    entries: int | None,
    evaluations: int | None,
    call: str,
) -> _Report: ...
def check(
    adapter: Any,
    *,
    profile: str | None,
    seed: int | None,
    only: list[str],
    skip: list[str],
    strict: bool,
    call: str,
) -> _Report: ...
def reference(
    widths: list[int],
    hidden: str,
    loss: str,
    flat: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    l2: str | None = None,
) -> tuple[float, float, np.ndarray]: ...
def explains(given: np.ndarray, due: np.ndarray, precision: str = "f64") -> bool: ...
def lint_file(
    path: str | os.PathLike[str],
    fresh: bool,
    scheme: str | None,
    select: list[str],
    ignore: list[str],
    strict: bool,
) -> _Report: ...
def lint_tensors(
    name: str,
    tensors: list[tuple[str, list[int], np.ndarray]],
    description: str | None,
    fresh: bool,
    scheme: str | None,
    select: list[str],
    ignore: list[str],
    strict: bool,
) -> _Report: ...
def run_command(arguments: list[str]) -> int: ...
