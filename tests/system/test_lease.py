"""The lease on a release: kept up with retries, nothing goes out without it, and the end is told or the run is not done."""

import json
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.clones import CANDIDATE, RECORD, RELEASE, TAG, Case, go_on, stopped  # noqa: E402
from support.project import environment  # noqa: E402

OFF = {"SLIPWAY__JOURNAL__SHARE": "off"}
CLAIMED = f"git rev-parse --quiet --verify {RECORD} >/dev/null"


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return Case(tmp_path_factory.mktemp("lease"))


def begun(project):
    return [effect for kind, effect, _ in project.events() if kind == "intent"]


def held_up(done, status, state):
    error = done.error()
    assert done.status == status and error["code"] == "PUSH_REJECTED" and "the hold on v1.1.0 could not be renewed" in error["what"] and "house rule" in error["why"] and state in error["state"], done
    return error["fix"]


def is_done(pair, project):
    assert project.outcomes()["last"] == "done" and pair.is_public() and TAG in pair.refs()
    assert pair.record()["state"] == "done" and [ref for ref in pair.refs() if ref.startswith("refs/slipway/")] == [RECORD]


def test_a_server_that_refuses_for_a_moment(case):
    """Two writes of each three are refused: the record is whole all the same."""
    pair = case.fresh()
    pair.refuse(f'{CLAIMED} && echo >>tries && test $(($(wc -l <tries) % 3)) -ne 0')
    done = pair.ada.run(*RELEASE)
    assert done.status == 0 and "not shared" not in done.err, done
    is_done(pair, pair.ada)


def test_nothing_goes_out_without_the_lease(case):
    pair = case.fresh()
    pair.refuse(CLAIMED)
    done = pair.ada.run(*RELEASE)
    fix = held_up(done, 1, "nothing more was begun that others could see")
    assert not pair.drafts() and not pair.is_public() and TAG not in pair.refs() and "stage/draft" not in begun(pair.ada)
    assert "prove/artifacts" in begun(pair.ada), "what nobody sees goes on"
    pair.accept()
    assert fix.startswith("slipway resume, ")
    done = pair.ada.run("resume")
    assert done.status == 0, done
    is_done(pair, pair.ada)


def test_nothing_is_published_without_the_lease(case):
    pair = case.fresh()
    pair.refuse(f"git rev-parse --quiet --verify {TAG} >/dev/null")
    done = pair.ada.run(*RELEASE)
    held_up(done, 5, "branch and tag are on the remote, and nothing more was begun")
    assert not pair.is_public() and "publish/release" not in begun(pair.ada)
    refused = pair.bob.run("abort", "--yes")
    assert refused.status == 5 and refused.error()["code"] == "NOT_ABORTABLE" and "abort" not in refused.error()["fix"], refused
    pair.accept()
    assert pair.ada.run("resume").status == 0
    is_done(pair, pair.ada)


def test_an_end_that_cannot_be_told_is_none(case):
    pair = case.fresh()
    pair.refuse(f"test -e {pair.forge}/v1.1.0")
    done = pair.ada.run(*RELEASE)
    fix = held_up(done, 5, "all of it is done and public")
    assert fix.startswith("slipway resume, which only tells") and "is released" not in done.out
    shown = json.loads(pair.ada.run("status", "--json").out)
    assert shown["run"]["state"] == "stopped" and shown["next"] == ["slipway resume"]
    before = begun(pair.ada)
    pair.accept()
    assert pair.ada.run("resume").status == 0
    assert begun(pair.ada) == before, "only the end is told"
    is_done(pair, pair.ada)


def test_an_abort_that_cannot_be_told_is_none(case):
    pair = case.killed("apply-after prepare/tag #1")
    pair.refuse("true")
    fix = held_up(pair.ada.run("abort"), 1, "all of it is taken back")
    assert fix.startswith("slipway abort, which only tells") and TAG not in pair.ada.refs()
    assert pair.ada.run("resume").error()["fix"] == "slipway abort"
    pair.accept()
    assert pair.ada.run("abort").status == 0
    assert pair.ada.outcomes()["last"] == "aborted" and pair.record()["state"] == "aborted"


def test_a_draft_is_not_removed_without_the_lease(case):
    pair = case.killed("apply-after stage/draft #1")
    pair.refuse("true")
    held_up(pair.ada.run("abort"), 1, "one of them may go on")
    assert pair.drafts()
    pair.accept()
    assert pair.ada.run("abort").status == 0 and not pair.drafts()


def test_whoever_says_so_goes_on_alone(case):
    pair = case.fresh()
    pair.refuse(CLAIMED)
    fix = held_up(pair.ada.run(*RELEASE), 1, "nothing more was begun")
    assert "SLIPWAY__JOURNAL__SHARE=off slipway resume" in fix
    done = pair.ada.run("resume", env=OFF)
    assert done.status == 0 and "not shared with other clones" in done.err, done
    assert pair.ada.outcomes()["last"] == "done" and pair.is_public()
    assert pair.ada.run("status").out.startswith("tool 1.1.0: done")


