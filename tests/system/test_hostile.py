"""A repository that wants to be run: whoever only looks at it starts git and nothing else. What it brings runs after a yes, or where its user trusts it."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import SLIPWAY, Project, environment, git  # noqa: E402

CONFIG = """\
gates:
  quick: {run: ["true"]}
  unit: {timeout: 9}
  wrapped: {run: [./gradlew, test]}
packages:
  tool: {run: [sh, build.sh, "{out}"], expect: ["tool-{version}.bin"]}
forge: {kind: github}
"""
FILES = {
    "tests/test_a.py": "def test_a():\n    assert True\n", "package.json": '{"name": "tool", "version": "1.0.0", "scripts": {"test": "evil"}}\n', "pom.xml": "<project/>\n",
    "a.dat": "one\n", "b.txt": "two\n", ".gitattributes": "*.dat filter=evil\n*.txt diff=evil\n*.md diff=evil\n", ".gitignore": ".venv/\nnode_modules/\nbin/\n", ".python-version": "../../evil\n",
}  # fmt: skip
PROGRAMS = ["gradlew", "mvnw", "manage.py", ".venv/bin/python", ".venv/bin/python3", "venv/bin/python", "node_modules/.bin/eslint", "node_modules/.bin/git", "bin/git", "bin/python3", "bin/ssh", "bin/gpg",
            "bin/npm", "bin/sh", ".git/hooks/pre-push", ".git/hooks/post-index-change", ".git/hooks/reference-transaction", "conf/git-remote-http"]  # fmt: skip
LOOKS = [["plan", "minor"], ["plan", "auto", "--explain"], ["status"], ["version"], ["version", "check"], ["changelog", "check"], ["changelog", "show", "unreleased"], ["notes", "--unreleased"], ["gates", "list"], ["config", "show"], ["config"]]


class Hostile(Project):
    """root/ran gets a line for each program of the repository that ran."""

    @property
    def ran(self):
        return (self.root / "ran").read_text().split() if (self.root / "ran").exists() else []

    def say(self, word):
        return f"sh -c 'echo {word} >>{self.root}/ran'"

    def plant(self):
        for name in PROGRAMS:
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!/bin/sh\necho {name} >>{self.root}/ran\nexit 1\n")
            path.chmod(0o755)
        for folder in (".venv", "venv"):
            (self.work / folder / "pyvenv.cfg").write_text("home = /nowhere\nversion = 3.11.2\n")
            (self.work / folder / "lib/python3.11/site-packages/pytest").mkdir(parents=True)
        settings = {
            "core.fsmonitor": self.say("fsmonitor"), "core.sshCommand": self.say("ssh"), "core.askPass": str(self.work / "bin/ssh"), "core.pager": self.say("pager"), "core.editor": self.say("editor"),
            "core.gitProxy": str(self.work / "bin/ssh"), "core.alternateRefsCommand": self.say("alternates"), "credential.helper": "!" + self.say("helper"),
            "credential.http://127.0.0.1:1.helper": "!" + self.say("helper-of-url"), "filter.evil.clean": self.say("clean"), "filter.evil.smudge": self.say("smudge"), "filter.evil.required": "true",
            "diff.external": self.say("external"), "diff.evil.textconv": self.say("textconv"), "diff.evil.command": self.say("diff-command"), "gpg.program": self.say("gpg"), "log.showSignature": "true",
            "protocol.ext.allow": "always", "protocol.allow": "always", "pager.log": self.say("pager-log"), "alias.status": "!" + self.say("alias"), "slipway.token-command": "sh evil",
            "remote.origin.url": "http://127.0.0.1:1/acme/tool.git", "remote.ssh.url": "ssh://127.0.0.1:1/x.git", "remote.ext.url": "ext::" + self.say("ext"), "remote.proxy.url": "git://127.0.0.1:1/x.git",
            "remote.vcs.url": "x", "remote.vcs.vcs": "http", "remote.path.url": str(self.root / "origin.git"), "remote.path.uploadpack": self.say("upload-pack"),
        }  # fmt: skip
        git(self.work, "config", "--unset", "remote.origin.url")
        (self.work / ".git" / "evil").write_text("".join(f"[{section(key)}]\n\t{key.rsplit('.', 1)[1]} = {quoted(value)}\n" for key, value in settings.items()))
        with open(self.work / ".git" / "config", "a", encoding="utf-8") as config:
            config.write("[include]\n\tpath = evil\n")
        git(self.work, "config", "extensions.worktreeConfig", "true")
        (self.work / ".git" / "config.worktree").write_text(f"[filter \"evil\"]\n\tprocess = {quoted(self.say('process'))}\n")
        os.utime(self.work / "a.dat", (1, 1))

    def trace(self, *words, env=None, cwd=None):
        """The programs that were started, git's own by their names. By the build without sanitizers: LeakSanitizer does not work where strace does."""
        log = self.root / "trace"
        entries = f"{self.work}/bin:{self.work}/node_modules/.bin::.:{self.work}/../work/bin:{os.environ['PATH']}"
        whole = environment(PATH=entries, LANG="C", VIRTUAL_ENV=self.work / ".venv", **(env or {}))
        done = subprocess.run(["strace", "-f", "-qq", "-s", "4096", "-e", "trace=execve", "-o", str(log), os.environ["SLIPWAY_FAULT"], *words], cwd=cwd or self.work, env=whole, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)  # fmt: skip
        started = [line.split('execve("', 1)[1].split('"', 1)[0] for line in log.read_text().splitlines() if "execve(" in line and line.endswith("= 0")]
        return done, started[1:]


