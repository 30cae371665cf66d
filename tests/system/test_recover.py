"""The journal is lost, emptied or damaged while a release is under way: what is left is named, and one command makes the journal whole again."""

import json
import os
import pathlib
import sqlite3
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, git, listing, remove  # noqa: E402

RELEASE = ("release", "minor", "--yes")
FILES = {"pyproject.toml": None, "tool/__init__.py": None, "VERSION": "1.0.0\n"}
CONFIG = """\
gates:
  quick: {run: ["true"]}
packages:
  tool: {run: [sh, -c, "echo built > \\"$1/tool.bin\\"", "-", "{out}"], expect: ["tool.bin"]}
"""


def seen(project):
    forge = {key: value for key, value in listing(project.forge).items() if key != b".lock"} if project.forge.exists() else {}
    return {"tree": project.tree(), **project.repository(), "forge": forge, "tag": git(project.work, "cat-file", "tag", "v1.1.0", check=False)}


def seen_here(project):
    return {"tree": project.tree(), "refs": project.refs()}


class Reference:
    def __init__(self, scratch):
        self.scratch = scratch
        self.template = Project.make(scratch / "template" / "project", files=FILES, config=CONFIG)
        self.before = seen(self.template)
        project = self.fresh()
        done = project.fault(*RELEASE)
        assert done.status == 0, done
        self.after = seen(project)

    def fresh(self):
        remove(self.scratch / "run")
        (self.scratch / "run").mkdir(parents=True)
        return self.template.copy(self.scratch / "run")


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return Reference(tmp_path_factory.mktemp("recover"))


# ---- ways in which it is lost ----


def deleted(path):
    path.unlink()


def emptied(path):
    path.write_bytes(b"")


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path):
    """One bit in what an event holds."""
    data = bytearray(path.read_bytes())
    data[data.index(b'"engine":') + 3] ^= 1
    path.write_bytes(data)


def garbage(path):
    path.write_bytes(b"this is no database\n" * 400)


def without_tables(path):
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE event")


LOST = [deleted, emptied]  # nothing says that there was one
DAMAGED = [truncated, flipped, garbage, without_tables]

# A kill in each stage, and what is past the point of no return.
STAGES = [
    ("apply-after prepare/commit #1", deleted, "abort"),
    ("apply-after prove/build/tool #1", truncated, "resume"),
    ("apply-after prove/artifacts #1", emptied, "abort"),
    ("apply-after stage/upload #1", flipped, "abort"),
    ("apply-after push/refs #1", garbage, "resume"),
    ("apply-after publish/release #1", without_tables, "resume"),
    ("journal-before done - #1", deleted, "resume"),
]


def lost(reference, point, harm):
    project = reference.fresh()
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL=point).status == -9
    harm(project.state / "journal.db")
    return project


@pytest.mark.parametrize("point, harm, command", STAGES, ids=[f"{point.split()[1]}-{harm.__name__}-{command}" for point, harm, command in STAGES])
def test_a_release_goes_on_or_is_taken_back(reference, point, harm, command):
    project = lost(reference, point, harm)
    for word in ("status", "resume", "abort"):
        done = project.fault(word)
        error = done.error()
        told = error.get("code") in ("UNFINISHED", "JOURNAL_DAMAGED", "JOURNAL_EDITED")
        if word == "status" and not told:
            continue  # a flipped bit is found by those that act
        assert told and "slipway recover" in error["fix"], done
        assert "tag v1.1.0" in error["state"] or "branch" in error["state"], done
        assert str(project.state / "runs" / "v1.1.0") in error["state"] and done.status != 0, done
    done = project.fault("recover")
    assert done.status == 0 and "v1.1.0" in done.out and f"slipway {command}" in done.out, done
    assert len(list(project.state.glob("journal.db.damaged-*"))) == (1 if harm in DAMAGED else 0)
    done = project.fault(command)
    assert done.status == 0, done
    assert seen(project) == (reference.after if command == "resume" else reference.before)
    assert project.fault("status").status == 0


