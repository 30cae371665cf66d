"""The machine has no room for one more pipe, process or thread: nothing hangs, what is said is clear, and what was begun can be finished or taken back.

A sample by a seed that is printed (SLIPWAY_SEED repeats it); all places with FAULT_ALL=1."""

import os
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, git, listing, remove  # noqa: E402
from support.seed import seed  # noqa: E402

RELEASE = ("release", "minor", "--yes")
CONFIG = """\
gates:
  quick: {run: ["true"]}
packages:
  tool: {run: [sh, -c, "echo built > \\"$1/tool.bin\\"", "-", "{out}"], expect: ["tool.bin"]}
jobs: 1
"""
FILES = {"pyproject.toml": None, "tool/__init__.py": None, "build.sh": None, "VERSION": "1.0.0\n"}
SEED = seed()
SAMPLE = None if os.environ.get("FAULT_ALL") == "1" else 4


def seen(project):
    forge = {key: value for key, value in listing(project.forge).items() if key != b".lock"} if project.forge.exists() else {}
    return {"tree": project.tree(), **project.repository(), "forge": forge, "tag": git(project.work, "cat-file", "tag", "v1.1.0", check=False)}


class Reference:
    def __init__(self, scratch):
        self.scratch, self.template = scratch, Project.make(scratch / "template" / "project", files=FILES, config=CONFIG)
        self.before = seen(self.template)
        starts = scratch / "starts"
        project = self.fresh()
        done = project.fault(*RELEASE, SLIPWAY_FAULT_STARTS=starts)
        assert done.status == 0, done
        self.after, self.starts = seen(project), starts.read_text().splitlines()

    def fresh(self):
        remove(self.scratch / "run")
        (self.scratch / "run").mkdir(parents=True)
        return self.template.copy(self.scratch / "run")


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return Reference(tmp_path_factory.mktemp("no-room"))


def is_open(project):
    return project.has_run() and project.outcomes()["last"] not in ("done", "aborted")


def end_of(reference, what, number, command):
    """What is wrong with it; None: nothing."""
    project = reference.fresh()
    first = project.fault(*RELEASE, SLIPWAY_FAULT_START=f"{what} {number}")
    if first.status == 0:
        return None if seen(project) == reference.after else {"exit 0, and not done": repr(first)}
    error = first.error()
    if first.status not in (1, 4, 5) or not all(error.get(part) for part in ("what", "fix", "rerun")):
        return {"not clear": repr(first)}
    if not is_open(project):
        return None if seen(project) == reference.before else {"no run, and something is left": repr(first)}
    done = project.fault(command, "--yes")
    if command == "abort" and done.status == 5 and git(project.origin, "tag", "--list", "v1.1.0") != "":
        return None
    expected = reference.before if command == "abort" else reference.after
    return None if done.status == 0 and seen(project) == expected else {"first": repr(first), "then": repr(done)}


@pytest.mark.parametrize("what", ["pipe", "process", "thread"])
@pytest.mark.parametrize("command", ["resume", "abort"])
def test_no_room_for_one_more(reference, what, command, record_property):
    places = range(1, reference.starts.count(what) + 1)
    assert len(places) >= (1 if what == "thread" else 100)
    chosen = list(places) if SAMPLE is None or len(places) <= SAMPLE else random.Random(f"{SEED} {what} {command}").sample(places, SAMPLE)
    record_property("note", f"{len(places)} places; seed {SEED}")
    wrong = {number: found for number in chosen if (found := end_of(reference, what, number, command))}
    assert not wrong, f"seed {SEED}: {len(wrong)} of {len(chosen)} end otherwise; the first: {next(iter(wrong.items()))}"
