"""The pytest plugin: options for the seed and profile of all checks, and short failure reports.

It collects no tests. `--init-symmetry-seed` and `--init-symmetry-profile` apply to every check that
does not set its own seed or profile.
"""

from __future__ import annotations

import os
from typing import Any, Generator

import pytest

from .report import CheckFailed

OPTIONS = {
    "--init-symmetry-seed": (
        "INIT_SYMMETRY_SEED",
        "seed of init-symmetry's checks: a whole number, or fresh for a new one",
    ),
    "--init-symmetry-profile": (
        "INIT_SYMMETRY_PROFILE",
        "how many cases init-symmetry's checks try: quick, ci or soak",
    ),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("init-symmetry")
    for option, (_, text) in OPTIONS.items():
        group.addoption(option, default=None, help=text)


def pytest_configure(config: pytest.Config) -> None:
    seed = config.getoption("--init-symmetry-seed")
    if seed is not None and seed != "fresh" and not seed.isdecimal():
        raise pytest.UsageError(
            f"--init-symmetry-seed is {seed!r} but has to be a whole number or fresh"
        )
    profile = config.getoption("--init-symmetry-profile")
    if profile not in (None, "quick", "ci", "soak"):
        raise pytest.UsageError(
            f"--init-symmetry-profile is {profile!r} but has to be quick, ci or soak"
        )
    before = {}
    for option, (variable, _) in OPTIONS.items():
        value = config.getoption(option)
        if value is not None:
            before[variable] = os.environ.get(variable)
            os.environ[variable] = value

    def restore() -> None:
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value

    config.add_cleanup(restore)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, None]:
    outcome = yield
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, CheckFailed):
        report = outcome.get_result()
        report.longrepr = str(error.report)
