"""What somebody meets who tries slipway for the first time: other projects, other repositories, other words than the expected ones."""

import fcntl
import os
import pathlib
import pty
import re
import shutil
import struct
import sys
import termios

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, environment, git  # noqa: E402

BARE = {"slipway.yaml": "packages: {}\n", "build.sh": None}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("newcomer") / "p", files=BARE)


@pytest.fixture
def project(made, tmp_path):
    return made.copy(tmp_path / "p")


# ---- verify --published ----


def test_a_release_without_packages_is_known(project):
    assert project.run("release", "minor", "--yes").status == 0
    done = project.run("verify", "--published")
    assert done.status == 0 and "none: by this repository's journal the release has no packages" in done.out, done
    assert done.out.endswith("v1.1.0 is public and as it was released\n")
    shutil.copytree(project.forge, project.root / "forge", symlinks=True)
    git(project.root, "clone", "--quiet", str(project.origin), "clone")
    done = project.run("verify", "--published", cwd=project.root / "clone", env={"SLIPWAY__FORGE__PATH": project.root / "forge"})
    assert done.status == 0 and "this clone has no journal" in done.out and "as it was released" not in done.out, done


def test_a_journal_that_cannot_be_read_is_not_called_ignorant(project):
    assert project.run("release", "minor", "--yes").status == 0
    (project.state / "journal.db").write_bytes(b"no database, but long enough to be taken for one" * 40)
    said = project.run("verify", "--published")
    assert "knows no such release" not in said.out + said.err and "has no journal" not in said.out + said.err, said


def test_what_does_not_fit_at_the_forge_is_not_to_be_resumed(project):
    assert project.run("release", "minor", "--yes").status == 0
    (project.forge / "v1.1.0" / "index.html").write_text("another\n")
    done = project.run("verify", "--published")
    assert done.status == 1 and "slipway resume" not in done.err and done.err.count("see at the forge who changed it") == 2, done


def test_pre_releases_alone_are_not_nothing(project):
    assert project.run("release", "1.1.0-rc.1", "--yes").status == 0
    error = project.run("verify", "--published").error()
    assert error["what"] == "of tool only pre-releases are published" and error["fix"] == "slipway verify --published 1.1.0-rc.1", error


# ---- words ----


WORDS = [
    (("version", "set", "2.0.0"), 2, "it is an option: --set", "slipway version --set X.Y.Z"),
    (("release", "draft"), 2, "it is an option: --draft", "slipway release --draft"),
    (("version", "--set", "x"), 2, "'x' is not a version", "use MAJOR.MINOR.PATCH, as in 1.2.0"),
    (("version", "--set", ""), 2, "--set needs a value", "slipway version --help"),
    (("plan", "minor", "--out", ""), 2, "--out needs a value", "slipway plan --help"),
    (("plan", "minor", "--out="), 2, "--out needs a value", "slipway plan --help"),
    (("plan", "minor", "--out", "/nonexistent/x"), 1, "cannot open the folder of /nonexistent/x", "--out FILE"),
    (("plan", "minor", "--out", "/dev/null"), 1, "/dev/null is not a regular file", "--out FILE"),
    (("gates", "run", "--junit", "/nonexistent/x"), 1, "cannot open the folder", "--junit FILE"),
    (("notes", "--from-commits", "--output", "/nonexistent/x"), 1, "cannot open the folder", "--output FILE"),
    (("release", "--plan", "/dev/null"), 1, "/dev/null is not a regular file", "slipway plan minor --out FILE"),
    (("release", "--plan", "/nonexistent"), 1, "cannot read /nonexistent", "slipway plan minor --out FILE"),
    (("plan", "v1.2.0"), 2, "'v1.2.0' is not a version", "leave out the v: 1.2.0"),
    (("verify", "--published", "v9.9.9"), 2, "'v9.9.9' is not a version", "leave out the v: 9.9.9"),
    (("version", "--set", "v2.0.0"), 2, "'v2.0.0' is not a version", "leave out the v: 2.0.0"),
    (("verify", "v9.9.9"), 1, "cannot read v9.9.9", "slipway verify --published X.Y.Z"),
    (("--json", "status"), 2, "the option --json stands before the command", "slipway status --json"),
    (("--yes", "--draft", "release", "minor"), 2, "the option --yes stands before the command", "slipway release minor --yes --draft"),
]


@pytest.mark.parametrize("words, status, what, fix", WORDS, ids=[" ".join(row[0]) for row in WORDS])
def test_words_that_people_try(made, words, status, what, fix):
    done = made.run(*words)
    said = done.error() if "--json" not in words else {"what": done.err, "fix": done.err}
    assert done.status == status and what in said["what"] and fix in said["fix"], done
    assert "slipway resume" not in done.out + done.err and "remove or rename" not in done.err


