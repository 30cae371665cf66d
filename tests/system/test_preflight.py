"""What would stop a release in its middle is known before anything is done, all at once."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import NOW, Project, git  # noqa: E402


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("preflight") / "p")


@pytest.fixture
def project(made, tmp_path):
    return made.copy(tmp_path / "p")


def refused(project, **options):
    before = project.repository()
    released = project.run("release", "minor", "--yes", **options)
    assert released.status != 0 and project.repository() == before and not project.has_run(), released
    return released.error()


def test_several_addresses_to_push_to_are_refused(project):
    for name in ("a", "b"):
        git(project.work, "config", "--add", "remote.origin.pushurl", f"https://user:secret@{name}.invalid/tool.git")
    error = refused(project)
    assert error["code"] == "CONFIG" and "2 addresses" in error["what"] and "https://a.invalid/tool.git" in error["why"] and "secret" not in str(error)


def test_a_server_without_atomic_pushes_is_refused(project):
    git(project.origin, "config", "receive.advertiseAtomic", "false")
    error = refused(project)
    assert error["code"] == "PUSH_REJECTED" and "atomic" in error["what"] and error["state"] == "nothing was changed"


def test_who_may_not_push_is_told(project, tmp_path):
    """The server lets everybody read and nobody push, as one over HTTP without credentials does."""
    (tmp_path / "gitconfig").write_text("[remote \"origin\"]\n\treceivepack = \"echo 'Permission denied (publickey).' >&2; false\"\n")
    env = {"GIT_CONFIG_GLOBAL": tmp_path / "gitconfig"}
    planned = project.run("plan", "minor", env=env)
    assert planned.status == 0 and "does not let this user push, so `slipway release` will refuse" in planned.out.replace("\n", " ")
    error = refused(project, env=env)
    assert error["code"] == "PERMISSION" and "Permission denied" in error["why"] and error["state"] == "nothing was changed"


def two_sides(project):
    """A branch `other` and main that change one line in two ways, on top of what the remote has."""
    git(project.work, "switch", "--quiet", "-c", "other")
    project.commit("feat: other", **{"tool.txt": "other\n"})
    project.commit("feat: more of other", **{"more.txt": "other\n"})
    git(project.work, "switch", "--quiet", "main")
    project.commit("feat: mine", **{"tool.txt": "mine\n"})


def begin_am(project):
    patch = git(project.work, "format-patch", "--stdout", "main..other").encode() + b"\n"
    git(project.work, "am", "--quiet", check=False, input=patch)


def begin(*words):
    return lambda project: git(project.work, *words, check=False)


def begin_bisect(project):
    git(project.work, "bisect", "start", "HEAD", "HEAD~1")


def begin_many(verb, *commits):
    """Several at once, of which the first is settled and committed: only the sequencer's list tells of the rest, and git leaves that commit."""

    def run(project):
        git(project.work, verb, "--no-edit", *commits, check=False)
        git(project.work, "add", "--all")
        git(project.work, "commit", "--quiet", "--allow-empty", "-m", "settled")

    return run


UNDERWAY = {
    "a merge": (begin("merge", "other"), "git merge --abort"),
    "a merge ": (begin("merge", "--no-commit", "--no-ff", "-s", "ours", "other"), "git merge --abort"),
    "a rebase": (begin("rebase", "other"), "git rebase --abort"),
    "a rebase ": (begin("rebase", "--apply", "other"), "git rebase --abort"),
    "a cherry-pick": (begin("cherry-pick", "other~1"), "git cherry-pick --abort"),
    "a cherry-pick ": (begin_many("cherry-pick", "other~1", "other"), "git cherry-pick --abort"),
    "a revert": (begin("revert", "--no-edit", "HEAD~1", "other~1"), "git revert --abort"),
    "a revert ": (begin_many("revert", "other~1", "HEAD~1"), "git revert --abort"),
    "an am": (begin_am, "git am --abort"),
    "a bisect": (begin_bisect, "git bisect reset"),
}


@pytest.mark.parametrize("what", UNDERWAY)
def test_what_git_has_half_done_is_told_with_its_end(project, what):
    start, end = UNDERWAY[what]
    two_sides(project)
    clean = project.repository()
    start(project)
    error = refused(project)
    assert error["code"] == "UNDERWAY" and error["what"] == f"{what.strip()} is under way in this work tree", error
    assert error["fix"].endswith(end) and error["state"] == "nothing was changed"
    raised = project.run("version", "minor").error()
    assert raised["code"] == "UNDERWAY" and raised["fix"] == error["fix"]
    git(project.work, *end.split()[1:])
    assert what.endswith(" ") or project.repository() == clean
    planned = project.run("plan", "minor")
    assert planned.status == 0 and "under way" not in planned.out, planned


@pytest.mark.parametrize("name", ["index", "HEAD", "packed-refs", "config", "refs/heads/main", "refs/tags/v1.1.0"])
def test_a_lock_that_is_there_is_told(project, name):
    path = project.work / ".git" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    planned = project.run("plan", "minor")
    assert planned.status == 1 and f"error[GIT_LOCKED]: git is locked: {path} is there" in planned.err + planned.out and f"rm '{path}'" in planned.err + planned.out


def test_all_that_is_wrong_here_is_told_at_once(project, tmp_path):
    (project.work / ".git" / "index.lock").touch()
    git(project.origin, "config", "receive.advertiseAtomic", "false")
    error = refused(project, env={"TMPDIR": tmp_path / "missing", "SLIPWAY_TEST_NOW": NOW - 2000})
    assert error["code"] == "PREFLIGHT"
    for word in ("git is locked", "atomic", "cannot make a folder in", "CLOCK: the clock of this machine is"):
        assert word in error["why"], word


def test_a_clock_that_is_a_little_behind_is_no_matter(project):
    assert project.run("plan", "minor", env={"SLIPWAY_TEST_NOW": NOW - 1200}).status == 0


def test_a_previous_release_from_the_future_is_told(project):
    tree, parent = git(project.work, "rev-parse", "HEAD^{tree}"), git(project.work, "rev-parse", "HEAD")
    person = f"Ada Example <ada@example.org> {NOW + 9000} +0000"
    future = git(project.work, "hash-object", "-t", "commit", "-w", "--stdin", input=f"tree {tree}\nparent {parent}\nauthor {person}\ncommitter {person}\n\nlater\n".encode())
    git(project.work, "reset", "--quiet", "--hard", future)
    git(project.work, "tag", "--force", "v1.0.0")
    project.commit("fix: now")
    git(project.work, "push", "--quiet", "--force", "origin", "main", "v1.0.0")
    assert "before the previous release" in project.run("plan", "minor").error()["what"]


def test_no_temporary_folder_is_left(made, tmp_path):
    project, place = made.copy(tmp_path / "p"), tmp_path / "tmp"
    place.mkdir()
    for words in (["plan", "minor"], ["rehearse", "minor"], ["release", "minor", "--yes"], ["status"]):
        assert project.run(*words, env={"TMPDIR": place}).status == 0
        assert list(place.iterdir()) == []
    assert project.run("rehearse", "9", env={"TMPDIR": place}).status != 0 and list(place.iterdir()) == []
