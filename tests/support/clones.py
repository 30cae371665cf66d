"""Two clones of one small project with a directory forge, always in the same folder: the plan names it."""

import json
import os
import pathlib
import shutil
import signal

from support.project import SLIPWAY_FAULT, Project, git, remove

CONFIG = """\
gates: {{}}
packages:
  tool: {{run: [sh, build.sh, "{{out}}"], expect: ["tool-{{version}}.bin", "tool-{{version}}.txt"]}}
forge: {{path: {root}/forge}}
"""
RELEASE = ("release", "minor", "--yes")
RECORD, CANDIDATE = "refs/slipway/runs/v1.1.0", "refs/slipway/candidates/v1.1.0"
MAIN, TAG = "refs/heads/main", "refs/tags/v1.1.0"


class Pair:
    """ada has the repository, bob a clone of its remote."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.ada, self.bob = Project(self.root / "ada"), Project(self.root / "bob")
        self.origin = self.bob.origin = self.ada.origin
        self.forge = self.root / "forge"

    @classmethod
    def make(cls, root):
        Project.make(root / "ada", config=CONFIG.format(root=root))
        (root / "bob").mkdir()
        git(root / "bob", "clone", "--quiet", "-c", "user.name=Bob", "-c", "user.email=bob@example.org", str(root / "ada" / "origin.git"), "work")
        return cls(root)

    def record(self):
        return json.loads(git(self.origin, "show", f"{RECORD}:run.json"))

    def refs(self):
        return dict(line.split(" ") for line in git(self.origin, "for-each-ref", "--format=%(refname) %(objectname)").split("\n"))

    def is_public(self):
        return (self.forge / "v1.1.0").exists()

    def drafts(self):
        return list(self.forge.glob(".drafts/*"))

    # ---- the server ----

    def refuse(self, condition):
        """The server takes no refs/slipway while the shell's condition holds; $1 is the ref, the folder is the repository's."""
        hook = self.origin / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f'#!/bin/sh\ncase $1 in refs/slipway/runs/*) ;; *) exit 0;; esac\nif {condition}; then echo "house rule" >&2; exit 1; fi\n')
        hook.chmod(0o755)

    def accept(self):
        (self.origin / "hooks" / "update").unlink()


class Case:
    """Copies of templates, one after the other in the same folder."""

    def __init__(self, scratch):
        self.scratch, self.run = scratch, scratch / "run"
        self.run.mkdir()
        Pair.make(self.run)
        self.keep("template")

    def keep(self, name):
        self.run.rename(self.scratch / name)

    def fresh(self, name="template"):
        remove(self.run)
        shutil.copytree(self.scratch / name, self.run, symlinks=True)
        return Pair(self.run)

    def killed(self, point, name=None):
        """Ada's release, killed at a point; made once."""
        name = name or point.replace("/", "-").replace(" ", "-")
        if not (self.scratch / name).exists():
            pair = self.fresh()
            assert pair.ada.fault(*RELEASE, SLIPWAY_FAULT_KILL=point).status == -9
            self.keep(name)
        return self.fresh(name)


def stopped(project, point, *words):
    """A run that holds at a point until it is continued."""
    child = project.start(*words, program=SLIPWAY_FAULT, env={"SLIPWAY_FAULT_STOP": point})
    ended = os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    assert ended.si_code == os.CLD_STOPPED, child.communicate()
    return child


def go_on(child):
    os.kill(child.pid, signal.SIGCONT)
    out, err = child.communicate(timeout=120)
    return child.returncode, out.decode(), err.decode()
