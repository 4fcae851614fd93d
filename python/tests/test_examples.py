"""The subjects in examples/: right, from the shell and in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "subjects"
PROPERTIES = ["gradient-equals-the-specification", "training-is-fresh-single-steps"]


def check(*target):
    only = [word for name in PROPERTIES for word in ("--only", name)]
    command = [sys.executable, "-m", "init_symmetry", "check", "--profile", "quick", *only]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [*command, *target], env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize(
    "target", ["numpy_network:NumpyNetwork", "torch_subject:TorchNetwork",
               "torch_subject:SingleTorchNetwork"]
)
def test_a_subject_of_the_examples_is_right(target):
    file, name = target.split(":")
    if "torch" in file:
        pytest.importorskip("torch")
    done = check(f"{EXAMPLES / file}.py:{name}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 properties hold" in done.stdout


def test_a_subject_of_the_examples_answers_the_protocol():
    done = check("--", sys.executable, str(EXAMPLES / "numpy_network.py"))
    assert done.returncode == 0, done.stdout + done.stderr
