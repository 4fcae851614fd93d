"""Loading a subject from a Python file, for `init-symmetry check FILE.py:NAME`.

Start reading at `adapter_of`.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
import traceback
from typing import Any

from .course.names import find
from .network import NetworkAdapter, is_adapter


class LoadingError(ValueError):
    """Raised for a file or a name that cannot be loaded."""


def adapter_of(target: str) -> Any:
    """Returns the adapter of the network or model that `FILE.py:NAME` names.

    Raises `LoadingError` for a file or name that does not exist, and whatever the file raises.
    """
    file, _, name = target.rpartition(":")
    # stdout is for the report, which may be one JSON document; the compiled part writes to it
    sys.stdout = sys.stderr
    found = load(file)
    for part in name.split("."):
        if not hasattr(found, part):
            public = sorted(key for key in vars(found) if not key.startswith("_"))
            raise LoadingError(f"{file} has no {part!r}; it has {', '.join(public) or 'nothing'}")
        found = getattr(found, part)
    if is_adapter(found):
        return found
    try:
        return NetworkAdapter.of(found)
    except (TypeError, ValueError) as error:
        part = part_of_a_homework(file, name)
        if not part:
            raise
        raise LoadingError(part) from error


def part_of_a_homework(file: str, name: str) -> str:
    """Returns what to do if a name is one function of a homework, such as `backward`, or ""."""
    functions = find(vars(sys.modules[_module_name(file)]))
    names = [function for function, _ in functions.values()]
    passes = {"forward", "forward_deep", "backward", "backward_deep", "cost"} & functions.keys()
    if name not in names or len(passes) < 2:
        return ""
    return (
        f"`{name}` is one part of a homework, and {file} has its other parts too: run "
        f"`init-symmetry course {shlex.quote(file)}`, which checks each of them. Or name a "
        "function (parameters, x, y) that returns (loss, gradient)"
    )


def _module_name(file: str) -> str:
    return os.path.splitext(os.path.basename(file))[0]


def load(file: str) -> Any:
    """Runs a Python file as a module, with its folder first on the path.

    Raises `LoadingError` if there is no such file, and whatever the file raises.
    """
    if not os.path.isfile(file):
        raise LoadingError(f"there is no file {file}")
    name = _module_name(file)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise LoadingError(f"{file} cannot be run as Python")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, os.path.dirname(os.path.abspath(file)))
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def told(error: BaseException) -> str:
    """Returns our own exceptions as a sentence, and all others with their traceback."""
    if isinstance(error, LoadingError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    here = os.path.dirname(os.path.abspath(__file__))
    is_ours = not frames or os.path.dirname(os.path.abspath(frames[-1].filename)) == here
    if is_ours and isinstance(error, (TypeError, ValueError)):
        return str(error)
    return "".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip()
