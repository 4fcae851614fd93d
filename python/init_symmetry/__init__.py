"""Test hand-written backpropagation, and find broken weight initialisation.

Start with `check_gradient` for any gradient, `check` for your own network, `check_model` for a
PyTorch module, or `lint` for the weights of a model or checkpoint. Each returns a `Report`.
`course.check` tests the functions of a course exercise.
"""

from . import course
from ._core import AnswerError, InternalError, __version__
from .gradient import check_gradient
from .lint import lint
from .model import ArrayModel, check_model
from .network import check
from .report import CheckFailed, Report
from .serve import serve

__all__ = [
    "AnswerError",
    "ArrayModel",
    "CheckFailed",
    "InternalError",
    "Report",
    "__version__",
    "check",
    "check_gradient",
    "check_model",
    "course",
    "lint",
    "serve",
]
