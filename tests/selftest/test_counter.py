"""Tests of tests/run itself: it must not be possible to fail without being counted."""

import os
import pathlib
import subprocess

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = pathlib.Path(os.environ["SLIPWAY_BUILD"]) / "tests"


def run(*words, **env):
    """(exit status, last line) of a run of its own."""
    words = [str(TESTS / "run"), "--build", os.environ["SLIPWAY_BUILD"], *map(str, words)]
    answer = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **env}, text=True, timeout=300)
    return answer.returncode, answer.stdout.splitlines()[-1], answer.stdout


def taps(*names):
    return [word for name in names for word in ("--tap", PROGRAMS / f"selftest-{name}")]


def folder(tmp_path, text, name="test_it.py"):
    (tmp_path / name).write_text(text, "utf-8")
    return ["--pytest", tmp_path]


def test_a_failing_and_a_crashing_test_are_two_failures():
    status, last, _ = run(*taps("failing", "crashing"))
    assert (status, last) == (1, "0 passed, 2 failed, 0 skipped")


def test_a_passing_program_is_counted():
    status, last, _ = run(*taps("passing"))
    assert (status, last) == (0, "1 passed, 0 failed, 1 skipped")


@pytest.mark.parametrize("name, why", [("leaving", "exit status 3"), ("leaking", "exit status 99"), ("short", "2 tests planned, 1 run")])
def test_results_that_lie(name, why):
    status, last, text = run(*taps(name))
    assert (status, last) == (1, "1 passed, 1 failed, 0 skipped")
    assert why in text


def test_a_missing_program_is_no_pass():
    status, last, _ = run("--tap", PROGRAMS / "selftest-none")
    assert status != 0
    assert not last.startswith("1 passed, 0 failed")


def test_pytest_results_are_counted(tmp_path):
    words = folder(tmp_path, "import pytest\n\ndef test_a(): pass\ndef test_b(): assert 0\ndef test_c(): pytest.skip('why')\n")
    status, last, text = run(*words)
    assert (status, last) == (1, "1 passed, 1 failed, 1 skipped")
    assert "skipped pytest/test_it::test_c: why" in text


@pytest.mark.parametrize("text", ["", "import nothing_of_this_name\n", "import os\n\ndef test_a(): os._exit(0)\n", "import os\n\ndef test_a(): os.kill(os.getpid(), 9)\n"])
def test_pytest_runs_without_a_result_are_failures(tmp_path, text):
    status, last, _ = run(*folder(tmp_path, text))
    assert (status, last) == (1, "0 passed, 1 failed, 0 skipped")


def test_a_bad_status_with_passing_tests_is_a_failure(tmp_path):
    folder(tmp_path, "def pytest_sessionfinish(session): session.exitstatus = 4\n", "conftest.py")
    status, last, _ = run(*folder(tmp_path, "def test_a(): pass\n"))
    assert (status, last) == (1, "1 passed, 1 failed, 0 skipped")


def test_skips_in_ci_need_a_reason(tmp_path):
    words = folder(tmp_path, "import pytest\n\ndef test_a(): pass\ndef test_b(): pytest.skip('why')\n")
    allowed = tmp_path / "allowed"
    allowed.write_text("# none\n", "utf-8")
    assert run(*words, "--allowed-skips", allowed, CI="true")[:2] == (1, "1 passed, 1 failed, 0 skipped")
    assert run(*words, "--allowed-skips", allowed)[:2] == (0, "1 passed, 0 failed, 1 skipped")
    allowed.write_text("pytest/test_it::test_b  there is none here\n", "utf-8")
    assert run(*words, "--allowed-skips", allowed, CI="true")[:2] == (0, "1 passed, 0 failed, 1 skipped")
    allowed.write_text("pytest/test_it::test_b\n", "utf-8")
    assert run(*words, "--allowed-skips", allowed, CI="true")[0] != 0


def test_nothing_passed_is_a_failure(tmp_path):
    status, last, _ = run(*folder(tmp_path, "import pytest\n\ndef test_b(): pytest.skip('why')\n"))
    assert (status, last) == (1, "0 passed, 0 failed, 1 skipped")


def test_the_callers_settings_do_not_reach_tests(tmp_path):
    text = "import os\n\ndef test_a():\n    assert os.environ['LC_ALL'] == 'C.UTF-8' and 'GIT_DIR' not in os.environ and os.environ['HOME'] != '/'\n"
    status, last, _ = run(*folder(tmp_path, text), GIT_DIR="/nowhere", LC_ALL="tr_TR.UTF-8", HOME="/")
    assert (status, last) == (0, "1 passed, 0 failed, 0 skipped")
