"""How a git ends: one that was killed, that found a lock in its way or that heard nothing from the remote has given no answer."""

import os
import pathlib
import signal
import socket
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.dying import DyingGit  # noqa: E402
from support.project import SLIPWAY_FAULT, Project, git  # noqa: E402


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("template") / "project")


@pytest.fixture
def project(template, tmp_path):
    (tmp_path / "project").mkdir()
    return template.copy(tmp_path / "project")


# ---- killed ----


@pytest.mark.parametrize("words", [("plan", "minor"), ("status",), ("version",)], ids=lambda words: words[0])
def test_a_git_that_is_killed_is_no_answer(project, tmp_path, words):
    """Each git of a command in turn: what the command says is what it says undisturbed, or that a git was ended."""
    dying = DyingGit(tmp_path / "bin")
    usual = project.run(*words, program=SLIPWAY_FAULT, env=dying.env)
    wrong, count = [], dying.calls()
    assert usual.status == 0 and count > 0, usual
    for number in range(1, count + 1):
        dying.arm(number)
        done = project.run(*words, program=SLIPWAY_FAULT, env=dying.env)
        said = any(words in done.err + done.out for words in ("GIT_KILLED", "was ended before it was through", "git could not compare"))
        if not said and (done.status, done.out) != (usual.status, usual.out):
            wrong.append((dying.killed(), done))
        if "NO_REPOSITORY" in done.err or "TAG_EXISTS" in done.err:
            wrong.append((dying.killed(), done))
    assert not wrong, f"{len(wrong)} of {count}; the first: {wrong[0]}"


@pytest.mark.parametrize("words", ["remote get-url", "config --null --get-regexp", "log -1 --format=%ct", "for-each-ref --format=%(refname) refs/heads/"])
def test_what_a_plan_asks_by_the_way_is_asked_in_earnest(project, tmp_path, words):
    """A git that was killed is not "one address", "no secret", "the clock is right" or "there is room for the name"."""
    dying = DyingGit(tmp_path / "bin")
    dying.arm_words(words)
    done = project.run("plan", "minor", program=SLIPWAY_FAULT, env=dying.env)
    assert dying.killed() and done.status == 1 and "GIT_KILLED" in done.err, done


def test_a_guard_that_was_killed_is_no_guard(project, tmp_path):
    """What the repository's own configuration names is found out by a git, too."""
    trap = tmp_path / "trap"
    git(project.work, "config", "remote.origin.uploadpack", f"touch {trap}; git-upload-pack")
    dying = DyingGit(tmp_path / "bin")
    dying.arm_words("config --list")
    done = project.run("status", program=SLIPWAY_FAULT, env=dying.env)
    assert dying.killed() and not trap.exists() and done.status != 0 and "was not found out" in done.err, done


def test_a_guard_that_was_heard_in_part_is_no_guard(project, tmp_path):
    trap = tmp_path / "trap"
    git(project.work, "config", "remote.origin.uploadpack", f"touch {trap}; git-upload-pack")
    with open(project.work / ".git" / "config", "a", encoding="utf-8") as config:
        config.write('[x]\n\ty = "' + "z" * (17 << 20) + '"\n')
    done = project.run("status", program=SLIPWAY_FAULT)
    assert not trap.exists() and done.status != 0 and done.error()["code"] == "TOO_LARGE", done


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A release that a gate stopped, with its record on the remote."""
    project = Project.make(tmp_path_factory.mktemp("stopped") / "project", config='gates:\n  bad: {run: ["false"]}\n')
    done = project.run("release", "minor", "--yes")
    assert done.status == 4 and git(project.origin, "for-each-ref", "refs/slipway/runs"), done
    return project


@pytest.mark.parametrize("command, words", [
    ("status", "--verify --end-of-options refs/slipway/runs/"),
    ("abort", "--verify --end-of-options refs/slipway/runs/"),
    ("resume", "--verify --end-of-options refs/slipway/pending/"),
    ("abort", "config --get remote.origin.url"),
])
def test_whose_a_release_is_is_not_guessed(stopped, tmp_path, command, words):
    """A git that was killed while this clone's own lease was read: it is not another clone's release for that, nor nobody's."""
    project = stopped.copy(fresh(tmp_path / "project"))
    dying = DyingGit(tmp_path / "bin")
    dying.arm_words(words)
    done = project.run(command, program=SLIPWAY_FAULT, env=dying.env)
    assert dying.killed() and done.status == 1 and done.error()["code"] == "GIT_KILLED", done
    dying.disarm()
    done = project.run("abort", program=SLIPWAY_FAULT, env=dying.env)
    assert done.status == 0 and git(project.work, "tag", "--list", "v1.1.0") == "", done


