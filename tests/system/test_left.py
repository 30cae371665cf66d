"""What gates and builds leave in the work tree is named with the way out, and never called nothing."""

import json
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, environment, git  # noqa: E402

LEAVES = 'echo x >Cargo.lock; mkdir -p "odd *name" && echo x >"odd *name/x"'
PACKAGES = 'packages: {tool: {run: [sh, build.sh, "{out}"], expect: ["tool-{version}.bin", "tool-{version}.txt"]}}\n'
LEFT = ["Cargo.lock", "odd *name/"]


def make(tmp_path, command, ignored=".env\nvenv/\n"):
    config = f"gates: {{lock: {{run: [sh, -c, {json.dumps(command)}]}}}}\n" + PACKAGES
    return Project.make(tmp_path / "p", files={".gitignore": ignored}, config=config)


def way_out(text, label):
    """The command of a line of the note, or of the fix of a plan that is not clean."""
    return next(line.split(label, 1)[1].strip() for line in text.splitlines() if line.strip().startswith(label))


def paste(project, command):
    subprocess.run(["sh", "-c", command], cwd=project.work, env=environment(), stdin=subprocess.DEVNULL, check=True)


@pytest.mark.parametrize("label", ["ignore", "remove"])
@pytest.mark.parametrize("folder", [".", "tool"])
def test_what_a_gate_leaves_is_named_with_the_way_out(tmp_path, label, folder):
    project = make(tmp_path, LEAVES)
    done = project.run("gates", "run", cwd=project.work / folder)
    assert done.status == 0 and "note: new in the work tree, and not ignored by git" in done.err and "odd *name/" in done.err, done
    error = project.run("plan", "minor").error()
    assert error["code"] == "TREE_DIRTY" and "they came while slipway ran gates or a build" in error["why"] and "stash" not in error["fix"]
    subprocess.run(["sh", "-c", way_out(done.err, label)], cwd=project.work / folder, env=environment(), stdin=subprocess.DEVNULL, check=True)
    assert project.run("plan", "minor").status == 0
    assert (project.work / "Cargo.lock").exists() == (label == "ignore")


def test_the_fix_of_the_plan_leads_out(tmp_path):
    project = make(tmp_path, LEAVES)
    project.run("gates", "run")
    paste(project, project.run("plan", "minor").error()["fix"].split(", which lets")[0])
    assert project.run("plan", "minor").status == 0


def test_what_the_user_made_is_not_called_a_gates(tmp_path):
    project = make(tmp_path, LEAVES)
    (project.work / "mine").write_text("mine\n")
    assert json.loads(project.run("gates", "run", "--json").out)["left"] == LEFT
    error = project.run("plan", "minor").error()
    assert "gates or a build" not in error["why"] and "?? mine" in error["why"]


def test_dist_of_slipway_is_told_each_time(tmp_path):
    project = make(tmp_path, "true")
    for _ in range(2):
        done = project.run("build")
        assert done.status == 0 and "dist/" in way_out(done.err, "ignore"), done
    assert "came while slipway ran gates or a build" in project.run("plan", "minor").error()["why"]


def test_a_release_that_is_taken_back_does_not_say_that_all_is_as_it_was(tmp_path):
    project = make(tmp_path, f"{LEAVES}; false")
    released = project.run("release", "minor", "--yes")
    assert released.status == 4 and "odd *name/" in released.err
    aborted = project.run("abort")
    assert aborted.status == 0 and "everything" not in aborted.out and "Cargo.lock" in aborted.err and "undone: run the gate" not in aborted.err, aborted
    assert "all that git tracks here is as it was" in aborted.out
    paste(project, way_out(aborted.err, "remove"))
    assert project.run("plan", "minor").status == 0


def test_nothing_is_said_where_git_ignores_it(tmp_path):
    project = make(tmp_path, LEAVES, ignored=".env\nvenv/\nCargo.lock\nodd*/\ndist/\n")
    for words in (["gates", "run"], ["build"], ["release", "minor", "--yes"]):
        done = project.run(*words)
        assert done.status == 0 and "not ignored" not in done.err, done


STATES = {
    "false": "no tracked file was changed",
    f"{LEAVES}; false": "no tracked file was changed; new files are named above",
    "echo x >>pyproject.toml": "slipway changed nothing; what gates changed is shown above",
    f"{LEAVES}; echo x >>pyproject.toml": "slipway changed nothing; what gates changed is shown above; new files are named above",
}


@pytest.mark.parametrize("command", STATES)
def test_the_state_of_failed_gates_is_looked_at(tmp_path, command):
    done = make(tmp_path, command).run("gates", "run")
    assert done.status == 4 and done.error()["state"] == STATES[command], done


def test_the_state_of_several_failed_gates_holds_for_all(tmp_path):
    config = 'gates: {bad: {run: ["false"]}, edit: {run: [sh, -c, "echo x >>pyproject.toml"], needs: [slow]}, slow: {run: ["true"]}}\n'
    done = Project.make(tmp_path / "p", config=config).run("gates", "run")
    assert done.error()["state"] == "slipway changed nothing; what gates changed is shown above", done


def test_linked_work_trees_have_files_of_their_own(tmp_path):
    project = make(tmp_path, LEAVES)
    project.run("gates", "run")
    linked = tmp_path / "linked"
    git(project.work, "worktree", "add", "--quiet", str(linked), "-b", "other")
    (linked / "Cargo.lock").write_text("mine\n")
    error = project.run("release", "minor", "--yes", cwd=linked).error()
    assert "gates or a build" not in error["why"]


def test_what_came_between_release_and_abort_is_named_and_not_called_a_gates(tmp_path):
    project = make(tmp_path, f"{LEAVES}; false")
    project.run("release", "minor", "--yes")
    (project.work / "mine").write_text("mine\n")
    aborted = project.run("abort")
    assert aborted.status == 0 and "mine" in aborted.err and "all that git tracks here is as it was" in aborted.out, aborted
    error = project.run("plan", "minor").error()
    assert "gates or a build" not in error["why"] and "?? mine" in error["why"]
    (project.work / "mine").unlink()
    assert "gates or a build" in project.run("plan", "minor").error()["why"]