def test_past_the_point_of_no_return_nothing_is_taken_back(reference):
    project = lost(reference, "apply-after push/refs #1", deleted)
    done = project.fault("recover", "--abort", "--yes")
    assert done.status == 5 and done.error()["code"] == "NOT_ABORTABLE", done
    done = project.fault("recover", "--resume", "--yes")
    assert done.status == 0 and seen(project) == reference.after, done


def test_a_draft_that_waits(reference):
    project = reference.fresh()
    assert project.fault("release", "minor", "--yes", "--draft").status == 6
    deleted(project.state / "journal.db")
    assert project.fault("publish", "--yes").error()["code"] == "UNFINISHED"
    done = project.fault("recover")
    assert done.status == 0 and "next: slipway publish" in done.out and "begun, by the record" in done.out, done
    assert project.fault("publish", "--yes").status == 0
    assert seen(project)["forge"].keys() == reference.after["forge"].keys()


def torn(reference, point, upto):
    """Of the record only what stands before the first event of this effect is left."""
    project = lost(reference, point, deleted)
    record = project.state / "runs" / "v1.1.0" / "record.jsonl"
    lines = record.read_bytes().splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if json.loads(line)["effect"] == upto)
    record.write_bytes(b"".join(lines[:first]) + lines[first][:40])
    done = project.fault("recover")
    assert done.status == 0 and "cannot be read to the end" in done.out, done
    return project


@pytest.mark.parametrize("point, upto", [
    ("apply-after prepare/tag #1", "prepare/commit"),
    ("apply-after prepare/tag #1", "prepare/tag"),
    ("apply-after stage/upload #1", "prepare/branch"),
    ("apply-before push/refs #1", "prepare/merge"),
])
def test_a_record_that_is_torn(reference, point, upto):
    """What stood behind the tear counts as begun: abort looks at the world."""
    project = torn(reference, point, upto)
    done = project.fault("abort")
    assert done.status == 0 and seen(project) == reference.before, done


@pytest.mark.parametrize("upto", ["prepare/branch", "prepare/commit"])
def test_a_record_that_is_torn_is_gone_on_with(reference, upto):
    project = torn(reference, "apply-after prepare/tag #1", upto)
    done = project.fault("resume")
    assert done.status == 0 and seen(project) == reference.after, done


def test_a_record_that_is_torn_of_what_went_out(reference):
    project = torn(reference, "apply-after push/refs #1", "prepare/commit")
    done = project.fault("abort")
    assert done.status == 5 and done.error()["code"] == "NOT_ABORTABLE" and done.error()["state"] == "nothing was changed now", done
    done = project.fault("resume")
    assert done.status == 0 and seen(project) == reference.after, done


def test_a_record_that_is_torn_where_it_cannot_be_known(reference):
    """Tag and merge are gone here, and the remote has moved: whether that is this release, nobody can say."""
    project = torn(reference, "apply-after prepare/tag #1", "prepare/merge")
    git(project.work, "tag", "-d", "v1.1.0")
    git(project.work, "update-ref", "-d", "refs/slipway/kept/v1.1.0")
    other = git(project.work, "commit-tree", "-p", "main", "-m", "other", "main^{tree}")
    git(project.work, "push", "--quiet", "origin", f"{other}:refs/heads/main")
    done = project.fault("abort")
    assert done.status == 1 and done.error()["code"] == "UNKNOWN_STATE" and done.error()["state"] == "nothing was undone", done


def test_a_new_release_does_not_begin_over_it(reference):
    project = lost(reference, "apply-after prepare/commit #1", deleted)
    done = project.fault(*RELEASE)
    assert done.status == 1 and done.error()["code"] == "UNFINISHED", done


def test_nothing_to_recover(reference):
    project = reference.fresh()
    says = "the journal can be read; no run had to be taken in from its folder\n"
    assert project.fault("recover").out == says
    for word in ("--resume", "--abort"):
        done = project.fault("recover", word, "--yes")
        assert done.status == 2 and done.error()["code"] == "NO_RELEASE", done
    assert project.fault(*RELEASE).status == 0
    assert project.fault("recover").out == says


