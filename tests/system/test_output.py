"""What is printed: nothing of a repository moves a terminal's cursor, documents are exact in a pipe, and an output that is broken is no failed release."""

import os
import pathlib
import pty
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import CHANGELOG, SLIPWAY, Project, environment, git  # noqa: E402

HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\u202egnp.exe\u2066\u061c\u2028 \rnothing\x08\x00"
ENTRY = f"- A way{HOSTILE.replace(chr(0), '')} to count.\n"
RELEASE = ("release", "minor", "--yes")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    changelog = CHANGELOG.replace("- A way to count things.\n", ENTRY).replace("- The beginning.\n", "- The beginning.\n" + ENTRY)
    return Project.make(tmp_path_factory.mktemp("hostile") / "project", files={"CHANGELOG.md": changelog})


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("output") / "project")


@pytest.fixture
def project(template, tmp_path):
    (tmp_path / "project").mkdir()
    return template.copy(tmp_path / "project")


def on_terminal(project, *words, **env):
    """What a terminal is sent that stands behind both streams."""
    leader, follower = pty.openpty()
    given = environment(TERM="xterm", **env)
    given.pop("NO_COLOR")
    child = subprocess.Popen([SLIPWAY, *words], cwd=project.work, env=given, stdin=subprocess.DEVNULL, stdout=follower, stderr=follower)
    os.close(follower)
    sent = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        sent += part
    os.close(leader)
    assert child.wait(60) in (0, 1, 3)
    return sent.decode()


def assert_harmless(text):
    """Colours are slipway's own, and all that there is."""
    for colour in ("0", "1", "2", "31", "32", "33", "34"):
        text = text.replace(f"\x1b[{colour}m", "")
    harmful = [c for c in text.replace("\r\n", "\n") if (c < " " and c not in "\n\t") or "\x7f" <= c < "\xa0" or c in "\u202e\u2066\u061c\u2028"]
    assert harmful == [], text


@pytest.mark.parametrize("words", [["plan", "minor"], ["changelog", "show", "1.0.0"], ["changelog", "show", "unreleased"], ["notes", "1.0.0"], ["notes", "1.0.0", "--format", "json"], ["changelog", "release", "1.1.0", "--dry-run"], ["changelog", "check"]])  # fmt: skip
def test_a_terminal_gets_nothing_of_it(hostile, words):
    sent = on_terminal(hostile, *words)
    assert "A way" in sent or words[1] == "check"
    assert_harmless(sent)


def test_own_colours_work(hostile):
    sent = on_terminal(hostile, "plan", "minor")
    assert "\x1b[1m" in sent and "\x1b[32m" in sent


@pytest.mark.parametrize("words", [["plan", "minor"], ["changelog", "release", "1.1.0", "--dry-run"]])
def test_prose_is_escaped_in_a_pipe_too(hostile, words):
    done = hostile.run(*words)
    assert "A way" in done.out
    assert_harmless(done.out)


