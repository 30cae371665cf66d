"""What the work tree does not show, and what was moved behind the back of a release, goes into none."""

import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, environment, git  # noqa: E402

RELEASE = ("release", "minor", "--yes")
VERSION = "tool/__init__.py"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("template") / "project")


@pytest.fixture
def project(template, tmp_path):
    (tmp_path / "project").mkdir()
    return template.copy(tmp_path / "project")


def sparse(work):
    git(work, "update-index", "-q", "--refresh")
    git(work, "sparse-checkout", "set", "--no-cone", "/*", "!/tool/")


def skipped(work):
    git(work, "update-index", "--skip-worktree", VERSION)
    (work / VERSION).unlink()


def assumed(work):
    git(work, "update-index", "--assume-unchanged", VERSION)
    with open(work / VERSION, "a", encoding="utf-8") as file:
        file.write("SECRET = 1\n")


@pytest.mark.parametrize("hide", [sparse, skipped, assumed])
def test_a_file_that_git_does_not_look_at_is_named(project, hide):
    hide(project.work)
    remote = git(project.origin, "for-each-ref")
    done = project.run(*RELEASE)
    assert done.status != 0 and "git was told not to look at 1 file" in done.err and VERSION in done.err, done
    assert git(project.origin, "for-each-ref") == remote
    error = project.run("plan", "minor").error()
    subprocess.run(["sh", "-ec", error["fix"]], cwd=project.work, check=True, env=environment(), stdout=subprocess.DEVNULL)
    assert "not to look" not in project.run("plan", "minor").err, "what it says to do does it"


def commit_on_the_branch(work):
    git(work, "commit", "-q", "--allow-empty", "-m", "mine")


def commit_on_the_base(work):
    git(work, "update-ref", "refs/heads/main", git(work, "commit-tree", "main^{tree}", "-p", "main", "-m", "mine"))


def move_the_tag(work):
    git(work, "update-ref", "refs/tags/v1.1.0", "main")


@pytest.mark.parametrize("move", [commit_on_the_branch, commit_on_the_base, move_the_tag])
def test_what_was_moved_after_a_crash_is_noticed_before_the_push(project, move):
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-before push/refs #1").status == -9
    move(project.work)
    refs = ("for-each-ref", "refs/heads", "refs/tags")
    remote = git(project.origin, *refs)
    done = project.run("resume")
    assert done.status == 1 and "where the release has it" in done.err and "fix:" in done.err, done
    assert git(project.origin, *refs) == remote and "v1.1.0" not in remote


def test_a_moved_tag_is_named_with_both_ids_and_the_way_out_leads_out(project):
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-before push/refs #1").status == -9
    made, main = (git(project.work, "rev-parse", ref) for ref in ("refs/tags/v1.1.0", "main"))
    move_the_tag(project.work)
    done = project.run("resume")
    assert f"refs/tags/v1.1.0 was moved: it is at {main[:12]} here, not at {made[:12]}, where the release has it" in done.err, done
    assert f"fix:   git update-ref refs/tags/v1.1.0 {made}, then: slipway resume" in done.err, done
    git(project.work, "update-ref", "refs/tags/v1.1.0", made)
    assert project.run("resume").status == 0 and git(project.origin, "rev-parse", "refs/tags/v1.1.0") == made
