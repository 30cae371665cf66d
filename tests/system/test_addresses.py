"""A secret in a remote's address is shown nowhere: told by its place, in whatever spelling, of any length, also in git's own words, in the journal and in logs."""

import json
import os
import random

import pytest

from support.project import CONFIG, Project, git

HERE = "127.0.0.1:9"  # nobody listens there
SPELLINGS = """
http://u:{}@HERE/a/b.git
http://{}@HERE/a/b.git
http:/u:{}@HERE/a/b.git
http:/{}@HERE/a/b.git
http:u:{}@HERE/a/b.git
HTTP://u:{}@HERE/a/b.git
Http:/u:{}@HERE/a/b.git
http:///u:{}@HERE/a/b.git
http:\\\\u:{}@HERE\\a
http:\\u:{}@HERE/a/b.git
http:%2F%2Fu:{}@HERE/a/b.git
http://u:{}%40q@HERE/a/b.git
http://u:x@{}@HERE/a/b.git
http://u:x/{}@HERE/a/b.git
http://u:x?{}@HERE/a/b.git
http://u:x#{}@HERE/a/b.git
http://u:x {}@HERE/a/b.git
http://u:x'{}@HERE/a/b.git
http://{}:x-oauth-basic@HERE/a/b.git
http://HERE/a/b.git?private_token={}
http://HERE/a/b.git?x=1&private_token={}
http://HERE/a/b.git?{}
http://HERE/a/b.git#{}
http://HERE/a/b.git;t={}
http://x:SEKRIT%40q@HERE/a/b.git?private_token={}
http://x:{}@HERE/a/b.git?private_token={}#{}
https://u:{}@HERE/a/b.git
ftp://u:{}@HERE/a/b.git
git://u:{}@HERE/a/b.git
ssh://u:{}@HERE/a/b.git
ssh:/u:{}@HERE/a/b.git
git+ssh://u:{}@HERE/a/b.git
htps:/u:{}@HERE/a/b.git
u:{}@localhost:a/b.git
{}@localhost:a/b.git
//u:{}@HERE/a/b.git
file:///nowhere/b.git?private_token={}
/nowhere/b.git?private_token={}
ext::sh -c {}
ext::http://u:{}@HERE/a/b.git
foo::{}
http::http://u:{}@HERE/a/b.git
""".strip().splitlines()
ENV = {"GIT_SSH_COMMAND": "false", "GIT_ALLOW_PROTOCOL": "http:https:ftp:git:ssh:file"}
LETTERS = "qzjxkwvQZJXKWV0987"


class Planted:
    """One address with a secret of its own, and by what the secret is known again: by itself, or where it is short with what stands beside it."""

    def __init__(self, number, spelling):
        draw = random.Random(number)
        self.secret = "".join(draw.choice(LETTERS) for _ in range(1 + number))
        self.address = spelling.replace("HERE", HERE).replace("{}", self.secret)
        around = [spelling.split("{}")[i][-1:] + self.secret + spelling.split("{}")[i + 1][:1] for i in range(spelling.count("{}"))]
        around += [f":{self.secret}@", f"={self.secret}", f"#{self.secret}", "SEKRIT"]
        self.signs = [self.secret] if number >= 5 else around

    def is_in(self, data):
        return [sign for sign in self.signs if sign.encode() in data]


def test_the_signs_are_seen():
    """The search itself: every address, as it is, is found."""
    for number, spelling in enumerate(SPELLINGS):
        planted = Planted(number, spelling)
        assert planted.is_in(planted.address.encode()), planted.address


def held(project):
    """Every file below .git/slipway, and what refs/slipway hold."""
    folder = project.work / ".git" / "slipway"
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()
    for name in git(project.work, "for-each-ref", "--format=%(refname)", "refs/slipway").split():
        yield name, git(project.work, "log", "-p", "--format=%B", name).encode()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("plain") / "p")


COMMANDS = [("plan", "minor"), ("status",), ("version",), ("version", "burn", "9.9.9", "--reason", "x", "--yes"), ("verify", "--published"), ("resume", "--yes")]


def assert_hidden(planted, project, runs):
    for words, done in runs:
        assert not planted.is_in((done.out + done.err).encode(errors="surrogateescape")), (words, planted.address, done.out, done.err)
    for name, data in held(project):
        assert not planted.is_in(data), (name, planted.address)


@pytest.mark.parametrize("number", range(len(SPELLINGS)))
def test_no_command_shows_it(plain, number):
    """One of the commands with FAULT_ALL unset, all with it; the plan as data, which says the most, always."""
    planted = Planted(number, SPELLINGS[number])
    git(plain.work, "config", "remote.origin.url", planted.address)
    chosen = COMMANDS if os.environ.get("FAULT_ALL") else [COMMANDS[number % len(COMMANDS)]]
    runs = [(words, plain.run(*words, env=ENV)) for words in [("plan", "minor", "--json"), *chosen]]
    assert_hidden(planted, plain, runs)


@pytest.mark.parametrize("key", ["remote.origin.pushurl", "url.{}.insteadOf", "url.{}.pushInsteadOf"])
def test_nor_an_address_that_git_makes(tmp_path, key):
    planted = Planted(3, "http://x:{}@HERE/a.git?private_token={}")
    project = Project.make(tmp_path / "p")
    origin = git(project.work, "config", "remote.origin.url").strip()
    git(project.work, "config", key.format(planted.address), planted.address if key.startswith("remote") else origin)
    assert_hidden(planted, project, [(words, project.run(*words, env=ENV)) for words in (("plan", "minor"), ("plan", "minor", "--json"), ("release", "minor", "--yes"))])


@pytest.mark.parametrize("number", [2, 25])
def test_a_release_keeps_it_nowhere(tmp_path, number):
    """The remote becomes that one in the middle of a release, whose push then fails; its journal, logs and records are searched. What a gate prints loses users and
    passwords; a fragment that only the gate knows stays."""
    planted = Planted(number, SPELLINGS[number])
    (tmp_path / "address").write_text(planted.address)
    turn = f'git config remote.origin.url "$(cat {tmp_path}/address)"; ' + ("git remote -v" if "#" not in planted.address else "true")
    project = Project.make(tmp_path / "p", config=CONFIG.replace('["true"]', json.dumps(["sh", "-c", turn])))
    runs = [(words, project.run(*words, env=ENV)) for words in (("release", "minor", "--yes"), ("status",), ("status", "--json"), ("resume", "--yes"), ("abort", "--yes"))]
    assert runs[0][1].status != 0
    assert any(name.endswith(".log") for name, _ in held(project)), "the gate ran"
    assert_hidden(planted, project, runs)
