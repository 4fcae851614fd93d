"""Finds the line of a student's function that assigns a variable, by its source.

A line is named only if there is no other that assigns the variable. Start reading at `places_of`.
"""

from __future__ import annotations

import ast
import linecache
import os
from typing import Any, Callable, Iterator, List, Sequence, Tuple

from .names import globals_of, plain

RESULT = "result"
"""Stands for the value of the only `return` of a function."""

SOFTMAX = "the softmax"
"""Stands for the result of the function with that word in its name."""


def places_of(
    function: Callable[..., Any], variables: Sequence[Sequence[str]]
) -> List[str]:
    """Returns "hw.py, line 35: dZ1 = …" for each variable, which may have several names.

    The first name that is assigned in exactly one line counts.
    """
    if any(SOFTMAX in names for names in variables):
        helper = _softmax_of(function)
        found = places_of(helper, [[RESULT]]) if helper is not None else []
        if found:
            return found
    code = function.__code__
    lines = linecache.getlines(code.co_filename)
    body = _definition("".join(lines), code.co_name, code.co_firstlineno)
    if body is None:
        return []
    assigned = list(_assigned(body))
    found = []
    for names in variables:
        for name in names:
            numbers = sorted({line for key, line in assigned if key == plain(name)})
            if len(numbers) == 1:
                found.append(numbers[0])
                break
    where = code.co_filename.strip("<>")
    where = os.path.basename(where) if where == code.co_filename else where
    return [
        f"{where}, line {number}: {lines[number - 1].strip()}" for number in dict.fromkeys(found)
    ]


def _softmax_of(function: Callable[..., Any]) -> Any:
    for name in globals_of(function.__code__):
        called = function.__globals__.get(name)
        if "softmax" in plain(name) and hasattr(called, "__code__"):
            return called
    return None


def _definition(text: str, name: str, line: int) -> Any:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            decorated = [decorator.lineno for decorator in node.decorator_list]
            if line in (node.lineno, *decorated):
                return node
    return None


def _assigned(function: ast.FunctionDef) -> Iterator[Tuple[str, int]]:
    """Yields the plain name of everything that is assigned, with its line.

    The entries of a dict count, by their keys. A `return` of a name is not a place.
    """
    returns = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _targets(target)
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            yield from _targets(node.target)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values):
                # {"dW1": dW1} only passes on what another line computes
                if isinstance(key, ast.Constant) and not isinstance(value, ast.Name):
                    yield plain(str(key.value)), value.lineno
    if len(returns) == 1 and not isinstance(returns[0].value, (ast.Name, ast.Tuple, ast.Dict)):
        yield RESULT, returns[0].lineno


def _targets(target: ast.expr) -> Iterator[Tuple[str, int]]:
    if isinstance(target, ast.Name):
        yield plain(target.id), target.lineno
    elif isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            yield from _targets(part)
    elif isinstance(target, ast.Subscript):
        if isinstance(target.slice, ast.Constant):
            yield plain(str(target.slice.value)), target.lineno
        else:
            # Z[mask] = 0 and grads["dW" + n] = … change something that is not named here
            yield from _targets(target.value)
