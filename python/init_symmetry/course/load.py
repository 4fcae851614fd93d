"""Loads a student's .py or .ipynb file: only its definitions, unless `run` is set.

A statement that fails is skipped and noted, and the rest is run. It judges nothing. Start reading
at `load_python`.

    for each statement: run it if it is a definition (import, def, class, simple assignment)
        or if `run` is set; note which statements failed and which were left out
"""

from __future__ import annotations

import ast
import builtins
import json
import linecache
import os
import sys
from dataclasses import dataclass, field
from typing import Any, Dict, List, Tuple

from .calls import quiet
from .helpers import provided

# Calls that a simple assignment may contain: they make constants and random generators.
CONSTANT_CALLS = {
    "int", "float", "str", "bool", "list", "tuple", "dict", "set", "range", "len", "abs", "max",
    "min", "round", "complex",
}
CONSTANT_MODULES = {"np", "numpy", "math"}


class LoadError(ValueError):
    """Raised if a file cannot be read as a solution; the text says why."""


@dataclass
class Loaded:
    """A namespace, and notes of what happened while it was filled."""

    namespace: Dict[str, Any]
    notes: List[str] = field(default_factory=list)
    left_out: List[str] = field(default_factory=list)

    def all_notes(self) -> List[str]:
        """Returns the notes, and one line for all statements that were not run."""
        if not self.left_out:
            return self.notes
        places = ", ".join(self.left_out[:6]) + (", …" if len(self.left_out) > 6 else "")
        return [*self.notes, f"only definitions were run; left out: {places} (--run runs all)"]


def load(path: str, run: bool = False) -> Loaded:
    """Loads a .py or an .ipynb file. Raises `LoadError` if it is neither."""
    if path.lower().endswith(".ipynb"):
        return load_notebook(path, run)
    return load_python(path, run)


def load_python(path: str, run: bool = False) -> Loaded:
    """Runs a .py file statement by statement in a fresh namespace.

    Without `run` only imports, functions, classes and simple assignments are run. Raises
    `LoadError` for a file that is missing, is not text, or is not Python.
    """
    text = _text(path)
    loaded = _fresh(path)
    try:
        statements = ast.parse(text, filename=path).body
    except (SyntaxError, ValueError) as error:
        raise LoadError(_syntax(os.path.basename(path), error)) from None
    _remember(path, text)
    _run(loaded, statements, path, "", run)
    return loaded


def load_notebook(path: str, run: bool = False) -> Loaded:
    """Runs the code cells of a notebook of format 3 or 4 in a fresh namespace.

    Without `run` only imports, functions, classes and simple assignments are run. Raises
    `LoadError` for a file that is missing or is not a notebook.
    """
    text = _text(path)
    cells = _cells(text, os.path.basename(path))
    loaded = _fresh(path)
    for number, source in enumerate(cells, start=1):
        source = without_magics(source)
        filename = f"<cell {number}>"
        try:
            statements = ast.parse(source, filename=filename).body
        except (SyntaxError, ValueError) as error:
            loaded.notes.append(f"{_syntax(f'code cell {number}', error)}; the cell is skipped")
            continue
        _remember(filename, source)
        _run(loaded, statements, filename, f"code cell {number}, ", run)
    return loaded


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except UnicodeDecodeError:
        raise LoadError(f"{path} is not a text file (UTF-8)") from None
    except OSError as error:
        raise LoadError(f"{path} cannot be read: {error.strerror}") from None
    if "\0" in text:
        raise LoadError(f"{path} is not a text file: it contains NUL bytes")
    return text


def _syntax(where: str, error: Exception) -> str:
    if not isinstance(error, SyntaxError):
        return f"{where} is not Python: {error}"
    code = (error.text or "").strip()
    shown = f": `{code}`" if code else ""
    return f"{where}, line {error.lineno} is not Python ({error.msg}){shown}"


def _fresh(path: str) -> Loaded:
    folder = os.path.dirname(os.path.abspath(path))
    if folder not in sys.path:
        # A solution may import modules from its own folder.
        sys.path.insert(0, folder)
    return Loaded({"__name__": "solution", "__builtins__": builtins, "__file__": path})


def _remember(filename: str, text: str) -> None:
    """Lets error messages show the lines of a source that is not a file, such as a cell."""
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)


