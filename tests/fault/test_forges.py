"""A release at each forge: a fault at every call, and SIGKILL at every effect; then `resume`. The whole product of calls and faults: FAULT_ALL=1 (make fault-all)."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.forged import Forged  # noqa: E402
from support.matrix import KINDS, RELEASE, Matrix, is_whole, table  # noqa: E402

CHUNKS = 4
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "djp-workflow"


@pytest.fixture(scope="session")
def matrix_of(tmp_path_factory):
    made = {}

    def get(kind):
        if kind not in made:
            made[kind] = Matrix(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    return get


@pytest.mark.parametrize("number", range(CHUNKS))
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_at_every_call(matrix_of, kind, number, record_property):
    matrix = matrix_of(kind)
    cells = matrix.cells(is_whole())
    rows = sorted({cell[0] for cell in cells})[number::CHUNKS]
    results, wrong = {}, []
    for cell in (cell for cell in cells if cell[0] in rows):
        results[cell], problem = matrix.cell(*cell)
        wrong += [(matrix.calls[cell[0]], cell[1], problem)] if problem else []
    for line in table(matrix, results, legend=number == 0):
        record_property("note", line)
    assert not wrong, f"{len(wrong)} cells end otherwise; the first: {wrong[0]}"
    assert set(results.values()) <= {"+", "r", "-"}


def effects_of(project):
    """Ids of the effects from the first one at the forge on, in order."""
    plan = next(data["plan"] for kind, _, data in project.events() if kind == "begun")
    return [effect["id"] for effect in plan["effects"] if effect["stage"] in ("stage", "push", "publish", "follow")]


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_every_effect(matrix_of, kind):
    """Before and behind each: nothing is there twice, nothing is missing, and at no instant was it public without all."""
    matrix, wrong = matrix_of(kind), {}
    with matrix.emulator() as forge:
        effects = effects_of(matrix.restored(forge))
    for point in [f"{moment} {effect} #1" for effect in effects[1:] for moment in ("apply-before", "apply-after")]:
        with matrix.emulator() as forge:
            project = matrix.restored(forge)
            forge.expected = matrix.expected
            died = project.fault("resume", SLIPWAY_FAULT_KILL=point)
            done = project.fault("resume") if died.status == -9 and project.outcomes()["last"] != "done" else died
            if (done.status not in (0, -9)) or matrix.final(project) != matrix.after or forge.violations:
                wrong[point] = (repr(done), forge.violations, matrix.final(project))
    assert len(effects) >= 8
    assert not wrong, f"{len(wrong)} points end otherwise; the first: {next(iter(wrong.items()))}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_is_released(tmp_path, kind):
    """The real example, killed behind its uploads and where it became public."""
    with KINDS[kind]() as forge:
        project = Forged.on(tmp_path / "project", kind, forge, source=EXAMPLE)
        killed = project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-after stage/upload #1")
        assert killed.status == -9, killed
        publishes = "push/refs" if kind == "gitea" else "publish/release"  # there the push itself publishes
        killed = project.fault("resume", SLIPWAY_FAULT_KILL=f"apply-after {publishes} #1")
        assert killed.status == -9, killed
        done = project.fault("resume")
        assert done.status == 0, done
        release = project.releases()[0]
        assert [release["tag"] for release in project.releases()] == ["v1.1.0"] and not release["draft"]
        assert {asset["name"] for asset in release["assets"]} >= {"SHA256SUMS", "djp_workflow-1.1.0.tar.gz", "djp_workflow-1.1.0-py3-none-any.whl"}
        stranger = project.run("verify", "--published")
        assert stranger.status == 0, stranger
        assert not forge.violations, forge.violations
