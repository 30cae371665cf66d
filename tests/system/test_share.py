"""The journal on the remote: a release that was begun in one clone is finished, or taken back, in another."""

import json
import os
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from forge.gitea import Gitea  # noqa: E402
from forge.github import GitHub  # noqa: E402
from forge.gitlab import GitLab  # noqa: E402
from support.project import CONFIG, SLIPWAY_FAULT, Project, git, listing, remove  # noqa: E402
from support.records import Record  # noqa: E402

RELEASE = ("release", "minor", "--yes")
RECORD, CANDIDATE = "refs/slipway/runs/v1.1.0", "refs/slipway/candidates/v1.1.0"


class Clones:
    """ada began it; bob and eve have clones of the same remote. One folder holds all of it, and is always the same: the plan names the forge in it."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.ada = Project(self.root / "ada")
        self.origin, self.forge = self.ada.origin, self.root / "forge"
        self.bob, self.eve = self.clone("bob"), self.clone("eve")

    def clone(self, name):
        clone = Project(self.root / name)
        clone.origin = self.origin
        return clone

    @classmethod
    def make(cls, root, extra="", gate="test ! -e {root}/red"):
        told = f"  told: {{{{run: [sh, -c, '{gate}']}}}}\n".format(root=root)
        config = CONFIG.replace("gates:\n", "gates:\n" + told) + f"forge: {{path: {root}/forge}}\n{extra}"
        Project.make(root / "ada", config=config)
        for name in ("bob", "eve"):
            (root / name).mkdir()
            git(root / name, "clone", "--quiet", str(root / "ada" / "origin.git"), "work")
            git(root / name / "work", "config", "user.name", name.title())
            git(root / name / "work", "config", "user.email", f"{name}@example.org")
        return cls(root)

    def own_refs(self):
        return git(self.origin, "for-each-ref", "--format=%(refname)", "refs/slipway").split()

    def record(self):
        return json.loads(git(self.origin, "show", f"{RECORD}:run.json"))

    def world(self):
        """What others see."""
        forge = {key: value for key, value in listing(self.forge).items() if key != b".lock"}
        return {"refs": self.ada.refs(self.origin), "tag": git(self.origin, "cat-file", "tag", "v1.1.0"), "forge": forge}

    def own(self, project):
        """What one clone has of it."""
        return {
            "tree": {key: value for key, value in listing(project.work, leave_out={".git"}).items() if not key.startswith((b".env", b"venv"))},
            "refs": [line for line in project.refs().split("\n") if "refs/remotes" not in line],
            "head": git(project.work, "rev-parse", "--symbolic-full-name", "HEAD"),
            "status": git(project.work, "status", "--porcelain"),
            "worktrees": git(project.work, "worktree", "list").count("\n"),
            "own": git(project.work, "for-each-ref", "--format=%(refname)", "refs/slipway").split(),
        }


class Case:
    """Copies of a template, one after the other in the same folder."""

    def __init__(self, scratch, extra=""):
        self.scratch, self.template = scratch, scratch / "template"
        self.run = scratch / "run"
        self.run.mkdir()
        Clones.make(self.run, extra)
        self.run.rename(self.template)
        first = self.fresh()
        self.before = first.own(first.bob)
        done = first.ada.run(*RELEASE)
        assert done.status == 0, done
        self.after, self.ada_after, self.refs = first.world(), first.own(first.ada), first.own_refs()

    def fresh(self):
        remove(self.run)
        os.system(f"cp -a {self.template} {self.run}")
        return Clones(self.run)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return Case(tmp_path_factory.mktemp("share"))


@pytest.fixture
def clones(case):
    return case.fresh()


def refused(done, code):
    error = done.error()
    assert error.get("code") == code, done
    assert error.get("why") and error.get("state") and error.get("fix") and error.get("rerun"), done
    return error


def finished(case, clones, project):
    """As if nobody had ever stopped."""
    assert clones.world() == case.after
    assert clones.own(project) == case.ada_after
    assert clones.own_refs() == [RECORD] and clones.record()["state"] == "done"


# ---- from one clone to another ----


def test_an_undisturbed_release_leaves_its_record(case):
    assert case.refs == [RECORD] and case.ada_after["own"] == []


def test_what_waits_for_a_sign_off_is_published_by_another(case, clones):
    done = clones.ada.run(*RELEASE, "--draft")
    assert done.status == 6, done
    assert "journal   goes to refs/slipway on the remote" in done.out
    assert clones.own_refs() == [CANDIDATE, RECORD]
    shown = clones.bob.run("status")
    assert shown.out.startswith("v1.1.0 waits for a sign-off; begun by Ada Example, last written at ")
    assert "next: slipway publish\n" in shown.out
    assert refused(clones.bob.run(*RELEASE), "UNFINISHED")["fix"].startswith("to go on with it here: slipway publish")
    done = clones.bob.run("publish", "--yes")
    assert done.status == 0, done
    assert "signed off by Bob <bob@example.org>" in done.err
    finished_with_draft(case, clones, clones.bob)
    assert clones.record()["begun_who"] == "Ada Example" and clones.record()["who"] == "Bob"
    assert clones.ada.run("status").out.startswith("v1.1.0 is done; begun by Ada Example, last written by Bob at ")
    assert "Bob" in refused(clones.ada.run("abort"), "NOT_ABORTABLE")["why"]
    assert clones.ada.run("resume").status == 0
    finished_with_draft(case, clones, clones.ada)
    assert clones.ada.outcomes()["last"] == "done"
    assert clones.ada.run("status").out.startswith("tool 1.1.0: done")


def finished_with_draft(case, clones, project):
    """A plan with a sign-off has another mark, which stands in the forge's record; all else is the same."""
    world = clones.world()
    assert (world["refs"], world["tag"], world["forge"].keys()) == (case.after["refs"], case.after["tag"], case.after["forge"].keys())
    assert clones.own(project) == case.ada_after