def test_a_server_that_never_took_it_stops_nothing(case):
    pair = case.fresh()
    pair.refuse("true")
    done = pair.ada.run(*RELEASE)
    assert done.status == 0 and done.err.count("not shared with other clones") == 1, done
    assert pair.is_public()


@pytest.mark.parametrize("command, state", [("resume", "done"), ("abort", "aborted")])
def test_two_clones_never_go_out_at_once(case, command, state):
    """Ada holds between two effects of one stage while Bob takes the release over: she begins nothing more."""
    pair = case.fresh()
    late = stopped(pair.ada, "apply-after stage/draft #1", *RELEASE)
    done = pair.bob.run(command, "--yes")
    assert done.status == 0, done
    status, _, err = go_on(late)
    assert status == 1 and "error[TAKEN_OVER]" in err, err
    assert "stage/upload" not in begun(pair.ada)
    assert pair.record()["state"] == state and pair.is_public() == (state == "done") and not pair.drafts()


def test_after_push_the_lease_counts_from_there(case):
    env = {"SLIPWAY__JOURNAL__SHARE": "after-push"}
    pair = case.fresh()
    pair.refuse(f"{CLAIMED} && test ! -e refused && touch refused")
    assert pair.ada.run(*RELEASE, env=env).status == 0
    is_done(pair, pair.ada)
    pair = case.fresh()
    pair.refuse(f"{CLAIMED}")
    held_up(pair.ada.run(*RELEASE, env=env), 5, "all of it is done")
    pair.accept()
    assert pair.ada.run("resume", env=env).status == 0
    is_done(pair, pair.ada)


def test_a_push_of_the_record_by_half(case):
    """The record arrived, its candidate did not: the next write sets both right."""
    pair = case.fresh()
    hook = pair.origin / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncat >seen\ngrep -q refs/slipway/candidates seen || exit 0\ntest -e died && exit 0\ntouch died\ngit update-ref -d refs/slipway/candidates/v1.1.0\nkill -9 $PPID\n')
    hook.chmod(0o755)
    done = pair.ada.run(*RELEASE)
    assert done.status == 0, done
    is_done(pair, pair.ada)


# ---- what stays on the remote after an abort ----


def refuse_push(pair):
    """The server takes refs/slipway, and neither branch nor tag."""
    hook = pair.origin / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\nif grep -q refs/tags/; then echo "house rule" >&2; exit 1; fi\n')
    hook.chmod(0o755)


def own_refs_of(pair):
    return {ref for ref in pair.refs() if ref.startswith("refs/slipway/")}


def test_what_an_abort_leaves_on_the_remote_is_said(case):
    """Of a release whose push was refused: the record stays for other clones, abort says so, and its command removes it."""
    pair = case.fresh()
    refuse_push(pair)
    assert pair.ada.run(*RELEASE).error()["code"] == "PUSH_REJECTED"
    done = pair.ada.run("abort")
    assert done.status == 0 and own_refs_of(pair) == {RECORD} and pair.record()["state"] == "aborted", done
    assert "v1.1.0 is aborted; everything here is as it was\n" in done.out and f"stays     {RECORD} on origin\n" in done.out, done
    assert "so that none goes on with it" in done.out, done
    (pair.origin / "hooks" / "pre-receive").unlink()
    command = done.out.split("  remove    ")[1].splitlines()[0]
    subprocess.run(command, shell=True, cwd=pair.ada.work, env=environment(), check=True, capture_output=True)
    assert own_refs_of(pair) == set()
    done = pair.ada.run(*RELEASE)
    assert done.status == 0 and pair.is_public(), done


def test_an_end_that_was_not_told_is_no_end_elsewhere(case):
    pair = case.killed("apply-after prepare/tag #1")
    pair.refuse("true")
    done = pair.ada.run("abort", "--json", env=OFF)
    stays = json.loads(done.out)["stays"]
    assert done.status == 0 and own_refs_of(pair) == set(stays["refs"]) == {RECORD, CANDIDATE}, done
    assert stays["seen"] and "still see the release as being worked on" in stays["why"], done
    pair.accept()
    subprocess.run(stays["remove"], shell=True, cwd=pair.ada.work, env=environment(), check=True, capture_output=True)
    assert own_refs_of(pair) == set()


def test_what_was_not_seen_is_not_said_to_be_gone(case):
    pair = case.killed("apply-after prepare/tag #1")
    pair.origin.rename(pair.root / "away")
    done = pair.ada.run("abort", env=OFF)
    assert "everything is as it was" not in done.out + done.err, done
    assert done.status != 0 or "not seen  whether a record of it stays on origin" in done.out, done
