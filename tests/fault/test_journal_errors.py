"""The journal cannot be written: each call that changes it fails once, with each error. Nothing hangs, nothing is done without a record, and what was begun can be
finished or taken back."""

import errno
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import SLIPWAY_FAULT, Project, git, listing, remove  # noqa: E402
from support.seed import seed  # noqa: E402

RELEASE = ("release", "minor", "--yes")
ERRORS = [errno.ENOSPC, errno.EIO, errno.EAGAIN, errno.EINTR, errno.EDQUOT, errno.EROFS]
FULL = {errno.ENOSPC, errno.EDQUOT}
CONFIG = 'gates:\n  quick: {run: ["true"]}\njournal: {share: "off"}\n'
FILES = {"pyproject.toml": None, "tool/__init__.py": None, "build.sh": None, "VERSION": "1.0.0\n"}  # nothing to build: the journal is what counts
SEED = seed()
SAMPLE = 10


def seen(project):
    forge = {key: value for key, value in listing(project.forge).items() if key != b".lock"} if project.forge.exists() else {}
    return {"tree": project.tree(), **project.repository(), "forge": forge, "tag": git(project.work, "cat-file", "tag", "v1.1.0", check=False)}


class Reference:
    def __init__(self, scratch):
        self.scratch, self.template = scratch, Project.make(scratch / "template" / "project", files=FILES, config=CONFIG)
        self.before = seen(self.template)
        calls = scratch / "calls"
        project = self.fresh()
        done = project.fault(*RELEASE, SLIPWAY_FAULT_CALLS=calls)
        assert done.status == 0, done
        self.after, self.calls = seen(project), calls.read_text().splitlines()

    def fresh(self):
        remove(self.scratch / "run")
        (self.scratch / "run").mkdir(parents=True)
        return self.template.copy(self.scratch / "run")


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return Reference(tmp_path_factory.mktemp("journal-errors"))


def stopped_clearly(done, problem, call):
    """What a person reads, and the status that a script reads."""
    error = done.error()
    assert done.status in (1, 5), done
    assert all(error.get(part) for part in ("what", "why", "state", "fix", "rerun")), done
    if problem not in FULL or "write" in call:  # of other calls SQLite does not always keep why they failed
        assert (error["code"] == "DISK_FULL") == (problem in FULL), done
    assert error["code"] in ("DISK_FULL", "JOURNAL_UNREADABLE"), done


def tells_the_truth(project):
    """status works, nobody seems to be at work, and what it advises is there to be done. What it advises, or None where there is no run."""
    done = project.fault("status", "--json")
    assert done.status == 0, done
    shown = json.loads(done.out)
    if shown["run"] is None:
        return None
    assert not (shown["owner"] or {}).get("alive") and shown["run"]["state"] != "running", done
    return shown["next"]


def go_on(reference, project, command):
    """Resumes or takes back, as it is advised; what came of it."""
    advised = tells_the_truth(project)
    if advised in (None, ["slipway plan minor"]):
        command = None
    elif f"slipway {command}" not in advised:
        command = "resume"
    done = project.fault(command) if command else None
    if command == "abort" and done.status == 5 and done.error()["code"] == "NOT_ABORTABLE":
        assert git(project.origin, "tag", "--list", "v1.1.0"), done  # the push arrived without its record: abort looked
        command, done = "resume", project.fault("resume")
    assert done is None or done.status == 0, done
    return reference.before if command == "abort" else reference.after if command or project.has_run() else reference.before


def fails_once(reference, number, problem, command):
    project = reference.fresh()
    done = project.run(*RELEASE, program=SLIPWAY_FAULT, env={"SLIPWAY_FAULT_CALL": f"{number} {problem}"}, timeout=90)
    if done.status != 0:
        stopped_clearly(done, problem, reference.calls[number - 1])
    expected = go_on(reference, project, command)
    assert seen(project) == expected


def product(reference):
    return [(number, problem, ("resume", "abort")[(number + problem) % 2]) for number in range(1, len(reference.calls) + 1) for problem in ERRORS]


def test_there_are_calls_of_every_kind(reference):
    kinds = {line.split()[1] for line in reference.calls}
    assert {"open", "unlink", "fdatasync"} <= kinds and kinds & {"pwrite", "write"} and len(reference.calls) > 50, reference.calls