def test_a_failed_gate_is_green_elsewhere(case, clones):
    (clones.root / "red").write_text("")
    assert clones.ada.run(*RELEASE).status == 4
    (clones.root / "red").unlink()
    done = clones.bob.run("resume", "--yes")
    assert done.status == 0, done
    assert "run the gate told" in done.err and "run the gate quick in the work tree: true (at most 30 min) (" not in done.err.split("What is left", 1)[1]
    finished(case, clones, clones.bob)


BOUNDARIES = [f"share-pushed v1.1.0 #{number}" for number in (1, 2, 3, 4, 5, 6)]
WITHIN = [
    "apply-after prepare/tag #1", "apply-after prove/build/tool #1", "apply-after stage/upload #1", "apply-after push/refs #1", "apply-after publish/branch #1",
]


@pytest.mark.parametrize("point", BOUNDARIES + WITHIN)
def test_killed_here_finished_there(case, clones, point):
    assert clones.ada.fault(*RELEASE, SLIPWAY_FAULT_KILL=point).status == -9
    done = clones.bob.run("resume", "--yes")
    assert done.status == 0, done
    finished(case, clones, clones.bob)


@pytest.mark.parametrize("point", ["share-take v1.1.0 #1", "share-taken v1.1.0 #1", "share-refs v1.1.0 #1", "share-import v1.1.0 #1", "share-pushed v1.1.0 #2"])
def test_killed_while_it_is_taken_over(case, clones, point):
    assert clones.ada.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-before push/refs #1").status == -9
    assert clones.bob.fault("resume", "--yes", SLIPWAY_FAULT_KILL=point).status == -9
    done = clones.bob.run("resume", "--yes")
    assert done.status == 0, done
    finished(case, clones, clones.bob)