def test_all_of_slipways_folder_is_lost(tmp_path):
    """What the remote has is enough, and a directory forge that lay in that folder is this clone's own."""
    project = Project.make(tmp_path / "project", files=FILES, config='gates:\n  bad: {run: ["false"]}\n')
    before = seen(project)
    assert project.fault(*RELEASE).status == 4
    remove(project.state)
    done = project.fault("recover", "--abort", "--yes")
    assert done.status == 2 and done.error()["fix"].startswith("slipway abort"), done
    done = project.fault("abort", "--yes")
    assert done.status == 0 and seen(project) == before, done


def without_record(reference, point):
    """Neither journal nor runs, and nothing on the remote."""
    project = reference.fresh()
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL=point, SLIPWAY__JOURNAL__SHARE="off").status == -9
    deleted(project.state / "journal.db")
    remove(project.state / "runs")
    return project


@pytest.mark.parametrize("point", ["apply-after prepare/commit #1", "apply-after prepare/tag #1", "apply-after stage/upload #1"])
def test_no_record_is_left_at_all(reference, point):
    """It is seen by what it has made, planned again as it was, and taken back effect by effect."""
    project = without_record(reference, point)
    before = project.repository()
    for word in ("status", "resume", "abort"):
        done = project.fault(word, SLIPWAY__JOURNAL__SHARE="off")
        error = done.error()
        assert done.status == 1 and error["code"] == "UNFINISHED" and error["fix"].startswith("slipway recover --abort"), done
        assert "branch release/v1.1.0" in error["state"] and ("commit" in point or "tag v1.1.0" in error["state"]), done
        assert ("upload" in point) == ("draft v1.1.0" in error["state"]) == ("work tree /" in error["state"]), done
        assert error["state"].startswith("its tag is not on the remote"), done
    assert project.repository() == before
    done = project.fault("recover", "--abort", "--yes", SLIPWAY__JOURNAL__SHARE="off")
    assert done.status == 0 and seen(project) == reference.before, done
    assert project.fault("status", SLIPWAY__JOURNAL__SHARE="off").status == 0


def test_no_record_is_left_and_the_remote_is_away(reference):
    """What cannot be known is not taken back."""
    project = without_record(reference, "apply-after prepare/tag #1")
    project.origin.rename(project.root / "away")
    before = seen_here(project)
    done = project.fault("status", SLIPWAY__JOURNAL__SHARE="off")
    assert "not known: it was not reached" in done.error()["state"], done
    done = project.fault("recover", "--abort", "--yes", SLIPWAY__JOURNAL__SHARE="off")
    assert done.status == 1 and done.error()["code"] == "UNKNOWN_STATE" and done.error()["state"] == "nothing was undone", done
    assert seen_here(project) == before
    (project.root / "away").rename(project.origin)
    done = project.fault("abort", SLIPWAY__JOURNAL__SHARE="off")
    assert done.status == 0 and seen(project) == reference.before, done


def test_no_record_is_left_and_it_is_gone_on_with(reference):
    project = without_record(reference, "apply-after push/refs #1")
    done = project.fault("status", SLIPWAY__JOURNAL__SHARE="off")
    assert done.error()["fix"] == "slipway recover --resume" and "on the remote" in done.error()["state"], done
    done = project.fault("recover", "--abort", "--yes", SLIPWAY__JOURNAL__SHARE="off")
    assert done.status == 5 and done.error()["code"] == "NOT_ABORTABLE", done
    done = project.fault("recover", "--resume", "--yes", SLIPWAY__JOURNAL__SHARE="off")
    assert done.status == 0, done
    now, after = seen(project), dict(reference.after)
    assert now.pop("forge").keys() == after.pop("forge").keys() and now == after  # its mark is of a plan with another journal.share


