"""Gitea and Forgejo as a forge, against their emulator: what they have otherwise than others, and each changing call with each fault."""

import contextlib
import hashlib
import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest

from forge.gitea import Gitea
from forge.gitea_model import Asset, Release
from support.forged import TOKEN, Forged

PATH = "acme/demo"
TAG, MARK, OTHER = "v1.1.0", "slipway:v1.1.0:9f86d081884c7d65", "slipway:v1.1.0:0000000000000000"
NOTES = "# Notes\n\n- one `<!-- comment -->`\n"
BODY = f"{NOTES}\n\n<!-- {MARK} -->\n"
FILES = {"demo-1.1.0.tar.gz": b"asset's bytes\n" * 100, "demo+x.whl": b"\0\1\2", "SHA256SUMS": b"sums\n"}
CALL = os.path.join(os.environ.get("SLIPWAY_BUILD", "build-check"), "tests", "contract-forge-call")
CANARY = "canary-5f2e7a91c0"


# ---- the parts ----


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """A folder with a bare repository, origin.git, that has the tag v1.0.0, and the files to upload."""
    folder = tmp_path_factory.mktemp("origin")
    git(folder, "init", "-q", "-b", "main", "work")
    git(folder / "work", "commit", "-q", "--allow-empty", "-m", "begin")
    git(folder / "work", "tag", "-a", "-m", "v1.0.0", "v1.0.0")
    git(folder, "clone", "-q", "--bare", "work", "origin.git")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


def git(folder, *words):
    who = {f"GIT_{role}_{what}": text for role in ("AUTHOR", "COMMITTER") for what, text in (("NAME", "a"), ("EMAIL", "a@b"))}
    given = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", **who}
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True, env=given).stdout.strip()


class Refused(Exception):
    def __init__(self, error):
        super().__init__(error)
        self.error, self.code = error, error["code"]