@pytest.mark.parametrize("point", ["journal-after begun - #1", "share-pushed v1.1.0 #1", "share-pushed v1.1.0 #3", "share-pushed v1.1.0 #7"])
def test_killed_while_it_is_written(case, clones, point):
    """The push may have arrived: the same clone knows its own again."""
    assert clones.ada.fault(*RELEASE, SLIPWAY_FAULT_KILL=point).status == -9
    assert not point.endswith("#7") or clones.own_refs() == [RECORD], "the end is told before it is one"
    done = clones.ada.run("resume")
    assert done.status == 0, done
    finished(case, clones, clones.ada)


@pytest.mark.parametrize("point", ["share-pushed v1.1.0 #1", "share-pushed v1.1.0 #2", "apply-after stage/draft #1"])
@pytest.mark.parametrize("where", ["ada", "bob"])
def test_killed_here_taken_back(clones, where, point):
    project = getattr(clones, where)
    before = clones.own(project)
    assert clones.ada.fault(*RELEASE, SLIPWAY_FAULT_KILL=point).status == -9
    done = project.run("abort", "--yes")
    assert done.status == 0, done
    assert clones.own(project) == before
    assert clones.own_refs() == [RECORD] and clones.record()["state"] == "aborted" and not (clones.forge / "v1.1.0").exists()


def test_there_and_back_again(case, clones):
    assert clones.ada.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-after stage/draft #1").status == -9
    assert clones.bob.fault("resume", "--yes", SLIPWAY_FAULT_KILL="apply-before push/refs #1").status == -9
    assert refused(clones.ada.run("resume"), "NO_TERMINAL")
    done = clones.ada.run("resume", "--yes")
    assert done.status == 0, done
    finished(case, clones, clones.ada)


def test_taken_back_elsewhere(case, clones):
    before = clones.own(clones.ada)
    assert clones.ada.run(*RELEASE, "--draft").status == 6
    done = clones.bob.run("abort", "--yes")
    assert done.status == 0, done
    assert clones.own(clones.bob) == case.before and clones.own_refs() == [RECORD] and clones.record()["state"] == "aborted"
    assert not (clones.forge / "v1.1.0").exists() and not list(clones.forge.glob(".drafts/*"))
    assert clones.ada.run("status").out.startswith("v1.1.0 was aborted; begun by Ada Example, last written by Bob at ")
    assert "Bob" in refused(clones.ada.run("resume"), "TAKEN_OVER")["why"]
    assert clones.ada.run("abort").status == 0
    assert clones.own(clones.ada) == before
    done = clones.eve.run(*RELEASE)
    assert done.status == 0, done
    assert [clones.record()[key] for key in ("id", "state")] == ["v1.1.0.2", "done"]
    assert clones.world()["refs"].split("\n")[0] == case.after["refs"].split("\n")[0].replace(case.after["refs"].split()[1], git(clones.eve.work, "rev-parse", "main"))


# ---- only one ----


def stopped(project, point, *words):
    """A run that holds at a point until it is continued."""
    child = project.start(*words, program=SLIPWAY_FAULT, env={"SLIPWAY_FAULT_STOP": point})
    ended = os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    assert ended.si_code == os.CLD_STOPPED, child.communicate()
    return child


def go_on(child):
    os.kill(child.pid, signal.SIGCONT)
    out, err = child.communicate(timeout=60)
    return child.returncode, out.decode(), err.decode()


def test_of_two_that_take_it_over_one_does(case, clones):
    assert clones.ada.fault(*RELEASE, SLIPWAY_FAULT_KILL="share-pushed v1.1.0 #3").status == -9
    late = stopped(clones.eve, "share-take v1.1.0 #1", "resume", "--yes")
    done = clones.bob.run("resume", "--yes")
    status, _, err = go_on(late)
    assert done.status == 0, done
    assert status == 1 and "error[TAKEN_OVER]: another clone goes on with v1.1.0" in err and "Bob" in err
    assert {**clones.own(clones.eve), "own": []} == case.before
    finished(case, clones, clones.bob)


