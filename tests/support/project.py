"""A small project with a history, a remote and a configuration, and what can be seen of it afterwards."""

import atexit
import functools
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile

NOW = 1790000000
DATE = "2026-09-21"
SLIPWAY = os.environ.get("SLIPWAY", "slipway")
SLIPWAY_FAULT = os.environ.get("SLIPWAY_FAULT", SLIPWAY)

CONFIG = """\
gates:
  quick: {run: ["true"]}
  look: {run: [sh, -c, "test -f pyproject.toml && echo looked"]}
packages:
  tool: {run: [sh, build.sh, "{out}"], expect: ["tool-{version}.bin", "tool-{version}.txt"]}
"""

CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- A way to count things.

## [1.0.0] - 2026-01-02

### Added

- The beginning.

[Unreleased]: https://git.example.org/tool/compare/v1.0.0...HEAD
[1.0.0]: https://git.example.org/tool/releases/tag/v1.0.0
"""

FILES = {
    "pyproject.toml": '[project]\nname = "tool"\nversion = "1.0.0"  # raised by slipway\n\n[tool.other]\nversion = "9.9.9"\n',
    "tool/__init__.py": '"""A tool."""\n\n__version__ = "1.0.0"\n',
    "CHANGELOG.md": CHANGELOG,
    "build.sh": 'set -e\nv=$(sed -n \'s/^version = "\\(.*\\)"  #.*/\\1/p\' pyproject.toml)\nprintf "binary %s\\n" "$v" >"$1/tool-$v.bin"\nprintf "text %s\\n" "$v" >"$1/tool-$v.txt"\n',
    ".gitignore": ".env\nvenv/\ndist/\n",
    "slipway.yaml": CONFIG,
}


def environment(**more):
    """The environment of a user who has set nothing, with fixed time and identity."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "SLIPWAY_", "GITHUB_"))}
    env.update(
        GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1", SLIPWAY_TEST_NOW=str(NOW), NO_COLOR="1", LC_ALL="C.UTF-8", TERM="dumb",
    )
    env.update({key: str(value) for key, value in more.items()})
    return env


