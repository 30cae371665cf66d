"""The emulated GitLab with one project and the steps of a release, for tests."""

import contextlib
import hashlib
import json
import os
import subprocess

import pytest

from forge.gitlab import GitLab
from support.forge_driver import Driver, Failed

MARK, OTHER = "slipway:v1.1.0:9f86d081884c7d65", "slipway:v1.1.0:0000000000000000"
WHEN = 1764000000
NOTES = "# Notes\n\n- one `<!-- comment -->`\n"
FILES = {"demo-1.1.0.tar.gz": b"asset's bytes\n" * 100, "demo+x.whl": b"\0\1\2", "SHA256SUMS": b"sums\n"}
PATH = "group/sub/demo"


def make_origin(folder):
    """A bare repository with tags, and the commit they are on; the files to upload."""

    def git(*words):
        who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
        return subprocess.run(["git", *words], check=True, capture_output=True, text=True, cwd=folder, env={"PATH": os.environ["PATH"], **who}).stdout.strip()

    git("init", "-q", "work")
    git("-C", "work", "commit", "-q", "--allow-empty", "-m", "begin")
    for tag in ("v1.0.0", "v1.0.1", "v1.1.0", "v1.2.0-rc.1", "lib/v2.0.0", "lib-v2.0.0"):
        git("-C", "work", "tag", "-a", "-m", tag, tag)
    git("clone", "-q", "--bare", "work", "bare.git")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder, git("-C", "work", "rev-parse", "HEAD")


class Client(Driver):
    """client.find(tag=…) → what came. `kill`: a fault point."""

    def __init__(self, forge, anonymous=False, token="tok", path=PATH, kill=None, **params):
        params = {"kind": "gitlab", "url": f"{forge.base}/{path}", "api": forge.api, "project": path, "remote_host": forge.host, "pace": 0, "patience": 0,
                  **({"anonymous": True} if anonymous else {}), **params}  # fmt: skip
        super().__init__(params, GITLAB_TOKEN=token, GITLAB_HOST=forge.host, **({"SLIPWAY_FAULT_KILL": kill} if kill else {}))

    def __getattr__(self, name):
        return lambda **fields: self.call(name, **fields)


@contextlib.contextmanager
def refusing(code, *words):
    with pytest.raises(Failed) as caught:
        yield
    shown = json.dumps(caught.value.error)
    assert caught.value.code == code, shown
    for word in words:
        assert word in shown, shown


class World:
    """An emulator with one project, and the steps of a release."""

    def __init__(self, origin, rights=None, **project):
        self.folder, self.commit = origin
        self.forge = GitLab()
        self.more, self.rights, self.clients = project, rights, []

    def __enter__(self):
        self.forge.__enter__()
        self.project = self.forge.add_repository(PATH, self.folder / "bare.git", **self.more)
        self.forge.add_token("tok", login="alice", rights=self.rights)
        return self

    def __exit__(self, *what):
        for client in self.clients:
            client.__exit__(*what)
            assert "tok" not in client.said.replace("GITLAB_TOKEN", "").replace("token", "")
        self.forge.__exit__(*what)
        if what[0] is None:
            assert self.forge.violations == []

    def client(self, **more):
        self.clients.append(Client(self.forge, **more))
        return self.clients[-1]

    def wanted(self, tag="v1.1.0", **more):
        return {"tag": tag, "name": f"Demo {tag}", "notes": NOTES, "mark": MARK, "target": self.commit, "created": WHEN - 100, **more}

    def draft(self, client, tag="v1.1.0", **more):
        return client.draft(release=self.wanted(tag, **more))

    def upload(self, client, name, tag="v1.1.0", mark=MARK, source=None):
        return client.upload(tag=tag, mark=mark, name=name, path=str(self.folder / (source or name)))

    def whole(self, client, tag="v1.1.0", latest=True, **more):
        self.draft(client, tag, **more)
        for name in FILES:
            self.upload(client, name, tag)
        client.publish(tag=tag, mark=MARK, when=WHEN, latest=latest)

    def public(self):
        return [one for one in self.forge.releases(PATH) if not one["draft"]]

    def order(self):
        return [one["tag"] for one in self.public()]

    def files(self):
        return [(package["version"], file["name"]) for package in self.project["packages"] if not package["gone"] for file in package["files"]]

    def changes(self):
        return [(one.method, one.path.split("?")[0].split("/", 5)[-1]) for one in self.forge.log if one.method != "GET"]


def digests(release):
    return {asset["name"]: asset["sha256"] for asset in release["assets"]}


EXPECTED = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
