"""Gates, interruption, what is left running, and the small commands."""

import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import SLIPWAY, SLIPWAY_FAULT, Project, environment, git, listing  # noqa: E402

RELEASE = ("release", "minor", "--yes")
BUILD = 'packages:\n  tool: {run: [sh, build.sh, "{out}"], expect: ["tool-{version}.bin", "tool-{version}.txt"]}\n'


def make(tmp_path, gates, build=BUILD, **files):
    return Project.make(tmp_path / "p", files=files, config=f"gates:\n{gates}{build}")


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def wait_for(condition, seconds=30):
    """A condition on processes or files of another process; there is nothing to block on."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)  # reason: polls the state of a process that is no child of this one


# ---- results ----


def test_all_results_are_shown_and_a_failing_gate_has_its_tail(tmp_path):
    project = make(tmp_path, '  good: {run: ["true"]}\n  bad: {run: [sh, -c, "seq 100; echo the reason >&2; exit 3"]}\n  worse: {run: [sh, -c, "echo another; exit 1"]}\n')
    done = project.run(*RELEASE)
    error = done.error()
    assert done.status == 4 and error["code"] == "GATE_FAILED", done
    assert "prove/gate/bad" in error["what"] and "prove/gate/worse" in error["what"]
    assert "the reason" in done.err and "another" in done.err and "exit 3" in done.err
    log = project.state / "runs" / "v1.1.0" / "logs" / "bad.log"
    assert str(log) in done.err and log.read_text().startswith("1\n2\n")
    assert git(project.origin, "tag", "--list", "v1.1.0") == ""
    assert project.run("abort").status == 0
    assert git(project.work, "status", "--porcelain") == ""


def test_a_gate_that_was_mended_by_replan(tmp_path):
    project = make(tmp_path, '  check: {run: [sh, check.sh]}\n', **{"check.sh": "exit 1\n"})
    assert project.run(*RELEASE).status == 4
    assert project.run("abort").status == 0
    project.commit("fix: check", **{"check.sh": "exit 0\n"})
    git(project.work, "push", "--quiet", "origin", "main")
    assert project.run(*RELEASE).status == 0


def test_a_gate_that_hangs_is_ended_with_all_its_children(tmp_path):
    project = make(tmp_path, f'  hang: {{run: [sh, -c, "sleep 1000 & echo $! >{tmp_path}/pid; wait"], timeout: 1}}\n')
    done = project.run(*RELEASE)
    assert done.status == 4 and "timed out" in done.err, done
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_gate_killed_by_a_signal_failed(tmp_path):
    project = make(tmp_path, '  killed: {run: [sh, -c, "kill -9 $$"]}\n')
    done = project.run(*RELEASE)
    assert done.status == 4 and "signal 9" in done.err, done


def test_a_gate_that_changes_tracked_files(tmp_path):
    project = make(tmp_path, '  meddle: {run: [sh, -c, "echo meddled >>tool/__init__.py"]}\n')
    done = project.run(*RELEASE)
    assert done.status == 4 and "TREE_CHANGED" in done.err and "meddled" in done.err, done


def test_output_that_would_play_with_the_terminal(tmp_path):
    project = make(tmp_path, '  rude: {run: [sh, -c, "printf \\"\\\\033[2J\\\\033]0;title\\\\007\\\\001 hello\\\\n\\"; exit 1"]}\n')
    done = project.run(*RELEASE)
    assert done.status == 4 and "\033" not in done.err and "\001" not in done.err and "hello" in done.err


def test_a_program_that_is_not_there(tmp_path):
    project = make(tmp_path, "  gone: {run: [no-such-program-here]}\n")
    done = project.run(*RELEASE)
    error = done.error()
    assert done.status == 2 and error["code"] == "PROGRAM_MISSING" and "no-such-program-here" in error["what"]


def test_shell_text_is_refused(tmp_path):
    project = make(tmp_path, "  pipe: {run: 'cat x | wc'}\n")
    error = project.run(*RELEASE).error()
    assert error["code"] == "CONFIG" and "slipway.yaml:2:" in error["what"] and "sh, -c" in error["fix"]


def test_an_unknown_key_names_the_nearest(tmp_path):
    project = make(tmp_path, '  good: {run: ["true"], timout: 5}\n')
    done = project.run(*RELEASE)
    error = done.error()
    assert done.status == 2 and "slipway.yaml:2:" in error["what"] and "timeout" in error["fix"]


# ---- interruption ----

STUBBORN = "trap '' TERM INT HUP; (trap '' TERM INT HUP; echo $$ >{0}/leader; sh -c 'echo $$' >{0}/child; while :; do sleep 1; done) & echo $! >{0}/grandchild; while :; do sleep 1; done"


def stubborn(tmp_path):
    script = STUBBORN.format(tmp_path)
    return make(tmp_path, "  stubborn: {run: [sh, gate.sh]}\n", **{"gate.sh": script + "\n"})


def gate_runs(tmp_path):
    return (tmp_path / "grandchild").exists() and (tmp_path / "grandchild").read_text().strip() and (tmp_path / "leader").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_in_a_gate_that_ignores_it(tmp_path, number):
    project = stubborn(tmp_path)
    child = project.start(*RELEASE)
    wait_for(lambda: gate_runs(tmp_path))
    pids = [int((tmp_path / name).read_text()) for name in ("leader", "grandchild")]
    os.kill(child.pid, number)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err.decode()
    assert b"error[INTERRUPTED]" in err and b"slipway resume" in err
    assert not any(alive(pid) for pid in pids)
    project_fixed(project)


def project_fixed(project):
    """The gate is made harmless without a change to the tree, and the run goes on."""
    (project.work / ".git" / "done").write_text("")
    assert project.run("abort").status == 0
    assert git(project.work, "status", "--porcelain") == ""


def test_the_orphan_of_a_killed_slipway_is_ended_at_resume(tmp_path):
    once = "if [ -e {0}/second ]; then exit 0; fi; touch {0}/second\n" + STUBBORN
    project = make(tmp_path, "  stubborn: {run: [sh, gate.sh]}\n", **{"gate.sh": once.format(tmp_path) + "\n"})
    child = project.start(*RELEASE)
    wait_for(lambda: gate_runs(tmp_path))
    pids = [int((tmp_path / name).read_text()) for name in ("leader", "grandchild")]
    child.kill()
    child.communicate(timeout=60)
    assert all(alive(pid) for pid in pids)
    done = project.run("resume")
    assert done.status == 0, done
    assert "killed slipway left running" in done.err
    assert not any(alive(pid) for pid in pids)


# ---- what is shown ----


def test_events_are_json_lines(tmp_path):
    project = make(tmp_path, '  good: {run: [sh, -c, "echo one; echo two"]}\n')
    done = project.run(*RELEASE, "--events")
    assert done.status == 0, done
    events = [json.loads(line) for line in done.out.splitlines()]
    assert all(event["schema"] == 1 for event in events)
    assert [event["line"] for event in events if event["event"] == "line" and event["effect"] == "prove/gate/good"] == ["one", "two"]
    assert [event["event"] for event in events].count("crossed") == 1


def test_errors_as_json(tmp_path):
    project = make(tmp_path, '  good: {run: ["true"]}\n')
    git(project.work, "remote", "remove", "origin")
    done = project.run(*RELEASE, "--json")
    assert json.loads(done.err)["error"]["code"] == "NO_REMOTE"


def screen(project, *words, size=(24, 80)):
    """All that a run writes to a terminal of its own."""
    import fcntl
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    env = environment(TERM="xterm")
    env.pop("NO_COLOR")
    child = subprocess.Popen([SLIPWAY, *words], cwd=project.work, env=env, stdin=follower, stdout=follower, stderr=follower, start_new_session=True)
    os.close(follower)
    seen = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(leader)
    return child.wait(), seen.decode()


def test_the_live_view(tmp_path):
    project = make(tmp_path, '  slow: {run: [sh, -c, "echo working hard; sleep 0.5"]}\n')
    status, seen = screen(project, *RELEASE)
    assert status == 0, seen
    assert "working hard" in seen and "running" in seen and "\033[J" in seen and "point of no return" in seen


@pytest.mark.parametrize("answer, status", [("y\n", 0), ("n\n", 1), ("\n", 1)])
def test_it_asks_on_a_terminal(tmp_path, answer, status):
    project = make(tmp_path, '  good: {run: ["true"]}\n')
    leader, follower = pty.openpty()
    child = subprocess.Popen([SLIPWAY, "release", "minor"], cwd=project.work, env=environment(), stdin=follower, stdout=subprocess.DEVNULL, stderr=follower, start_new_session=True)
    os.close(follower)
    seen = b""
    while b"[y/N]" not in seen:
        seen += os.read(leader, 4096)
    os.write(leader, answer.encode())
    try:
        while os.read(leader, 4096):
            pass
    except OSError:
        pass
    os.close(leader)
    assert child.wait(timeout=60) == status
    assert (git(project.origin, "tag", "--list", "v1.1.0") == "v1.1.0") == (status == 0)


# ---- commands alone ----


@pytest.fixture
def project(tmp_path):
    return Project.make(tmp_path / "p")


def test_version_shows_and_raises(project):
    assert project.run("version").out.splitlines()[0] == "1.0.0"
    before = listing(project.root)
    shown = project.run("version", "--minor", "--dry-run")
    assert shown.status == 0 and '+version = "1.1.0"' in shown.out
    assert listing(project.root) == before
    assert project.run("version", "--set", "2.0.0", "--no-commit").status == 0
    assert "__version__ = \"2.0.0\"" in (project.work / "tool" / "__init__.py").read_text()
    git(project.work, "checkout", "--quiet", ".")
    done = project.run("version", "--patch")
    assert done.status == 0, done
    assert git(project.work, "log", "--format=%s", "-1") == "chore(release): bump version to 1.0.1"
    assert git(project.work, "status", "--porcelain") == ""


def test_changelog_release(project):
    done = project.run("changelog", "release", "1.1.0")
    assert done.status == 0, done
    assert "## [Unreleased]\n\n## [1.1.0] - 2026-09-21\n" in (project.work / "CHANGELOG.md").read_text()
    assert "A way to count things." in project.run("changelog", "show", "1.1.0").out


def test_notes(project, tmp_path):
    path = tmp_path / "notes.md"
    assert project.run("notes", "--unreleased", "--output", str(path)).status == 0
    text = path.read_text()
    for part in ("Summary", "Breaking changes", "Upgrade instructions", "Known issues", "Contributors"):
        assert f"## {part}" in text
    assert "Ada Example" in text or "None: there is no commit" in text


def test_gates_run(project):
    done = project.run("gates", "run")
    assert done.status == 0 and "2 gates passed" in done.out, done
    assert "there is no gate 'quik'" in project.run("gates", "run", "quik").err


def test_build_replaces_dist_and_verify_reads_it(project):
    (project.work / "dist").mkdir()
    (project.work / "dist" / "old").write_text("old\n")
    done = project.run("build")
    assert done.status == 0, done
    assert sorted(path.name for path in (project.work / "dist").iterdir()) == ["SHA256SUMS", "tool-1.0.0.bin", "tool-1.0.0.txt"]
    assert git(project.work, "worktree", "list").count("\n") == 0
    assert project.run("verify", "dist/tool-1.0.0.bin").status == 0


def test_verify_names_what_is_wrong(project):
    (project.work / "tool-1.0.0-py3-none-any.whl").write_bytes(b"no zip")
    done = project.run("verify", "tool-1.0.0-py3-none-any.whl")
    assert done.status == 4 and "error[PACKAGE]" in done.err, done


@pytest.mark.parametrize("words", [["--help"], ["release", "--help"], ["help", "plan"], ["--version"], ["config"], ["config", "schema"]])
def test_help(project, words):
    done = project.run(*words)
    assert done.status == 0 and done.out and not done.err


def test_unknown_command_names_the_nearest(project):
    done = project.run("relaese", "minor")
    assert done.status == 2 and "slipway release" in done.err