def test_of_two_that_begin_one_does(case, clones):
    late = stopped(clones.eve, "journal-after begun - #1", *RELEASE)
    done = clones.bob.run(*RELEASE)
    status, _, err = go_on(late)
    assert done.status == 0, done
    assert status == 1 and "error[LOCKED]: another clone is at work on v1.1.0" in err and "Bob" in err, err
    assert {**clones.own(clones.eve), "own": []} == case.before
    assert clones.own_refs() == [RECORD] and clones.record()["state"] == "done"
    assert clones.eve.outcomes()["last"] == "aborted"


def test_the_first_comes_back_late(case, clones):
    late = stopped(clones.ada, "share-pushed v1.1.0 #2", *RELEASE)
    done = clones.bob.run("resume", "--yes")
    status, _, err = go_on(late)
    assert done.status == 0, done
    assert status == 1 and "error[TAKEN_OVER]: another clone goes on with v1.1.0" in err, err
    assert "draft the release" not in err.split("check the packages", 1)[1]
    finished(case, clones, clones.bob)
    assert clones.ada.run("resume").status == 0
    finished(case, clones, clones.ada)


# ---- where it is not shared ----


def test_a_server_that_refuses_is_said_once(case, clones):
    hook = clones.origin / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase $1 in refs/slipway/*) echo "house rule: no $1" >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    done = clones.ada.run(*RELEASE)
    assert done.status == 0, done
    assert done.err.count("not shared with other clones") == 1 and "house rule: no refs/slipway/runs/v1.1.0" in done.err
    assert clones.world() == case.after and clones.own_refs() == []


def test_a_remote_that_is_gone_for_a_while(case, clones):
    assert clones.ada.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-before stage/draft #1").status == -9
    clones.origin.rename(clones.root / "away.git")
    shown = clones.ada.run("status")
    assert shown.status == 0 and shown.out.startswith("tool 1.1.0: cut off") and "! what other clones have begun is not known" in shown.err
    done = clones.ada.run("resume")
    assert done.status == 1 and "not shared with other clones" in done.err, done
    (clones.root / "away.git").rename(clones.origin)
    assert clones.ada.run("resume").status == 0
    finished(case, clones, clones.ada)


def test_an_end_that_could_not_be_seen(case, clones):
    """All of it is public; it counts as done neither here nor there until somebody has seen it on the remote."""
    late = stopped(clones.ada, "apply-after publish/branch #1", *RELEASE)
    clones.origin.rename(clones.root / "away.git")
    status, _, err = go_on(late)
    assert status == 5 and "error[REMOTE_UNREACHABLE]" in err and "is released" not in err, err
    (clones.root / "away.git").rename(clones.origin)
    assert clones.ada.run("status").out.startswith("tool 1.1.0: stopped, past the point of no return")
    done = clones.bob.run("resume", "--yes")
    assert done.status == 0, done
    finished(case, clones, clones.bob)
    assert clones.ada.run("resume").status == 0
    finished(case, clones, clones.ada)


@pytest.mark.parametrize("word", ["off", "after-push"])
def test_embargo(clones, word):
    share = {"SLIPWAY__JOURNAL__SHARE": word}
    done = clones.ada.run(*RELEASE, "--draft", env=share)
    assert done.status == 6 and "journal   stays here" in done.out and f"(journal.share: {word})" in done.out
    assert clones.own_refs() == []
    assert clones.ada.run("publish", "--yes", env=share).status == 0
    assert clones.own_refs() == ([] if word == "off" else [RECORD])
    assert word == "off" or [clones.record()[key] for key in ("state", "crossed")] == ["done", True]


def test_a_word_that_is_none_is_refused(clones):
    refused_word = clones.ada.run("plan", "minor", env={"SLIPWAY__JOURNAL__SHARE": "sometimes"})
    assert refused_word.status == 2 and "on or after-push or off" in refused_word.err


# ---- what stands in the way ----


def waiting(clones):
    assert clones.ada.run(*RELEASE, "--draft").status == 6
    return git(clones.origin, "for-each-ref")


@pytest.fixture(scope="module")
def waits(case):
    """One release that waits, for all that only look at it."""
    clones = case.fresh()
    waiting(clones)
    kept = case.scratch / "waits"
    os.system(f"cp -a {case.run} {kept}")
    return kept


@pytest.fixture
def left(case, waits):
    remove(case.run)
    os.system(f"cp -a {waits} {case.run}")
    return Clones(case.run)


def dirty(clones):
    (clones.bob.work / "pyproject.toml").write_text("mine")


def untracked(clones):
    (clones.bob.work / "mine").write_text("mine")


def other_branch(clones):
    git(clones.bob.work, "switch", "--quiet", "-c", "mine")


def other_base(clones):
    clones.bob.commit("fix: mine")


def other_tag(clones):
    git(clones.bob.work, "tag", "v1.1.0")



WAYS = [(dirty, "TREE_DIRTY"), (untracked, "TREE_DIRTY"), (other_branch, "WRONG_BRANCH"), (other_base, "BEHIND_REMOTE"), (other_tag, "CONFLICT")]


@pytest.mark.parametrize("change, code", WAYS, ids=[change.__name__ for change, _ in WAYS])
def test_a_clone_that_is_not_as_it_was_planned(left, change, code):
    change(left)
    before, remote = left.own(left.bob), git(left.origin, "for-each-ref")
    assert "here or on the remote" in refused(left.bob.run("publish", "--yes"), code)["state"]
    assert left.own(left.bob) == before and git(left.origin, "for-each-ref") == remote


def test_a_clone_that_is_behind_is_told_how_to_catch_up(clones):
    clones.ada.commit("fix: more")
    waiting(clones)
    fix = refused(clones.bob.run("publish", "--yes"), "BEHIND_REMOTE")["fix"]
    words = fix.split(", then")[0].split(" && ")
    assert [word.split()[0:2] for word in words] == [["git", "switch"], ["git", "merge"]]
    for command in words:
        git(clones.bob.work, *command.split()[1:])
    assert clones.bob.run("publish", "--yes").status == 0
    assert clones.record()["state"] == "done"


def test_nobody_is_asked_where_there_is_no_terminal(left):
    before, remote = left.own(left.bob), git(left.origin, "for-each-ref")
    for word in ("resume", "publish", "abort"):
        assert "v1.1.0" in refused(left.bob.run(word), "NO_TERMINAL")["why"]
    assert left.own(left.bob) == before and git(left.origin, "for-each-ref") == remote


# ---- what a hostile hand put there ----


def deep(record):
    record.head["artifacts"] = json.loads("[" * 100 + "]" * 100)


def wrong_hash(record):
    record.events[3]["at"] += 1
    record.keep_hashes = True


def cut_off(record):
    del record.events[-1]
    record.keep_head = True


def newer(record):
    record.head["schema"] = 2


def other_engine(record):
    record.plan["engine"] = "9.9.9"
    record.seal()


def unknown_kind(record):
    record.plan["effects"][0]["kind"] = "format-disk"
    record.seal()


def changed_plan(record):
    record.plan["effects"][6]["params"]["run"] = ["sh", "-c", "touch /tmp/owned"]


def other_config(record):
    record.plan["world"]["config"] = "0" * 64
    record.seal()


def other_remote(record):
    record.plan["world"]["remote"] = "ext::sh -c touch% /tmp/owned"
    record.seal()


def other_forge(record):
    for effect in record.plan["effects"]:
        if "forge" in effect["params"]:
            effect["title"] = effect["title"].replace(f"the directory forge {effect['params']['forge']['path']}", "GitHub (https://evil.example.org/a/b)")
            effect["params"]["forge"] = {"kind": "github", "url": "https://evil.example.org/a/b", "api": "https://evil.example.org/api", "project": "a/b", "remote_host": "evil.example.org"}
    record.seal()


def option_for_branch(record):
    record.plan["release"]["branch"] = "--orphan"
    record.seal()


def command_for_base(record):
    record.plan["release"]["base"] = "main;id"
    record.seal()


def option_for_id(record):
    record.head["refs"]["branch"] = "--all"


def other_candidate(record):
    record.head["candidate"] = record.plan["world"]["head"]


def no_such_effect(record):
    record.events[1]["effect"] = "prepare/other"


def no_such_event(record):
    record.events[1]["type"] = "executed"


def leads_out(record):
    next(event for event in record.events if event["type"] == "outcome" and event["effect"] == "prove/artifacts")["data"]["result"]["folder"] = "/etc"


def climbs_out(record):
    next(event for event in record.events if event["type"] == "outcome" and event["effect"] == "prove/artifacts")["data"]["result"]["folder"] = "{slipway:work}/../../.."


def other_id(record):
    record.head["id"] = "../../hooks"


def other_release(record):
    record.head["tag"] = "v9.9.9"


def huge(record):
    record.lines = b"\n" * (33 << 20)


def no_json(record):
    record.lines = b"\xff\xfe{" * 100


def hidden_words(record):
    record.head["who"] = "\x1b[2J\u202eAda"
    record.head["schema"] = 1


HOSTILE = [
    (deep, "PARSE"), (wrong_hash, "JOURNAL_EDITED"), (cut_off, "JOURNAL_EDITED"), (newer, "JOURNAL_NEWER"), (other_engine, "PLAN_STALE"), (unknown_kind, "PLAN_BROKEN"),
    (changed_plan, "PLAN_BROKEN"), (other_config, "PLAN_STALE"), (other_remote, "PLAN_STALE"), (other_forge, "PLAN_STALE"), (option_for_branch, "PLAN_BROKEN"), (command_for_base, "PLAN_BROKEN"), (option_for_id, "CONFLICT"), (other_candidate, "CONFLICT"), (no_such_effect, "JOURNAL_EDITED"), (no_such_event, "JOURNAL_EDITED"),
    (leads_out, "JOURNAL_EDITED"), (climbs_out, "JOURNAL_EDITED"), (other_id, "JOURNAL_EDITED"), (other_release, "JOURNAL_EDITED"), (huge, "JOURNAL_EDITED"), (no_json, "PARSE"),
]


@pytest.mark.parametrize("change, code", HOSTILE, ids=[change.__name__ for change, _ in HOSTILE])
def test_a_hostile_record_is_refused(left, change, code):
    record = Record(left.origin, RECORD)
    change(record)
    record.write()
    before, remote = left.own(left.bob), git(left.origin, "for-each-ref")
    done = left.bob.run("publish", "--yes")
    error = done.error()
    assert done.status in (1, 2) and error.get("code") == code, done
    assert left.own(left.bob) == before and git(left.origin, "for-each-ref") == remote
    assert not (left.bob.work / ".git" / "slipway" / "runs" / "v1.1.0").exists()


def test_names_from_the_remote_are_escaped(left):
    record = Record(left.origin, RECORD)
    hidden_words(record)
    record.write()
    shown = left.bob.run("status")
    assert shown.status == 0 and "Ada" in shown.out and "\x1b" not in shown.out + shown.err and "\u202e" not in shown.out + shown.err


def test_status_as_json(left):
    seen = json.loads(left.bob.run("status", "--json").out)["elsewhere"]
    assert {key: seen[key] for key in ("id", "state", "crossed", "who", "next")} == {
        "id": "v1.1.0", "state": "waiting", "crossed": False, "who": "Ada Example", "next": ["slipway publish", "slipway abort"],
    }


def test_what_is_too_large_stays_where_it_is(left):
    """The record says that its artifacts were not carried; what needs them is not begun elsewhere."""
    record = Record(left.origin, RECORD)
    record.head["artifacts"]["carried"] = False
    record.events = [event for event in record.events if not (event["effect"] or "").startswith(("stage/", "sign-off/"))]
    record.head["state"] = "stopped"
    record.write()
    assert "are in the clone of Ada Example alone" in refused(left.bob.run("resume", "--yes"), "CONFLICT")["what"]


# ---- with a forge on a server ----

TOKEN = "t0ken-of-alice"


def of_github(host):
    return {"GH_HOST": host, "GH_ENTERPRISE_TOKEN": TOKEN}


def of_gitlab(host):
    return {"GITLAB_HOST": host, "GITLAB_TOKEN": TOKEN}


def of_gitea(host):
    return {"GITEA_SERVER_URL": f"http://{host}", "GITEA_TOKEN": TOKEN}


@pytest.mark.parametrize("kind, server, token", [("github", GitHub, of_github), ("gitlab", GitLab, of_gitlab), ("gitea", Gitea, of_gitea)], ids=["github", "gitlab", "gitea"])
def test_a_server_keeps_the_draft_and_the_journal(tmp_path, kind, server, token):
    """Over HTTP, with the user's credentials and each clone's own token."""
    helper = tmp_path / "credentials"
    helper.write_text(f"#!/bin/sh\ncat >/dev/null\necho username=alice\necho password={TOKEN}\n")
    helper.chmod(0o755)
    with server() as forge:
        ada = Project.make(tmp_path / "ada", config=CONFIG + f"forge: {{kind: {kind}, pace: 0}}\n")
        forge.add_repository("acme/demo", str(ada.origin))
        forge.add_token(TOKEN, login="alice")
        address = forge.url("acme/demo")
        git(ada.work, "remote", "set-url", "origin", address)
        bob = Project(tmp_path / "bob")
        bob.root.mkdir()
        git(bob.root, "clone", "--quiet", "-c", f"credential.helper={helper}", "-c", "user.name=Bob", "-c", "user.email=bob@example.org", address, "work")
        git(ada.work, "config", "credential.helper", str(helper))
        ada.trusted = bob.trusted = True
        env = token(address.split("/")[2])
        waits = ada.run(*RELEASE, "--draft", env=env)
        assert waits.status == 6 and "not shared" not in waits.err, waits
        done = bob.run("publish", "--yes", env=env)
        assert done.status == 0, done
        assert git(ada.origin, "for-each-ref", "--format=%(refname)", "refs/slipway") == RECORD
        assert forge.violations == []
        assert TOKEN not in git(ada.origin, "log", "-p", "--text", RECORD) and ada.run("resume", env=env).status == 0
        assert git(ada.work, "rev-parse", "main", "v1.1.0^{commit}").split() == git(ada.origin, "rev-parse", "main", "v1.1.0^{commit}").split()


def test_another_clone_reviews_the_draft(tmp_path):
    """It reads the record and takes nothing over."""
    clones = Clones.make(tmp_path)
    error = clones.bob.run("verify", "--draft").error()
    assert error["code"] == "NO_RELEASE" and "here or on the remote" in error["what"]
    assert clones.ada.run(*RELEASE, "--draft").status == 6
    before, refs = clones.record(), git(clones.bob.work, "for-each-ref")
    done = clones.bob.run("verify", "--draft")
    assert done.status == 0 and "the draft v1.1.0" in done.out and "begun by Ada Example" in done.err, done
    assert clones.record() == before and git(clones.bob.work, "for-each-ref") == refs
    next(path for path in clones.forge.glob(".drafts/*/assets/tool-1.1.0.txt")).write_text("changed\n")
    done = clones.bob.run("verify", "--draft")
    assert done.status == 1 and "(planned: " in done.out, done
    assert not list((clones.bob.work / ".git" / "slipway").glob("runs/*")), "nothing is left of the look"
