"""The command: checks a file in a child process with a time limit, and prints the report.

The child writes its report and the name of the current function to files in a temporary folder, so
that prints of the student's code do no harm. Start reading at `main`.
"""

from __future__ import annotations

import json as json_module
import os
import signal
import subprocess
import sys
import tempfile
from typing import Any, Dict, List, Optional

from .report import RAISES, CourseReport, FunctionReport

BAD_INPUT = 1
DEFECT = 70


def main(
    file: str,
    run: bool = False,
    json: bool = False,
    gradescope: Optional[str] = None,
    timeout: float = 60.0,
    seed: int = 1,
    color: bool = False,
) -> int:
    """Checks a .py or .ipynb file, prints the report and returns the exit code.

    The exit codes are 0: right, 1: bad input, 2: something is wrong, 3: nothing could be judged or
    a form is not known, 4: no function of the course was found, 70: a defect in init-symmetry.
    `gradescope` is the path of the results.json to write. `timeout` is in seconds.
    """
    if not os.path.isfile(file):
        what = "is a folder" if os.path.isdir(file) else "does not exist"
        return _bad(f"{file} {what}: give a .py or .ipynb file")
    if not timeout > 0:
        return _bad(f"the time limit is {timeout:g} s: give more than 0 s")
    answer = run_child(file, run, timeout, seed)
    if "error" in answer:
        return _bad(answer["error"])
    if "defect" in answer:
        print(f"error: init-symmetry itself failed, please report this: {answer['defect']}",
              file=sys.stderr)
        return DEFECT
    report = CourseReport.from_dict(answer["report"])
    if gradescope is not None:
        try:
            write_whole(gradescope, json_module.dumps(report.to_gradescope(), indent=2) + "\n")
        except OSError as error:
            return _bad(f"{gradescope} cannot be written: {error.strerror}")
    text = json_module.dumps(report.to_dict(), indent=2) if json else str(report)
    return _printed(painted(report) if color and not json else text, report.exit_code)


def _printed(text: str, exit_code: int) -> int:
    """Prints the report; a reader that leaves, such as head, changes no exit code."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # nothing more can be written, also when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return _bad(f"the report cannot be written: {error.strerror}")
    return exit_code


def _bad(text: str) -> int:
    print(f"error: {text}", file=sys.stderr)
    return BAD_INPUT


def painted(report: CourseReport) -> str:
    """Returns the report with failures in red and passes in green."""
    failed = tuple(f"{part.name}: " for part in report.parts if part.failed)
    lines = []
    for line in report.lines():
        if failed and line.startswith(failed) and ": note: " not in line:
            line = f"\033[31m{line}\033[0m"
        elif line.startswith(("Right: ", "Right together: ")):
            line = f"\033[32m{line}\033[0m"
        lines.append(line)
    return "\n".join(lines)


def write_whole(path: str, text: str) -> None:
    """Writes a file so that it is either the old or the new one, never a part of it."""
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(prefix=".results-", suffix=".json", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def run_child(file: str, run: bool, timeout: float, seed: int) -> Dict[str, Any]:
    """Loads and checks a file in a child process; returns {"report": …} or {"error": …}."""
    with tempfile.TemporaryDirectory() as folder:
        result, progress = os.path.join(folder, "result"), os.path.join(folder, "progress")
        command = [sys.executable, "-m", "init_symmetry.course", os.path.abspath(file)]
        command += [result, progress, str(int(run)), str(seed)]
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=os.path.dirname(os.path.abspath(file)),
            env=_environment(),
            start_new_session=True,
        )
        try:
            _, complaint = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _kill(child)
            return {"report": _stopped(_read(progress), timeout).to_dict()}
        except BaseException:
            _kill(child)
            raise
        text = _read(result)
        if text:
            answer: Dict[str, Any] = json_module.loads(text)
            return answer
        return {"report": _died(_read(progress), child.returncode, complaint).to_dict()}


def _environment() -> Dict[str, str]:
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    paths: List[str] = [package, *[path for path in sys.path if path]]
    kept = dict.fromkeys(os.path.abspath(path) for path in paths)
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(kept), MPLBACKEND="Agg")
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return environment


def _kill(child: Any) -> None:
    """Ends the child and all processes that it started."""
    if hasattr(os, "killpg"):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    else:
        child.kill()
    child.communicate()


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def _stopped(at: str, timeout: float) -> CourseReport:
    name = at or "the file"
    cause = (
        f"did not finish within {timeout:g} s: is there an endless loop? "
        "(--timeout sets the limit.)"
    )
    return CourseReport([FunctionReport(name, RAISES, [cause])])


def _died(at: str, code: int, complaint: bytes) -> CourseReport:
    last = complaint.decode("utf-8", "replace").strip().splitlines()
    reason = f": {last[-1]}" if last else ""
    cause = f"ended the process (exit code {code}){reason}."
    return CourseReport([FunctionReport(at or "the file", RAISES, [cause])])
