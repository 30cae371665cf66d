"""What every forge does alike: the cases of tests/unit/test_forge.c, over each forge that has an emulator, and over the directory forge, so that both lists stay one."""

import contextlib
import dataclasses
import hashlib
import os
import subprocess

import pytest

from forge.gitea import Gitea
from forge.github import GitHub
from forge.gitlab import GitLab
from support.forge_driver import Driver, params_of

NAME = "acme/demo"
MARK, OTHER = "slipway:v1.1.0:9f86d081884c7d65", "slipway:v1.1.0:0000000000000000"
WHEN = 1764000000
NOTES = "# Notes\n\n- **one** <script>alert(1)</script>\n- [bad](javascript:alert(1))\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
BYTES = b"asset's bytes\n"
TAGS = ("v1.0.0", "lib/v2.0.0", "v1.1.0", "v1.2.0")


@dataclasses.dataclass(frozen=True)
class Row:
    """A forge. sets_latest: which release is the latest can be said; keeps_times: publication is at the plan's time."""

    kind: str
    emulator: type | None
    env: object = dict
    sets_latest: bool = True
    keeps_times: bool = False


ROWS = (
    Row("directory", None, keeps_times=True),
    Row("github", GitHub, lambda forge: {"GH_HOST": forge.host, "GH_ENTERPRISE_TOKEN": "tok"}),
    Row("gitea", Gitea, lambda forge: {"GITEA_SERVER_URL": forge.base, "GITEA_TOKEN": "tok"}, sets_latest=False),
    Row("gitlab", GitLab, lambda forge: {"GITLAB_HOST": forge.host, "GITLAB_TOKEN": "tok"}, keeps_times=True),
)


@pytest.fixture(scope="session")
def origin(tmp_path_factory):
    """A bare repository with a commit and an annotated tag for each release, a day apart, and the commits."""
    root = tmp_path_factory.mktemp("contract")
    commits = {}

    def git(*words, day=0):
        when = f"{WHEN + 86400 * day - 86400 * 30} +0000"
        who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b", "GIT_COMMITTER_DATE": when}
        done = subprocess.run(["git", *words], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=root, env={"PATH": os.environ["PATH"], **who})
        return done.stdout.strip()

    git("init", "-q", "-b", "main", "work")
    for day, tag in enumerate(TAGS):
        git("-C", "work", "commit", "-q", "--allow-empty", "-m", tag, day=day)
        git("-C", "work", "tag", "-a", "-m", tag, tag, day=day)
        commits[tag] = git("-C", "work", "rev-parse", "HEAD")
    git("clone", "-q", "--bare", "work", "demo.git")
    return root / "demo.git", commits


class World:
    """An empty forge, slipway's driver of it, and a file to upload."""

    def __init__(self, row, driver, commits, folder):
        self.row, self.driver, self.commits, self.file = row, driver, commits, folder / "file"
        self.file.write_bytes(BYTES)

    def wanted(self, tag, mark=MARK):
        target = self.commits.get(tag, "11b2054aa1e4c0fe8a6f9b3f2b1b0a9d8c7e6f50")
        return {"tag": tag, "name": f"Demo {tag}", "notes": NOTES, "target": target, "mark": mark, "branch": "main", "created": WHEN - 100}

    def draft(self, tag="v1.1.0", mark=MARK):
        self.driver.call("draft", release=self.wanted(tag, mark))

    def upload(self, name, tag="v1.1.0"):
        self.driver.call("upload", tag=tag, mark=MARK, name=name, path=str(self.file))

    def publish(self, tag="v1.1.0", when=WHEN, latest=False):
        self.driver.call("publish", tag=tag, mark=MARK, when=when, latest=latest)

    def whole(self, tag="v1.1.0", when=WHEN, latest=False):
        self.draft(tag)
        self.upload("demo-1.1.0.tar.gz", tag)
        self.upload("demo-1.1.0-py3-none-any.whl", tag)
        self.publish(tag, when, latest)

    def find(self, tag="v1.1.0"):
        return self.driver.call("find", tag=tag)

    def is_in(self, state, tag="v1.1.0"):
        release = self.find(tag)
        assert (release["state"], release["settled"]) == (state, True), release

    def refused(self, call, code="CONFLICT", **words):
        failed = self.driver.fails(call, **words)
        assert failed.code == code, failed.error