def test_help_and_version_by_their_other_names(made):
    for words in (["help", "help"], ["help"], ["-h"]):
        assert made.run(*words).status == 0 and "Usage: slipway COMMAND" in made.run(*words).out
    for word in ("-v", "-V"):
        assert made.run(word).out == made.run("--version").out != ""


CONFIGS = [
    ("jobs: 99999999999999999999999", "jobs must be a whole number, 0 to 256, not '99999999999999999999999'"),
    ("git: {timeout: 9223372036854775808}", "git.timeout must be a whole number, 1 to 86400, not '9223372036854775808'"),
    ("forge: {kind: gihub}", "forge.kind cannot be 'gihub'"),
    ("gates: {a: {run: [x], needs: [zzz]}}", "the gate a needs zzz, which is no gate"),
    ("gates: {a: {run: [x], inputs: [no/such]}}", "gates.a.inputs"),
    ("a:\n  b: 1\n\t- c\n", "indentation"),
]


@pytest.mark.parametrize("text, what", CONFIGS)
def test_gates_list_does_not_pass_over_what_is_wrong(project, text, what):
    (project.work / "slipway.yaml").write_text(text + "\n")
    for more in ((), ("--json",)):
        done = project.run("gates", "list", *more)
        assert done.status == 2 and what in done.err + done.out and "nothing was changed" in done.err + done.out, done


def test_a_number_of_the_environment_is_not_clipped(made):
    error = made.run("version", env={"SLIPWAY__JOBS": "99999999999999999999999"}).error()
    assert error["what"] == "the environment variable SLIPWAY__JOBS must be a whole number, 0 to 256", error


# ---- repositories ----


def plan(project, **options):
    return project.run("plan", "minor", **options)


def test_a_bare_repository(project):
    for folder in (project.origin, project.work / ".git"):
        error = plan(project, cwd=folder).error()
        assert error["code"] == "NO_REPOSITORY" and "no work tree" in error["what"] and "git clone" in error["fix"] and "safe.bareRepository" not in str(error)


def test_a_repository_of_another_user(project):
    env = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    error = plan(project, env=env).error()
    assert error["code"] == "NO_REPOSITORY" and "belongs to another user" in error["what"], error
    assert error["fix"] == f"where you trust it: git config --global --add safe.directory '{project.work}'"


def test_a_base_that_is_nowhere(project):
    project.commit(**{"slipway.yaml": "git: {base: nowhere}\npackages: {}\n"})
    error = plan(project).error()
    assert error["code"] == "CONFIG" and "no such branch, neither here nor on origin" in error["what"] and error["fix"].endswith("here this is main"), error
    git(project.origin, "branch", "nowhere", "main")
    assert plan(project).error()["fix"] == "git switch nowhere"


@pytest.mark.parametrize("name", ["trunk", "develop"])
def test_another_default_branch(project, name):
    for folder in (project.work, project.origin):
        git(folder, "branch", "-m", "main", name)
    git(project.work, "fetch", "--quiet", "origin")
    done = plan(project)
    assert done.status == 0 and f"base      {name}" in done.out, done


def test_a_remote_of_another_name(project):
    git(project.work, "remote", "rename", "origin", "upstream")
    done = plan(project)
    assert done.error()["why"] == "the remotes here: upstream" and done.error()["fix"].startswith("git: {remote: upstream} in slipway.yaml")
    assert "goes to refs/slipway on the remote" not in done.out
    project.commit(**{"slipway.yaml": "git: {remote: upstream}\npackages: {}\n"})
    assert plan(project).status == 0


def test_after_an_abort_nothing_is_pending(project):
    project.commit(**{"slipway.yaml": 'packages: {}\ngates: {no: {run: ["false"]}}\n'})
    assert project.run("release", "minor", "--yes").status == 4 and "pending" in project.run("status").out
    assert project.run("abort").status == 0
    shown = project.run("status").out
    assert "pending" not in shown and "not begun" in shown and "run the gate no in the work tree: false (at most 30 min)  nothing to undo" in shown, shown


# ---- what nobody raises ----