def test_each_call_fails_once(reference, record_property):
    """By a seed; all of it with FAULT_ALL=1."""
    cases = product(reference)
    chosen = cases if os.environ.get("FAULT_ALL") else random.Random(SEED).sample(cases, SAMPLE)
    record_property("note", f"{len(chosen)} of {len(cases)} errors; seed {SEED}")
    wrong = {}
    for number, problem, command in chosen:
        try:
            fails_once(reference, number, problem, command)
        except (AssertionError, subprocess.TimeoutExpired) as found:
            wrong[f"{reference.calls[number - 1]}, {errno.errorcode[problem]}, {command}"] = str(found)[:1500]
    assert not wrong, f"seed {SEED}: {len(wrong)} of {len(chosen)} end wrongly; the first: {next(iter(wrong.items()))}"


def test_the_record_of_an_intent_fails(reference):
    """The call at which the release of before hung for ever: the first effect's intent cannot be written."""
    project = reference.fresh()
    log = project.root / "calls"
    project.fault("release", "minor", "--yes", SLIPWAY_FAULT_CALLS=log, SLIPWAY_FAULT_KILL="journal-before intent prepare/branch #1")
    number = len(log.read_text().splitlines()) + 1
    for command in ("resume", "abort"):
        fails_once(reference, number + 1, errno.ENOSPC, command)


def test_another_program_holds_the_file(reference):
    """SQLITE_BUSY: it is waited for, then the run stops and says so."""
    project = reference.fresh()
    child = project.start(*RELEASE, program=SLIPWAY_FAULT, env={"SLIPWAY_FAULT_STOP": "apply-before prepare/commit #1"})
    os.waitid(os.P_PID, child.pid, os.WSTOPPED)
    other = sqlite3.connect(project.state / "journal.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    os.kill(child.pid, signal.SIGCONT)
    _, err = child.communicate(timeout=60)
    other.execute("ROLLBACK")
    other.close()
    text = err.decode()
    assert child.returncode == 1 and "error[JOURNAL_UNREADABLE]" in text and "database is locked" in text and "other program" in text, text
    assert tells_the_truth(project) == ["slipway resume", "slipway abort"]
    assert project.fault("abort").status == 0 and seen(project) == reference.before


def test_status_reads_behind_a_write_that_was_cut_off(reference):
    """A rollback journal that a killed writer left is taken back by whoever reads next, `status` too."""
    project = reference.fresh()
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-after prepare/commit #1").status == -9
    database = project.state / "journal.db"
    writer = subprocess.run(
        [sys.executable, "-c", "import os, sqlite3, sys\nd = sqlite3.connect(sys.argv[1], isolation_level=None)\nd.execute('PRAGMA cache_size = 1')\n"
         "d.execute('BEGIN IMMEDIATE')\nd.execute('UPDATE event SET data = data || ?', ('x' * 100000,))\nos.kill(os.getpid(), 9)\n", database], check=False)
    assert writer.returncode == -9 and database.with_name("journal.db-journal").stat().st_size > 0
    assert tells_the_truth(project) == ["slipway resume", "slipway abort"]
    assert project.fault("resume").status == 0 and seen(project) == reference.after


# ---- signals ----


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_ends_a_question(reference, number):
    """Nothing waits for a second one."""
    project = reference.fresh()
    controller, terminal = os.openpty()
    child = project.start("release", "minor", program=SLIPWAY_FAULT, stdin=terminal)
    child.stderr.close()
    os.kill(child.pid, number) if child.poll() is None else None
    assert child.wait(timeout=60) in (130, 2, -number), child.returncode
    os.close(controller)
    os.close(terminal)
    assert not project.has_run()


def test_the_first_signal_ends_whatever_does_not_stop(reference):
    """An effect that hears of nothing: the program waits for it for a while, and no longer."""
    project = reference.fresh()
    env = {"SLIPWAY_FAULT_HANG": "apply-before prepare/commit #1", "SLIPWAY_TEST_PATIENCE": "1"}
    child = project.start(*RELEASE, program=SLIPWAY_FAULT, env=env)
    while b"hangs" not in (line := child.stderr.readline()):
        assert line, "it ended before it hung"
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130 and b"error[INTERRUPTED]" in err and b"fix:   slipway status" in err, err
    assert tells_the_truth(project) == ["slipway resume", "slipway abort"]
    assert project.fault("resume").status == 0 and seen(project) == reference.after
