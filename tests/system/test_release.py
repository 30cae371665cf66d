"""A whole release, and what stands in its way, on the real binary."""

import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import SLIPWAY_FAULT, Project, environment, git, listing  # noqa: E402

RELEASE = ("release", "minor", "--yes")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("template") / "project")


@pytest.fixture
def project(template, tmp_path):
    (tmp_path / "project").mkdir()
    return template.copy(tmp_path / "project")


def refused(done, code, status, fix=True):
    error = done.error()
    assert done.status == status, done
    assert error.get("code") == code, done
    assert error.get("state") and (error.get("fix") or not fix) and error.get("rerun"), done
    return error


# ---- the whole ----


def test_a_release_goes_out(project):
    done = project.run(*RELEASE)
    assert done.status == 0, done
    assert "tool 1.1.0 is released" in done.out
    remote = git(project.origin, "rev-parse", "main", "v1.1.0^{commit}").split()
    assert remote[0] == remote[1] == git(project.work, "rev-parse", "main")
    assert git(project.work, "rev-parse", "--abbrev-ref", "HEAD") == "main"
    assert git(project.work, "status", "--porcelain") == ""
    assert git(project.work, "log", "--format=%s", "-2", "main").split("\n") == ["Release v1.1.0", "chore(release): bump version to 1.1.0"]
    assert git(project.work, "rev-parse", "main^{tree}") == git(project.work, "rev-parse", "main^2^{tree}")
    assert 'version = "1.1.0"  # raised by slipway' in (project.work / "pyproject.toml").read_text()
    assert 'version = "9.9.9"' in (project.work / "pyproject.toml").read_text()
    assert '__version__ = "1.1.0"' in (project.work / "tool" / "__init__.py").read_text()
    changelog = (project.work / "CHANGELOG.md").read_text()
    assert "## [Unreleased]\n\n## [1.1.0] - 2026-09-21\n\n### Added\n\n- A way" in changelog
    assert "[1.1.0]: https://git.example.org/tool/compare/v1.0.0...v1.1.0\n" in changelog
    published = project.forge / "v1.1.0"
    record = json.loads((published / "release.json").read_text())
    assert record["tag"] == "v1.1.0" and record["target"] == remote[0]
    assert (project.forge / "latest").resolve() == published.resolve()
    checked = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=next(published.rglob("SHA256SUMS")).parent, stdout=subprocess.PIPE)
    assert checked.returncode == 0
    assert "A way to count things." in (published / "notes.md").read_text()
    message = git(project.work, "cat-file", "tag", "v1.1.0")
    assert "- A way to count things." in message and "CHANGELOG.md" in message
    assert (project.work / ".env").read_text() == "PRIVATE=1\n"


def test_status_says_what_was_done_and_a_second_release_follows(project):
    assert project.run(*RELEASE).status == 0
    status = json.loads(project.run("status", "--json").out)
    assert status["schema"] == 1 and status["run"]["state"] == "done" and all(effect["state"] == "done" for effect in status["effects"])
    project.commit("feat: more", **{"CHANGELOG.md": (project.work / "CHANGELOG.md").read_text().replace("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n")})
    done = project.run("release", "patch", "--yes")
    assert done.status == 0, done
    assert git(project.origin, "tag", "--list", "v1.1.1") == "v1.1.1"


def test_a_plan_leaves_no_trace(project):
    def look():
        return {str(path): (os.lstat(path).st_mtime_ns, os.lstat(path).st_size) for path in sorted(project.root.rglob("*"))}

    project.users()
    git(project.work, "update-index", "--refresh")
    os.utime(project.work / "pyproject.toml")  # a stale stat entry is what tempts git to rewrite the index
    before, bytes_before = look(), listing(project.root)
    done = project.run("plan", "minor")
    assert done.status == 0, done
    assert "point of no return" in done.out and '+version = "1.1.0"' in done.out and "refs/heads/main" in done.out
    assert look() == before and listing(project.root) == bytes_before


def test_the_plan_as_json(project):
    done = project.run("plan", "minor", "--json")
    plan = json.loads(done.out)
    assert plan["schema"] == 1
    assert {"project": "tool", "previous": "1.0.0", "version": "1.1.0", "tag": "v1.1.0"}.items() <= plan["release"].items()
    assert len(plan["hash"]) == 64
    ids = [effect["id"] for effect in plan["effects"]]
    assert all({"id", "kind", "stage", "title", "needs", "undo"} <= effect.keys() for effect in plan["effects"])
    assert all(need in ids[: ids.index(effect["id"])] for effect in plan["effects"] for need in effect["needs"])
    assert plan["point_of_no_return"] == "push/refs"


