"""The plugin for pytest: options, and a failure that reads well."""

import os
from importlib.metadata import distributions

pytest_plugins = ["pytester"]

INSTALLED = any(it.metadata["Name"] == "init-symmetry" for it in distributions())
PLUGIN = () if INSTALLED else ("-p", "init_symmetry.pytest_plugin")
"""An installed package brings its plugin along; one that runs from its source does not."""

TEST = """
import numpy as np
import init_symmetry

def test_gradient():
    report = init_symmetry.check_gradient(lambda x: np.sum(x**2), lambda x: x, np.ones(2))
    print("seed", report.to_dict()["seed"])
    report.assert_ok()
"""


def test_a_failure_shows_the_report_and_no_code_of_ours(pytester):
    pytester.makepyfile(TEST)
    result = pytester.runpytest_subprocess(*PLUGIN)
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert "differ from the derivative: 2 of 2 compared entries are wrong" in text
    assert "raise CheckFailed" not in text


def test_a_seed_is_for_every_check_that_names_none(pytester):
    pytester.makepyfile(TEST)
    result = pytester.runpytest_subprocess(*PLUGIN, "--init-symmetry-seed", "41")
    assert "seed 41" in result.stdout.str()
    assert os.environ.get("INIT_SYMMETRY_SEED") != "41"


def test_a_seed_or_profile_that_is_none_is_a_usage_error(pytester):
    pytester.makepyfile(TEST)
    for option in [["--init-symmetry-profile", "fast"], ["--init-symmetry-seed", "-1x"]]:
        result = pytester.runpytest_subprocess(*PLUGIN, *option)
        assert result.ret == 4 and option[0] in result.stderr.str()


def test_nothing_is_collected_unless_asked(pytester):
    pytester.makepyfile(mine="def check(): assert False")
    result = pytester.runpytest_subprocess(*PLUGIN)
    assert result.ret == 5