def _cells(text: str, name: str) -> List[str]:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{name} is not a notebook: it is not JSON ({error})") from None
    if not isinstance(notebook, dict):
        raise LoadError(f"{name} is not a notebook: it has no cells")
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in sheet.get("cells", [])]
    if not isinstance(cells, list):
        raise LoadError(f"{name} is not a notebook: it has no list of cells")
    sources = []
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            sources.append("".join(map(str, source)) if isinstance(source, list) else str(source))
    if not sources:
        raise LoadError(f"{name} has no code cells")
    return sources


def without_magics(source: str) -> str:
    """Returns a cell without the lines that only IPython understands.

    The number of lines stays the same. A cell that starts with %% becomes empty, unless its body is
    Python.
    """
    lines = source.split("\n")
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%") and first.split()[0] not in ("%%time", "%%timeit", "%%capture"):
        return "\n".join("#" for _ in lines)
    return "\n".join(_without_magic(line) for line in lines)


def _without_magic(line: str) -> str:
    bare = line.strip()
    if bare.startswith(("%", "!", "?")) or (bare.endswith("?") and "#" not in bare):
        # `pass` keeps a block that has no other statement.
        return line[: len(line) - len(line.lstrip())] + "pass"
    return line


def _run(
    loaded: Loaded, statements: List[ast.stmt], filename: str, where: str, everything: bool
) -> None:
    for statement in statements:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.Pass):
            continue
        if not everything and not is_definition(statement):
            _leave_out(loaded, f"{where}{_lines(statement)}")
            continue
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            continue
        _run_one(loaded, statement, filename, where)


def _leave_out(loaded: Loaded, place: str) -> None:
    loaded.left_out.append(place)


def _lines(statement: ast.stmt) -> str:
    first, last = statement.lineno, statement.end_lineno or statement.lineno
    return f"line {first}" if first == last else f"lines {first}-{last}"


def _run_one(loaded: Loaded, statement: ast.stmt, filename: str, where: str) -> None:
    code = compile(ast.Module([statement], []), filename, "exec", dont_inherit=True)
    try:
        with quiet():
            exec(code, loaded.namespace)
    except ImportError as error:
        reason = _import(loaded, statement, error)
        loaded.notes.append(f"{where}{_lines(statement)} skipped: {reason}")
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {error}".split("\n")[0]
        loaded.notes.append(f"{where}{_lines(statement)} skipped: {reason}")


def _import(loaded: Loaded, statement: ast.stmt, error: ImportError) -> str:
    """Provides the helpers of a missing module; says what is missing and what was provided."""
    reason = str(error).split("\n")[0]
    if not isinstance(statement, ast.ImportFrom):
        return reason
    names = tuple(alias.name for alias in statement.names)
    tests = "test" in (statement.module or "").lower()
    found = {} if tests else provided(statement.module or "", names)
    if not found:
        return reason
    for alias in statement.names:
        if alias.name in found:
            loaded.namespace[alias.asname or alias.name] = found[alias.name]
    if names == ("*",):
        for name, function in found.items():
            loaded.namespace.setdefault(name, function)
    return f"{reason}; correct versions of {', '.join(found)} were used instead"


def is_definition(statement: ast.stmt) -> bool:
    """Returns whether a statement is an import, def, class, or assignment of constants."""
    if isinstance(
        statement,
        (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef),
    ):
        return True
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return statement.value is not None and is_constant(statement.value)
    if isinstance(statement, ast.Try):
        parts = [*statement.body, *statement.orelse, *statement.finalbody]
        for handler in statement.handlers:
            parts += handler.body
        return all(isinstance(part, ast.Pass) or is_definition(part) for part in parts)
    return False


def is_constant(value: ast.expr) -> bool:
    """Returns whether an expression is quick and has no side effects: no calls of own functions."""
    if isinstance(value, ast.Lambda):
        return True
    for node in ast.walk(value):
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)):
            return False
        if isinstance(node, ast.Call) and not _is_constant_call(node.func):
            return False
    return True


def _is_constant_call(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in CONSTANT_CALLS
    root: ast.expr = function
    names: Tuple[str, ...] = ()
    while isinstance(root, ast.Attribute):
        names = (root.attr, *names)
        root = root.value
    if not (isinstance(root, ast.Name) and root.id in CONSTANT_MODULES):
        return False
    # A simple assignment does not open files.
    return not any(name.startswith(("load", "genfromtxt", "save", "fromfile")) for name in names)
