"""The result of a check: a verdict, a text for people, and a dictionary for programs.

Every check except those in `course` returns a `Report`. Nothing is checked here.
"""

from __future__ import annotations

import html
import json
from typing import Any


class CheckFailed(AssertionError):
    """Raised by `Report.assert_ok` when a check did not pass; `report` is the whole report."""

    def __init__(self, report: Report) -> None:
        super().__init__(f"\n{report}")
        self.report = report


class Report:
    """The result of a check.

    `print(report)` shows it. `report.assert_ok()` fails a test unless the check passed.
    `report.to_dict()` is for programs.
    """

    def __init__(self, exit_code: int, text: str, document: str | dict[str, Any]) -> None:
        self.exit_code = exit_code
        """0: nothing is wrong. 2: something is wrong. 3: the check was vacuous or incomplete."""
        self.text = text
        self._document = json.loads(document) if isinstance(document, str) else document

    @property
    def passed(self) -> bool:
        """Whether something was checked and nothing is wrong."""
        return self.exit_code == 0

    def assert_ok(self) -> None:
        """Raises `CheckFailed`, an `AssertionError` with the whole report, unless it passed."""
        __tracebackhide__ = True
        if not self.passed:
            raise CheckFailed(self)

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as a dictionary; `schema` names the version of its fields."""
        return self._document

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        lines = [line for line in self.text.splitlines() if not line.startswith("replay")]
        causes = [line for line in lines if line.startswith("likely cause")]
        shown = (lines[-1:] if self.passed else causes[:1] or lines[:1]) or [""]
        return f"<{type(self).__name__} {'passed' if self.passed else 'failed'}: {shown[0]}>"

    def _repr_html_(self) -> str:
        color = "#1a7f37" if self.passed else "#b42318"
        verdict = "passed" if self.passed else "failed"
        text = html.escape(self.text)
        return (
            f'<p style="color:{color};font-weight:bold;margin:0">{verdict}</p>'
            f'<pre style="white-space:pre-wrap;margin:0">{text}</pre>'
        )