class Client:
    """slipway's Gitea in a process of its own: client.find(tag=…) → what came; Refused, where it was an error."""

    def __init__(self, forge, token=CANARY, **params):
        host = forge.base[len("http://") :]
        self.params = {"kind": "gitea", "url": f"{forge.base}/{PATH}", "api": forge.api, "project": PATH, "remote_host": host, "pace": 0, "patience": 0, **params}
        given = {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS") if name in os.environ}
        given |= {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GITEA_SERVER_URL": forge.base, "GITEA_TOKEN": token}
        self.process = subprocess.Popen([CALL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=given)
        self.open(params=self.params)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0

    def __getattr__(self, call):
        def make(**words):
            self.process.stdin.write(json.dumps({"call": call, **words}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            assert CANARY not in line
            answer = json.loads(line)
            if "error" in answer:
                raise Refused(answer["error"])
            return answer["ok"]

        return make


class World:
    """An emulator with one repository, and the steps of a release."""

    def __init__(self, origin, folder, **settings):
        self.files, self.bare = origin, folder / "bare.git"
        git(folder, "clone", "-q", "--mirror", str(origin / "origin.git"), str(self.bare))
        self.forge = Gitea(**settings)
        self.clients = []

    def __enter__(self):
        self.forge.__enter__()
        self.model = self.forge.add_repository(PATH, self.bare)
        self.forge.add_token(CANARY, login="alice")
        return self

    def __exit__(self, *what):
        for client in self.clients:
            client.close()
        self.forge.__exit__(*what)
        if what[0] is None:
            assert self.forge.violations == []
            assert self.model.late_assets == []

    def client(self, **more):
        self.clients.append(Client(self.forge, **more))
        return self.clients[-1]

    def release(self, tag=TAG, **more):
        return {"tag": tag, "name": f"Demo {tag}", "notes": NOTES, "mark": MARK, "target": "0" * 40, "branch": "main", **more}

    def draft(self, client, tag=TAG, **more):
        return client.draft(release=self.release(tag, **more))

    def upload(self, client, name, **more):
        return client.upload(**{"tag": TAG, "mark": MARK, "name": name, "path": str(self.files / name), **more})

    def staged(self, client):
        self.draft(client)
        for name in FILES:
            self.upload(client, name)

    def push(self, tag=TAG, handled=True):
        """What a push of the tag does here; the server handles it a little later than it took it."""
        if not handled or not git(self.bare, "tag", "--list", tag):
            git(self.bare, "tag", "-a", "-m", tag, tag, "main")
        if handled:
            self.forge.pushed(PATH, {}, {f"refs/tags/{tag}": git(self.bare, "rev-parse", tag)})

    def only(self, tag=TAG):
        rows = [row for row in self.forge.releases(PATH) if row["tag"] == tag]
        assert len(rows) == 1, rows
        return rows[0]

    def sent(self, method):
        return [exchange for exchange in self.forge.log if exchange.method == method]


@pytest.fixture
def world(origin, tmp_path):
    with World(origin, tmp_path) as made:
        yield made


@contextlib.contextmanager
def refusing(code, *words):
    with pytest.raises(Refused) as caught:
        yield
    shown = json.dumps(caught.value.error)
    assert caught.value.code == code, shown
    for word in words:
        assert word in shown, shown


def names_of(row):
    return sorted(asset["name"] for asset in row["assets"])


# ---- a release ----


def test_a_whole_release(world):
    client = world.client()
    world.staged(client)
    found = client.find(tag=TAG)
    assert (found["state"], found["mark"], found["notes"], found["branch"]) == ("draft", MARK, NOTES, "main")
    assert [asset["sha256"] for asset in found["assets"]] == [None] * 3
    world.push()
    client.publish(tag=TAG, mark=MARK, when=1, latest=True)
    found = client.find(tag=TAG)
    assert (found["state"], found["latest"], found["target"]) == ("public", True, git(world.bare, "rev-parse", "main"))
    assert world.only()["draft"] is False and names_of(world.only()) == sorted(FILES)
    assert world.model.made_tags == [], "the forge made no tag of its own"
    assert client.latest() == TAG and [row["tag"] for row in client.list()] == [TAG]


def test_uploads_side_by_side(world):
    client = world.client()
    world.draft(client)
    files = [{"name": name, "path": str(world.files / name)} for name in FILES]
    assert client.upload(tag=TAG, mark=MARK, uploads=files, threads=3) == [True] * 3
    assert names_of(world.only()) == sorted(FILES)


def test_a_pushed_tag_publishes_and_publish_only_looks(world):
    client = world.client()
    world.staged(client)
    world.push()
    assert client.find(tag=TAG)["state"] == "public"
    client.publish(tag=TAG, mark=MARK, when=1, latest=False)
    assert world.sent("PATCH") == []
    with refusing("CONFLICT", "is no draft: it is public"):
        client.remove_draft(tag=TAG, mark=MARK)
    with refusing("CONFLICT", "is no draft: it is public"):
        world.draft(client)


def test_a_push_that_is_handled_later(world):
    client = world.client()
    world.staged(client)
    world.push(handled=False)
    assert client.find(tag=TAG)["state"] == "draft"
    client.publish(tag=TAG, mark=MARK, when=1, latest=False)
    assert client.find(tag=TAG)["state"] == "public" and world.model.made_tags == []
    world.push()
    assert client.find(tag=TAG)["state"] == "public" and names_of(world.only()) == sorted(FILES)


def test_withdrawn_and_published_again(world):
    client = world.client()
    world.staged(client)
    world.push()
    client.withdraw(tag=TAG, mark=MARK)
    client.withdraw(tag=TAG, mark=MARK)
    assert client.find(tag=TAG)["state"] == "withdrawn" and client.latest() is None
    assert world.only()["prerelease"] and "withdrawn" in world.only()["notes"].splitlines()[0]
    client.edit(tag=TAG, mark=MARK, name="Bad", notes="It loses data.\n")
    assert client.find(tag=TAG)["state"] == "withdrawn"
    client.publish(tag=TAG, mark=MARK, when=1, latest=True)
    found = client.find(tag=TAG)
    assert (found["state"], found["prerelease"], found["notes"]) == ("public", False, "It loses data.\n")
    assert world.only()["notes"] == f"It loses data.\n\n\n<!-- {MARK} -->\n"


def test_latest_is_the_servers_choice(world):
    client = world.client()
    world.model.rows.append(Release(90, "v1.0.0", title="old", created=10))
    assert client.latest() == "v1.0.0"
    client.set_latest(tag="v1.0.0")
    with refusing("CONFLICT", "by date: v1.0.0"):
        client.set_latest(tag="v0.9.0")


def test_edited_notes_stay_and_empty_texts_do_not_pass(world):
    client = world.client()
    world.draft(client)
    world.model.row(TAG).note = BODY.replace("one", "two")
    world.draft(client, name="Demo, renamed", prerelease=True)
    assert (world.only()["name"], world.only()["prerelease"]) == ("Demo, renamed", True) and "two" in world.only()["notes"]
    client.edit(tag=TAG, mark=MARK, name="Demo", notes="")
    assert client.find(tag=TAG)["notes"] == ""
    with refusing("CONFLICT", "ignores empty texts"):
        client.edit(tag=TAG, mark=MARK, name="", notes="x")


def test_names_that_would_be_cut(world):
    with refusing("TOO_LARGE", "255 characters"):
        world.draft(world.client(), name="x" * 256)


# ---- whose it is ----


def test_of_another_run_and_of_a_person(world):
    client = world.client()
    world.draft(client)
    calls = {
        "edit": {"name": "x", "notes": "x"},
        "publish": {"when": 1, "latest": False},
        "withdraw": {},
        "remove_draft": {},
        "remove_asset": {"name": "a"},
        "upload": {"name": "SHA256SUMS", "path": str(world.files / "SHA256SUMS")},
    }
    for name, words in calls.items():
        with refusing("CONFLICT", "belongs to another run"):
            getattr(client, name)(tag=TAG, mark=OTHER, **words)
    world.model.row(TAG).note, client = "mine", world.client()
    for name, words in calls.items():
        with refusing("CONFLICT", "carries no mark of slipway"):
            getattr(client, name)(tag=TAG, mark=MARK, **words)
    with refusing("CONFLICT", "carries no mark of slipway"):
        world.draft(client)
    assert client.find(tag=TAG)["mark"] is None
    assert len(world.sent("POST")) == 1 and not world.sent("DELETE") and not world.sent("PATCH")


def test_a_mark_that_a_person_removed(world):
    """By its id a draft stays this run's, also in another process that knows the id; whatever is changed next writes the mark again. A stranger's never becomes it."""
    client = world.client(mark=MARK)
    world.draft(client)
    row = world.model.row(TAG)
    other = world.client(mark=MARK)
    other.know(tag=TAG, id=str(row.number))
    for again in (lambda: world.draft(other), lambda: client.edit(tag=TAG, mark=MARK, name="N", notes="n"), lambda: other.publish(tag=TAG, mark=MARK, when=1, latest=False)):
        row.note = "rewritten"
        assert other.find(tag=TAG)["mark"] == MARK and client.find(tag=TAG)["mark"] == MARK
        with refusing("CONFLICT", "belongs to another run"):
            client.edit(tag=TAG, mark=OTHER, name="x", notes="x")
        again()
        assert row.note.endswith(f"<!-- {MARK} -->\n")
    row.note = "rewritten"
    assert other.find(tag=TAG)["settled"] is False, "public, and its mark is gone"
    other.publish(tag=TAG, mark=MARK, when=1, latest=False)
    assert row.note == f"rewritten\n\n<!-- {MARK} -->\n" and other.find(tag=TAG)["settled"] is True
    row.draft, row.note = True, "rewritten"
    assert world.client(mark=MARK).find(tag=TAG)["mark"] is None, "whoever does not know the id"
    client.remove_draft(tag=TAG, mark=MARK)
    world.model.rows.append(Release(90, "v3.0.0", "main", "x", "theirs", draft=True))
    for _ in range(2):
        assert client.find(tag="v3.0.0")["mark"] is None
    with refusing("CONFLICT", "carries no mark"):
        client.remove_draft(tag="v3.0.0", mark=MARK)


def test_own_drafts_twice(origin, tmp_path):
    """Two requests at once made two rows: the one with the lowest id stays, a foreign one beside it is touched by nobody."""
    with World(origin, tmp_path, one_row=False) as world:
        client = world.client()
        world.draft(client)
        world.model.rows.append(Release(50, TAG, "main", f"Demo {TAG}", BODY, draft=True))
        assert client.find(tag=TAG)["id"] != "50"
        world.draft(client)
        assert world.only()["id"] != 50
        world.model.rows.append(Release(60, TAG, "main", "Theirs", "x", draft=True))
        with refusing("CONFLICT", "belongs to another run"):
            client.find(tag=TAG)
        with refusing("CONFLICT", "belongs to another run"):
            client.remove_draft(tag=TAG, mark=MARK)
        assert len(world.forge.releases(PATH)) == 2


def test_a_tag_in_another_case(world):
    world.model.rows.append(Release(90, TAG.upper(), title="x"))
    client = world.client()
    assert client.find(tag=TAG) is None
    with refusing("CONFLICT", "Release is has no Tag (409)", "in other case"):
        world.draft(client)


def test_a_hidden_row_is_no_release(world):
    world.push()
    client = world.client()
    assert client.find(tag=TAG) is None
    world.draft(client)
    assert client.find(tag=TAG)["state"] == "draft"


def test_removed_drafts(world):
    client = world.client()
    world.staged(client)
    client.remove_asset(tag=TAG, mark=MARK, name="SHA256SUMS")
    client.remove_asset(tag=TAG, mark=MARK, name="SHA256SUMS")
    assert "SHA256SUMS" not in names_of(world.only())
    client.remove_draft(tag=TAG, mark=MARK)
    client.remove_draft(tag=TAG, mark=MARK)
    assert world.forge.releases(PATH) == []
    world.draft(client)
    assert world.only()["assets"] == []


# ---- files ----


def test_files_of_one_name(world):
    """The equal one with the lowest id stays; what is the beginning of the file is an upload that did not end; anything else is a conflict."""
    client, name = world.client(), "demo-1.1.0.tar.gz"
    world.draft(client)
    row, content = world.model.row(TAG), FILES["demo-1.1.0.tar.gz"]
    row.assets = [Asset(91, name, content[:7], 0), Asset(92, name, content, 0), Asset(93, name, content, 0)]
    world.upload(client, name)
    assert [asset.number for asset in row.assets] == [92]
    row.assets = [Asset(94, name, content[:7], 0)]
    world.upload(client, name)
    assert [asset.content for asset in row.assets] == [content]
    for other in (content[:-1] + b"x", b"x", content + b"x"):
        row.assets = [Asset(95, name, other, 0)]
        with refusing("CONFLICT", "another asset"):
            world.upload(client, name)
        assert [asset.number for asset in row.assets] == [95]


def test_names_of_files(world):
    client = world.client()
    world.draft(client)
    for name in ("a b", "../x", ".x", "ä"):
        with refusing("UNTRUSTED_PATH"):
            world.upload(client, name, path=str(world.files / "SHA256SUMS"))


@pytest.mark.parametrize(
    "settings, code, words",
    [
        ({"allowed_types": ".zip"}, "CONFLICT", ("ALLOWED_TYPES", "forbidden file extension")),
        ({"file_max_size": 3}, "TOO_LARGE", ("FILE_MAX_SIZE", "exceeds limit 3")),
    ],
)
def test_files_that_the_server_refuses(origin, tmp_path, settings, code, words):
    with World(origin, tmp_path, **settings) as world:
        client = world.client()
        world.draft(client)
        with refusing(code, "administrator", *words):
            world.upload(client, "SHA256SUMS")
        assert world.only()["assets"] == []


@pytest.mark.parametrize("settings", [{}, {"serve_direct": True}, {"root_url": "http://elsewhere.example"}, {"version": "1.22.0", "draft_by_name": False}, {"version": "9.0.3+gitea-1.22.0"}])
def test_files_are_read_back(origin, tmp_path, settings):
    """Draft and public, also where addresses lead to another host, or nowhere."""
    with World(origin, tmp_path, **settings) as world:
        client = world.client()
        world.staged(client)
        for state in ("draft", "public"):
            assert client.find(tag=TAG)["state"] == state
            for name, content in FILES.items():
                assert client.read(tag=TAG, name=name) == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            if state == "draft":
                world.push()


def test_a_version_that_hides_files_of_drafts(origin, tmp_path):
    with World(origin, tmp_path, version="1.22.0", draft_by_name=False, draft_by_uuid=False) as world:
        client = world.client()
        world.staged(client)
        with refusing("NOT_VERIFIED", "Gitea 1.22.0 hands out no files of drafts", "1.22.1"):
            client.read(tag=TAG, name="SHA256SUMS")
        world.push()
        assert client.read(tag=TAG, name="SHA256SUMS")["size"] == 5


# ---- reading ----


def test_pages_that_are_cut_silently(origin, tmp_path):
    with World(origin, tmp_path, page_cap=2, links=False, drafts_by_tag=False) as world:
        for number in range(7):
            world.model.rows.append(Release(100 + number, f"v0.{number}.0", title="x", created=number, draft=number % 2 == 0))
        client = world.client()
        assert [row["tag"] for row in client.list()] == ["v0.5.0", "v0.3.0", "v0.1.0"]
        world.draft(client)
        world.model.row(TAG).created = 0  # it stands on the last page
        other = world.client()
        assert other.find(tag=TAG)["state"] == "draft"
        world.draft(other)
        assert len(world.sent("POST")) == 1


@pytest.mark.parametrize("settings", [{}, {"tag_endpoint": False}, {"tag_endpoint": False, "refs_as_object": True}])
def test_the_commit_of_a_tag(origin, tmp_path, settings):
    """Also by references, which match by their beginning: a list, or one object."""
    with World(origin, tmp_path, **settings) as world:
        client = world.client()
        world.draft(client)
        world.push()
        if not settings.get("refs_as_object"):
            git(world.bare, "tag", f"{TAG}-rc.1", "main")
        assert client.find(tag=TAG)["target"] == git(world.bare, "rev-parse", "main")


def test_what_is_hidden_is_not_taken_for_absent(world):
    client = world.client()
    world.staged(client)
    world.model.private = True
    stranger = world.client(anonymous=True)
    with refusing("PERMISSION", "may not see it"):
        stranger.find(tag=TAG)
    world.model.private = False
    assert stranger.find(tag=TAG) is None, "drafts are for writers"
    world.push()
    assert stranger.find(tag=TAG)["state"] == "public"
    assert stranger.read(tag=TAG, name="SHA256SUMS")["size"] == len(FILES["SHA256SUMS"])


# ---- what the token may ----


@pytest.mark.parametrize(
    "rights, words",
    [
        ({}, ()),
        ({"scopes": ["read:user", "read:repository"]}, ("write:repository",)),
        ({"scopes": ["read:user"]}, ("read:repository",)),
        ({"push": False}, ("write access to acme/demo",)),
    ],
)
def test_rights(world, rights, words):
    world.forge.add_token(CANARY, login="alice", rights=rights)
    found = world.client().probe()
    assert (found["login"], found["token_from"]) == ("alice", "GITEA_TOKEN")
    assert len(found["missing"]) == len(words) and all(word in " ".join(found["missing"]) for word in words), found
    assert any("is Gitea 1.24.2" in remark for remark in found["remarks"])
    assert world.forge.releases(PATH) == [] and not world.sent("POST")


def test_states_of_a_repository(world):
    client = world.client()
    world.model.archived = True
    assert "archived" in client.probe()["missing"][0]
    world.model.archived, world.model.has_releases = False, False
    assert "switched off" in client.probe()["missing"][0]
    world.model.private = True
    world.forge.add_token("stranger", login="bob", rights={"pull": False, "push": False})
    assert "may not see it" in world.client(token="stranger").probe()["missing"][0]
    assert "valid token" in world.client(token="wrong").probe()["missing"][0]


def test_protected_tags(origin, tmp_path):
    with World(origin, tmp_path, version="9.0.3+gitea-1.22.0") as world:
        world.forge.add_token(CANARY, login="alice", rights={"admin": True})
        client = world.client()
        for pattern, users, teams, missing, remarks in [("v*", ["bob"], [], 1, 1), ("v*", ["Alice"], [], 0, 1), ("/^v/", [], ["core"], 0, 2), ("/^x/", [], [], 0, 1)]:
            world.model.protections = [{"pattern": pattern, "users": users, "teams": teams}]
            found = client.probe()
            assert (len(found["missing"]), len(found["remarks"])) == (missing, remarks), (pattern, found)
        assert "is Forgejo 9.0.3 (like Gitea 1.22.0)" in found["remarks"][0]


# ---- talk ----


def test_issues_comments_and_pull_requests(world):
    client, model = world.client(), world.model
    model.add_label("bug")
    model.add_issue("one", labels=["bug"])
    model.add_issue("two")
    model.add_issue("three", labels=["bug"], state="closed")
    assert [issue["number"] for issue in client.issues(label="bug")] == [1]
    assert client.issues(label="no such label") == [], "the server filters nothing then"
    for _ in range(2):
        assert client.create_issue(issue={"title": "T", "body": "B", "labels": ["bug"]}, mark=MARK)["number"] == 4
        client.comment(number=1, body="shipped", mark=MARK)
    assert len(model.issues) == 4 and model.issues[3]["labels"] == ["bug"] and len(model.issues[0]["comments"]) == 1
    with refusing("CONFLICT", "no label"):
        client.create_issue(issue={"title": "T", "body": "B", "labels": ["nix"]}, mark=OTHER)
    model.pulls["a" * 40] = {"number": 5, "title": "Faster", "login": "renovate[bot]", "merged": True}
    assert [(pull["number"], pull["bot"]) for pull in client.pulls(commit="a" * 40)] == [(5, True)]
    assert client.pulls(commit="b" * 40) == []


# ---- the emulator ----


def ask(forge, method, path, body=None, **headers):
    request = urllib.request.Request(forge.api + path, body, {"Authorization": f"token {CANARY}", **headers}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_emulator_is_strict(world):
    """What a server ignores silently, or never describes, is seen here."""
    forge, kind = world.forge, {"Content-Type": "application/json"}
    form = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a"\r\n\r\n1\r\n--x--\r\n'
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    wrong = [
        ("POST", "/repos/acme/demo/releases", b'{"tag_name": "v9", "draft": true, "make_latest": "false"}', kind, 201, "make_latest is not described"),
        ("POST", "/repos/acme/demo/releases", b'{"draft": true}', kind, 422, "has no tag_name"),
        ("GET", "/repos/acme/demo/releases?per_page=100", None, {}, 200, "no parameter per_page"),
        ("GET", "/repos/acme/demo/releases?draft=1", None, {}, 200, "is no boolean"),
        ("POST", "/repos/acme/demo/releases/generate-notes", b"{}", kind, 404, "is not described"),
    ]
    for method, path, body, headers, status, words in wrong:
        assert ask(forge, method, path, body, **headers) == status, path
        assert len(forge.violations) == 1 and words in forge.violations.pop(), words
    number = world.model.row("v9").number
    for field, status in ((b"file", 500), (b"attachment", 201)):
        assert ask(forge, "POST", f"/repos/acme/demo/releases/{number}/assets", form % field, **multipart) == status
    world.push("v9")
    assert ask(forge, "POST", f"/repos/acme/demo/releases/{number}/assets", form % b"attachment", **multipart) == 201
    assert forge.violations == ["a came to v9 when it was public"]
    forge.violations.clear()
    world.model.late_assets.clear()


# ---- faults ----


def prepare(world, client, call, tag):
    if call != "draft":
        world.draft(client, tag)
    if call in ("remove_asset", "publish", "withdraw"):
        world.upload(client, "SHA256SUMS", tag=tag)
    if call == "withdraw":
        world.push(tag)


CALLS = {
    "draft": ("POST", "/releases$", lambda world, client, tag: world.draft(client, tag)),
    "upload": ("POST", "/assets[?]", lambda world, client, tag: world.upload(client, "SHA256SUMS", tag=tag)),
    "edit": ("PATCH", r"/releases/\d+$", lambda world, client, tag: client.edit(tag=tag, mark=MARK, name="N", notes="m\n")),
    "publish": ("PATCH", r"/releases/\d+$", lambda world, client, tag: client.publish(tag=tag, mark=MARK, when=1, latest=True)),
    "withdraw": ("PATCH", r"/releases/\d+$", lambda world, client, tag: client.withdraw(tag=tag, mark=MARK)),
    "remove_asset": ("DELETE", r"/assets/\d+$", lambda world, client, tag: client.remove_asset(tag=tag, mark=MARK, name="SHA256SUMS")),
    "remove_draft": ("DELETE", r"/releases/\d+$", lambda world, client, tag: client.remove_draft(tag=tag, mark=MARK)),
}
FAULTS = ["refuse", "reset-before", "reset-after", "reset-after-reused", "truncate", "wrong-length", "500", "502", "503", "401", "html", "garbage", "deep", "redirect"]
RESUMABLE = ("UNKNOWN_STATE", "NETWORK", "TIMEOUT", "PERMISSION")


def end_of(world, tag):
    rows = [row for row in world.forge.releases(PATH) if row["tag"] == tag]
    return [{"assets": [(asset["name"], asset["sha256"]) for asset in row["assets"]], **{name: row[name] for name in ("notes", "draft", "prerelease", "branch")}}
            for row in rows]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_each_fault_of_each_change(world, call):
    """Success or a resumable stop; the same call again then ends as an undisturbed one, and nothing was done twice."""
    method, part, act = CALLS[call]
    client, later, ends, table = world.client(), world.client(), {}, {}
    for number, fault in enumerate([None, *FAULTS]):
        tag = f"v2.{number}.0"
        prepare(world, client, call, tag)
        before = len(world.forge.log)
        rule = None
        if fault:
            rule = world.forge.faults.add(fault, match=f"{method} .*{part}")
        try:
            act(world, client, tag)
            table[fault] = "done"
        except Refused as refused:
            table[fault] = refused.code
        assert rule is None or rule.fired == (fault != "reset-after-reused"), "a change goes out once, on a connection of its own"
        act(world, later, tag)
        done = [exchange for exchange in world.forge.log[before:] if exchange.method == method and exchange.effect]
        assert len(done) == 1, f"{fault}: done {len(done)} times"
        ends[fault] = end_of(world, tag)
    assert table.pop(None) == "done" and table.pop("reset-after") == "done" and table.pop("401") == "PERMISSION"
    assert all(end == "done" or end in RESUMABLE for end in table.values()), table
    assert all(end == ends[None] for end in ends.values()), ends


def test_late_visibility(world):
    """A draft whose answer was lost, and that lists show later only: it is found, and not made again."""
    world.forge.lag = 0.5
    world.forge.faults.add("reset-after", match="POST .*/releases$")
    client = world.client(patience=5)
    world.draft(client)
    assert len(world.forge.releases(PATH)) == 1 and len(world.sent("POST")) == 1


# ---- a release by slipway itself ----


def run(project, *words):
    done = project.run(*words)
    assert TOKEN not in done.out + done.err
    return done


def test_slipway_releases(tmp_path):
    """Reviewed as a draft, public by the push and never without its files, as a stranger has it; and taken back before that."""
    with Gitea() as forge:
        project = Forged.on(tmp_path, "gitea", forge)
        assert run(project, "release", "minor", "--draft", "--yes").status == 6
        assert run(project, "abort", "--yes").status == 0 and project.releases() == []
        assert run(project, "release", "minor", "--draft", "--yes").status == 6
        (release,) = project.releases()
        commit = git(project.work, "rev-parse", "v1.1.0^{commit}")
        forge.expected = {"tag": "v1.1.0", "commit": commit, "assets": {asset["name"]: asset["sha256"] for asset in release["assets"]}}
        published = run(project, "publish", "--yes")
        assert published.status == 0 and len(release["assets"]) == 3 and all(f"✓ asset {asset['name']}" in published.out for asset in release["assets"]), published
        assert run(project, "verify", "--published").status == 0
        assert [row["draft"] for row in project.releases()] == [False] and forge.models["acme/tool"].made_tags == []
        assert not any(TOKEN.encode() in path.read_bytes() for path in project.state.rglob("*") if path.is_file())
        assert forge.violations == []


def test_slipway_releases_on_forgejo(tmp_path):
    with Gitea(version="9.0.3+gitea-1.22.0") as forge:
        project = Forged.on(tmp_path, "gitea", forge)
        done = run(project, "release", "minor", "--yes")
        assert done.status == 0, done
        for words in ("is Forgejo 9.0.3 (like Gitea 1.22.0)", "pushing the tag makes its draft public", "newest one by date"):
            assert words in done.out
        assert len(project.releases()) == 1 and forge.violations == []