def test_what_another_hand_made_is_left(reference):
    """A branch that is called so, and a commit that reads like it: what is not what would be planned is not touched."""
    project = reference.fresh()
    git(project.work, "switch", "--quiet", "-c", "release/v1.1.0")
    project.commit("chore(release): bump version to 1.1.0", VERSION="1.1.0\n")
    git(project.work, "switch", "--quiet", "main")
    before = seen(project)
    done = project.fault("recover", "--abort", "--yes")
    assert done.status == 1 and done.error()["code"] == "CONFLICT" and seen(project) == before, done


def test_git_gc_takes_nothing_of_a_release_that_was_cut_off(reference):
    """No branch and no tag leads to the merge yet. In the end nothing of slipway's own leads to it any more."""
    project = reference.fresh()
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-before prepare/tag #1").status == -9
    git(project.work, "reflog", "expire", "--expire=now", "--all")
    git(project.work, "gc", "--quiet", "--prune=now")
    done = project.fault("resume")
    assert done.status == 0 and project.refs(project.origin) == reference.after["remote"], done
    assert git(project.work, "for-each-ref", "refs/slipway/kept") == ""


@pytest.mark.parametrize("point, command", [
    ("apply-after prepare/branch #1", "abort"),
    ("apply-after prepare/files #1", "abort"),
    ("apply-after prepare/tag #1", "abort"),
    ("apply-after prove/build/tool #1", "abort"),
    ("apply-after prepare/commit #1", "resume"),
    ("apply-after prove/build/tool #1", "resume"),
])
def test_what_was_done_here_since_the_record_was_written(reference, point, command):
    """All of slipway's folder is lost, the record on the remote is this clone's own, and branch, files, tag or a work tree are further than it."""
    project = reference.fresh()
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL=point).status == -9
    remove(project.state)
    done = project.fault(command, "--yes")
    assert done.status == 0 and seen(project) == (reference.before if command == "abort" else reference.after), done


def test_the_release_branch_was_deleted(reference):
    """Then there is nothing of it left to take back."""
    project = reference.fresh()
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-before prepare/merge #1").status == -9
    git(project.work, "checkout", "--quiet", "--force", "main")
    git(project.work, "branch", "--quiet", "-D", "release/v1.1.0")
    done = project.fault("abort", "--yes")
    assert done.status == 0 and seen(project) == reference.before, done


def test_who_is_at_work_is_left_alone(reference):
    project = reference.fresh()
    child = project.start(*RELEASE, program=os.environ["SLIPWAY_FAULT"], env={"SLIPWAY_FAULT_STOP": "apply-before prepare/commit #1"})
    os.waitid(os.P_PID, child.pid, os.WSTOPPED)
    deleted(project.state / "journal.db")
    done = project.fault("recover")
    assert done.status == 1 and done.error()["code"] == "LOCKED", done
    child.kill()
    child.communicate()
    assert project.fault("recover", "--abort", "--yes").status == 0
    assert seen(project) == reference.before


def test_a_newer_journal_is_left_alone(reference):
    project = reference.fresh()
    assert project.fault(*RELEASE).status == 0
    with sqlite3.connect(project.state / "journal.db") as db:
        db.execute("PRAGMA user_version = 7")
    before = (project.state / "journal.db").read_bytes()
    for word in ("status", "recover"):
        done = project.fault(word)
        assert done.status == 2 and done.error()["code"] == "JOURNAL_NEWER" and "slipway recover" in done.error()["fix"], done
    assert (project.state / "journal.db").read_bytes() == before


def test_the_history_comes_back(reference):
    """What ended is known again, too: by it `verify` and `gc` go."""
    project = reference.fresh()
    assert project.fault(*RELEASE).status == 0
    shown = json.loads(project.fault("status", "--json").out)
    deleted(project.state / "journal.db")
    done = project.fault("recover")
    assert done.status == 0 and "1 run was taken" in done.out, done
    again = json.loads(project.fault("status", "--json").out)
    assert again["run"]["state"] == "done" and [row["state"] for row in again["effects"]] == [row["state"] for row in shown["effects"]]