@pytest.mark.parametrize("words", [["changelog", "show", "1.0.0"], ["notes", "1.0.0"]])
def test_a_document_is_exact_in_a_pipe(hostile, words):
    done = subprocess.run([SLIPWAY, *words], cwd=hostile.work, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    assert "\u202egnp.exe".encode() in done.stdout
    if words[0] == "changelog":
        assert ENTRY.strip().replace("\r", "\n").encode() in done.stdout  # where a line ends is the changelog's reading


def test_a_command_of_github_actions_is_none(hostile):
    changelog = hostile.work / "CHANGELOG.md"
    before = changelog.read_bytes()
    try:
        changelog.write_text(CHANGELOG.replace("- A way to count things.\n", "::error::forged ##[group]y\n"))
        done = hostile.run("changelog", "release", "1.1.0", "--dry-run", env={"GITHUB_ACTIONS": "true"})
    finally:
        changelog.write_bytes(before)
    assert "forged" in done.out  # in the lines around the change
    lines = [line.strip() for line in done.out.splitlines()]
    assert not [line for line in lines if line.startswith("::") or "##[" in line]


# ---- an output that is broken ----


def released(project):
    assert git(project.origin, "rev-parse", "--verify", "-q", "refs/tags/v1.1.0")
    assert (project.forge / "v1.1.0").exists()
    assert project.outcomes("v1.1.0")["last"] == "done"


def broken(project, words, stdout="pipe", stderr="pipe"):
    """stdout, stderr: pipe, full (no space), gone (nobody reads), closed."""
    redirections = {"full": "{n}>/dev/full", "closed": "{n}>&-", "pipe": ""}
    script = 'exec "$0" "$@" ' + redirections.get(stdout, "").format(n=1) + " " + redirections.get(stderr, "").format(n=2)
    given = {}
    ends = []
    for name, how in (("stdout", stdout), ("stderr", stderr)):
        reader, writer = os.pipe()
        given[name] = writer
        ends.append((reader, writer))
        if how == "gone":
            os.close(reader)
    child = subprocess.Popen(["/bin/sh", "-c", script, SLIPWAY, *words], cwd=project.work, env=environment(), stdin=subprocess.DEVNULL, **given)
    texts = []
    for (reader, writer), how in zip(ends, (stdout, stderr), strict=True):
        os.close(writer)
        texts.append((reader, how))
    said = []
    for reader, how in reversed(texts):  # stderr first: nothing here fills a pipe of stdout
        said.append("" if how == "gone" else open(reader, "rb").read().decode())
    return child.wait(120), said[1], said[0]


@pytest.mark.parametrize(("stdout", "stderr", "more", "says"), [
    ("full", "pipe", [], "tool 1.1.0 is released"),
    ("gone", "pipe", [], "tool 1.1.0 is released"),
    ("closed", "pipe", ["--json"], '"state": "done"'),
    ("gone", "pipe", ["--events"], '"event":"done"'),
    ("full", "full", [], "tool 1.1.0 is released"),
    ("gone", "gone", ["--json"], '"state": "done"'),
    ("closed", "closed", [], "tool 1.1.0 is released"),
])  # fmt: skip
def test_a_release_goes_out_all_the_same(project, stdout, stderr, more, says):
    status, _, err = broken(project, [*RELEASE, *more], stdout, stderr)
    assert status == 0, err
    released(project)
    assert says in (project.state / "runs" / "v1.1.0" / "stdout.txt").read_text()
    if stderr == "pipe":
        assert err.count("standard output could not be written") == 1 and "stdout.txt" in err
    else:
        assert "publish the release" in (project.state / "runs" / "v1.1.0" / "stderr.txt").read_text()


def test_a_failed_gate_is_still_the_status(project):
    (project.work / "slipway.yaml").write_text('gates:\n  bad: {run: ["false"]}\n')
    assert broken(project, ["gates", "run"], "full")[0] == 4


@pytest.mark.parametrize("words", [["plan", "minor"], ["plan", "minor", "--json"], ["changelog", "show", "1.0.0"], ["version"], ["version", "parse", "1.0.0"], ["status"], ["--help"], ["--version"], ["notes"]])  # fmt: skip
def test_an_answer_that_is_not_whole_is_none(template, words):
    for how in ("full", "closed"):
        status, _, err = broken(template, words, how)
        assert status == 1 and "standard output could not be written" in err, (how, err)
    status, _, err = broken(template, words, "gone")
    assert (status, err) == (0, "")


def test_nobody_is_asked_about_what_could_not_be_shown(project):
    leader, follower = pty.openpty()
    with open("/dev/full", "wb") as full:
        child = subprocess.Popen([SLIPWAY, "release", "minor"], cwd=project.work, env=environment(), stdin=follower, stdout=full, stderr=follower)
    os.close(follower)
    sent = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        sent += part
    os.close(leader)
    assert child.wait(60) == 1
    assert b"could not be shown" in sent and b"[y/N]" not in sent
