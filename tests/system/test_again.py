"""A record of another clone is planned again by the one that goes on: what is not the same is shown in full and refused, unless accepted one by one."""

import os
import pathlib
import pty
import select
import sys

import pytest

sys.path[0:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parent)]
from support.project import SLIPWAY, environment, git, remove  # noqa: E402
from support.records import Record  # noqa: E402
from test_share import CANDIDATE, RECORD, RELEASE, Clones, refused  # noqa: E402


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A release whose gate failed: its gates are to be run by whoever goes on."""
    root = tmp_path_factory.mktemp("again") / "run"
    root.mkdir()
    clones = Clones.make(root)
    (root / "red").write_text("")
    assert clones.ada.run(*RELEASE).status == 4
    (root / "red").unlink()
    kept = root.parent / "kept"
    root.rename(kept)
    return root, kept


@pytest.fixture
def clones(template):
    root, kept = template
    remove(root)
    os.system(f"cp -a {kept} {root}")
    return Clones(root)


def effect(record, name):
    return next(effect for effect in record.plan["effects"] if effect["id"] == name)


def gate(record):
    return effect(record, "prove/gate/told")


def told(record, shown):
    """The title is what the parameters say."""
    gate(record)["title"] = shown(gate(record)["title"])


def other_words(record):
    words = gate(record)["params"]["run"]
    told(record, lambda title: title.replace(words[2], "touch owned"))
    words[2] = "touch owned"
    return "prove/gate/told", "touch owned"


def other_environment(record):
    gate(record)["params"]["env"] = {"BASH_ENV": "/tmp/owned"}
    return "prove/gate/told", "/tmp/owned"


def no_such_gate(record):
    record.plan["effects"].remove(gate(record))
    record.events = [event for event in record.events if event["effect"] != "prove/gate/told"]
    return "prove/gate/told", "left out by the record: run the gate told"


def one_gate_more(record):
    more = {**gate(record), "id": "prove/gate/more", "needs": []}
    record.plan["effects"].insert(record.plan["effects"].index(gate(record)) + 1, more)
    return "prove/gate/more", "this clone plans nothing of the kind"


def other_notes(record):
    effect(record, "stage/draft")["params"]["release"]["notes"] = "Buy this."
    return "stage/draft", "Buy this."


def other_file(record):
    changed = effect(record, "prepare/files")
    first = changed["params"]["files"][0]
    first["mode"] = 0o755
    changed["title"] = changed["title"].replace(first["path"], f'{first["path"]} (a program)', 1)
    return "prepare/files", '"mode":493'


def skipped_gate(record):
    record.plan["release"]["request"]["skip"] = ["told"]
    record.plan["release"]["request"]["reasons"] = ["no time"]
    no_such_gate(record)
    return "skip/told", "no time"


CHANGES = [other_words, other_environment, no_such_gate, one_gate_more, other_notes, other_file, skipped_gate]


def change_record(clones, change):
    record = Record(clones.origin, RECORD)
    name, shown = change(record)
    record.seal()
    record.write()
    return name, shown


@pytest.mark.parametrize("command", ["resume", "abort"])
@pytest.mark.parametrize("change", CHANGES, ids=[change.__name__ for change in CHANGES])
def test_what_differs_is_shown_and_refused(clones, change, command):
    name, shown = change_record(clones, change)
    before, remote = clones.own(clones.bob), git(clones.origin, "for-each-ref")
    done = clones.bob.run(command, "--yes")
    if done.error().get("code") == "PLAN_BROKEN":
        pytest.fail(f"the changed record is not whole: {done}")
    error = refused(done, "PLAN_STALE")
    assert name in error["why"].split("\n") and shown in done.err, done
    assert "--accept" in error["fix"] and not (clones.bob.work / "owned").exists()
    assert clones.own(clones.bob) == before and git(clones.origin, "for-each-ref") == remote


def test_what_is_the_same_asks_nothing(clones):
    done = clones.bob.run("resume", "--yes")
    assert done.status == 0 and "The record has" not in done.err, done


def test_what_is_accepted_by_name_is_done(clones):
    change_record(clones, other_environment)
    other = clones.bob.run("resume", "--yes", "--accept", "prove/gate/look")
    assert "names nothing" in refused(other, "USAGE")["what"]
    done = clones.bob.run("resume", "--yes", "--accept", "prove/gate/told")
    assert done.status == 0, done


def answered(clones, answers, *words):
    """On a terminal, each answer typed when it is asked for."""
    pid, screen = pty.fork()
    if pid == 0:
        os.chdir(clones.bob.work)
        os.execve(SLIPWAY, [SLIPWAY, *words], environment(**clones.bob.users()))
    seen, left = b"", list(answers)
    while select.select([screen], [], [], 120)[0]:
        try:
            part = os.read(screen, 65536)
        except OSError:
            break
        seen += part
        while left and left[0][0].encode() in seen:
            os.write(screen, left.pop(0)[1].encode() + b"\n")
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), seen.decode(errors="replace")


@pytest.mark.parametrize("answer, status", [("prove/gate/told", 0), ("y", 1), ("yes", 1), ("", 1)])
def test_a_person_types_its_name(clones, answer, status):
    change_record(clones, other_environment)
    code, seen = answered(clones, [("type its name", answer)], "resume", "--yes")
    assert code == status and "BASH_ENV" in seen, seen


def test_a_candidate_with_other_files_is_refused(clones):
    """Its commits bring what the plan changes, and nothing else."""
    record = Record(clones.origin, RECORD)
    tag, branch = record.head["refs"]["tag"], record.head["refs"]["branch"]
    scratch = clones.root / "mallory"
    git(clones.root, "clone", "--quiet", str(clones.origin), "mallory")
    git(scratch, "fetch", "--quiet", "origin", f"{CANDIDATE}:refs/heads/candidate")
    merge = git(scratch, "rev-parse", "candidate^")
    git(scratch, "checkout", "--quiet", "--detach", merge)
    (scratch / "Makefile").write_text("all:\n\ttouch owned\n")
    git(scratch, "add", "Makefile")
    git(scratch, "-c", "user.name=M", "-c", "user.email=m@x", "commit", "--quiet", "-m", "Release v1.1.0")
    text = git(scratch, "show", "candidate:tag").replace(merge, git(scratch, "rev-parse", "HEAD"))
    made = git(scratch, "hash-object", "-t", "tag", "-w", "--stdin", input=(text.rstrip("\n") + "\n").encode())
    (scratch / "tag").write_text(text.rstrip("\n") + "\n")
    git(scratch, "add", "tag")
    tree = git(scratch, "mktree", input=f"100644 blob {git(scratch, 'hash-object', '-w', 'tag')}\ttag\n".encode())
    candidate = git(scratch, "-c", "user.name=M", "-c", "user.email=m@x", "commit-tree", tree, "-p", "HEAD", "-m", "candidate")
    git(scratch, "push", "--quiet", "--force", "origin", f"{candidate}:{CANDIDATE}")
    record.head["candidate"] = candidate
    record.head["refs"]["tag"] = made
    record.write()
    before = clones.own(clones.bob)
    error = refused(clones.bob.run("resume", "--yes"), "CONFLICT")
    assert "not what its plan makes" in error["what"] and "Makefile" in error["why"]
    assert clones.own(clones.bob) == before and (tag, branch)
