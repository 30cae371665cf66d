"""Faults of the network and of a forge, one at a time, at every call of a release; then `resume` until it is done. What is left must be what an undisturbed run leaves."""

import os
import pathlib
import shutil

from forge.gitea import Gitea
from forge.github import GitHub
from forge.gitlab import GitLab
from forge.server import Faults
from support.forged import NAME, TOKEN, Forged
from support.project import git, remove

KINDS = {"github": GitHub, "gitlab": GitLab, "gitea": Gitea}
CONFIG = """\
gates: {}
journal: {share: "off"}
packages:
  tool: {run: [sh, build.sh, "{out}"], expect: ["tool-{version}.bin", "tool-{version}.txt"]}
"""
FORGE = "patience: 1, pace: 0, stall: 1, uploads: 1"
STAGED = "apply-before stage/draft #1"
RELEASE = ("release", "minor", "--yes")
TRIES = 5
ALWAYS = ("reset-before", "reset-after", "reset-after-reused", "500", "401", "429-after", "html")
SOME = {"github": 18, "gitlab": 2, "gitea": 4}
SLOW = ("stall",)  # tried by hand and in the whole product
# What a release looks like from outside, less what differs between two runs.
SEEN = ("tag", "name", "notes", "draft", "prerelease", "latest")


def seen(releases):
    rows = [{**{key: release.get(key) for key in SEEN}, "assets": sorted((asset["name"], asset["sha256"]) for asset in release["assets"])} for release in releases]
    return sorted(rows, key=lambda row: row["tag"])


class Matrix:
    """scratch/run is where everything happens, always: the plan names the forge by its port, and results name folders."""

    def __init__(self, kind, scratch):
        self.kind, self.scratch = kind, pathlib.Path(scratch)
        self.run, self.staged = self.scratch / "run", self.scratch / "staged"
        self.port = 0
        with self.emulator() as forge:
            self.port = forge.port
            project = Forged.on(self.run, kind, forge, config=CONFIG, forge=FORGE)
            done = project.fault(*RELEASE, SLIPWAY_FAULT_KILL=STAGED)
            assert done.status == -9, done
        shutil.copytree(self.run, self.staged, symlinks=True)
        with self.emulator() as forge:
            project = self.restored(forge)
            done = project.fault("resume")
            assert done.status == 0, done
            self.calls = [(exchange.method, exchange.path.partition("?")[0].removeprefix(forge.prefix)) for exchange in forge.log]
            self.after = self.final(project)
            assert not forge.violations, forge.violations
            assert len(self.after["releases"]) == 1 and not self.after["releases"][0]["draft"]
            self.expected = {"tag": "v1.1.0", "assets": {name: digest for name, digest in self.after["releases"][0]["assets"]}}
            self.expected["commit"] = git(project.origin, "rev-parse", "v1.1.0^{commit}")

    def emulator(self):
        return KINDS[self.kind](port=self.port)

    def restored(self, forge):
        remove(self.run)
        shutil.copytree(self.staged, self.run, symlinks=True)
        project = Forged(self.run)
        project.kind = self.kind
        return project.join(forge)

    def final(self, project):
        return {
            "releases": seen(project.releases()), "remote": project.refs(project.origin), "refs": project.refs(), "status": git(project.work, "status", "--porcelain"),
            "last": project.outcomes()["last"],
        }  # fmt: skip

    # ---- one cell ----

    def leaks(self, project, texts):
        files = [path for path in (project.state).rglob("*") if path.is_file()]
        found = [str(path.relative_to(project.state)) for path in files if TOKEN.encode() in path.read_bytes()]
        return found + (["what was printed"] if any(TOKEN in text for text in texts) else [])

    def cell(self, number, fault):
        """(letter, what is wrong): "+" it got over it by itself, "r" after a stop that could be resumed, "-" the fault never happened."""
        with self.emulator() as forge:
            project = self.restored(forge)
            forge.expected = self.expected
            played = forge.faults.add(fault, match=lambda exchange: exchange.number == number)
            texts, statuses = [], []
            while len(statuses) < TRIES and (not statuses or statuses[-1] != 0):
                done = project.fault("resume")
                statuses.append(done.status)
                texts += [done.out, done.err]
                parts = done.error()
                if done.status != 0 and not {"code", "why", "fix", "rerun"} <= set(parts):
                    return "x", f"a stop without its lines: {done}"
            if statuses[-1] != 0:
                return "x", f"never done: {statuses}\n{texts[-1]}"
            wrong = {key: (value, now) for key, value in self.after.items() if (now := self.final(project)[key]) != value}
            if wrong or forge.violations or self.leaks(project, texts):
                return "x", f"{wrong} {forge.violations} {self.leaks(project, texts)}"
            return ("-" if not played.fired else "+" if len(statuses) == 1 else "r"), None

    # ---- which cells ----

    def rows(self):
        """Calls that differ: the first of each, by method and shape of the path."""
        first = {}
        for number, (method, path) in enumerate(self.calls):
            shape = "/".join("N" if part.isdigit() or len(part) == 40 else part for part in path.split("/"))
            first.setdefault((method, shape), number)
        return first

    def cells(self, whole):
        """Of each change the faults that matter most and some that wander, of each read one that wanders; `whole`: all of all calls."""
        if whole:
            return [(number, fault) for number in range(len(self.calls)) for fault in Faults.KINDS]
        chosen = []
        for index, ((method, _), number) in enumerate(self.rows().items()):
            wandering = [Faults.KINDS[(index * 5 + offset * 7) % len(Faults.KINDS)] for offset in range(1 if method in ("GET", "HEAD") else SOME[self.kind])]
            always = () if method in ("GET", "HEAD") else ALWAYS
            chosen += [(number, fault) for fault in Faults.KINDS if fault in always or (fault in wandering and fault not in SLOW)]
        return chosen


def is_whole():
    return os.environ.get("FAULT_ALL") == "1"


def table(matrix, results, legend):
    """Lines: a call, and a letter for each fault."""
    width = max(len(f"{method} {path}") for method, path in matrix.calls)
    lines = [" " * width + "  " + " ".join(f"{number:>2}" for number in range(1, len(Faults.KINDS) + 1))]
    for number in sorted({number for number, _ in results}):
        letters = [f"{results.get((number, fault), ' '):>2}" for fault in Faults.KINDS]
        lines.append(f"{' '.join(matrix.calls[number]):<{width}}  {' '.join(letters)}")
    words = ", ".join(f"{number} {fault}" for number, fault in enumerate(Faults.KINDS, 1))
    return [*lines, words, "+ got over it, r stopped and was resumed, - does not occur there"] if legend else lines[1:]


__all__ = ["KINDS", "NAME", "Matrix", "is_whole", "table"]
