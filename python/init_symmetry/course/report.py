"""The results of the course mode, function by function, and their texts.

It computes nothing. Start reading at `CourseReport`.
"""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Optional

SCHEMA = "init-symmetry/course/1"

RIGHT, WRONG, RAISES = "right", "wrong", "raises"
NOT_FOUND, NOT_CHECKED = "not found", "not checked"

UNKNOWN_FORM = (
    "this looks like a softmax classifier in a form that `course` does not know; use "
    "`init-symmetry check FILE.py:NAME` with a function (parameters, x, y) that returns (loss, "
    "gradient)"
)


UNKNOWN_NAMES = "may not be understood; name them as usual, such as A1 or cache"


@dataclass
class FunctionReport:
    """The result for one function.

    `causes` are sentences, the likeliest first. `faults` are names in init-symmetry's catalogue of
    faults. `case` is a small case with both numbers. `remarks` do not make a function wrong.
    `places` are the lines of the wrong formulas, if they are known.
    """

    name: str
    verdict: str
    causes: List[str] = field(default_factory=list)
    faults: List[str] = field(default_factory=list)
    case: str = ""
    remarks: List[str] = field(default_factory=list)
    places: List[str] = field(default_factory=list)
    explained: bool = field(default=False, repr=False)

    @property
    def failed(self) -> bool:
        """Whether the function is wrong or raises."""
        return self.verdict in (WRONG, RAISES)

    def lines(self) -> List[str]:
        """Returns the lines to print: one for each cause, then the case."""
        lines = [f"{self.name}: {cause}" for cause in self.causes]
        lines += [f"    {place}" for place in self.places]
        if self.case:
            lines.append(f"    {self.case}")
        return lines


class CourseError(AssertionError):
    """Raised by `CourseReport.assert_ok`; its text is the whole report."""


@dataclass
class CourseReport:
    """The result for a whole solution.

    `functions` are the results for the student's functions, and `together` those for all of them
    together. `missing` are functions that were not found. `notes` say what happened while the file
    was read.
    """

    functions: List[FunctionReport] = field(default_factory=list)
    together: List[FunctionReport] = field(default_factory=list)
    missing: List[str] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)
    file: Optional[str] = None

    @property
    def passed(self) -> bool:
        """Whether something was judged and nothing is wrong."""
        return self.exit_code == 0

    @property
    def parts(self) -> List[FunctionReport]:
        """The functions, then what they do together."""
        return self.functions + self.together

    @property
    def judged(self) -> int:
        """How many functions were judged."""
        return sum(f.verdict == RIGHT or f.failed for f in self.functions)

    @property
    def exit_code(self) -> int:
        """0: right. 2: something is wrong. 4: no function was found.

        3: nothing was judged, or something has a form that is not known.
        """
        if any(part.failed for part in self.parts):
            return 2
        if not self.functions:
            return 4
        causes = [cause for part in self.parts for cause in part.causes]
        unknown = any(UNKNOWN_FORM in cause or UNKNOWN_NAMES in cause for cause in causes)
        return 0 if self.judged and not unknown else 3

    def assert_ok(self) -> None:
        """Raises `CourseError` with the whole report unless the solution passed."""
        if not self.passed:
            raise CourseError(str(self))

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> List[str]:
        """Returns the lines of the report: failures first, all passes in one line."""
        lines: List[str] = []
        for part in self.parts:
            if part.failed:
                lines += part.lines()
        for title, parts in (("Right", self.functions), ("Right together", self.together)):
            right = [part.name for part in parts if part.verdict == RIGHT]
            if right:
                lines.append(f"{title}: {', '.join(right)}.")
        lines += self._not_checked()
        for part in self.parts:
            lines += [f"{part.name}: note: {remark}" for remark in part.remarks]
        if self.missing:
            lines.append(f"Not found: {', '.join(self.missing)}.")
        lines += [f"note: {note}" for note in self.notes]
        number = sum(f.verdict == RIGHT for f in self.functions)
        lines.append(f"{number} of {len(self.functions)} functions are right")
        return lines

    def _not_checked(self) -> List[str]:
        """Returns a line for each reason, with all that it holds for."""
        names: Dict[str, List[str]] = {}
        for part in self.parts:
            if part.verdict == NOT_CHECKED:
                for cause in part.causes:
                    names.setdefault(cause, []).append(part.name)
        return [f"{', '.join(of)}: not checked: {cause}" for cause, of in names.items()]

    def to_dict(self) -> Dict[str, Any]:
        """Returns the report as plain data of the schema init-symmetry/course/1."""
        return {
            "schema": SCHEMA,
            "file": self.file,
            "passed": self.passed,
            "functions": [_plain(function) for function in self.functions],
            "together": [_plain(part) for part in self.together],
            "missing": list(self.missing),
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> CourseReport:
        """Returns the report that `to_dict` wrote. Raises `ValueError` for another schema."""
        if data.get("schema") != SCHEMA:
            raise ValueError(f"the schema is {data.get('schema')!r}, but {SCHEMA!r} is expected")
        return cls(
            [FunctionReport(**function) for function in data["functions"]],
            [FunctionReport(**part) for part in data["together"]],
            list(data["missing"]),
            list(data["notes"]),
            data["file"],
        )

    def to_gradescope(self) -> Dict[str, Any]:
        """Returns the results.json for Gradescope: one point for each part."""
        together = [part for part in self.together if part.verdict != NOT_CHECKED]
        tests = [_graded(part) for part in self.functions + together]
        tests += [
            _graded(FunctionReport(name, NOT_FOUND, ["was not found."])) for name in self.missing
        ]
        return {
            "score": sum(test["score"] for test in tests),
            "output": self.lines()[-1],
            "tests": tests,
        }

    def _repr_html_(self) -> str:
        rows = []
        for part in self.parts:
            texts = [html.escape(text) for text in part.causes + part.places + part.remarks]
            if part.case:
                texts.append(html.escape(part.case))
            name, verdict = html.escape(part.name), html.escape(part.verdict)
            rows.append(
                f"<tr><td><code>{name}</code></td><td>{verdict}</td>"
                f"<td>{'<br>'.join(texts)}</td></tr>"
            )
        rest = [html.escape(line) for line in self.lines()[-1:]]
        if self.missing:
            rest.insert(0, "Not found: " + html.escape(", ".join(self.missing)) + ".")
        head = "<tr><th>function</th><th>verdict</th><th>why</th></tr>"
        return f"<table>{head}{''.join(rows)}</table><p>{'<br>'.join(rest)}</p>"


def _plain(part: FunctionReport) -> Dict[str, Any]:
    data = asdict(part)
    # Only the checks themselves use it.
    del data["explained"]
    return data


def _graded(part: FunctionReport) -> Dict[str, Any]:
    right = part.verdict == RIGHT
    case = [part.case] if part.case else []
    output = "\n".join(part.causes + part.places + case + part.remarks)
    return {
        "name": part.name,
        "score": 1 if right else 0,
        "max_score": 1,
        "output": output or "right",
        "status": "passed" if right else "failed",
    }
