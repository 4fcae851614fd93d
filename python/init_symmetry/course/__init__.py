"""Checks the functions of an introductory deep-learning course, which it finds by their names.

It names the wrong function and the wrong part of its formula. It does not correct code and does
not read classes. Start reading at `checker.check`.
"""

from __future__ import annotations

from .checker import check
from .load import Loaded, LoadError, load_notebook, load_python
from .process import main
from .report import CourseError, CourseReport, FunctionReport

__all__ = [
    "CourseError",
    "CourseReport",
    "FunctionReport",
    "LoadError",
    "Loaded",
    "check",
    "load_notebook",
    "load_python",
    "main",
]
