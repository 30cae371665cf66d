"""The project's own files agree with each other."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from src import __version__

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_place_says_the_same_version() -> None:
    assert tomllib.loads(read("pyproject.toml"))["project"]["version"] == __version__
    assert re.findall(r"djp_workflow-(.+?)-py3-none-any\.whl", read("docs/INSTALL.md")) == [__version__]


def test_the_changelog_has_this_version_and_an_unreleased_section() -> None:
    headings = re.findall(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert headings[:2] == ["Unreleased", __version__]
    for heading in headings:
        assert re.search(rf"^\[{re.escape(heading)}\]: https://", read("CHANGELOG.md"), re.MULTILINE)


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"


def test_the_old_scripts_call_slipway(tmp_path: Path) -> None:
    slipway = tmp_path / "slip way"
    slipway.write_text('#!/bin/sh\nprintf "<%s>" "$@"\nexit 3\n', encoding="utf-8")
    slipway.chmod(0o755)
    for script, arguments, expected in [
        ("version.py", [], "<version>"),
        ("version.py", ["--minor", "--dry-run"], "<version><--minor><--dry-run>"),
        ("version.py", ["--patch"], "<version><--patch>"),
        ("version.py", ["--major"], "<version><--major>"),
        ("version.py", ["--set", "2.0.0", "--no-commit"], "<version><--set><2.0.0><--no-commit>"),
        ("release_notes.py", ["--latest", "--output", "a b.md"], "<notes><--latest><--output><a b.md>"),
    ]:
        command = [sys.executable, str(ROOT / "scripts" / script), *arguments]
        done = subprocess.run(command, env={"SLIPWAY": str(slipway)}, capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr, done.returncode) == (expected, "", 3)


@pytest.mark.parametrize("environment", [{"PATH": "/nonexistent"}, {"SLIPWAY": "/nonexistent/slipway"}])
def test_the_old_scripts_say_when_there_is_no_slipway(environment: dict[str, str]) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "version.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 127
    assert "slipway" in done.stderr and "Traceback" not in done.stderr