def test_what_is_executed_is_what_was_planned(project):
    plan = json.loads(project.run("plan", "minor", "--json").out)
    assert project.run(*RELEASE).status == 0
    begun = project.outcomes()
    assert json.loads(begun["plan"])["effects"] == json.loads(json.dumps(plan["effects"]).replace(str(project.root), "ROOT"))
    assert set(begun["results"]) == {effect["id"] for effect in plan["effects"]}


def test_what_is_executed_is_seen_from_outside(project, tmp_path):
    """By strace, not by the journal: every program that is run is git's or one that the plan names; every tracked file that is written stands in the plan."""
    plan = json.loads(project.run("plan", "minor", "--json").out)
    named = {effect["params"]["run"][0] for effect in plan["effects"] if "run" in effect["params"]}
    files = {row["path"] for effect in plan["effects"] if effect["kind"] == "write-files" for row in effect["params"]["files"]}
    trace = tmp_path / "trace"
    words = ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=execve,rename,renameat,renameat2", "-o", str(trace), SLIPWAY_FAULT, *RELEASE]
    done = subprocess.run(words, cwd=project.work, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode()
    lines = trace.read_text().splitlines()
    mine = lines[0].split()[0]
    executed = {os.path.basename(line.split('"')[1]) for line in lines if "execve(" in line and line.rstrip().endswith("= 0")}
    children_of_named = {"sed", "test", "cat"}  # what the project's own build script runs
    git_parts = {"git", "git-receive-pack", "git-upload-pack", "git-remote-https"}
    assert executed - git_parts - children_of_named - {"slipway"} <= named | {os.path.basename(name) for name in named}, executed
    renamed = {line.split('"')[3] for line in lines if line.startswith(mine) or "slipway-tmp" in line if "rename" in line and "slipway-tmp" in line}
    assert {name for name in renamed if name in {os.path.basename(path) for path in files}} == {os.path.basename(path) for path in files}


# ---- saved plans ----


def saved(project, tmp_path):
    path = tmp_path / "release.plan"
    assert project.run("plan", "minor", "--out", str(path)).status == 0
    return path


def test_a_saved_plan_is_executed(project, tmp_path):
    path = saved(project, tmp_path)
    done = project.run("release", "--plan", str(path), "--yes")
    assert done.status == 0, done
    assert json.loads(project.outcomes()["plan"])["hash"] == json.loads(path.read_text())["hash"]


def head_moves(project):
    project.commit("docs: later")


def remote_moves(project):
    other = project.root / "other"
    git(project.root, "clone", "--quiet", "origin.git", "other")
    git(other, "-c", "user.name=B", "-c", "user.email=b@example.org", "commit", "--quiet", "--allow-empty", "-m", "feat: elsewhere")
    git(other, "push", "--quiet", "origin", "main")


def config_changes(project):
    with open(project.work / "slipway.yaml", "a") as stream:
        stream.write("jobs: 3\n")
    git(project.work, "update-index", "--assume-unchanged", "slipway.yaml")


@pytest.mark.parametrize("change, word", [(head_moves, "HEAD"), (remote_moves, "remote"), (config_changes, "configuration")])
def test_a_saved_plan_is_refused_when_the_world_moved(project, tmp_path, change, word):
    path = saved(project, tmp_path)
    change(project)
    before = project.repository()
    error = refused(project.run("release", "--plan", str(path), "--yes"), "PLAN_STALE", 1)
    assert word in error["why"]
    assert project.repository() == before


def edit_plan(path, change):
    plan = json.loads(path.read_text())
    change(plan)
    path.write_text(json.dumps(plan))


def test_a_saved_plan_is_refused_when_it_was_edited(project, tmp_path):
    path = saved(project, tmp_path)
    edit_plan(path, lambda plan: plan["effects"][3]["params"].update(message="another"))
    refused(project.run("release", "--plan", str(path), "--yes"), "PLAN_BROKEN", 2)


def test_a_saved_plan_of_another_slipway_is_refused(project, tmp_path):
    path = saved(project, tmp_path)
    edit_plan(path, lambda plan: plan.update(engine="0.0.1"))
    assert project.run("release", "--plan", str(path), "--yes").error()["code"] == "PLAN_STALE"


# ---- what stands in the way, and whether the fix line mends it ----


def test_without_a_terminal_and_without_yes(project):
    before = project.repository()
    refused(project.run("release", "minor"), "NO_TERMINAL", 2)
    assert project.repository() == before


def test_dirty_tree(project):
    (project.work / "tool" / "__init__.py").write_text("changed\n")
    (project.work / "new file").write_text("new\n")
    error = refused(project.run(*RELEASE), "TREE_DIRTY", 1)
    assert "tool/__init__.py" in error["why"] and "new file" in error["why"]
    assert project.fix(error["fix"]).status == 0
    assert project.run(*RELEASE).status == 0


def test_detached_head(project):
    git(project.work, "switch", "--quiet", "--detach", "main")
    error = refused(project.run(*RELEASE), "DETACHED_HEAD", 1)
    assert project.fix(error["fix"]).status == 0
    assert project.run(*RELEASE).status == 0


def test_wrong_branch(project):
    git(project.work, "switch", "--quiet", "-c", "feature")
    error = refused(project.run(*RELEASE), "WRONG_BRANCH", 1)
    assert project.fix(error["fix"]).status == 0
    assert project.run(*RELEASE).status == 0


def test_behind_remote(project):
    remote_moves(project)
    error = refused(project.run(*RELEASE), "BEHIND_REMOTE", 1)
    assert project.fix(error["fix"]).status == 0
    assert project.run(*RELEASE).status == 0


def test_no_remote(project):
    git(project.work, "remote", "remove", "origin")
    error = refused(project.run(*RELEASE), "NO_REMOTE", 2)
    assert project.fix(error["fix"].replace("URL", "../origin.git")).status == 0
    assert project.run(*RELEASE).status == 0


def test_remote_that_cannot_be_reached(project):
    git(project.work, "remote", "set-url", "origin", str(project.root / "nowhere.git"))
    error = project.run(*RELEASE).error()
    assert error["code"] == "REMOTE_UNREACHABLE" and "nowhere" in error["why"]


@pytest.mark.parametrize("where", ["same", "other", "remote"])
def test_tag_exists(project, where):
    if where == "other":
        project.commit("docs: later")
        git(project.work, "push", "--quiet", "origin", "main")
    git(project.work, "tag", "-a", "v1.1.0", "-m", "mine", "HEAD~1" if where == "other" else "HEAD")
    if where == "remote":
        git(project.work, "push", "--quiet", "origin", "v1.1.0")
        git(project.work, "tag", "-d", "v1.1.0")
    error = refused(project.run(*RELEASE), "TAG_EXISTS", 1)
    assert error["fix"] == "slipway release 1.1.1"
    assert project.fix(error["fix"]).status == 0
    assert git(project.origin, "tag", "--list", "v1.1.1") == "v1.1.1"


def test_branch_exists(project):
    git(project.work, "branch", "release/v1.1.0")
    error = refused(project.run(*RELEASE), "BRANCH_EXISTS", 1)
    assert project.fix(error["fix"]).status == 0
    assert project.run(*RELEASE).status == 0


def test_the_base_is_checked_out_in_another_work_tree(project):
    """`git switch main` would be refused there."""
    git(project.work, "remote", "set-url", "origin", project.origin)
    git(project.work, "worktree", "add", "--quiet", "--detach", project.root / "linked", "main")
    error = project.run("plan", "minor", cwd=project.root / "linked").error()
    assert error["code"] == "DETACHED_HEAD" and error["fix"] == f"cd '{project.work}', the work tree that has main"
    git(project.work, "switch", "--quiet", "-c", "other")
    assert project.run("plan", "minor", cwd=project.root / "linked").error()["fix"] == "git switch main"


def test_shallow_clone(project):
    project.commit("docs: later")
    git(project.work, "push", "--quiet", "origin", "main")
    git(project.root, "clone", "--quiet", "--depth", "1", f"file://{project.origin}", "shallow")
    shallow = Project(project.root)
    shallow.work = project.root / "shallow"
    for key in ("name", "email"):
        git(shallow.work, "config", f"user.{key}", "ada@example.org")
    for words in (("changelog", "generate"), ("changelog", "generate", "--all"), ("version", "auto"), ("plan", "auto")):
        error = shallow.run(*words).error()
        assert error["code"] == "SHALLOW" and error["fix"] == "git fetch --unshallow --tags", (words, error)
    error = refused(shallow.run(*RELEASE), "SHALLOW", 1)
    assert shallow.fix(error["fix"]).status == 0
    assert shallow.run(*RELEASE).status == 0


def test_nobody(project):
    git(project.work, "config", "--unset", "user.email")
    error = refused(project.run(*RELEASE, env={"EMAIL": ""}), "IDENTITY", 2)
    assert "git config user.email" in error["fix"]


def test_all_problems_at_once(project):
    git(project.work, "switch", "--quiet", "-c", "feature")
    git(project.work, "tag", "v1.1.0")
    (project.work / "new").write_text("new\n")
    error = refused(project.run(*RELEASE), "PREFLIGHT", 1)
    assert all(code in error["why"] for code in ("WRONG_BRANCH", "TREE_DIRTY", "TAG_EXISTS"))


def test_placeholder_in_the_changelog(project):
    project.commit("docs: nothing", **{"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [1.0.0] - 2026-01-02\n\n- Begin.\n"})
    git(project.work, "push", "--quiet", "origin", "main")
    refused(project.run(*RELEASE), "NOTHING_TO_RELEASE", 3)
    assert project.run("version", "--minor").status == 0
    assert "TODO: describe" in (project.work / "CHANGELOG.md").read_text()
    error = refused(project.run("release", "1.1.0", "--yes"), "CHANGELOG_PLACEHOLDER", 1)
    assert "CHANGELOG.md:" in error["what"]
    text = (project.work / "CHANGELOG.md").read_text()
    project.commit("docs: say it", **{"CHANGELOG.md": text.replace("TODO: describe what is new, or remove this", "News.").replace("- TODO: describe what is different, or remove this", "- x").replace("- TODO: describe what was wrong, or remove this", "- y")})
    done = project.run("release", "1.1.0", "--yes")
    assert done.status == 0, done


def test_versions_disagree(project):
    project.commit("fix: oops", **{"tool/__init__.py": '__version__ = "1.0.5"\n'})
    git(project.work, "push", "--quiet", "origin", "main")
    error = refused(project.run(*RELEASE), "VERSIONS_DISAGREE", 1)
    assert "tool/__init__.py:1 says 1.0.5" in error["why"] and "pyproject.toml:3 says 1.0.0" in error["why"]


# ---- the push ----


def hook(project, name, text, where=None):
    path = (where or project.origin) / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", ["pre-receive", "update"])
def test_a_server_that_refuses_is_heard(project, name):
    path = hook(project, name, 'echo "releases only on Tuesdays" >&2; exit 1')
    before = project.refs(project.origin)
    error = refused(project.run(*RELEASE), "PUSH_REJECTED", 1)
    assert "releases only on Tuesdays" in error["why"]
    assert project.refs(project.origin) == before
    path.unlink()
    done = project.run("resume")
    assert done.status == 0, done


def test_pre_push_is_honoured_and_commit_hooks_are_not_run(project):
    mine = project.work / ".git"
    hook(project, "pre-commit", "exit 1", mine)
    hook(project, "commit-msg", "exit 1", mine)
    path = hook(project, "pre-push", "echo no pushing today >&2; exit 1", mine)
    error = refused(project.run(*RELEASE), "PUSH_REJECTED", 1)
    assert "no pushing today" in error["why"]
    path.unlink()
    assert project.run("resume").status == 0


def test_a_push_whose_answer_was_lost_is_found(project):
    hook(project, "post-receive", "kill -9 $PPID")
    done = project.run(*RELEASE)
    assert done.status == 0, done
    assert git(project.origin, "rev-parse", "v1.1.0^{commit}") == git(project.origin, "rev-parse", "main")


def stopped(project, point, *words):
    """A run that holds at a point; continue it with SIGCONT."""
    child = project.start(*words, program=SLIPWAY_FAULT, env={"SLIPWAY_FAULT_STOP": point})
    os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return child


def test_the_remote_moves_between_plan_and_push(project):
    child = stopped(project, "journal-before intent push/refs #1", *RELEASE)
    remote_moves(project)
    before = project.refs(project.origin)
    os.kill(child.pid, signal.SIGCONT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 1, err.decode()
    assert b"error[REMOTE_MOVED]" in err and b"slipway release --replan" in err
    assert project.refs(project.origin) == before
    done = project.run("release", "--replan", "--yes")
    assert done.status == 0, done
    assert git(project.origin, "rev-parse", "v1.1.0^{commit}") == git(project.origin, "rev-parse", "main")


def test_two_at_once(project):
    first = stopped(project, "apply-after prepare/tag #1", *RELEASE)
    second = project.run(*RELEASE)
    error = refused(second, "LOCKED", 1)
    assert f"pid {first.pid}" in error["why"] and os.uname().nodename in error["why"] and "since" in error["why"]
    os.kill(first.pid, signal.SIGCONT)
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, err.decode()


def test_a_dead_owner_is_noticed(project):
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-after prepare/tag #1").status == -9
    assert json.loads(project.run("status", "--json").out)["run"]["state"] == "cut off"
    refused(project.run(*RELEASE), "UNFINISHED", 1)
    done = project.run("resume")
    assert done.status == 0, done


# ---- abort, draft, publish ----


def test_abort_after_the_line_is_refused(project):
    hook(project, "pre-receive", "exit 0")
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="journal-after crossed push/refs #1").status == -9
    error = refused(project.run("abort"), "NOT_ABORTABLE", 5)
    assert "others may have what is out" in error["why"]
    assert project.fix(error["fix"]).status == 0


def test_draft_then_publish(project):
    before = project.refs(project.origin)
    error = refused(project.run(*RELEASE, "--draft"), "WAITING", 6)
    assert "slipway publish" in error["fix"]
    assert project.refs(project.origin) == before
    assert not (project.forge / "v1.1.0").exists()
    status = project.run("status")
    assert "slipway publish" in status.out
    refused(project.run("resume"), "WAITING", 6)
    done = project.run("publish", "--yes")
    assert done.status == 0, done
    assert "Ada Example <ada@example.org>" in json.dumps(project.events())


def test_draft_then_abort(project):
    before = {"tree": project.tree(), **project.repository()}
    assert project.run(*RELEASE, "--draft").status == 6
    done = project.run("abort")
    assert done.status == 0, done
    assert {"tree": project.tree(), **project.repository()} == before
    assert project.run(*RELEASE).status == 0
    assert project.outcomes("v1.1.0.2")["last"] == "done"


def test_abort_does_not_lose_what_another_hand_wrote(project):
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-after prepare/tag #1").status == -9
    (project.work / "CHANGELOG.md").write_text("mine\n")
    error = refused(project.run("abort"), "CONFLICT", 1)
    assert "CHANGELOG.md was changed by another hand" in error["what"]
    assert (project.work / "CHANGELOG.md").read_text() == "mine\n"
    git(project.work, "checkout", "--quiet", "--", "CHANGELOG.md")
    assert project.run("abort").status == 0
    assert git(project.work, "status", "--porcelain") == "" and "release/" not in project.refs()


def test_nothing_to_resume(project):
    refused(project.run("resume"), "NO_RELEASE", 2)
    refused(project.run("abort"), "NO_RELEASE", 2)


def test_rehearsal_leaves_nothing_behind(project, tmp_path):
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    project.users()
    before = listing(project.root)
    done = project.run("rehearse", "minor", env={"TMPDIR": scratch})
    assert done.status == 0, done
    assert "all went well" in done.out
    assert listing(project.root) == before
    assert list(scratch.iterdir()) == []


def test_a_rehearsal_that_fails_says_so(project, tmp_path):
    project.commit("ci: worse", **{"slipway.yaml": 'gates:\n  bad: {run: [sh, -c, "echo broken thing; exit 3"]}\n'})
    git(project.work, "push", "--quiet", "origin", "main")
    before = listing(project.work, leave_out={".git"})
    done = project.run("rehearse", "minor")
    error = refused(done, "GATE_FAILED", 4)
    assert "broken thing" in done.err and "rehearsal" in error["state"]
    assert listing(project.work, leave_out={".git"}) == before


# ---- places and manners ----


def test_locale_and_time_zone_do_not_matter(project, template, tmp_path):
    # In a process of its own: it raises where the locale is not installed.
    subprocess.run(["/usr/bin/python3", "-c", "import locale; locale.setlocale(locale.LC_ALL, 'tr_TR.UTF-8')"], check=True)
    place = tmp_path / "project"
    assert project.run(*RELEASE).status == 0
    first = {**project.repository(), "tag": git(project.work, "cat-file", "tag", "v1.1.0"), **project.outcomes(), "forge": listing(project.forge)}
    subprocess.run(["rm", "-rf", str(place)], check=True)
    place.mkdir()
    again = template.copy(place)
    done = again.run(*RELEASE, env={"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"})
    assert done.status == 0, done
    assert {**again.repository(), "tag": git(again.work, "cat-file", "tag", "v1.1.0"), **again.outcomes(), "forge": listing(again.forge)} == first


@pytest.mark.parametrize("name", [b"a b", b"quo'te\"s", b"new\nline", b"caf\xe9", b"-dash", b"$(touch x);`y`"])
def test_odd_paths(template, tmp_path, name):
    root = pathlib.Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    root.mkdir()
    project = template.copy(root)
    odd = os.path.join(os.fsencode(project.work), name)
    with open(odd, "w") as stream:
        stream.write("odd\n")
    project.commit("feat: an odd file")
    git(project.work, "push", "--quiet", "origin", "main")
    done = project.run(*RELEASE)
    assert done.status == 0, done
    assert git(project.origin, "tag", "--list", "v1.1.0") == "v1.1.0"


def test_a_file_of_the_version_with_an_odd_name(tmp_path):
    config = 'version:\n  files:\n    - {path: "an odd\\tname.txt", pattern: "v={version};"}\npackages: {}\ngates:\n  t: {run: ["true"]}\n'
    project = Project.make(tmp_path / "p", files={"an odd\tname.txt": "x v=1.0.0; y 1.0.0\r\nno end"}, config=config)
    done = project.run(*RELEASE)
    assert done.status == 0, done
    assert (project.work / "an odd\tname.txt").read_bytes() == b"x v=1.1.0; y 1.0.0\r\nno end"


def test_a_file_behind_a_link_is_not_written(tmp_path):
    project = Project.make(tmp_path / "p")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "__init__.py").write_text('__version__ = "1.0.0"\n')
    git(project.work, "rm", "-r", "--quiet", "tool")
    (project.work / "tool").symlink_to(outside)
    project.commit("feat: a link")
    git(project.work, "push", "--quiet", "origin", "main")
    project.run(*RELEASE)
    assert (outside / "__init__.py").read_text() == '__version__ = "1.0.0"\n'