def test_a_file_at_the_top_that_nobody_raises_is_told(project):
    said = {"lerna.json": '{\n  "version": "1.0.0"\n}\n', "Makefile": "LIBVERSION = 1.0.0\n", "NEWS": "version 1.0.0 is out\n", "yarn.lock": 'version "1.0.0"\n', "other.mk": "VERSION = 0.5.0\n"}
    project.commit(**said)
    checked = project.run("version", "check")
    assert checked.status == 0 and checked.out.count("undeclared") == 3, checked  # two, and the sentence about them
    assert "not raised in Makefile:1, lerna.json:2, where the present one stands" in plan(project).out
    config = 'packages: {}\nversion:\n  files: [{path: lerna.json}, {path: Makefile, pattern: "LIBVERSION = {version}"}]\n'
    project.commit(**{"slipway.yaml": config.replace("{path: lerna.json}", "{path: lerna.json, pattern: '\"version\": \"{version}\"'}")})
    assert "not raised" not in plan(project).out and '+LIBVERSION = 1.1.0' in plan(project).out


def test_a_project_without_a_version_file_is_not_said_to_have_one(tmp_path):
    project = Project.make(tmp_path / "p", files={**BARE, "pyproject.toml": None, "tool/__init__.py": None, "CHANGELOG.md": None})
    project.commit("feat: more")
    done = plan(project)
    assert done.status == 0 and "candidate is skipped: no file carries the version" in done.out and "gates are skipped: " in done.out, done


def test_the_first_release_of_a_project_without_any_version(tmp_path):
    project = Project.make(tmp_path / "p", files={**BARE, "pyproject.toml": None, "tool/__init__.py": None, "CHANGELOG.md": None, "Makefile": "VERSION = 0.3.0\n"})
    for place in (project.work, project.origin):
        git(place, "tag", "-d", "v1.0.0")
    error = plan(project).error()
    assert error["code"] == "VERSION_NOT_FOUND" and "it may be this: Makefile:1 says 0.3.0" in error["why"] and error["fix"].endswith("slipway plan 0.1.0"), error
    done = project.run("release", "0.1.0", "--yes")
    assert done.status == 0 and "the tag alone says it" in done.out and "perhaps Makefile:1 says 0.3.0" in done.out, done
    assert project.run("version").out == "0.1.0\n" and git(project.origin, "tag") == "v0.1.0"


def workspace(manifest, root, member):
    """Two members, of which each has a version of its own."""
    return {**BARE, "pyproject.toml": None, "tool/__init__.py": None, manifest: root, f"packages/a/{manifest}": member("a", "1.0.0"), f"packages/b/{manifest}": member("b", "1.5.0")}


WORKSPACES = {
    "npm": workspace("package.json", '{"private": true, "workspaces": ["packages/*"]}\n', lambda name, version: f'{{"name": "@x/{name}", "version": "{version}"}}\n'),
    "cargo": workspace("Cargo.toml", '[workspace]\nmembers = ["packages/*"]\n', lambda name, version: f'[package]\nname = "{name}"\nversion = "{version}"\n'),
}


@pytest.mark.parametrize("kind", WORKSPACES)
def test_a_workspace_of_several_versions_is_not_released_as_one(tmp_path, kind):
    project = Project.make(tmp_path / "p", files=WORKSPACES[kind])
    for place in (project.work, project.origin):
        git(place, "tag", "-d", "v1.0.0")
    for version in ("minor", "2.0.0"):
        error = project.run("plan", version).error()
        assert error["code"] == "VERSION_NOT_FOUND" and "several projects" in error["what"] and "SLIPWAY__PATH" in error["fix"], error
    assert project.run("version", env={"SLIPWAY__PATH": "packages/b"}).out.startswith("1.5.0\n")


# ---- on a terminal ----


def shown(project, width, *words):
    """What a terminal of that width shows of standard output and standard error."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    env = environment(TERM="dumb")
    if (child := os.fork()) == 0:
        os.dup2(follower, 1)
        os.dup2(follower, 2)
        os.chdir(project.work)
        os.execve(os.environ["SLIPWAY"], ["slipway", *words], env)
    os.close(follower)
    parts = []
    while True:
        try:
            parts.append(os.read(leader, 65536))
        except OSError:
            break
    os.close(leader)
    os.waitpid(child, 0)
    return b"".join(parts).decode().replace("\r", "").split("\n")


@pytest.mark.parametrize("width", [80, 120])
def test_lines_are_broken_between_words(project, width):
    long = "a word and " * 20
    project.commit(**{"slipway.yaml": f"packages: {{}}\ngates: {{no: {{run: [sh, -c, 'echo {long}; exit 1']}}}}\n"})
    lines = [*shown(project, width, "release", "minor", "--yes"), *shown(project, width, "status"), *shown(project, width, "plan", "minor")]
    text = [line for line in lines if not re.match(r" {6}([-+@ ]|$)|fix: | {4}fix: |[.·] ", line) and "/" not in line]
    assert len(text) > 60 and any(width - 20 < len(line) for line in text)
    assert [line for line in text if len(line) > width] == []
    assert any(re.match(r" {11}\S.*word", line) for line in lines)
