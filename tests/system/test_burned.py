"""Versions that must never be used again: one clone burns one, all know of it."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import CONFIG, SLIPWAY, Project, git  # noqa: E402

REF = "refs/slipway/burned"
REASON = "the tag went out with a wrong wheel"
BURN = ("version", "burn", "1.1.0", "--reason", REASON, "--yes")
SAID = f"burned by Ada Example <ada@example.org> on 2026-09-21: {REASON}"


def clone(ada, name):
    root = ada.root.parent / name
    root.mkdir()
    git(root, "clone", "--quiet", str(ada.origin), "work")
    git(root / "work", "config", "user.name", name.title())
    git(root / "work", "config", "user.email", f"{name}@example.org")
    other = Project(root)
    other.origin = ada.origin
    return other


@pytest.fixture
def ada(tmp_path):
    return Project.make(tmp_path / "ada")


@pytest.fixture
def bob(ada):
    return clone(ada, "bob")


def rows(project):
    return [json.loads(line) for line in git(project.origin, "show", f"{REF}:burned.jsonl").split("\n")]


def refused(done, code, *words):
    error = done.error()
    assert error.get("code") == code, done
    assert all(word in done.err for word in words), done
    return error


def plan(project, *words):
    return json.loads(project.run("plan", *words, "--json").out)


def put(project, **files):
    """Somebody's own commit on the ref."""
    lines = [f"100644 blob {git(project.work, 'hash-object', '-w', '--stdin', input=text.encode())}\t{name}\n" for name, text in files.items()]
    tree = git(project.work, "mktree", input="".join(lines).encode())
    commit = git(project.work, "commit-tree", tree, "-m", "x")
    git(project.work, "push", "--quiet", "--force", "origin", f"{commit}:{REF}")


