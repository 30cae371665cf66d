"""Every state of the shared record, with every state of the world, here and in another clone: the command that slipway names leads out, to an end that is true.

The table of docs/guide.md ("Going on elsewhere") is walked: a person types `slipway release minor` and then, as often as it takes, what stands behind `fix:`."""

import itertools
import os
import pathlib
import random
import shlex
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.clones import CANDIDATE, MAIN, RECORD, RELEASE, TAG, Case  # noqa: E402
from support.project import environment, git  # noqa: E402
from support.records import Record  # noqa: E402
from support.seed import seed  # noqa: E402

STEPS = 7
SEED = seed()
CELLS = 22


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return Case(tmp_path_factory.mktemp("ways"))


# ---- the world ----


def nothing(case):
    return case.killed("apply-before push/refs #1")


def half(case):
    pair = pushed(case)
    git(pair.origin, "update-ref", "-d", TAG)
    return pair


def half_tag(case):
    pair = pushed(case)
    git(pair.origin, "update-ref", MAIN, "v1.0.0^{commit}")
    return pair


def pushed(case):
    return case.killed("apply-after push/refs #1")


def published(case):
    return case.killed("apply-after publish/release #1")


def public_alone(case):
    """The release is public, and somebody took the tag away from the remote."""
    pair = published(case)
    git(pair.origin, "update-ref", "-d", TAG)
    return pair


WORLDS = [nothing, half, half_tag, pushed, published, public_alone]

# ---- the record ----


def rewritten(pair, ended=False, **head):
    """By another clone's hand."""
    record = Record(pair.origin, RECORD)
    record.head.update({"who": "Eve <eve@example.org>", "machine": "elsewhere", **head})
    record.write()
    if ended:
        git(pair.origin, "update-ref", "-d", CANDIDATE)


def absent(pair):
    for ref in (RECORD, CANDIDATE):
        git(pair.origin, "update-ref", "-d", ref)


def ours(pair):
    pass


def theirs(pair):
    rewritten(pair, state="active")


def waits(pair):
    rewritten(pair, state="waiting")


def stopped(pair):
    rewritten(pair, state="stopped")


def crossed(pair):
    rewritten(pair, state="stopped", crossed=True)


def done(pair):
    rewritten(pair, ended=True, state="done", crossed=True)


def aborted(pair):
    rewritten(pair, ended=True, state="aborted")


def unreadable(pair):
    record = Record(pair.origin, RECORD)
    record.lines = b"no journal\n"
    record.write()


RECORDS = [absent, ours, theirs, waits, stopped, crossed, done, aborted, unreadable]
# Where nothing of it is shared, or it is closed, another clone has nothing to go on with.
ELSEWHERE = [theirs, waits, stopped, crossed, unreadable]


def all_cells():
    return list(itertools.product(["ada"], RECORDS, WORLDS)) + list(itertools.product(["bob"], ELSEWHERE, WORLDS))


def chosen():
    """FAULT_ALL=1: all of them. Else a sample, whose seed test_of_which_some_are_walked notes."""
    cells = all_cells()
    return cells if os.environ.get("FAULT_ALL") == "1" else random.Random(SEED).sample(cells, CELLS)


# ---- a person ----


def first_command(fix):
    """What a person pastes: all that stands before the first comma, semicolon or 'then'."""
    return fix.split("\n")[0].removeprefix("to go on with it here: ").split(", ")[0].split("; ")[0]


def paste(project, command):
    words = shlex.split(command)
    if words[0] != "slipway" and not words[0].startswith("SLIPWAY_"):
        done = subprocess.run(["sh", "-ec", command], cwd=project.work, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout, {}
    env = dict(word.split("=", 1) for word in words if "=" in word)
    words = [word for word in words if "=" not in word][1:]
    yes = ["--yes"] if words[0] in ("release", "publish", "resume", "abort") else []
    ended = project.run(*words, *yes, env=env)
    return ended.status, ended.out + ended.err, ended.error()


def walk(project):
    """(the last command, all that was said)."""
    command, said = "slipway release minor", []
    for _ in range(STEPS):
        status, text, error = paste(project, command)
        said.append(f"$ {command}\n{status}: {text}")
        if status == 0 and command.startswith(("slipway", "SLIPWAY")):
            return command, said
        if status != 0 and not error:
            break
        if error.get("code") in ("NOTHING_TO_RELEASE", "TAG_EXISTS", "NO_RELEASE"):
            return "over", said
        command = first_command(error["fix"]) if error else "slipway resume"
    return None, said


def is_true(pair, project, world):
    """What is left agrees with itself: released wholly, or taken back wholly. Of a record that somebody removed nobody but its writer knows the rest."""
    refs, wrong = pair.refs(), []
    if project is pair.bob and RECORD not in refs:
        return []
    if TAG in refs:
        wrong += [] if pair.is_public() else ["the tag is out and the release is not public"]
        wrong += [] if git(pair.origin, "rev-list", "--count", f"{MAIN}..{TAG}") == "0" else ["main does not hold the tag"]
        wrong += ["the record says aborted"] if RECORD in refs and is_readable(pair) and pair.record()["state"] == "aborted" else []
    else:
        wrong += ["it is public without a tag"] if pair.is_public() else []
        wrong += ["a draft is left"] if pair.drafts() else []
    wrong += ["a candidate is left"] if CANDIDATE in refs and is_readable(pair) else []
    events = project.events() if project.has_run() else []
    last = events[-1][0] if events else None
    return wrong + ([] if last in ("done", "aborted", "superseded", None) else [f"the journal ends in {last}"])


def is_readable(pair):
    return git(pair.origin, "show", f"{RECORD}:events.jsonl", check=False).startswith("{")


def test_of_which_some_are_walked(record_property):
    cells = chosen()
    record_property("note", f"{len(cells)} of {len(all_cells())} cells; seed {SEED}")
    assert len(set(cells)) == len(cells) >= CELLS


@pytest.mark.parametrize("who, record, world", chosen(), ids=lambda value: value if isinstance(value, str) else value.__name__)
def test_one_command_leads_out(case, who, record, world):
    pair = world(case)
    record(pair)
    project = getattr(pair, who)
    last, said = walk(project)
    text = "\n".join(said)
    assert last is not None, f"no way out after {STEPS} commands\n{text}"
    assert last == "over" or not (wrong := is_true(pair, project, world)), f"{wrong}\n{text}"
    if world is not nothing:
        assert "is aborted" not in text, text