def section(key):
    parts = key.split(".")
    return parts[0] if len(parts) == 2 else f'{parts[0]} "{".".join(parts[1:-1])}"'


def quoted(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    project = Hostile.make(tmp_path_factory.mktemp("hostile") / "p", files=FILES, config=CONFIG)
    git(project.work, "clone", "--quiet", "--bare", ".", "embedded")
    (project.work / "embedded" / "config").write_text(f"[core]\n\tbare = true\n\tfsmonitor = {quoted(project.say('embedded'))}\n\tsshCommand = {quoted(project.say('embedded'))}\n[alias]\n\tx = y\n")
    project.plant()
    return project


def only_git(started):
    return [program for program in started if os.path.basename(program) != "git" and "/git-core/" not in program]


@pytest.mark.parametrize("words", LOOKS, ids=" ".join)
def test_who_only_looks_starts_git_alone(hostile, words):
    done, started = hostile.trace(*words)
    assert done.returncode != -6 and b"PROGRAM_REFUSED" not in done.stderr, done
    assert only_git(started) == [] and hostile.ran == []
    assert not [program for program in started if program.startswith(str(hostile.root))]


def test_packages_are_looked_at_without_a_program(hostile, tmp_path):
    """verify starts the system's Python for reStructuredText alone; this package has none."""
    file = tmp_path / "tool-1.0.0.tar.gz"
    subprocess.run(["tar", "czf", file, "-C", hostile.work, "b.txt"], check=True)
    assert hostile.trace("verify", str(file))[1] == [] and hostile.ran == []


@pytest.mark.parametrize("remote", ["ssh", "ext", "proxy", "vcs", "path"])
def test_every_way_to_a_remote_is_the_users(hostile, remote):
    _, started = hostile.trace("plan", "minor", env={"SLIPWAY__GIT__REMOTE": remote, "SLIPWAY__FORGE__KIND": "directory"})
    assert hostile.ran == [] and not [program for program in started if program.startswith(str(hostile.root))]
    own = {"ssh": {"ssh"}, "path": {"sh"}}  # git's own way to a remote: ssh, and for a path `sh -c git-upload-pack`
    assert {os.path.basename(program) for program in only_git(started)} <= own.get(remote, set())


def test_an_embedded_repository_is_none(hostile):
    done, started = hostile.trace("status", cwd=hostile.work / "embedded")
    assert done.returncode == 2 and b"error[NO_REPOSITORY]: this is no work tree" in done.stderr, done
    assert only_git(started) == [] and hostile.ran == []


def test_what_does_not_count_is_told(hostile):
    notes = [row["text"] for row in json.loads(hostile.trace("plan", "minor", "--json")[0].stdout)["notes"] if row["subject"] == "config"]
    assert len(notes) == 1
    for key in ("core.sshcommand", "credential.helper", "filter.evil.clean", "filter.evil.process", "gpg.program"):
        assert key in notes[0]
    assert "core.fsmonitor" not in notes[0] and notes[0].endswith(f"git config --global --add slipway.trusted '{hostile.work}'")


def test_a_token_command_is_allowed_by_the_user_alone(hostile):
    done, started = hostile.trace("plan", "minor", env={"SLIPWAY__FORGE__KIND": "gitea"})
    assert only_git(started) == [] and hostile.ran == [] and done.returncode != 0


def test_the_environment_found_by_reading_is_the_gates(hostile):
    gates = {gate["name"]: gate for gate in json.loads(hostile.trace("gates", "list", "--json")[0].stdout)["gates"]}
    assert gates["unit"]["run"][0] == str(hostile.work / ".venv/bin/python") and gates["unit"]["cannot_run"] is None


def test_a_trusted_repository_counts(hostile, tmp_path):
    (tmp_path / "gitconfig").write_text(f"[slipway]\n\ttrusted = {hostile.work}\n")
    try:
        hostile.trace("plan", "minor", env={"GIT_CONFIG_GLOBAL": tmp_path / "gitconfig", "SLIPWAY__GIT__REMOTE": "ssh", "SLIPWAY__FORGE__KIND": "directory"})
        assert "ssh" in hostile.ran
    finally:
        (hostile.root / "ran").unlink(missing_ok=True)


def test_the_users_own_value_stays(hostile, tmp_path):
    mark = tmp_path / "mine"
    (tmp_path / "gitconfig").write_text(f"[core]\n\tsshCommand = \"sh -c 'echo >{mark}'\"\n")
    hostile.trace("plan", "minor", env={"GIT_CONFIG_GLOBAL": tmp_path / "gitconfig", "SLIPWAY__GIT__REMOTE": "ssh", "SLIPWAY__FORGE__KIND": "directory"})
    assert mark.exists() and hostile.ran == []


def test_a_submodule_is_looked_at_without_its_filters(tmp_path):
    project = Hostile.make(tmp_path / "p")
    Project.make(tmp_path / "inner", files={"a.dat": "one\n", ".gitattributes": "*.dat filter=evil\n"})
    git(project.work, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "inner/origin.git"), "sub")
    git(project.work, "commit", "--quiet", "-m", "feat: a submodule")
    git(project.work, "push", "--quiet", "origin", "main")
    git(project.work / "sub", "config", "filter.evil.clean", project.say("clean"))
    os.utime(project.work / "sub" / "a.dat", (1, 1))
    assert project.run("plan", "minor").status == 0 and project.ran == []
    (project.work / "sub" / "a.dat").write_text("changed\n")
    assert " M sub" in project.run("plan", "minor").err and project.ran == []