@pytest.fixture(params=ROWS, ids=[row.kind for row in ROWS])
def world(request, origin, tmp_path):
    row, (bare, commits) = request.param, origin
    with contextlib.ExitStack() as stack:
        if row.emulator is None:
            params, env = {"kind": row.kind, "path": str(tmp_path / "out")}, {}
        else:
            forge = stack.enter_context(row.emulator())
            forge.add_repository(NAME, bare)
            forge.add_token("tok")
            params, env = params_of(forge, NAME), row.env(forge)
        yield World(row, stack.enter_context(Driver(params, **env)), commits, tmp_path)
        if row.emulator is not None:
            assert forge.violations == []
            assert forge.elsewhere.requests == []


def test_life(world):
    assert world.find() is None
    assert world.driver.call("latest") is None
    world.draft()
    world.is_in("draft")
    world.upload("b.whl")
    world.upload("a.tar.gz")
    draft = world.find()
    assert (draft["name"], draft["mark"], draft["published"]) == ("Demo v1.1.0", MARK, 0)
    assert draft["notes"] == NOTES
    assert draft["target"] in (None, world.commits["v1.1.0"])
    assert [asset["name"] for asset in draft["assets"]] == ["a.tar.gz", "b.whl"]
    world.publish(latest=True)
    world.driver.call("set_latest", tag="v1.1.0")
    world.is_in("public")
    assert world.driver.call("latest") == "v1.1.0"
    public = world.find()
    assert public["latest"]
    assert public["target"] in (None, world.commits["v1.1.0"])
    assert public["published"] == WHEN if world.row.keeps_times else public["published"] > 0
    assert len(public["assets"]) == 2
    assert world.driver.call("place", tag="v1.1.0")
    world.driver.call("withdraw", tag="v1.1.0", mark=MARK)
    world.is_in("withdrawn")
    assert world.driver.call("latest") is None
    world.publish(when=WHEN + 50)
    world.is_in("public")
    again = world.find()
    assert again["published"] == public["published"]
    assert again["notes"] == NOTES


def test_each_call_a_second_time_changes_nothing(world):
    for act in [world.draft, lambda: world.upload("a.whl"), world.draft]:
        act()
        act()
    assert len(world.find()["assets"]) == 1
    for act in [lambda: world.publish(latest=True), lambda: world.driver.call("set_latest", tag="v1.1.0"), lambda: world.driver.call("withdraw", tag="v1.1.0", mark=MARK)]:
        act()
        act()
    world.draft("v1.2.0")
    for tag in ("v1.2.0", "v1.2.0", "v9.9.9"):
        world.driver.call("remove_draft", tag=tag, mark=MARK)
    assert world.find("v1.2.0") is None


def test_assets(world):
    world.draft()
    world.upload("a.whl")
    world.upload("a.whl")
    read = world.driver.call("read", tag="v1.1.0", name="a.whl")
    assert read == {"sha256": hashlib.sha256(BYTES).hexdigest(), "size": len(BYTES)}
    # Other bytes under a name that is taken are somebody else's.
    world.file.write_bytes(b"other bytes\n")
    world.refused("upload", tag="v1.1.0", mark=MARK, name="a.whl", path=str(world.file))
    for tag in ("v1.1.0", "v1.1.0", "v9.9.9"):
        world.driver.call("remove_asset", tag=tag, mark=MARK, name="a.whl")
    assert world.find()["assets"] == []
    world.refused("read", tag="v1.1.0", name="a.whl")