def instead_of_git(project, script):
    """A PATH whose git does something before it is git."""
    folder = project.root / "bin"
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\n{script}\nPATH=${{PATH#*:}} exec git "$@"\n')
    (folder / "git").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


# ---- from one clone to another ----


def test_one_burns_it_and_another_steps_over(ada, bob):
    done = ada.run(*BURN)
    assert done.status == 0 and done.out.endswith("\n1.1.0 is burned\n") and REASON in done.out, done
    assert rows(ada) == [{"version": "1.1.0", "tag": "v1.1.0", "reason": REASON, "who": "Ada Example <ada@example.org>", "when": 1790000000}]
    before = bob.repository()
    made = plan(bob, "minor")
    assert made["release"]["version"] == "1.1.1" and made["problems"] == []
    assert {"subject": "version", "text": f"1.1.0 is stepped over: {SAID}"} in made["notes"]
    assert f"1.1.0 is stepped over: {SAID}" in bob.run("plan", "minor").out
    assert bob.repository() == before
    assert refused(bob.run("release", "1.1.0", "--yes"), "BAD_VERSION", SAID)["fix"].startswith("take the next one")


def test_the_list_is_fetched_once(ada, bob):
    ada.run(*BURN)
    log, path = bob.root / "log", instead_of_git(bob, 'echo "$*" >>$log')
    asked = []
    for _ in range(2):
        log.write_text("")
        assert "1.1.0 is stepped over" in bob.run("plan", "minor", env={"PATH": path, "log": log}).out
        asked.append([word for line in log.read_text().split("\n") for word in ("ls-remote", "fetch") if word in line.split()])
    assert asked == [["ls-remote", "fetch"], ["ls-remote"]]


def test_version_asks_nobody_and_goes_by_what_is_known(ada, bob):
    ada.run(*BURN)
    assert bob.run("version", "minor", "--no-commit").out == "1.1.0\n"
    git(bob.work, "checkout", "--quiet", ".")
    plan(bob, "minor")
    ada.origin.rename(ada.root / "away.git")
    done = bob.run("version", "minor", "--no-commit")
    assert (done.status, done.out) == (0, "1.1.1\n") and f"! 1.1.0 is stepped over: {SAID}" in done.err, done
    git(bob.work, "checkout", "--quiet", ".")
    assert refused(bob.run("version", "1.1.0"), "BAD_VERSION", SAID)


def test_a_saved_plan_of_what_is_burned_since_is_refused(ada, bob):
    assert bob.run("plan", "minor", "--out", "../plan.json").status == 0
    ada.run(*BURN)
    assert refused(bob.run("release", "--plan", "../plan.json", "--yes"), "BAD_VERSION", SAID)
    assert not bob.has_run()


def test_pre_releases_are_stepped_over_within_theirs(ada):
    ada.run("version", "burn", "1.1.0-rc.1", "--reason", "r", "--yes")
    assert plan(ada, "minor", "--pre", "rc")["release"]["version"] == "1.1.0-rc.2"
    assert plan(ada, "minor")["release"]["version"] == "1.1.0"


def test_it_is_the_tag_that_is_burned(tmp_path):
    """A list for all projects of a repository: the other one's version is free."""
    ada = Project.make(tmp_path / "ada", config=CONFIG + "git: {tag: \"tool-v{version}\"}\n")
    put(ada, **{"burned.jsonl": json.dumps({"version": "1.1.0", "tag": "other-v1.1.0", "reason": "r", "who": "w", "when": 1}) + "\n"})
    assert plan(ada, "1.1.0")["release"]["tag"] == "tool-v1.1.0"
    assert ada.run(*BURN).status == 0 and [row["tag"] for row in rows(ada)] == ["other-v1.1.0", "tool-v1.1.0"]
    assert ada.run("plan", "1.1.0").status == 2


# ---- writing ----


def test_of_two_at_once_both_stay(ada, bob):
    eve = clone(ada, "eve")
    started = [project.start("version", "burn", version, "--reason", "r", "--yes") for project, version in ((ada, "1.1.0"), (bob, "1.2.0"), (eve, "1.3.0"))]
    ended = [(child.communicate(), child.returncode) for child in started]
    assert [status for _, status in ended] == [0, 0, 0], ended
    assert sorted(row["version"] for row in rows(ada)) == ["1.1.0", "1.2.0", "1.3.0"]
    assert git(ada.origin, "rev-list", "--count", REF) == "3"
    assert git(ada.work, "for-each-ref", "refs/slipway/pending") == ""


def test_a_lost_lease_is_merged(ada, bob):
    """Bob's line comes in between Ada's look and her push: the first time that git is to push."""
    ada.run("version", "burn", "1.0.5", "--reason", "r", "--yes")
    path = instead_of_git(ada, f"""for word do
    if test "$word" = push && mkdir "{ada.root}/once" 2>/dev/null; then
        (cd "{bob.work}" && PATH=${{PATH#*:}} "{SLIPWAY}" version burn 1.2.0 --reason r --yes >&2) || exit 9
    fi
done""")
    done = ada.run(*BURN, env={"PATH": path})
    assert done.status == 0 and (ada.root / "once").exists(), done
    assert [row["version"] for row in rows(ada)] == ["1.0.5", "1.2.0", "1.1.0"]


def test_burned_twice_stays_as_it_was(ada, bob):
    ada.run(*BURN)
    at = git(ada.origin, "rev-parse", REF)
    done = bob.run("version", "burn", "1.1.0", "--reason", "another", "--json")
    said = json.loads(done.out)
    assert done.status == 0 and said["already"] is True and said["reason"] == REASON, done
    assert git(ada.origin, "rev-parse", REF) == at


def test_what_a_newer_slipway_wrote_stays(ada):
    newer = '{"version":"1.0.5","tag":"v1.0.5","reason":"r","who":"w","when":1,"more":[1]}'
    put(ada, **{"burned.jsonl": newer})
    assert ada.run(*BURN).status == 0
    assert git(ada.origin, "show", f"{REF}:burned.jsonl").split("\n")[0] == newer and len(rows(ada)) == 2


def test_json(ada):
    done = ada.run(*BURN, "--json")
    assert json.loads(done.out) == {
        "schema": 1, "version": "1.1.0", "tag": "v1.1.0", "reason": REASON, "who": "Ada Example <ada@example.org>", "when": 1790000000,
        "source": f"{REF} on origin", "remote": "origin", "already": False,
    }
    done = ada.run("version", "burn", "1.2.0", "--reason", "r", "--json")
    assert json.loads(done.out + done.err)["error"]["code"] == "NO_TERMINAL" and len(rows(ada)) == 1


WRONG = {
    "no version": (("version", "burn", "--reason", "r"), "USAGE"),
    "two": (("version", "burn", "1.1.0", "1.2.0", "--reason", "r"), "USAGE"),
    "no reason": (("version", "burn", "1.1.0", "--yes"), "USAGE"),
    "blank reason": (("version", "burn", "1.1.0", "--yes", "--reason", " \n "), "USAGE"),
    "long reason": (("version", "burn", "1.1.0", "--yes", "--reason", "r" * 1001), "USAGE"),
    "not utf-8": (("version", "burn", "1.1.0", "--yes", "--reason", b"\xff"), "USAGE"),
    "no version that is one": (("version", "burn", "v1.1", "--yes", "--reason", "r"), "BAD_VERSION"),
    "nobody to ask": (("version", "burn", "1.1.0", "--reason", "r"), "NO_TERMINAL"),
    "reason alone": (("version", "minor", "--reason", "r"), "USAGE"),
    "burned takes none": (("version", "burned", "1.1.0"), "USAGE"),
}


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("still") / "ada")


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use(still, name):
    words, code = WRONG[name]
    done = still.run(*words)
    refused(done, code)
    assert done.status == 2 and git(still.origin, "for-each-ref", REF) == "" and git(still.work, "status", "--porcelain") == ""


# ---- where it is not shared ----


def follow(project, error):
    """The line that the fix names, and what comes of it."""
    (project.work / "slipway.yaml").write_text(CONFIG + error["fix"].split("commit that: ")[1] + "\n")
    return refused(project.run("plan", "1.1.0"), "BAD_VERSION", "version.burned")


def test_a_server_that_refuses(ada):
    hook = ada.origin / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase $1 in refs/slipway/*) echo "house rule: no $1" >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    error = refused(ada.run(*BURN), "PUSH_REJECTED", f"house rule: no {REF}")
    assert error["state"] == "nothing was changed" and git(ada.work, "for-each-ref", "refs/slipway") == ""
    follow(ada, error)


def test_sharing_is_off(tmp_path):
    ada = Project.make(tmp_path / "ada", config=CONFIG + "journal: {share: off}\nversion: {burned: [1.0.5]}\n")
    error = refused(ada.run(*BURN), "CONFIG", "journal.share is off", 'version: {burned: ["1.0.5", "1.1.0"]}')
    assert git(ada.origin, "for-each-ref", REF) == ""
    follow(ada, error)


def test_no_remote(ada):
    git(ada.work, "remote", "remove", "origin")
    follow(ada, refused(ada.run(*BURN), "NO_REMOTE"))


def test_a_remote_that_is_gone(ada):
    ada.run(*BURN)
    ada.origin.rename(ada.root / "away.git")
    refused(ada.run("version", "burn", "1.2.0", "--reason", "r", "--yes"), "REMOTE_UNREACHABLE")
    done = ada.run("version", "burned")
    assert done.status == 1 and REASON in done.out and refused(done, "REMOTE_UNREACHABLE")


# ---- listing ----


def test_all_that_is_burned(tmp_path):
    text = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A.\n\n## [1.0.0] - 2026-01-02 [YANKED]\n\n### Added\n\n- B.\n"
    ada = Project.make(tmp_path / "ada", files={"CHANGELOG.md": text}, config=CONFIG + "version: {burned: [1.0.5]}\n")
    ada.run(*BURN)
    out = ada.run("version", "burned").out
    assert out == (
        f"1.1.0  {REASON}\n  tag v1.1.0, burned by Ada Example <ada@example.org> on 2026-09-21; {REF} on origin\n"
        "1.0.5  version.burned in slipway.yaml\n1.0.0  CHANGELOG.md:9, [YANKED]\n"
    )
    said = json.loads(ada.run("version", "burned", "--json").out)
    assert [row["version"] for row in said["burned"]] == ["1.1.0", "1.0.5", "1.0.0"] and said["problem"] is None


def test_nothing_is_burned(still):
    assert still.run("version", "burned").out == "no version is burned\n"


# ---- hostile ----

HOSTILE = {
    "no list": ({"other": "x"}, "JOURNAL_EDITED"),
    "no JSON": ({"burned.jsonl": "1.1.0\n"}, "PARSE"),
    "no version": ({"burned.jsonl": '{"version": "--all", "tag": "v", "reason": "r", "who": "w", "when": 1}\n'}, "JOURNAL_EDITED"),
    "deep": ({"burned.jsonl": "[" * 5000 + "]" * 5000}, "PARSE"),
    "large": ({"burned.jsonl": "\n" * (1 << 20) + "\n"}, "JOURNAL_EDITED"),
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    ada = Project.make(tmp_path_factory.mktemp("pair") / "ada")
    return ada, clone(ada, "bob")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_list_that_cannot_be_read(pair, name):
    """It stops a plan, by name, until somebody who may push has seen it; nobody writes over it."""
    (ada, bob), (files, code) = pair, HOSTILE[name]
    put(ada, **files)
    at = git(ada.origin, "rev-parse", REF)
    done = bob.run("plan", "minor")
    error = refused(done, code, REF)
    assert done.status == 1 and "nothing of it was used" in error["state"]
    refused(bob.run(*BURN), code)
    assert git(ada.origin, "rev-parse", REF) == at


def test_without_the_list(ada, bob):
    """What goes on nevertheless, and how to come out of it."""
    put(ada, **HOSTILE["no list"][0])
    code = HOSTILE["no list"][1]
    error = refused(bob.run("version", "burned"), code)
    assert json.loads(bob.run("version", "burned", "--json").out)["problem"]["code"] == code
    done = bob.run("version", "minor", "--no-commit")
    assert done.status == 0 and done.out == "1.1.0\n" and "! what is burned on origin is not known" in done.err, done
    git(bob.work, "checkout", "--quiet", ".")
    git(bob.work, *error["fix"].split("to remove the list: git ")[1].split())
    assert bob.run("plan", "minor").status == 0


def test_a_blob_in_its_place(pair):
    ada, bob = pair
    blob = git(ada.work, "hash-object", "-w", "--stdin", input=b"x")
    git(ada.work, "push", "--quiet", "--force", "origin", f"{blob}:{REF}")
    refused(bob.run("plan", "minor"), "JOURNAL_EDITED", REF)
    refused(bob.run(*BURN), "JOURNAL_EDITED", REF)


def test_words_from_the_remote_are_escaped(pair):
    ada, bob = pair
    row = {"version": "1.1.0", "tag": "v1.1.0", "reason": "\x1b[31mred\nnext", "who": "\u202eeve", "when": 1}
    put(ada, **{"burned.jsonl": json.dumps(row) + "\n"})
    for words in (("plan", "minor"), ("plan", "1.1.0"), ("version", "burned"), ("version", "burn", "1.1.0", "--reason", "r")):
        done = bob.run(*words)
        assert "red" in done.out + done.err or words[1] == "burn", done
        assert "\x1b[31m" not in done.out + done.err and "\u202e" not in done.out + done.err, done
