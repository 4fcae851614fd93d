"""docs/PYTHON.md: every snippet runs, and prints what the page says."""

import contextlib
import io
import re
from pathlib import Path

import pytest

import init_symmetry

PAGE = Path(__file__).parents[2] / "docs" / "PYTHON.md"
BLOCK = re.compile(r"^```([\w-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_snippet_runs_and_prints_what_the_page_says():
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    kinds = [kind for kind, _ in blocks]
    assert kinds.count("python") >= 5 and kinds.count("output") >= 3
    session, printed = {}, ""
    for kind, text in blocks:
        if kind == "output":
            assert printed.strip() == text.strip()
            continue
        if kind == "python-torch":
            pytest.importorskip("torch")
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(text, str(PAGE), "exec"), session)
        printed = out.getvalue()


def test_the_course_report_has_the_fields_that_its_schema_promises():
    page = PAGE.with_name("STABILITY.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("| `init-symmetry/course/1`")]
    promised = re.findall(r"`(\w+)`", row.split("|")[3])
    assert list(init_symmetry.course.check({"sigmoid": lambda z: z}).to_dict()) == promised


def test_the_readme_of_the_package_runs():
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (snippet,) = [text for kind, text in BLOCK.findall(text) if kind == "python"]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(snippet, {})
    assert out.getvalue().startswith("mismatch:")