# ---- a lock ----


def test_the_lock_of_another_git_is_named_and_left(project):
    lock = project.work / ".git" / "refs" / "heads" / "release" / "v1.1.0.lock"
    done = project.run("release", "minor", "--yes", env={"SLIPWAY_FAULT_KILL": "apply-before prepare/branch #1"}, program=SLIPWAY_FAULT)
    assert done.status == -signal.SIGKILL, done
    lock.parent.mkdir()
    lock.write_text("")
    done = project.run("resume")
    error = done.error()
    assert done.status == 1 and error["code"] == "GIT_LOCKED", done
    assert str(lock) in error["what"] and "made 20" in error["why"] and f"rm '{lock}'" in error["fix"], done
    assert lock.exists()
    lock.unlink()
    done = project.run("resume")
    assert done.status == 0, done
    assert git(project.origin, "tag", "--list", "v1.1.0") == "v1.1.0"


# ---- left by a git that was killed ----


def fresh(folder):
    folder.mkdir()
    return folder


def locks(project):
    return [path for path in (project.work / ".git").rglob("*.lock") if "slipway" not in path.parts]


def test_a_lock_of_a_killed_git_of_ours_is_removed(project, tmp_path):
    """A ref was locked when git and slipway were killed: nobody has to remove the lock by hand."""
    dying = DyingGit(tmp_path / "bin")
    dying.arm(0, whom="trace")
    env = {**dying.env, "SLIPWAY__JOBS": "1", "SLIPWAY__JOURNAL__SHARE": "off"}
    traced = project.copy(fresh(tmp_path / "traced")).run("release", "minor", "--yes", program=SLIPWAY_FAULT, env=env)
    assert traced.status == 0, traced
    place = next(place for place in dying.places() if place[1] == "rename:1" and "update-ref --create-reflog" in dying.words(place[0]))
    dying.arm(*place, whom="both")
    done = project.run("release", "minor", "--yes", program=SLIPWAY_FAULT, env=env)
    assert done.status == -signal.SIGKILL, done
    dying.wait()
    assert locks(project), dying.killed()
    done = project.run("abort")
    assert done.status == 0 and "left when it was killed" in done.out + done.err, done
    assert not locks(project)


def test_nothing_of_a_killed_git_stays_behind(project, tmp_path):
    """Its index, its lock and its note, wherever they were."""
    (tmp_path / "tmp").mkdir()
    dying = DyingGit(tmp_path / "bin")
    env = {**dying.env, "TMPDIR": tmp_path / "tmp"}
    dying.arm_words("update-index --add -z", "rename:1", "both")
    done = project.run("release", "minor", "--yes", program=SLIPWAY_FAULT, env=env)
    assert dying.killed() and done.status == -signal.SIGKILL, done
    dying.wait()
    dying.disarm()
    done = project.run("abort", program=SLIPWAY_FAULT, env=env)
    assert done.status == 0 and list((tmp_path / "tmp").iterdir()) == [] and list((project.state / "git").iterdir()) == [], done


def test_a_push_that_never_arrived_leaves_no_ref_here(project):
    """The server takes no refs/slipway: what was to be written there is of no use when the release is over."""
    hook = project.origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\n! grep -q refs/slipway\n")
    hook.chmod(0o755)
    done = project.run("release", "minor", "--yes")
    assert done.status == 0 and "not shared with other clones" in done.err, done
    assert git(project.work, "for-each-ref", "refs/slipway") == "", done


@pytest.mark.parametrize("whom, rename", [("alone", 1), ("alone", 2), ("both", 2)])
def test_a_lock_at_the_other_end_of_our_own_push_is_removed(project, tmp_path, whom, rename):
    """Where the remote is a folder of this machine, who receives a push is a child of ours: it was killed before the branch, or between branch and tag."""
    dying = DyingGit(tmp_path / "bin")
    env = {**dying.env, "SLIPWAY__JOURNAL__SHARE": "off"}
    dying.arm_words("push --atomic", f"rename:{rename}", whom)
    done = project.run("release", "minor", "--yes", program=SLIPWAY_FAULT, env=env)
    assert dying.killed() and done.status == ({1: 1, 2: 5}[rename] if whom == "alone" else -signal.SIGKILL), done
    if whom == "both":
        dying.wait()
        assert (project.origin / "refs" / "tags" / "v1.1.0.lock").exists()
    dying.disarm()
    done = project.run("resume", program=SLIPWAY_FAULT, env=env)
    assert done.status == 0 and git(project.origin, "tag", "--list", "v1.1.0") == "v1.1.0", done


