"""`slipway gc`: what is old goes, what somebody needs stays, and nothing else is touched."""

import json
import os
import pathlib
import shutil
import signal
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import NOW, Project, git, listing  # noqa: E402

DAY = 86400


def news(project, **files):
    """Something to release, and other files with it."""
    text = (project.work / "CHANGELOG.md").read_text()
    project.commit(**{"CHANGELOG.md": text.replace("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n", 1), **files})


def release(project, day):
    """A release on that day after the beginning; it ends then too."""
    return project.run("release", "minor", "--yes", "--no-cache", env={"SLIPWAY_TEST_NOW": NOW + day * DAY})


def gc(project, day, *words):
    return project.run("gc", *words, env={"SLIPWAY_TEST_NOW": NOW + day * DAY})


def kept(project):
    """All of slipway's own but the journal, in which the lock is."""
    return {path: what for path, what in listing(project.state).items() if path != b"journal.db"}


def gate(project, text):
    config = (project.work / "slipway.yaml").read_text()
    project.commit(**{"slipway.yaml": config.replace("gates:\n", f'gates:\n  held: {{run: [sh, -c, "{text}"]}}\n')})


def age(path, day):
    os.utime(path, (NOW + day * DAY, NOW + day * DAY), follow_symlinks=False)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Two releases: v1.1.0 on day 0 and v1.2.0 on day 1."""
    project = Project.make(tmp_path_factory.mktemp("gc") / "p")
    for day in (0, 1):
        done = release(project, day)
        assert done.status == 0, done
        news(project)
    return project


@pytest.fixture
def project(template, tmp_path):
    (tmp_path / "p").mkdir()
    return template.copy(tmp_path / "p")


def proof(project, key, day):
    folder = project.state / "proofs"
    folder.mkdir(exist_ok=True)
    for ending in (".json", ".log"):
        (folder / f"{key}{ending}").write_text("{}")
        age(folder / f"{key}{ending}", day)


def test_what_is_old_goes_and_what_is_needed_stays(project):
    proof(project, "a" * 64, 0)
    proof(project, "b" * 64, 90)
    (project.state / "cache").mkdir()
    (project.state / "cache" / "links.json").write_text("12345")
    age(project.state / "cache" / "links.json", 0)
    before = kept(project)
    would = gc(project, 100, "--keep", "30d", "--dry-run", "--json")
    assert would.status == 0 and kept(project) == before, would
    done = gc(project, 100, "--keep", "30d", "--json")
    assert done.status == 0, done
    said = json.loads(done.out)
    assert [(row["kind"], row["name"]) for row in said["removed"]] == [("run", "v1.1.0"), ("proof", "a" * 64), ("cache", "links.json")]
    assert {row["name"]: row["why"] for row in said["kept"]} == {"v1.2.0": "the last published one", "b" * 64: "not old enough"}
    assert {**json.loads(would.out), "dry_run": False} == said
    after = kept(project)
    gone = sorted(os.fsdecode(path) for path in before.keys() - after.keys())
    assert all(path.startswith(("runs/v1.1.0", "proofs/aaaa", "cache/links.json")) for path in gone) and "runs/v1.1.0" in gone
    assert after.items() <= before.items()
    assert said["bytes"] == sum(row["bytes"] for row in said["removed"]) and said["removed"][2]["bytes"] == 5


def test_the_forge_and_the_journal_stay(project):
    forge = listing(project.forge)
    assert gc(project, 1000, "--keep", "1d").status == 0
    assert listing(project.forge) == forge
    assert project.events("v1.1.0") and project.events("v1.2.0")
    assert project.run("status").status == 0
    assert release(project, 1001).status == 0


def test_an_unfinished_run_stays_and_goes_on(project):
    gate(project, "test ! -e ../red")
    (project.root / "red").write_text("")
    assert release(project, 2).status == 4
    done = gc(project, 1000, "--keep", "0d", "--json")
    assert done.status == 0, done
    assert {row["name"]: row["why"] for row in json.loads(done.out)["kept"]} == {"v1.2.0": "the last published one", "v1.3.0": "not finished"}
    (project.root / "red").unlink()
    assert project.run("resume").status == 0


def test_a_proof_that_a_kept_run_rests_on_stays(project):
    run = next(data for kind, _, data in project.events("v1.2.0") if kind == "begun")
    proof(project, run["plan"]["hash"], 0)
    said = json.loads(gc(project, 100, "--json").out)
    assert {"kind": "proof", "name": run["plan"]["hash"]}.items() <= next(row for row in said["kept"] if row["kind"] == "proof").items()


def test_links_are_not_followed(project, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_text("mine")
    (project.state / "runs" / "v0.1.0").symlink_to(outside)
    (project.state / "runs" / "v1.1.0" / "more").symlink_to(outside)
    (project.state / "cache").symlink_to(outside)
    for path in (outside, outside / "mine", project.state / "runs" / "v0.1.0"):
        age(path, -1000)
    done = gc(project, 1000, "--keep", "1d")
    assert done.status == 0, done
    assert (outside / "mine").read_text() == "mine" and (project.state / "runs" / "v0.1.0").is_symlink()
    assert not (project.state / "runs" / "v1.1.0").exists()


def test_linked_work_trees_of_dead_runs_go_and_the_users_stay(project):
    tree = project.state / "runs" / "v1.1.0" / "trees"
    git(project.work, "worktree", "add", "--quiet", "--detach", str(tree / "tool"))
    (tree / "tool" / "dirt").write_text("dirt")
    git(project.work, "worktree", "add", "--quiet", "--detach", "../mine")
    shutil.move(project.root / "mine", project.root / "away")  # as on a disk that is not there now
    assert gc(project, 100).status == 0
    left = git(project.work, "worktree", "list", "--porcelain")
    assert "/mine" in left and "/runs/" not in left and not tree.exists()


def test_a_crash_on_the_way_is_harmless(project, tmp_path):
    log = tmp_path / "log"
    words = ("gc", "--keep", "1d")
    copies = [tmp_path / name for name in ("ideal", "first", "second")]
    for path in copies:
        path.mkdir()
        copy = project.copy(path)
        git(copy.work, "worktree", "add", "--quiet", "--detach", str(copy.state / "runs" / "v1.1.0" / "trees" / "tool"))
    ideal = Project(copies[0])
    assert ideal.fault(*words, SLIPWAY_TEST_NOW=NOW + 1000 * DAY, SLIPWAY_FAULT_LOG=log).status == 0
    if not log.exists():
        pytest.skip("built without fault points")
    points = [line.split(" ")[0] for line in log.read_text().splitlines()]
    assert {"gc-worktrees", "gc-removed"} <= set(points)
    for path, point in zip(copies[1:], ("gc-worktrees", "gc-removed")):
        copy = Project(path)
        key = next(line for line in log.read_text().splitlines() if line.startswith(point)).replace(str(copies[0]), str(path))
        assert copy.fault(*words, SLIPWAY_TEST_NOW=NOW + 1000 * DAY, SLIPWAY_FAULT_KILL=key).status == -signal.SIGKILL
        assert copy.fault(*words, SLIPWAY_TEST_NOW=NOW + 1000 * DAY).status == 0
        assert sorted(os.listdir(copy.state / "runs")) == sorted(os.listdir(ideal.state / "runs")) == ["v1.2.0"]
        assert "/runs/" not in git(copy.work, "worktree", "list", "--porcelain")


def test_not_while_a_release_is_at_work(project):
    gate(project, "touch ../begun; while test ! -e ../enough; do sleep 0.05; done")
    child = project.start("release", "minor", "--yes", env={"SLIPWAY_TEST_NOW": NOW + 100 * DAY})
    while child.poll() is None and not (project.root / "begun").exists():
        time.sleep(0.02)  # reason: waits for the gate of a process that is no child of this one
    done = gc(project, 100)
    (project.root / "enough").write_text("")
    out = child.communicate(timeout=60)
    assert child.returncode == 0, out
    assert done.status == 1 and done.error()["code"] == "LOCKED" and done.error()["fix"], done


@pytest.mark.parametrize("text", ["30", "d", "-1d", "1.5d", "30 d", "30days", "1e9d", "99999999999999999999d", "1m1h"])
def test_what_is_no_duration(project, text):
    done = gc(project, 100, "--keep", text)
    assert done.status == 2 and done.error()["code"] == "USAGE" and "gc --keep 30d" in done.error()["fix"], done


@pytest.mark.parametrize("text, day, runs", [("90m", 2, ["v1.2.0"]), ("4w", 28, ["v1.1.0", "v1.2.0"]), ("4w", 29, ["v1.2.0"]), ("47h", 2, ["v1.2.0"]), ("49h", 2, ["v1.1.0", "v1.2.0"])])
def test_durations(project, text, day, runs):
    assert gc(project, day, "--keep", text).status == 0
    assert sorted(os.listdir(project.state / "runs")) == runs


def test_where_nothing_was_ever_done(tmp_path):
    project = Project.make(tmp_path / "p")
    done = gc(project, 100)
    assert done.status == 0 and not project.state.exists(), done
