"""What others can write into refs/slipway ends no process of this machine, fills no memory, and learns little."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

import pytest

sys.path[0:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parent)]
from support.project import SLIPWAY, environment, git  # noqa: E402
from support.records import Record  # noqa: E402
from test_share import CANDIDATE, RECORD, RELEASE, Clones, refused  # noqa: E402


@pytest.fixture
def clones(tmp_path):
    return Clones.make(tmp_path)


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


# ---- processes ----

HELD = "if mkdir {root}/held 2>/dev/null; then echo $$ >{root}/told; exec sleep 600; fi"


def test_a_live_gate_of_another_clone_is_left_alone(tmp_path):
    clones = Clones.make(tmp_path, gate=HELD)
    told = tmp_path / "told"
    os.mkfifo(told)
    ada = clones.ada.start(*RELEASE)
    pid = int(told.read_text())
    try:
        done = clones.bob.run("resume", "--yes")
        assert done.status == 0, done
        assert is_alive(pid), "the gate of the clone that was taken over was ended by the other one"
        assert "ended" not in done.err.split("What is left")[0]
    finally:
        ada.send_signal(signal.SIGTERM)
        ada.communicate(timeout=60)
    assert not is_alive(pid), "its own clone ends it"


def test_a_record_that_names_a_process_is_refused(clones):
    assert clones.ada.run(*RELEASE, "--draft").status == 6
    record = Record(clones.origin, RECORD)
    end = next(at for at, event in enumerate(record.events) if event["type"] == "outcome" and event["effect"] == "prove/gate/told")
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as victim:
        try:
            start = pathlib.Path(f"/proc/{victim.pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
            boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
            kept = {"process": {"pid": victim.pid, "start_time": start, "boot": boot}}
            record.events[end:] = [{**record.events[end], "type": "kept", "data": kept}]
            record.head["state"] = "stopped"
            record.write()
            error = refused(clones.bob.run("resume", "--yes"), "JOURNAL_EDITED")
            assert "process" in error["why"] and victim.poll() is None and is_alive(victim.pid)
        finally:
            victim.kill()


# ---- what it tells ----


def test_what_others_read_is_what_going_on_needs(tmp_path):
    clones = Clones.make(tmp_path, gate="echo the-end-of-$((1+1))-logs; test ! -e {root}/red")
    (tmp_path / "red").write_text("")
    assert clones.ada.run(*RELEASE).status == 4
    said = git(clones.origin, "log", "-p", "--text", "--format=%B", RECORD, "--")
    assert "gate told failed" in said
    for word in ("the-end-of-2-logs", '"pid"', '"why"', '"notes":[', '"machine"', str(clones.ada.work)):
        assert word not in said, word
    written = json.loads(git(clones.origin, "show", f"{RECORD}:run.json"))
    assert written["who"] == written["begun_who"] == "Ada Example"
    assert socket.gethostname() not in git(clones.origin, "show", f"{RECORD}:run.json") + git(clones.origin, "log", "--format=%B%an%ae%cn%ce", RECORD, "--")
    events = [json.loads(line) for line in git(clones.origin, "show", f"{RECORD}:events.jsonl").splitlines()]
    assert all("ada@example.org" not in json.dumps(event) for event in events[1:])
    assert CANDIDATE in clones.own_refs()


# ---- how much it is ----


def peak(project, *words):
    """The most memory, in KiB, that one process of it had, git's among them."""
    child = subprocess.Popen(words, cwd=project.work, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_maxrss


def many_values(record):
    return {"result": {"url": [0] * (7 << 20)}}


def one_long_value(record):
    return {"note": "x" * (15 << 20)}


@pytest.mark.parametrize("fill", [many_values, one_long_value], ids=["many", "long"])
def test_a_large_record_takes_no_memory(clones, fill):
    assert clones.ada.run(*RELEASE, "--draft").status == 6
    record = Record(clones.origin, RECORD)
    next(event for event in record.events if event["type"] == "outcome")["data"].update(fill(record))
    record.write()
    _, fetching = peak(clones.eve, "git", "fetch", "--quiet", "origin", RECORD)
    status, large = peak(clones.bob, SLIPWAY, "status")
    assert status == 0 and large < fetching + (24 << 10), (fetching, large)
    before = clones.own(clones.bob)
    assert "at most" in refused(clones.bob.run("resume", "--yes"), "TOO_LARGE")["what"]
    assert clones.own(clones.bob) == before
