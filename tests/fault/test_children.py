"""SIGKILL for git, not for slipway: at its start and at each write, rename, unlink and mkdir of it; then resume, or abort, as in test_crash.py.

A sample in `make check`, by a seed that is printed (SLIPWAY_SEED repeats it); all places with FAULT_ALL=1."""

import os
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.dying import DyingGit, DyingRemote  # noqa: E402
from support.project import CONFIG, Project, git, listing, remove  # noqa: E402
from support.seed import seed  # noqa: E402

RELEASE = ("release", "minor", "--yes")
ALL = os.environ.get("FAULT_ALL") == "1"
SEED = seed()
SAMPLE = 8
CHUNKS = 4


def fresh(folder):
    remove(folder)
    folder.mkdir(parents=True)
    return folder


def prior(project):
    seen = {"tree": project.tree(), **project.repository()}
    # strace follows a push into the server, which here is a folder; what a killed server left is the server's to remove
    # git moves its own memory of the remote when the push has answered
    seen["refs"] = "\n".join(line for line in seen["refs"].split("\n") if not line.startswith("refs/remotes/"))
    seen["strays"] = [path for path in seen["strays"] if not path.startswith("origin.git/")]
    return seen


def final(project):
    forge = {key: value for key, value in listing(project.forge).items() if key != b".lock"}
    tag = git(project.work, "cat-file", "tag", "v1.1.0", check=False)
    return {**prior(project), "tag": tag, "forge": forge, **project.outcomes()}


def differences(expected, actual):
    return {key: (expected[key], actual.get(key)) for key in expected if expected[key] != actual.get(key)}