SECRET = "s3cret-M4RKER-9a8b7c"


def test_no_secret_goes_anywhere(project, tmp_path):
    project.commit("ci: look", **{"slipway.yaml": (project.work / "slipway.yaml").read_text().replace('quick: {run: ["true"]}', 'quick: {run: [sh, -c, "env; cat /proc/self/environ"]}')})
    git(project.work, "push", "--quiet", "origin", "main")
    names = ["GH_TOKEN", "GITHUB_TOKEN", "MY_SECRET", "DB_PASSWORD", "API_KEY", "SLIPWAY_X", "npm_config__auth_TOKEN"]
    trace = tmp_path / "trace"
    words = ["strace", "-f", "-qq", "-s", "65536", "-e", "trace=execve", "-e", "verbose=none", "-o", str(trace), SLIPWAY_FAULT, *RELEASE]
    done = subprocess.run(words, cwd=project.work, env=environment(**{name: SECRET for name in names}), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode()
    marker = SECRET.encode()
    assert marker not in done.stdout + done.stderr
    assert marker not in trace.read_bytes()
    for path in project.root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert marker not in path.read_bytes(), path


def test_without_a_configuration(tmp_path):
    project = Project.make(tmp_path / "p", files={"slipway.yaml": None, "build.sh": None})
    plan = json.loads(project.run("plan", "minor", "--json").out)
    kinds = [effect["kind"] for effect in plan["effects"]]
    assert "write-files" in kinds and "push" in kinds and plan["release"]["version"] == "1.1.0"


# ---- the journal ----


def journal_of(project):
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-after prepare/tag #1").status == -9
    return project.state / "journal.db"


def sql(path, text):
    import sqlite3

    with sqlite3.connect(path) as db:
        db.execute(text)


def test_journal_edited(project):
    path = journal_of(project)
    sql(path, "UPDATE event SET data = replace(data, '1.1.0', '1.1.7') WHERE seq = 1")
    error = refused(project.run("resume"), "JOURNAL_EDITED", 1)
    assert project.fix(error["fix"]).status == 0 and project.run("resume").status == 0


def test_journal_of_a_newer_slipway(project):
    path = journal_of(project)
    sql(path, "PRAGMA user_version = 99")
    error = refused(project.run("resume"), "JOURNAL_NEWER", 2)
    assert "newer" in error["why"]


def test_journal_unreadable(project):
    path = journal_of(project)
    path.write_bytes(b"this is no database, it only stands in its place" * 100)
    error = refused(project.run("resume"), "JOURNAL_DAMAGED", 1)
    assert project.fix(error["fix"]).status == 0 and project.run("resume").status == 0


DISK_FULL = """
set -e
mount -t tmpfs -o size=300m tmpfs "$1"
cp -a "$2/." "$1"
cd "$1/work"
SLIPWAY_FAULT_STOP="apply-after prepare/tag #1" "$3" release minor --yes >/dev/null 2>"$4" &
until grep -q '^State:.T' "/proc/$!/status"; do :; done
head -c 400000000 /dev/zero >"$1/ballast" 2>/dev/null || true
kill -CONT $!
set +e
wait $!; echo "status $?"
rm "$1/ballast"
"$3" resume >/dev/null 2>&1; echo "then $?"
git ls-remote -q origin refs/tags/v1.1.0
"""


def namespace():
    """How to get a mount namespace here: with a user namespace of one's own, or as root without one (in a chroot, where the former is forbidden)."""
    for words in (["unshare", "-rm"], ["unshare", "-m"]):
        if subprocess.run([*words, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], stdout=subprocess.PIPE, stderr=subprocess.PIPE).returncode == 0:
            return words
    pytest.skip("no mount namespace is permitted here")


def in_small_place(script, template, tmp_path):
    """A script in a mount namespace of its own: $1 an empty folder to mount a tmpfs on, $2 the template, $3 slipway, $4 where its errors go."""
    place = tmp_path / "small"
    place.mkdir()
    words = [*namespace(), "sh", "-c", script, "sh", str(place), str(template.root), SLIPWAY_FAULT, str(tmp_path / "errors")]
    done = subprocess.run(words, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    return done.stdout.decode(), done.stderr.decode()


def test_the_disk_fills_up_while_it_runs(template, tmp_path):
    out, err = in_small_place(DISK_FULL, template, tmp_path)
    errors = (tmp_path / "errors").read_text("utf-8")
    assert "status 1" in out and "error[DISK_FULL]" in errors, out + err + errors
    assert "then 0" in out and "refs/tags/v1.1.0" in out, out + err


def test_a_disk_that_is_full_is_seen_beforehand(template, tmp_path):
    script = 'mount -t tmpfs -o size=6m tmpfs "$1" && cp -a "$2/." "$1" && cd "$1/work" && "$3" release minor --yes 2>"$4"; echo "status $?"'
    out, err = in_small_place(script, template, tmp_path)
    assert "status 1" in out and "error[DISK_FULL]" in (tmp_path / "errors").read_text("utf-8"), out + err


# ---- signing ----


def use_ssh_key(project, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@example.org", "-f", str(key)], check=True)
    signers = tmp_path / "signers"
    signers.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    for name, value in {"gpg.format": "ssh", "user.signingKey": str(key), "commit.gpgSign": "true", "tag.gpgSign": "true", "gpg.ssh.allowedSignersFile": str(signers)}.items():
        git(project.work, "config", name, value)
    return key


def test_commits_and_tag_are_signed_where_git_is_set_to(project, tmp_path):
    use_ssh_key(project, tmp_path)
    done = project.run(*RELEASE)
    assert done.status == 0, done
    git(project.work, "verify-tag", "v1.1.0")
    git(project.work, "verify-commit", "v1.1.0^{commit}")
    git(project.work, "verify-commit", "v1.1.0^{commit}^2")


def test_a_signed_release_is_resumed(project, tmp_path):
    use_ssh_key(project, tmp_path)
    for point in ("commit-made prepare/commit #1", "branch-moved prepare/commit #1", "tag-made prepare/tag #1"):
        assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL=point).status == -9
        assert project.run("abort").status == 0
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="branch-moved prepare/commit #1").status == -9
    done = project.run("resume")
    assert done.status == 0, done
    git(project.work, "verify-tag", "v1.1.0")


def test_a_key_that_does_not_sign_is_seen_beforehand(project, tmp_path):
    use_ssh_key(project, tmp_path).unlink()
    before = project.repository()
    error = refused(project.run(*RELEASE), "SIGNING", 7)
    assert "test signature failed" in error["what"]
    assert project.repository() == before
