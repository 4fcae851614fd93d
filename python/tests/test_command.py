"""The command: the same program as cargo builds, inside Python."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WRONG = """
import networks

def wrong(parameters, x, y):
    return networks.course(parameters, x, y, mean=False)

def breaks(parameters, x, y):
    raise RuntimeError("in the middle")

right = networks.course

class Holder:
    right = staticmethod(networks.course)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine.py").write_text(WRONG)
    return tmp_path


def run(folder, *arguments, **environment):
    path = os.pathsep.join([str(HERE), *sys.path])
    return subprocess.run(
        [sys.executable, "-m", "init_symmetry", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_network_in_a_file_is_checked_without_a_protocol(folder):
    right = run(folder, "check", "mine.py:right", "--profile", "quick")
    assert right.returncode == 0, right.stderr
    assert "recognised as tanh units" in right.stdout
    assert run(folder, "check", "mine.py:Holder.right", "--profile", "quick").returncode == 0


def test_a_wrong_network_ends_with_2_and_its_cause_comes_first(folder):
    wrong = run(folder, "check", "mine.py:wrong", "--profile", "quick", "--junit", "out.xml")
    assert wrong.returncode == 2
    verdict, cause = wrong.stdout.splitlines()[:2]
    assert verdict.startswith("fails: ")
    assert cause.startswith("likely cause: dW2 is m times the derivative")
    assert "check" in wrong.stdout.splitlines()[-1] and "mine.py:wrong" in wrong.stdout
    assert "<testsuite" in (folder / "out.xml").read_text()
    as_json = run(folder, "check", "mine.py:wrong", "--profile", "quick", "--json")
    assert json.loads(as_json.stdout)["schema"] == "init-symmetry/check/2"


def test_the_line_that_replays_does(folder):
    wrong = run(folder, "check", "mine.py:wrong", "--profile", "quick")
    words = wrong.stdout.splitlines()[-1].split()
    assert words[:3] == ["replay:", "init-symmetry", "check"]
    assert run(folder, *words[2:]).returncode == 2


def test_an_exception_ends_with_1_and_its_traceback(folder):
    broken = run(folder, "check", "mine.py:breaks", "--profile", "quick")
    assert broken.returncode == 1
    assert "in the middle" in broken.stderr


@pytest.mark.parametrize(
    "target, words",
    [
        ("other.py:right", "there is no file other.py"),
        ("mine.py:left", "mine.py has no 'left'"),
        ("mine.py", "FILE.py:NAME"),
        ("mine.txt:right", "FILE.py:NAME"),
    ],
)
def test_a_target_that_is_not_there_ends_with_1(folder, target, words):
    missing = run(folder, "check", target)
    assert missing.returncode == 1 and words in missing.stderr, missing.stderr


def test_a_part_of_a_homework_is_sent_to_course(folder):
    text = "def forward(X, p): pass\ndef backward(p, cache, X, Y): pass\ndef cost(A, Y): pass\n"
    (folder / "hw.py").write_text(text)
    part = run(folder, "check", "hw.py:backward")
    assert part.returncode == 1 and "is one part of a homework" in part.stderr
    assert "init-symmetry course hw.py" in part.stderr
    unnamed = run(folder, "check", "hw.py")
    assert unnamed.returncode == 1
    assert "the file defines forward, backward, cost" in " ".join(unnamed.stderr.split())


def test_a_file_that_cannot_be_run_ends_with_1_and_the_line(folder):
    (folder / "bad.py").write_text("x = (\n")
    bad = run(folder, "check", "bad.py:x")
    assert bad.returncode == 1 and "SyntaxError" in bad.stderr and "bad.py" in bad.stderr


def test_everything_else_of_the_command_is_there(folder):
    help_text = run(folder, "--help")
    assert help_text.returncode == 0 and "course" in help_text.stdout
    assert run(folder, "--version").stdout.startswith("init-symmetry ")
    assert run(folder, "lint", "--rules").returncode == 0
    assert run(folder, "no-such-call").returncode == 1