class Reference:
    """An undisturbed run, one effect at a time, so that the n-th git is the same in each run."""

    def __init__(self, scratch):
        self.scratch = scratch
        config = CONFIG + 'jobs: 1\njournal: {share: "off"}\n'
        self.template = Project.make(scratch / "template" / "project", config=config)
        self.before = prior(self.template)
        self.dying = DyingGit(scratch / "bin")
        self.dying.arm(0, whom="trace")
        project = self.template.copy(fresh(scratch / "run"))
        done = project.fault(*RELEASE, **self.dying.env)
        assert done.status == 0, done
        self.places = self.dying.places()
        self.after = final(project)

    def sample(self, number, what):
        """The places of a chunk."""
        draw = random.Random(f"{SEED} {what}")
        changing = [place for place in self.places if place[1].startswith(("rename", "unlink", "mkdir"))]
        places = self.places if ALL else draw.sample(changing, SAMPLE) + draw.sample(self.places, SAMPLE // 4)
        return places[number::CHUNKS]

    def killed(self, place, whom):
        """A release that was disturbed at a place."""
        project = self.template.copy(fresh(self.scratch / "run"))
        self.dying.arm(*place, whom=whom)
        done = project.fault(*RELEASE, **self.dying.env)
        words = self.dying.killed()
        self.dying.disarm()
        return project, done, words


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return Reference(tmp_path_factory.mktemp("children"))


def is_done(project):
    return project.has_run() and project.outcomes()["last"] == "done"


def is_open(project):
    return project.has_run() and project.outcomes()["last"] not in ("done", "aborted")


def resume_after(reference, place, whom):
    project, first, words = reference.killed(place, whom)
    if first.status == 0 and not is_done(project):
        return {"killed": words, "exit 0, and not done": repr(first)}
    if not is_done(project):
        done = project.fault(*(("resume",) if is_open(project) else RELEASE))
        if done.status != 0:
            return {"killed": words, "first": repr(first), "then": repr(done)}
    elif first.status != 0:
        done = project.fault("resume")  # it had ended: what its last git left goes all the same
        if done.status != 2:
            return {"killed": words, "first": repr(first), "no release is left, and": repr(done)}
    found = differences(reference.after, final(project))
    return {"killed": words, **found} if found else {}


def abort_after(reference, place, whom):
    project, first, words = reference.killed(place, whom)
    if not is_open(project):
        return {}
    done = project.fault("abort")
    if git(project.origin, "tag", "--list", "v1.1.0") != "":
        return {} if done.status == 5 and "NOT_ABORTABLE" in done.err else {"killed": words, "late abort": repr(done)}
    if done.status != 0:
        return {"killed": words, "first": repr(first), "then": repr(done)}
    found = differences(reference.before, prior(project))
    return {"killed": words, **found} if found else {}


def wrong_ones(reference, number, what, look):
    wrong = {}
    for index, place in enumerate(reference.sample(number, what)):
        whom = "both" if index % 2 else "alone"
        if found := look(reference, place, whom):
            wrong[f"{place} {whom}"] = found
    return wrong


def test_there_are_enough_places(reference, record_property):
    record_property("note", f"{len(reference.places)} places in {reference.dying.calls()} gits; seed {SEED}")
    assert len(reference.places) >= 300


@pytest.mark.parametrize("number", range(CHUNKS))
def test_resume_after_a_git_was_killed(reference, number):
    wrong = wrong_ones(reference, number, "resume", resume_after)
    assert not wrong, f"seed {SEED}: {len(wrong)} places end otherwise; the first: {next(iter(wrong.items()))}"


@pytest.mark.parametrize("number", range(CHUNKS))
def test_abort_after_a_git_was_killed(reference, number):
    wrong = wrong_ones(reference, number, "abort", abort_after)
    assert not wrong, f"seed {SEED}: {len(wrong)} places are not taken back; the first: {next(iter(wrong.items()))}"


# ---- the process group of a git that speaks with the remote ----


@pytest.mark.parametrize("number", range(CHUNKS if ALL else 1))
def test_resume_after_the_group_of_a_git_was_killed(reference, number, tmp_path, record_property):
    dying = DyingRemote(tmp_path / "remote")
    undisturbed = reference.template.copy(fresh(reference.scratch / "run"))
    assert undisturbed.fault(*RELEASE, **dying.env).status == 0
    places = [(turn, when) for turn in range(1, dying.calls() + 1) for when in ("before", "after")]
    chosen = places if ALL else random.Random(f"{SEED} group").sample(places[:-4], 1) + places[-4:]
    record_property("note", f"{len(places)} places; seed {SEED}")
    wrong = {}
    for place in chosen[number::CHUNKS] if ALL else chosen:
        project = reference.template.copy(fresh(reference.scratch / "run"))
        dying.arm(*place)
        first = project.fault(*RELEASE, **dying.env)
        dying.arm(0)
        then = None if is_done(project) else project.fault(*(("resume",) if is_open(project) else RELEASE), **dying.env)
        found = differences(reference.after, final(project)) if then is None or then.status == 0 else {"status": then.status}
        if found:
            wrong[place] = {"first": repr(first), "then": repr(then), **found}
    assert not wrong, f"seed {SEED}: {len(wrong)} places end otherwise; the first: {next(iter(wrong.items()))}"


# ---- hooks ----

HOOKS = ("applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-rebase",
         "post-checkout", "post-merge", "pre-push", "reference-transaction", "push-to-checkout", "pre-auto-gc", "post-rewrite", "post-index-change")
# Those that the user's own `git push` runs.
RUN = {"pre-push", "reference-transaction"}


def put_hook(project, name, text):
    path = project.work / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_no_hook_runs_but_those_of_the_push(reference, tmp_path):
    project = reference.template.copy(fresh(reference.scratch / "run"))
    for name in HOOKS:
        put_hook(project, name, f"echo {name} >>{tmp_path}/ran")
    done = project.fault(*RELEASE)
    assert done.status == 0 and set((tmp_path / "ran").read_text().split()) == RUN, done


@pytest.mark.parametrize("name, text, status", [
    ("pre-push", "kill -9 $$", 1),
    ("pre-push", "kill -9 $PPID", 1),
    ("pre-push", "kill -9 0", 1),
    ("reference-transaction", '[ "$1" = prepared ] && kill -9 0', 0),
    ("reference-transaction", '[ "$1" = committed ] && kill -9 0', 0),
])
def test_a_hook_of_the_push_is_killed(reference, name, text, status):
    """With its git, or alone. Before the push nothing went out; after it the push has arrived, and that is seen."""
    project = reference.template.copy(fresh(reference.scratch / "run"))
    hook = put_hook(project, name, text)
    done = project.fault(*RELEASE)
    assert done.status == status, done
    if status != 0:
        error = done.error()
        assert error["state"] == "nothing was pushed; branch and tag are on the remote as before", done
        assert error["code"] == "GIT_KILLED", done
        hook.unlink()
        done = project.fault("resume")
        assert done.status == 0, done
    assert not differences(reference.after, final(project)), done
