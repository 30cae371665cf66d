"""A run that the user names behind publish, abort, resume or status is the one that is acted upon, or nothing is."""

import json
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import CONFIG, Project, git  # noqa: E402


@pytest.fixture(scope="module")
def waiting(tmp_path_factory):
    """v1.0.1 is released, v1.1.0 waits for its sign-off."""
    project = Project.make(tmp_path_factory.mktemp("named") / "project", config=CONFIG + "journal: {share: on}\n")
    assert project.run("release", "patch", "--yes").status == 0
    assert project.run("changelog", "add", "--fixed", "what was wrong").status == 0
    git(project.work, "commit", "-q", "-a", "-m", "fix: what was wrong")
    git(project.work, "push", "-q", "origin", "main")
    assert project.run("release", "minor", "--yes", "--draft").status == 6
    return project


@pytest.fixture
def project(tmp_path):
    project = Project.make(tmp_path / "project")
    assert project.run("release", "minor", "--yes", "--draft").status == 6
    return project


@pytest.mark.parametrize("command", ["publish", "abort", "resume"])
@pytest.mark.parametrize(("named", "facts"), [
    ("v9.9.9", "the journal of this clone knows no v9.9.9"),
    ("v1.0.1", "v1.0.1 is done: a run of slipway release in tool that ended on 2026-09-21"),
    ("1.0", "the journal of this clone knows no 1.0"),
])  # fmt: skip
def test_another_run_is_refused(waiting, command, named, facts):
    before = (waiting.refs(), waiting.refs(waiting.origin), waiting.events())
    done = waiting.run(command, named, "--yes")
    error = done.error()
    assert done.status == 2 and error["code"] == "NO_RELEASE", done
    assert error["what"] == f"slipway {command} is for v1.1.0 now, not for {named}"
    assert facts in error["why"] and error["state"] == "nothing was changed" and error["fix"].startswith(f"slipway {command} v1.1.0")
    assert (waiting.refs(), waiting.refs(waiting.origin), waiting.events()) == before


def test_publish_by_tag(project):
    done = project.run("publish", "v1.1.0", "--yes")
    assert done.status == 0, done
    assert (project.forge / "v1.1.0").exists()


def test_abort_by_version(project):
    assert project.run("abort", "1.1.0").status == 0
    done = project.run("abort", "1.1.0")
    assert done.status == 2 and done.error()["what"] == "there is no unfinished release 1.1.0", done
    assert "v1.1.0 is aborted" in done.error()["why"]


def test_status_of_a_named_run(waiting):
    assert json.loads(waiting.run("status", "v1.0.1", "--json").out)["run"]["state"] == "done"
    assert json.loads(waiting.run("status", "1.1.0", "--json").out)["run"]["state"] == "waiting"
    done = waiting.run("status", "v9.9.9")
    assert done.status == 2 and done.error()["what"] == "there is no run v9.9.9" and done.out == "", done


def test_a_release_of_another_clone(waiting, tmp_path):
    """What another clone has under way is not taken over where another run was named."""
    shutil.copytree(waiting.root, tmp_path / "world", symlinks=True)
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(tmp_path / "world" / pathlib.Path(waiting.origin).name), str(other))
    clone = Project(tmp_path / "world")
    clone.work = other
    before = git(other, "for-each-ref")
    done = clone.run("publish", "v9.9.9", "--yes")
    assert done.status == 2 and done.error()["what"] == "slipway publish is for v1.1.0 now, not for v9.9.9", done
    assert git(other, "for-each-ref") == before
