"""Calls a student's function: hides its prints, catches its errors, notes changed arguments.

It judges no number. `KeyboardInterrupt` passes through. Start reading at `call`.
"""

from __future__ import annotations

import contextlib
import copy
import io
import linecache
import re
import warnings
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

import numpy as np

from .compare import shape_name
from .names import CannotBind, bind, role_of


@dataclass
class Outcome:
    """The result of one call: its value, or its error with the line of the student's code."""

    value: Any = None
    error: Optional[BaseException] = None
    line: str = ""
    shapes: Dict[str, str] = field(default_factory=dict)
    unbound: str = ""
    arguments: Dict[str, str] = field(default_factory=dict)
    guessed: List[str] = field(default_factory=list)
    changed: List[str] = field(default_factory=list)
    replaced: List[str] = field(default_factory=list)

    @property
    def raised(self) -> str:
        """The error as a sentence: type, text and line of code."""
        text = f"raises {type(self.error).__name__}: {_first_line(self.error)}"
        return f"{text}, at {self.line}" if self.line else text


def _first_line(error: Optional[BaseException]) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "(no text)"


def call(function: Callable[..., Any], values: Mapping[str, Any], order: List[str]) -> Outcome:
    """Calls `function` with copies of the values that fit its arguments.

    `order` lists the roles for arguments with unknown names, which are `guessed`. `changed` lists
    the arrays that the call changes in place, and `replaced` the entries of dicts that it replaces.
    """
    outcome = Outcome()
    try:
        bound = bind(function, values, order)
    except CannotBind as reason:
        outcome.unbound = str(reason)
        return outcome
    arguments = {name: copy.deepcopy(value) for name, (_, value) in bound.items()}
    outcome.arguments = {name: role for name, (role, _) in bound.items()}
    outcome.guessed = [
        name for name, (role, _) in bound.items() if role_of(name, {role: None}, []) is None
    ]
    before = [(path, array, array.copy()) for path, array in _arrays(arguments)]
    entries = {
        name: dict(value) for name, value in arguments.items() if isinstance(value, dict)
    }
    try:
        with quiet():
            outcome.value = function(**arguments)
    except (Exception, SystemExit) as error:
        outcome.error = error
        outcome.line, outcome.shapes = place_of(error, function)
        # Its frames would keep every array of the student's call in memory.
        error.__traceback__ = None
    outcome.changed = [
        path for path, array, copied in before if array.tobytes() != copied.tobytes()
    ]
    for name, old in entries.items():
        outcome.replaced += [
            f"{name}[{key!r}]" for key in old if arguments[name].get(key) is not old[key]
        ]
    # The returned value may be the argument itself, which the next call must not change.
    outcome.value = _copied(outcome.value)
    return outcome


def _copied(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except (TypeError, ValueError, AttributeError, RecursionError):
        return value


def _arrays(value: Any, path: str = "") -> Iterator[Tuple[str, np.ndarray]]:
    if isinstance(value, np.ndarray):
        yield path, value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _arrays(entry, f"{path}[{key!r}]" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for number, entry in enumerate(value):
            yield from _arrays(entry, f"{path}[{number}]")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hides prints and warnings of the student's code, including floating-point warnings."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield


def place_of(
    error: BaseException, function: Callable[..., Any]
) -> Tuple[str, Dict[str, str]]:
    """Returns "line 12: `code`" for the student's last line in a traceback, and its shapes.

    The shapes are those of the local arrays in that line.
    """
    frame, number = None, 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals is getattr(function, "__globals__", None):
            frame, number = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    if frame is None:
        return "", {}
    filename = frame.f_code.co_filename
    where = f"line {number} of {filename.strip('<>')}" if "<" in filename else f"line {number}"
    text = linecache.getline(filename, number).strip()
    right_side = text.split("=", 1)[-1]
    shapes = {
        name: shape_name(frame.f_locals[name].shape)
        for name in dict.fromkeys(re.findall(r"[A-Za-z_]\w*", right_side))
        if isinstance(frame.f_locals.get(name), np.ndarray)
    }
    return (f"{where}: `{text}`" if text else where), shapes


def bits(value: Any) -> Any:
    """Returns a key that is equal for two values exactly if all their numbers are equal."""
    if isinstance(value, np.ndarray):
        return ("array", value.shape, value.tobytes())
    if isinstance(value, dict):
        return ("dict", tuple((str(key), bits(entry)) for key, entry in value.items()))
    if isinstance(value, (list, tuple)):
        return ("list", tuple(bits(entry) for entry in value))
    if isinstance(value, (bool, int, float, np.generic)):
        return ("number", np.asarray(value).tobytes())
    return ("other", type(value).__name__)