def test_the_lock_of_another_at_the_other_end_stays(project):
    """It was there before the push."""
    lock = project.origin / "refs" / "tags" / "v1.1.0.lock"
    lock.write_text("")
    done = project.run("release", "minor", "--yes", env={"SLIPWAY__JOURNAL__SHARE": "off"})
    error = done.error()
    assert done.status == 1 and str(lock.name) in error["fix"] and "not of this release" in error["why"] and lock.exists(), done


def test_abort_names_the_lock_of_another(project):
    done = project.run("release", "minor", "--yes", env={"SLIPWAY_FAULT_KILL": "apply-after prepare/tag #1"}, program=SLIPWAY_FAULT)
    assert done.status == -signal.SIGKILL, done
    other = project.work / ".git" / "refs" / "heads" / "other.lock"
    other.write_text("")
    done = project.run("abort")
    assert done.status == 0, done
    assert str(other) in done.out + done.err and "made 20" in done.out + done.err, done
    assert other.exists()


# ---- a remote that says nothing ----


class Silent(int):
    """Its port. `held`: who has come."""

    def __new__(cls, port, held):
        self = super().__new__(cls, port)
        self.held = held
        return self


@pytest.fixture
def silent():
    """The port of a server that accepts, and says nothing."""
    server = socket.create_server(("127.0.0.1", 0))
    held = []

    def accept():
        while True:
            try:
                held.append(server.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept)
    thread.start()
    yield Silent(server.getsockname()[1], held)
    server.shutdown(socket.SHUT_RDWR)
    thread.join()
    server.close()
    for one in held:
        one.close()


SHORT = {"SLIPWAY__GIT__STALL": "1"}


@pytest.mark.parametrize("scheme", ["http", "git", "ssh"])
def test_a_silent_remote_does_not_hold_up_who_reads(project, silent, scheme):
    env = {**SHORT, **({"GIT_SSH_COMMAND": "sleep 1000; true"} if scheme == "ssh" else {})}
    git(project.work, "config", "remote.origin.url", f"{scheme}://127.0.0.1:{silent}/tool.git")
    done = project.run("plan", "minor", env=env)
    error = done.error()
    assert done.status == 1 and error["code"] == "REMOTE_UNREACHABLE" and "did nothing for 1 s" in error["why"] and "git.stall" in error["fix"], done
    assert "not reached" in done.out and "which versions are burned" in done.out, done
    done = project.run("status", env=env)
    assert done.status == 0 and "not reached" in done.err and "nothing was released here yet" not in done.out, done
    for words in (("version",), ("notes", "1.0.0"), ("changelog", "show", "1.0.0")):
        assert project.run(*words, env=env).status == 0
    refused = project.run("release", "minor", "--yes", env=env)
    assert refused.status == 1 and refused.error()["code"] == "REMOTE_UNREACHABLE", refused
    assert not project.has_run()


@pytest.mark.parametrize("command, status", [("status", 0), ("resume", 4), ("abort", 1)])
def test_a_silent_remote_is_waited_for_once(stopped, tmp_path, silent, command, status):
    """The record on the remote would be asked for, written, tried again, and looked at."""
    project = stopped.copy(fresh(tmp_path / "project"))
    git(project.work, "config", "remote.origin.url", f"git://127.0.0.1:{silent}/tool.git")
    done = project.run(command, env=SHORT)
    assert done.status == status and len(silent.held) == 1, (len(silent.held), done)


def test_the_first_interrupt_ends_a_git_that_waits(project, silent):
    git(project.work, "config", "remote.origin.url", f"git://127.0.0.1:{silent}/tool.git")
    child = project.start("plan", "minor")
    while not any("ls-remote" in words for words in children_of(child.pid)):
        assert child.poll() is None
    os.kill(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130 and b"INTERRUPTED" in err, (out, err)


def children_of(pid):
    """The words of each child."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            try:
                found.append(pathlib.Path(f"/proc/{child}/cmdline").read_text().split("\0"))
            except OSError:
                pass
    return found
