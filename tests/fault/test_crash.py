"""SIGKILL at every fault point; resume, or abort, must end as if nothing had happened."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import CONFIG, Project, git, listing, remove  # noqa: E402

CHUNKS = 12
RELEASE = ("release", "minor", "--yes")


class Reference:
    """An undisturbed run: its points, its end, and the state before it."""

    def __init__(self, scratch):
        self.scratch = scratch
        # What other clones are told is tried in system/test_share.py, killed in every stage; here it would only take time.
        self.template = Project.make(scratch / "template" / "project", config=CONFIG + 'journal: {share: "off"}\n')
        self.before = prior(self.template)
        log = scratch / "points"
        # Always in the same folder: the plan names the forge's, and its hash goes into what is published.
        done = self.template.copy(fresh(scratch / "run")).fault(*RELEASE, SLIPWAY_FAULT_LOG=log)
        assert done.status == 0, done
        self.points = log.read_text().splitlines()
        self.after = final(Project(scratch / "run"))
        assert len(set(self.points)) == len(self.points)


def fresh(folder):
    remove(folder)
    folder.mkdir(parents=True)
    return folder


def prior(project):
    return {"tree": project.tree(), **project.repository()}


def final(project):
    forge = {key: value for key, value in listing(project.forge).items() if key != b".lock"}
    artifacts = listing(project.state / "runs" / "v1.1.0" / "artifacts")
    tag = git(project.work, "cat-file", "tag", "v1.1.0", check=False)
    return {"tree": project.tree(), **project.repository(), "tag": tag, "forge": forge, "artifacts": artifacts, **project.outcomes()}


def differences(expected, actual):
    return {key: (expected[key], actual.get(key)) for key in expected if expected[key] != actual.get(key)}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return Reference(tmp_path_factory.mktemp("crash"))


@pytest.fixture
def scratch(reference):
    yield reference.scratch
    remove(reference.scratch / "run")


def killed(reference, folder, point, **env):
    """A run that was killed at a point."""
    project = reference.template.copy(fresh(folder))
    done = project.fault(*RELEASE, SLIPWAY_FAULT_KILL=point, **env)
    assert done.status == -9, f"{point}: was not reached\n{done}"
    return project


def go_on(project, **env):
    """What a person does next: resume, or where nothing had begun, the release again."""
    return project.fault("resume", **env) if project.has_run() and unfinished(project) else project.fault(*RELEASE, **env)


def unfinished(project):
    return '"state": "cut off"' in project.fault("status", "--json").out


def is_done(project):
    return project.has_run() and project.outcomes()["last"] == "done"


def resume_after(reference, folder, point):
    project = killed(reference, folder, point)
    if not is_done(project):
        done = go_on(project)
        if done.status != 0:
            return {"status": repr(done)}
    return differences(reference.after, final(project))


def crossed(project):
    return git(project.origin, "tag", "--list", "v1.1.0") != ""


def abort_after(reference, folder, point, **env):
    """None where there was nothing to abort or it was too late."""
    project = killed(reference, folder, point, **env)
    if not project.has_run() or is_done(project):
        return None
    done = project.fault("abort")
    if crossed(project):
        return {} if done.status == 5 and "NOT_ABORTABLE" in done.err else {"late abort": repr(done)}
    if done.status != 0:
        return {"status": repr(done)}
    assert project.outcomes()["last"] == "aborted"
    return differences(reference.before, prior(project))


def chunk(points, number):
    return points[number::CHUNKS]


def test_there_are_enough_points(reference, record_property):
    record_property("note", f"{len(reference.points)} fault points")
    assert len(reference.points) >= 200


@pytest.mark.parametrize("number", range(CHUNKS))
def test_resume_after_a_kill_at_every_point(reference, scratch, number):
    wrong = {}
    for point in chunk(reference.points, number):
        found = resume_after(reference, scratch / "run", point)
        if found:
            wrong[point] = found
    assert not wrong, f"{len(wrong)} points end otherwise; the first: {next(iter(wrong.items()))}"


@pytest.mark.parametrize("number", range(CHUNKS))
def test_abort_after_a_kill_at_every_point(reference, scratch, number):
    wrong, counted = {}, 0
    for point in chunk(reference.points, number):
        found = abort_after(reference, scratch / "run", point)
        counted += found is not None
        if found:
            wrong[point] = found
    assert counted > 0
    assert not wrong, f"{len(wrong)} points are not taken back; the first: {next(iter(wrong.items()))}"


def killed_twice(reference, folder, point, command, choice):
    """Killed at a point, then again in `command` at one of the places that it passes there. None where there is nothing to go on with."""
    project = killed(reference, folder, point)
    if not project.has_run() or is_done(project) or (command == "abort" and crossed(project)):
        return None, None
    log = folder.parent / "second-points"
    log.unlink(missing_ok=True)
    left = project.copy(fresh(folder.parent / "left"))  # effects run side by side: another kill at the same point may leave another state
    project.fault(command, SLIPWAY_FAULT_LOG=log)
    points = log.read_text().splitlines()
    second = points[choice % len(points)]
    project = left.copy(fresh(folder))
    done = project.fault(command, SLIPWAY_FAULT_KILL=second)
    assert done.status == -9, f"{point}, then {second}: was not reached\n{done}"
    return project, second


@pytest.mark.parametrize("number", range(CHUNKS))
def test_resume_is_killed_too(reference, scratch, number):
    """A second kill during resume, at a place that wanders through the run with the first; then a third try."""
    wrong = {}
    for index, point in enumerate(chunk(reference.points, number)):
        if index % 4 != 0:
            continue
        project, second = killed_twice(reference, scratch / "run", point, "resume", index * 7 + number * 3)
        if project is None:
            continue
        done = go_on(project) if not is_done(project) else None
        found = {"status": repr(done)} if done is not None and done.status != 0 else differences(reference.after, final(project))
        if found:
            wrong[f"{point}, then {second}"] = found
    assert not wrong, f"{len(wrong)} pairs end otherwise; the first: {next(iter(wrong.items()))}"


@pytest.mark.parametrize("number", range(CHUNKS))
def test_abort_is_killed_too(reference, scratch, number):
    wrong = {}
    for index, point in enumerate(chunk(reference.points, number)):
        if index % 5 != 0:
            continue
        project, second = killed_twice(reference, scratch / "run", point, "abort", index * 5 + number)
        if project is None:
            continue
        if project.outcomes()["last"] != "aborted":
            done = project.fault("abort")
            if done.status != 0:
                wrong[f"{point}, then {second}"] = repr(done)
                continue
        found = differences(reference.before, prior(project))
        if found:
            wrong[f"{point}, then {second}"] = found
    assert not wrong, f"{len(wrong)} pairs are not taken back; the first: {next(iter(wrong.items()))}"


# ---- the test is tested: planted bugs must be seen ----


def test_a_journal_written_after_the_effect_is_seen(reference, scratch):
    """Without an intent abort does not know what to take back."""
    points = [point for point in reference.points if point.startswith("apply-after prepare/")]
    seen = [point for point in points if abort_after(reference, scratch / "run", point, SLIPWAY_BUG="journal-after-effect")]
    assert seen, "no point shows the planted bug"


def test_an_inspect_by_existence_is_seen(reference, scratch):
    """A half-done effect that counts as done is never completed."""
    seen = 0
    for point in (point for point in reference.points if point.startswith(("file-written", "branch-moved", "fs-write"))):
        project = killed(reference, scratch / "run", point)
        done = project.fault("resume", SLIPWAY_BUG="inspect-existence") if project.has_run() else None
        if done is not None and (done.status != 0 or differences(reference.after, final(project))):
            seen += 1
    assert seen, "no point shows the planted bug"


# ---- the real example, killed once in each stage ----

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "djp-workflow"
STAGES = ["prepare/tag", "prove/gate/unit", "prove/build/djp-workflow", "stage/upload", "push/refs", "publish/release", "follow/install/djp-workflow"]


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("example") / "project", source=EXAMPLE)


@pytest.mark.parametrize("effect", STAGES)
def test_the_example_is_killed_and_resumed(example, scratch, effect):
    project = example.copy(fresh(scratch / "run"))
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL=f"apply-after {effect} #1").status == -9
    done = project.fault("resume")
    assert done.status == 0, done
    assert project.refs(project.origin).count("refs/tags/v1.1.0") == 1
    names = sorted(path.name for path in project.forge.joinpath("v1.1.0").rglob("*") if path.is_file())
    assert "djp_workflow-1.1.0-py3-none-any.whl" in names and "djp_workflow-1.1.0.tar.gz" in names and "SHA256SUMS" in names