def git(folder, *words, check=True, **options):
    dated = environment(GIT_AUTHOR_DATE=f"@{NOW - 1000} +0000", GIT_COMMITTER_DATE=f"@{NOW - 1000} +0000")
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    done = subprocess.run(["git", *words], cwd=folder, env=dated, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"git {words}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="surrogateescape").rstrip("\n")


@functools.lru_cache(maxsize=None)
def empty():
    """work and origin.git with nothing in them, for projects to be copied from: most tests begin with one, and most of git's time was spent on making it."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="slipway-empty-"))
    atexit.register(remove, root)
    git(root, "init", "--quiet", "-b", "main", "work")
    git(root, "init", "--quiet", "--bare", "-b", "main", "origin.git")
    for sample in [*root.glob("work/.git/hooks/*.sample"), *root.glob("origin.git/hooks/*.sample")]:
        sample.unlink()
    # Relative, so that copies of the whole folder have a remote of their own.
    with open(root / "work" / ".git" / "config", "a", encoding="utf-8") as config:
        config.write("[user]\n\tname = Ada Example\n\temail = ada@example.org\n")
        config.write('[remote "origin"]\n\turl = ../origin.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n')
        config.write('[branch "main"]\n\tremote = origin\n\tmerge = refs/heads/main\n')
    return root


class Project:
    """root/work is the user's tree, root/origin.git the remote."""

    trusted = False  # its .git/config names programs, and is its user's
    allowed = ()  # more of the user's own configuration: (name, value) of section slipway
    outside = True  # the user lets the configuration name places beside the project: the tests' forges and keys

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.work = self.root / "work"
        self.origin = self.root / "origin.git"

    # ---- making ----

    @classmethod
    def make(cls, root, files=None, config=None, source=None):
        """files: over those of the small project, None leaves one out. source: a folder to take instead of the small project."""
        project = cls(root)
        shutil.copytree(empty(), project.root, dirs_exist_ok=True)
        if source is not None:
            shutil.copytree(source, project.work, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache"), dirs_exist_ok=True)
        for name, text in {**({} if source else FILES), **(files or {})}.items():
            if name == "slipway.yaml" and config is not None:
                text = config
            if text is None:
                continue
            path = project.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        git(project.work, "add", "--all")
        git(project.work, "commit", "--quiet", "-m", "feat: the beginning")
        git(project.work, "tag", "-a", "v1.0.0", "-m", "v1.0.0")
        project.publish()
        (project.work / ".git" / "info" / "exclude").write_text("/.env\n/venv/\n")
        (project.work / ".env").write_text("PRIVATE=1\n")
        (project.work / "venv").mkdir()
        (project.work / "venv" / "keep").write_text("mine\n")
        return project

    def publish(self):
        """What `git push origin main v1.0.0` does where the remote is empty, without its seven processes."""
        shutil.copytree(self.work / ".git" / "objects", self.origin / "objects", dirs_exist_ok=True)
        for name in ("heads/main", "tags/v1.0.0"):
            shutil.copyfile(self.work / ".git" / "refs" / name, self.origin / "refs" / name)
        tracking = self.work / ".git" / "refs" / "remotes" / "origin"
        tracking.mkdir(parents=True)
        shutil.copyfile(self.origin / "refs" / "heads" / "main", tracking / "main")

    def copy(self, root):
        subprocess.run(["cp", "-a", f"{self.root}/.", str(root)], check=True)
        return Project(root)

    def commit(self, message="docs: more", **files):
        for name, text in files.items():
            (self.work / name).write_text(text)
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--allow-empty", "-m", message)

    # ---- running ----

    def start(self, *words, program=SLIPWAY, cwd=None, env=None, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        env = {**self.users(), **(env or {})}
        return subprocess.Popen(
            [program, *words], cwd=cwd or self.work, env=environment(**env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **options
        )

    def run(self, *words, timeout=120, **options):
        child = self.start(*words, **options)
        try:
            out, err = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            raise
        return Done(child.returncode, out.decode(errors="surrogateescape"), err.decode(errors="surrogateescape"))

    def users(self):
        """The user's own configuration: that slipway may believe this tree's own .git/config, and what else is allowed."""
        rows = [*([("trusted", self.work)] if self.trusted else []), *([("allow-path", self.root.parent)] if self.outside else []), *self.allowed]
        text = "[slipway]\n" + "".join(f"\t{name} = {value}\n" for name, value in rows)
        path = self.root / "gitconfig"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        return {"GIT_CONFIG_GLOBAL": path}

    def fault(self, *words, **env):
        return self.run(*words, program=SLIPWAY_FAULT, env=env)

    def fix(self, text):
        """Executes the commands of a fix line, as a person would paste them."""
        first = text.split(", or")[0].split(", then")[0]
        words = shlex.split(first)
        if words[0] == "slipway":
            return self.run(*words[1:], *(["--yes"] if words[1] in ("release", "publish") else []))
        done = subprocess.run(words, cwd=self.work, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return Done(done.returncode, done.stdout.decode(), "")

    # ---- looking ----

    @property
    def state(self):
        return self.work / ".git" / "slipway"

    @property
    def forge(self):
        return self.state / "forge"

    def tree(self):
        """Every file of the work tree, ignored ones too: mode and bytes."""
        return listing(self.work, leave_out={".git"})

    def refs(self, where=None):
        """Less slipway's own: each write of those is another object."""
        lines = git(where or self.work, "for-each-ref", "--format=%(refname) %(objectname)").split("\n")
        return "\n".join(line for line in lines if not line.startswith("refs/slipway/"))

    def repository(self):
        return {
            "refs": self.refs(),
            "head": git(self.work, "rev-parse", "--symbolic-full-name", "HEAD"),
            "index": git(self.work, "ls-files", "--stage"),
            "status": git(self.work, "status", "--porcelain", "--ignored"),
            "worktrees": git(self.work, "worktree", "list", "--porcelain").replace(str(self.root), "ROOT"),
            "remote": self.refs(self.origin),
            "strays": strays(self.root),
        }

    def outcomes(self, run="v1.1.0"):
        """What the journal holds of each effect, less what tells of time and of how often it was tried."""
        events = self.events(run)
        results = {}
        for kind, effect, data in events:
            if kind == "outcome":
                data["result"].pop("seconds", None)
                results[effect] = json.dumps(data["result"], sort_keys=True).replace(str(self.root), "ROOT")
        plan = next(data["plan"] for kind, _, data in events if kind == "begun")
        return {"plan": json.dumps(plan, sort_keys=True).replace(str(self.root), "ROOT"), "results": results, "last": events[-1][0] if events else None}

    def events(self, run="v1.1.0"):
        with sqlite3.connect(f"file:{self.state / 'journal.db'}?mode=ro", uri=True) as db:
            rows = db.execute("SELECT type, effect, data FROM event WHERE run = ? ORDER BY seq", (run,)).fetchall()
        return [(kind, effect, json.loads(data)) for kind, effect, data in rows]

    def has_run(self):
        path = self.state / "journal.db"
        if not path.exists():
            return False
        with sqlite3.connect(path) as db:
            tables = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'run'").fetchone()[0]
            return bool(tables and db.execute("SELECT count(*) FROM run").fetchone()[0])


class Done:
    """How a run ended and what it said."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return f"status {self.status}\n--- out\n{self.out}\n--- err\n{self.err}"

    def error(self):
        """The five lines, by name."""
        lines, parts, here = self.err.split("\n"), {}, None
        for line in lines:
            if line.startswith("error["):
                parts = {"code": line[len("error["):line.index("]")], "what": line.split("]: ", 1)[-1]}
                here = None
            elif parts and (label := line.split(":")[0]) in ("why", "state", "fix", "rerun") and line.startswith(f"{label}:"):
                here = label
                parts[label] = line[len(label) + 1:].strip()
            elif here and line.startswith("       "):
                parts[here] += "\n" + line.strip()
        return parts


def listing(folder, leave_out=()):
    seen = {}
    for path, names, files in os.walk(os.fsencode(folder)):
        names[:] = [name for name in names if not (path == os.fsencode(folder) and os.fsdecode(name) in leave_out)]
        for name in [*names, *files]:
            whole = os.path.join(path, name)
            info = os.lstat(whole)
            key = os.path.relpath(whole, os.fsencode(folder))
            if stat.S_ISLNK(info.st_mode):
                seen[key] = ("link", os.readlink(whole))
            elif stat.S_ISREG(info.st_mode):
                with open(whole, "rb") as stream:
                    seen[key] = (oct(info.st_mode), hashlib.sha256(stream.read()).hexdigest())
            else:
                seen[key] = (oct(info.st_mode),)
    return seen


def strays(root):
    """Locks and temporary files that nobody needs any more."""
    found = []
    for path, _, files in os.walk(root):
        for name in files:
            if name.endswith((".lock", ".slipway-tmp", "-journal")) and name != ".lock":
                found.append(os.path.relpath(os.path.join(path, name), root))
    return sorted(found)


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
