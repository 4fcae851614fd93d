"""What a user writes, for mypy: the package's types have to fit it. It is never run."""

from typing import Any

import numpy as np

import init_symmetry


def squares(x: Any) -> float:
    return float(np.sum(x**2))


report: init_symmetry.Report = init_symmetry.check_gradient(squares, lambda x: 2 * x, np.ones(3))
report.assert_ok()
fields: dict[str, Any] = report.to_dict()
passed: bool = init_symmetry.lint({"w": np.ones((2, 2))}, fresh=True).passed
course: init_symmetry.course.CourseReport = init_symmetry.course.check({"sigmoid": abs}, seed=1)
