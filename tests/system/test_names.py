"""Names and numbers that cannot be: they are told while planning, with their place, and never in the middle of a release."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import CONFIG, Project, git  # noqa: E402


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("names") / "p")


def configured(made, tmp_path, text):
    project = made.copy(tmp_path / "p")
    project.commit(**{"slipway.yaml": CONFIG + text})
    git(project.work, "push", "--quiet", "origin", "main")
    return project


def refused(project, *words):
    """By the plan and by a release, which leaves everything as it was."""
    before = project.repository()
    planned, released = project.run("plan", *words), project.run("release", *words, "--yes")
    assert planned.status == released.status == 2, planned
    assert planned.error() == released.error() and project.repository() == before and not project.has_run()
    return planned.error()


@pytest.mark.parametrize("text, words", [
    ('git: {branch: "-D{version}"}\n', "slipway.yaml:6:16: git.branch cannot be '-D{version}': it begins with -"),
    ('git: {tag: "v {version}"}\n', "slipway.yaml:6:13: git.tag cannot be 'v {version}': it holds a blank"),
    ('git: {base: "ma..in"}\n', "slipway.yaml:6:14: git.base cannot be 'ma..in'"),
    ('git: {remote: "--exec=x"}\n', "slipway.yaml:6:16: git.remote cannot be '--exec=x'"),
    ("jobs: -1\n", "slipway.yaml:6:7: jobs must be 0 to 256, not -1"),
    ("version: {files: [{path: pyproject.toml, count: -1}]}\n", "slipway.yaml:6:49: version.files[].count must be 1 to 10000, not -1"),
    ("build: {timeout: -5}\n", "slipway.yaml:6:18: build.timeout must be 0 to 604800, not -5"),
])
def test_what_cannot_be_is_told_with_its_place(made, tmp_path, text, words):
    error = refused(configured(made, tmp_path, text), "minor")
    assert error["code"] == "CONFIG" and error["what"].startswith(words) and error["state"] == "nothing was changed"


def test_the_environment_is_held_to_the_same(made):
    for name, value in {"SLIPWAY__JOBS": "257", "SLIPWAY__GIT__BRANCH": "-x", "SLIPWAY__GIT__MERGE": "squash"}.items():
        error = made.run("plan", "minor", env={name: value}).error()
        assert error["code"] == "CONFIG" and name in error["what"] and error["fix"].split(", or ")[0] == f"unset {name}"


def test_what_comes_into_a_name_is_judged_too(made, tmp_path):
    project = configured(made, tmp_path, 'project: "to ol"\ngit: {tag: "{name}-{version}"}\n')
    planned = project.run("plan", "minor")
    assert planned.status != 0 and "error[CONFIG]: the tag of this release would be called 'to ol-1.1.0', which git does not take" in planned.out
    assert project.run("release", "minor", "--yes").status != 0 and not project.has_run()


def test_a_name_without_room_is_told_before_anything_is_done(made, tmp_path):
    project = made.copy(tmp_path / "p")
    git(project.work, "branch", "release")
    planned = project.run("plan", "minor")
    assert planned.status == 1 and planned.error()["code"] == "BRANCH_EXISTS" and "refs/heads/release is there here" in planned.error()["what"]
    git(project.work, "branch", "-D", "release")
    git(project.work, "push", "--quiet", "origin", "HEAD:refs/tags/v1.1.0/x")
    assert "refs/tags/v1.1.0/x is there on the remote" in project.run("plan", "minor").error()["what"]