def test_edit(world):
    words = {"name": "Another name", "notes": "Other notes\n"}
    world.refused("edit", tag="v1.1.0", mark=MARK, **words)
    world.whole("v1.0.0")
    world.draft()
    for tag in ("v1.0.0", "v1.1.0"):
        before = world.find(tag)
        world.refused("edit", tag=tag, mark=OTHER, **words)
        world.driver.call("edit", tag=tag, mark=MARK, **words)
        after = world.find(tag)
        assert {name: after[name] for name in words} == words
        assert after["settled"]
        assert [after[name] for name in ("state", "published", "mark")] == [before[name] for name in ("state", "published", "mark")]
        assert [asset["name"] for asset in after["assets"]] == [asset["name"] for asset in before["assets"]]


def test_what_is_public_stays(world):
    world.whole()
    world.refused("draft", release=world.wanted("v1.1.0"))
    world.refused("upload", tag="v1.1.0", mark=MARK, name="late.whl", path=str(world.file))
    world.refused("remove_asset", tag="v1.1.0", mark=MARK, name="demo-1.1.0.tar.gz")
    world.refused("remove_draft", tag="v1.1.0", mark=MARK)
    world.is_in("public")
    assert len(world.find()["assets"]) == 2


def assert_all_refused(world, mark):
    world.refused("draft", release=world.wanted("v1.1.0", mark))
    world.refused("upload", tag="v1.1.0", mark=mark, name="x.whl", path=str(world.file))
    world.refused("publish", tag="v1.1.0", mark=mark, when=WHEN)
    for call in ("withdraw", "remove_draft"):
        world.refused(call, tag="v1.1.0", mark=mark)
    world.refused("remove_asset", tag="v1.1.0", mark=mark, name="a.whl")


def test_the_mark_of_another_run(world):
    world.draft()
    world.upload("a.whl")
    assert_all_refused(world, OTHER)
    world.publish()
    assert_all_refused(world, OTHER)
    world.is_in("public")
    assert [asset["name"] for asset in world.find()["assets"]] == ["a.whl"]


def test_what_is_missing(world):
    world.refused("publish", tag="v1.1.0", mark=MARK, when=WHEN)
    world.refused("upload", tag="v1.1.0", mark=MARK, name="a.whl", path=str(world.file))
    world.draft()
    world.refused("withdraw", tag="v1.1.0", mark=MARK)
    if world.row.sets_latest:
        world.refused("set_latest", tag="v1.1.0")


@pytest.mark.parametrize("name", ["", "..", ".hidden", "-x", "a/b", "a\nb", "a b", "café", "a\\b", "a%2fb"])
def test_hostile_names(world, name):
    world.draft()
    world.refused("upload", "UNTRUSTED_PATH", tag="v1.1.0", mark=MARK, name=name, path=str(world.file))
    assert world.find()["assets"] == []


def test_list(world):
    for day, tag in enumerate(("v1.0.0", "lib/v2.0.0", "v1.1.0")):
        world.whole(tag, WHEN + 10 * day)
    world.draft("v1.2.0")
    world.driver.call("withdraw", tag="v1.1.0", mark=MARK)
    if world.row.sets_latest:
        world.driver.call("set_latest", tag="v1.0.0")
    else:
        world.refused("set_latest", tag="v1.0.0")
    releases = world.driver.call("list")
    assert {release["tag"]: release["state"] for release in releases} == {"v1.1.0": "withdrawn", "lib/v2.0.0": "public", "v1.0.0": "public"}
    if world.row.keeps_times:
        assert [release["tag"] for release in releases] == ["v1.1.0", "lib/v2.0.0", "v1.0.0"]
    if world.row.sets_latest:
        assert [release["tag"] for release in releases if release["latest"]] == ["v1.0.0"]
    assert sum(release["latest"] for release in releases) == 1


def test_many_uploads_at_once(world):
    world.draft()
    files = [{"name": f"part-{number}.bin", "path": str(world.file)} for number in range(12)]
    assert world.driver.call("upload", tag="v1.1.0", mark=MARK, uploads=files, threads=4) == [True] * 12
    assert sorted(asset["name"] for asset in world.find()["assets"]) == sorted(file["name"] for file in files)
