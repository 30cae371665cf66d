"""What one slipway writes another one can read: what is too large for a reader is found while planning, and what was not read is said."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import CHANGELOG, Project  # noqa: E402

OLD = "\n## [0.9.0] - 2025-01-02\n\n### Added\n\n"


def with_old_sections(tmp_path, size):
    """A changelog of which nearly all is old: the notes of the release are short."""
    entry = "- " + "x" * 997 + "\n"
    head, links = CHANGELOG.split("\n[Unreleased]: ")
    return Project.make(tmp_path / "p", files={"CHANGELOG.md": head + OLD + entry * (size // len(entry)) + "\n[Unreleased]: " + links})


def test_a_plan_that_no_other_clone_could_read(tmp_path):
    project = with_old_sections(tmp_path, 14 << 20)
    plan = project.fault("plan", "minor")
    error = plan.error()
    assert error["code"] == "TOO_LARGE" and plan.status == 1, plan.err
    assert "the plan of a release that is shared by refs/slipway has" in error["what"] and "at most 24 MiB are read" in error["what"]
    assert error["state"] == "nothing was changed" and "journal.share: off" in error["fix"]
    refused = project.fault("release", "minor", "--yes")
    assert refused.error()["code"] == "TOO_LARGE" and not project.has_run(), refused.err
    # the way out that the error names
    assert project.fault("plan", "minor", SLIPWAY__JOURNAL__SHARE="off").status == 0


def test_a_name_that_no_mark_could_carry(tmp_path):
    project = Project.make(tmp_path / "p", files={"slipway.yaml": f'git: {{tag: "{"t" * 130}-{{version}}"}}\n'})
    plan = project.run("plan", "minor")
    assert "TOO_LARGE" in plan.err and "the name of a release's tag has 136 bytes; at most 120 bytes are read" in plan.err, plan


def test_what_was_not_looked_at_is_said(tmp_path):
    files = {"package.json": '{"name": "tool", "version": "0.0.1"}' + " " * (16 << 20), "docs/long.md": "pip install tool==0.1.0\n" + " " * (600 << 10) + "\n"}
    project = Project.make(tmp_path / "p", files=files)
    check = project.run("version", "check")
    assert check.status == 0 and "all places agree" not in check.out, check
    assert "not looked at: package.json has 16777252 bytes; at most 16777216 are read" in check.out
    assert "not looked at: docs/long.md has" in check.out
    assert "all places that were looked at agree; 2 files were not looked at" in check.out
    assert project.run("version", "check", "--strict").status == 1
    data = json.loads(project.run("version", "check", "--json").out)
    assert len(data["not_looked_at"]) == 2 and data["agrees"]
    plan = project.run("plan", "minor")
    assert "not looked at: package.json has" in plan.out, plan
