"""GitHub's emulator by itself: its traps are there, each fault happens, and its oracle speaks."""

import base64
import concurrent.futures
import hashlib
import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import time

import pytest

from forge.github import GitHub, Rights, changed_name
from forge.server import Faults

NAME, TAG, NEXT = "acme/demo", "v1.0.0", "v1.1.0"
MARK = "<!-- slipway:v1.0.0:9f86d081884c7d65 -->"
REPO = f"/repos/{NAME}"
WHEN = 1700000000


def git(*words, **env):
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b", "GIT_COMMITTER_DATE": f"{WHEN} +0000"}
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", **who, **env}
    return subprocess.run(["git", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    root = tmp_path_factory.mktemp("emulator")
    for words in [["init", "-q", "-b", "main", root / "work"], ["-C", root / "work", "commit", "-q", "--allow-empty", "-m", "x"],
                  ["-C", root / "work", "tag", "-a", "-m", TAG, TAG], ["clone", "-q", "--bare", root / "work", root / "demo.git"]]:  # fmt: skip
        assert git(*words).returncode == 0
    return root


@pytest.fixture
def forge(template, tmp_path):
    """A tag v1.0.0 and nothing else. The test looks at what was violated."""
    assert git("clone", "-q", "--bare", template / "demo.git", tmp_path / "demo.git").returncode == 0
    with GitHub() as running:
        running.add_repository(NAME, tmp_path / "demo.git")
        running.add_token("tok")
        running.bare = tmp_path / "demo.git"
        yield running


class Answer:
    def __init__(self, status, headers, content):
        self.status, self.headers, self.content = status, headers, content

    @property
    def json(self):
        return json.loads(self.content)

    @property
    def codes(self):
        return [error["code"] if isinstance(error, dict) else error for error in self.json.get("errors", [])]


def ask(forge, method, path, body=None, token="tok", connection=None, **headers):
    """path: below the API, or a whole one after "/api" or "//". headers: User_Agent=None leaves one out."""
    usual = {"User-Agent": "test", "X-GitHub-Api-Version": "2022-11-28", **({"Authorization": f"Bearer {token}"} if token else {})}
    given = {**usual, **{name.replace("_", "-"): value for name, value in headers.items()}}
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    path = path if path.startswith("/api/uploads") else path[1:] if path.startswith("//") else forge.prefix + path
    own = connection or http.client.HTTPConnection("127.0.0.1", forge.port, timeout=10)
    try:
        own.request(method, path, data, {name: value for name, value in given.items() if value is not None})
        answer = own.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        if connection is None:
            own.close()


def draft(forge, tag=TAG, **fields):
    answer = ask(forge, "POST", f"{REPO}/releases", {"tag_name": tag, "name": tag, "body": "Notes.", "draft": True, "target_commitish": "main", **fields})
    assert answer.status == 201, answer.content
    return answer.json


def patch(forge, release, **fields):
    return ask(forge, "PATCH", f"{REPO}/releases/{release['id']}", fields)


def upload(forge, release, name="a.bin", content=b"bytes", **more):
    return ask(forge, "POST", f"/api/uploads{REPO}/releases/{release['id']}/assets?name={name}", content, Content_Type="application/octet-stream", **more)


def public(forge, tag=TAG, **fields):
    release = draft(forge, tag)
    assert upload(forge, release).status == 201
    answer = patch(forge, release, draft=False, make_latest="true", **fields)
    assert answer.status == 200
    return answer.json


# ---- releases ----


def test_a_draft_is_seen_by_id_and_in_the_list_of_those_who_may_push_alone(forge):
    forge.add_token("reader", rights=Rights(push=False))
    release = draft(forge)
    assert ask(forge, "GET", f"{REPO}/releases/tags/{TAG}").status == 404
    for token, seen in [("tok", 1), ("reader", 0), (None, 0)]:
        assert len(ask(forge, "GET", f"{REPO}/releases", token=token).json) == seen
        assert ask(forge, "GET", f"{REPO}/releases/{release['id']}", token=token).status == (200 if seen else 404)
    assert forge.violations == []


def test_two_drafts_of_a_tag_are_possible_and_of_a_mark_told(forge):
    assert draft(forge)["id"] < draft(forge)["id"]
    assert forge.violations == []
    draft(forge, body=MARK)
    assert forge.violations == []
    draft(forge, body=MARK)
    assert forge.violations == [f"2 drafts of {TAG}"]


def test_a_draft_has_another_address_than_its_release(forge):
    release = draft(forge)
    assert "/tag/untagged-" in release["html_url"]
    assert release["published_at"] is None
    opened = patch(forge, release, draft=False).json
    assert opened["html_url"].endswith(f"/tag/{TAG}")
    assert opened["id"] == release["id"]
    assert opened["created_at"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(WHEN))
    assert opened["published_at"] > "2025"


@pytest.mark.parametrize(("fields", "status", "codes"), [
    ({"tag_name": None}, 422, ["missing_field"]),
    ({"tag_name": NEXT, "target_commitish": "0" * 40}, 422, ["invalid"]),
    ({"tag_name": NEXT, "target_commitish": "nowhere"}, 422, ["invalid"]),
    ({"body": "x" * 125001}, 422, ["custom"]),
    ({"body": "x" * 125000}, 201, []),
    ({"make_latest": "maybe"}, 422, ["invalid"]),
])  # fmt: skip
def test_what_a_new_release_may_not_be(forge, fields, status, codes):
    answer = ask(forge, "POST", f"{REPO}/releases", {"tag_name": TAG, "draft": True, **fields})
    assert (answer.status, answer.codes) == (status, codes)
    assert len(forge.releases(NAME)) == (status == 201)


def test_what_the_description_does_not_know_is_a_violation(forge):
    draft(forge, colour="red")
    assert any("colour" in text for text in forge.violations)
    forge.violations.clear()
    ask(forge, "POST", f"{REPO}/releases", {"tag_name": TAG, "draft": "yes"})
    assert any("draft" in text for text in forge.violations)
    forge.violations.clear()
    ask(forge, "GET", f"{REPO}/releases?per-page=3")
    assert any("per-page" in text for text in forge.violations)
    forge.violations.clear()
    upload(forge, draft(forge), more="x", name="a.bin&colour=red")
    assert any("colour" in text for text in forge.violations)


def test_an_answer_of_a_wrong_shape_is_the_emulators_own_violation(forge, monkeypatch):
    monkeypatch.setattr(forge, "person", lambda login: {"login": login})
    draft(forge)
    assert any("is a required property" in text for text in forge.violations)


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"null", b"\xff"])
def test_a_body_that_is_no_object(forge, body):
    assert ask(forge, "POST", f"{REPO}/releases", body).status == 400
    assert not any("failed" in text for text in forge.violations)


def test_a_mistake_of_the_emulator_is_told(forge, monkeypatch):
    monkeypatch.setattr(forge, "user", lambda call: 1 // 0)
    assert ask(forge, "GET", "/user").status == 500
    assert forge.violations == ["the emulator failed at GET /api/v3/user: ZeroDivisionError('integer division or modulo by zero')"]


def test_one_public_release_a_tag(forge):
    public(forge)
    assert ask(forge, "POST", f"{REPO}/releases", {"tag_name": TAG, "draft": True}).codes == ["already_exists"]


def test_a_tag_that_is_not_there_is_made_at_the_head_of_the_branch(forge):
    patch(forge, draft(forge, NEXT), draft=False)
    assert forge.violations == [f"{NEXT} was made by GitHub itself, at the head of main"]
    assert git("-C", forge.bare, "rev-parse", NEXT).stdout == git("-C", forge.bare, "rev-parse", "main").stdout


def test_the_latest(forge):
    assert ask(forge, "GET", f"{REPO}/releases/latest").status == 404
    release = public(forge)
    assert ask(forge, "GET", f"{REPO}/releases/latest").json["id"] == release["id"]
    assert patch(forge, release, prerelease=True, make_latest="true").codes == ["invalid"]
    assert patch(forge, release, prerelease=True, make_latest="false").status == 200
    assert ask(forge, "GET", f"{REPO}/releases/latest").status == 404


def test_what_was_made_is_seen_late(forge):
    forge.lag = 0.3
    release = draft(forge)
    assert ask(forge, "GET", f"{REPO}/releases").json == []
    assert ask(forge, "GET", f"{REPO}/releases/{release['id']}").status == 200
    patch(forge, release, draft=False)
    assert ask(forge, "GET", f"{REPO}/releases/tags/{TAG}").status == 404
    forge.lag = 0
    assert len(ask(forge, "GET", f"{REPO}/releases").json) == 1
    assert ask(forge, "GET", f"{REPO}/releases/tags/{TAG}").status == 200


def test_a_tag_with_a_slash_is_one_part_of_a_path(forge):
    git("-C", forge.bare, "tag", "lib/v1", TAG)
    release = patch(forge, draft(forge, "lib/v1"), draft=False).json
    assert ask(forge, "GET", f"{REPO}/releases/tags/lib%2Fv1").json["id"] == release["id"]
    assert ask(forge, "GET", f"{REPO}/releases/tags/lib/v1").status == 404
    assert ask(forge, "GET", f"{REPO}/git/ref/tags/lib/v1").status == 200
    assert release["html_url"].endswith("/lib%2Fv1")


def test_an_immutable_release(forge):
    forge.immutable = True
    assert ask(forge, "GET", f"{REPO}/immutable-releases").json["enabled"]
    release = public(forge)
    assert release["immutable"]
    asset = f"{REPO}/releases/assets/{release['assets'][0]['id']}"
    assert upload(forge, release, "b.bin").status == 422
    assert ask(forge, "DELETE", asset).status == 422
    assert ask(forge, "PATCH", asset, {"name": "c.bin"}).status == 422
    assert patch(forge, release, name="Other words").json["name"] == "Other words"
    assert patch(forge, release, tag_name=NEXT).status == 422
    assert forge.violations == []
    assert ask(forge, "DELETE", f"{REPO}/releases/{release['id']}").status == 204
    burned = ask(forge, "POST", f"{REPO}/releases", {"tag_name": TAG, "draft": True})
    assert (burned.status, burned.json["errors"][0]["message"]) == (422, "tag_name was used by an immutable release")


# ---- assets ----


def test_an_asset_and_its_digest(forge):
    release = draft(forge)
    made = upload(forge, release).json
    assert (made["state"], made["size"], made["digest"]) == ("uploaded", 5, f"sha256:{hashlib.sha256(b'bytes').hexdigest()}")
    path = f"{REPO}/releases/assets/{made['id']}"
    assert ask(forge, "GET", path).json["name"] == "a.bin"
    assert ask(forge, "GET", path, Accept="application/octet-stream").content == b"bytes"
    page = made["browser_download_url"].removeprefix(forge.base)
    assert ask(forge, "GET", f"/{page}").status == 404
    patch(forge, release, draft=False)
    assert ask(forge, "GET", f"//{NAME}/releases/download/{TAG}/a.bin", token=None).content == b"bytes"
    assert ask(forge, "GET", path).json["download_count"] == 2
    assert upload(forge, draft(forge, NEXT), content=b"").status == 400
    assert forge.violations == []


def test_a_name_that_is_taken(forge):
    release = draft(forge)
    first = upload(forge, release).json
    assert upload(forge, release, content=b"other").codes == ["already_exists"]
    upload(forge, release, "b.bin")
    assert ask(forge, "PATCH", f"{REPO}/releases/assets/{first['id']}", {"name": "b.bin"}).codes == ["already_exists"]
    assert ask(forge, "PATCH", f"{REPO}/releases/assets/{first['id']}", {"name": "c.bin"}).json["name"] == "c.bin"
    assert ask(forge, "DELETE", f"{REPO}/releases/assets/{first['id']}").status == 204
    assert [asset["name"] for asset in forge.releases(NAME)[0]["assets"]] == ["b.bin"]


@pytest.mark.parametrize(("name", "kept"), [
    ("foo bar", "foo.bar"), (".foo", "default.foo"), ("Hello, दुनिया", "default.Hello"), ("façade.exposé", "facade.expose"), ("a+b@c_d-e.f", "a+b@c_d-e.f"), ("a..b", "a.b"),
    ("...", "default."), ("a~b", "a.b"),
])  # fmt: skip
def test_names_that_are_changed(name, kept):
    assert changed_name(name) == kept


def test_a_changed_name_is_told_in_the_answer(forge):
    assert upload(forge, draft(forge), "odd%20name~1.txt").json["name"] == "odd.name.1.txt"


def starter(forge, release):
    """There is half an asset: its name is taken, until it is removed."""
    [asset] = ask(forge, "GET", f"{REPO}/releases/{release['id']}/assets").json
    assert (asset["state"], asset["size"], asset["digest"]) == ("starter", 0, None)
    assert upload(forge, release).codes == ["already_exists"]
    assert ask(forge, "DELETE", f"{REPO}/releases/assets/{asset['id']}").status == 204
    assert upload(forge, release).status == 201


def test_an_upload_that_fails_leaves_half_an_asset(forge):
    forge.half_uploads = 1
    release = draft(forge)
    assert upload(forge, release).status == 502
    starter(forge, release)
    assert forge.violations == []


def test_an_upload_that_is_cut_off_leaves_half_an_asset(forge):
    release = draft(forge)
    with socket.create_connection(("127.0.0.1", forge.port)) as connection:
        head = f"POST /api/uploads{REPO}/releases/{release['id']}/assets?name=a.bin HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nAuthorization: token tok\r\n"
        connection.sendall(f"{head}Content-Type: a/b\r\nContent-Length: 100\r\n\r\nbytes".encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    starter(forge, release)


def test_half_an_asset_in_public_is_a_violation(forge):
    forge.half_uploads = 1
    release = draft(forge)
    upload(forge, release)
    patch(forge, release, draft=False)
    assert forge.violations == [f"{TAG} is public with half of a.bin"]


def test_an_asset_that_comes_or_goes_in_public_is_a_violation(forge):
    release = public(forge)
    assert forge.violations == []
    upload(forge, release, "b.bin")
    ask(forge, "DELETE", f"{REPO}/releases/assets/{release['assets'][0]['id']}")
    assert forge.violations == [f"b.bin came to the public release {TAG}", f"a.bin went from the public release {TAG}"]


def test_the_oracle_holds_a_public_release_against_what_was_planned(forge):
    digest, commit = hashlib.sha256(b"bytes").hexdigest(), git("-C", forge.bare, "rev-parse", f"{TAG}^{{commit}}").stdout.strip()
    forge.expected = {"tag": TAG, "commit": commit, "assets": {"a.bin": digest}}
    release = public(forge)
    assert forge.violations == []
    forge.expected["assets"]["b.bin"] = digest
    patch(forge, release, name="x")
    assert forge.violations == [f"{TAG} is public with ['a.bin'], not with what was proven"]
    forge.violations.clear()
    forge.expected = {"tag": TAG, "commit": "0" * 40, "assets": {"a.bin": digest}}
    patch(forge, release, name="y")
    assert forge.violations == [f"{TAG} is public, and its tag is {commit}"]


def test_large_assets_are_not_held_in_memory(forge):
    """More than what is ever given as one text; sent and read back in pieces."""
    size, piece = 160 << 20, os.urandom(1 << 20)
    digest = hashlib.sha256()
    release = draft(forge)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    connection = http.client.HTTPConnection("127.0.0.1", forge.port)
    connection.putrequest("POST", f"/api/uploads{REPO}/releases/{release['id']}/assets?name=big.bin")
    for name, value in [("Content-Length", size), ("Content-Type", "a/b"), ("Authorization", "Bearer tok"), ("User-Agent", "x")]:
        connection.putheader(name, str(value))
    connection.endheaders()
    for _ in range(size >> 20):
        connection.send(piece)
        digest.update(piece)
    made = json.loads(connection.getresponse().read())
    assert made["digest"] == f"sha256:{digest.hexdigest()}"
    connection.request("GET", f"/api/v3{REPO}/releases/assets/{made['id']}", headers={
        "Accept": "application/octet-stream", "Authorization": "Bearer tok", "User-Agent": "x", "X-GitHub-Api-Version": "2022-11-28"})  # fmt: skip
    answer, again = connection.getresponse(), hashlib.sha256()
    while part := answer.read(1 << 20):
        again.update(part)
    connection.close()
    assert again.hexdigest() == digest.hexdigest()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10
    assert forge.violations == []


# ---- who asks ----


@pytest.mark.parametrize(("headers", "path", "status"), [
    ({"User_Agent": None}, "/user", 403),
    ({"X_GitHub_Api_Version": "1999-01-01"}, "/user", 400),
    ({"X_GitHub_Api_Version": "2026-03-10"}, "/user", 200),
    ({"token": "wrong"}, "/user", 401),
    ({"token": "wrong"}, REPO, 401),
    ({"token": None}, "/user", 401),
    ({"token": None}, REPO, 200),
    ({}, f"{REPO}/", 404),
    ({}, f"{REPO}/releases/", 404),
    ({}, "/repos/acme/none", 404),
    ({}, f"{REPO}/releases/tags/%00", 400),
    ({}, "//nothing", 404),
])  # fmt: skip
def test_who_is_answered(forge, headers, path, status):
    assert ask(forge, "GET", path, **headers).status == status
    assert forge.violations == []


def test_a_request_without_a_version_is_a_violation_of_ours_alone(forge):
    ask(forge, "GET", "/user", X_GitHub_Api_Version=None)
    assert len(forge.violations) == 1
    forge.foreign = True
    ask(forge, "GET", "/user", X_GitHub_Api_Version=None)
    assert len(forge.violations) == 1


@pytest.mark.parametrize(("rights", "status", "header", "value"), [
    (Rights(), 201, "X-OAuth-Scopes", "repo"),
    (Rights(scopes=("gist",)), 404, "X-Accepted-OAuth-Scopes", "repo"),
    (Rights(push=False), 404, "X-OAuth-Scopes", "repo"),
    (Rights(push=False, scopes=None), 403, "X-Accepted-GitHub-Permissions", "contents=write"),
    (Rights(scopes=None), 201, "X-Accepted-GitHub-Permissions", "contents=write"),
])  # fmt: skip
def test_what_a_token_may_and_how_it_is_told(forge, rights, status, header, value):
    forge.add_token("other", rights=rights)
    answer = ask(forge, "POST", f"{REPO}/releases", {"tag_name": TAG, "draft": True}, token="other")
    assert (answer.status, answer.headers[header]) == (status, value)
    assert len(forge.releases(NAME)) == (status == 201)


def test_a_private_repository_is_not_there_for_strangers(forge):
    forge.private = True
    assert [ask(forge, "GET", REPO, token=token).status for token in ("tok", None)] == [200, 404]


def test_an_archived_repository_is_read_only(forge):
    forge.archived = True
    assert ask(forge, "GET", REPO).json["archived"]
    assert ask(forge, "POST", f"{REPO}/releases", {"tag_name": TAG, "draft": True}).status == 403


def test_a_token_that_ends(forge):
    forge.add_token("short", uses=2)
    assert [ask(forge, "GET", REPO, token="short").status for _ in range(3)] == [200, 200, 401]


def test_the_hours_budget(forge):
    forge.remaining, forge.pause = 1, 600
    assert ask(forge, "GET", REPO).headers["X-RateLimit-Remaining"] == "0"
    refused = ask(forge, "GET", REPO)
    assert (refused.status, refused.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert "rate limit" in refused.json["message"]
    assert 590 <= int(refused.headers["X-RateLimit-Reset"]) - time.time() <= 601
    assert "Retry-After" not in refused.headers
    assert ask(forge, "GET", "/rate_limit").json["resources"]["core"]["remaining"] == 0
    forge.reset_at = time.time() - 1
    assert ask(forge, "GET", REPO).status == 200


def test_pages(forge):
    for number in range(5):
        draft(forge, f"v0.{number}.0", target_commitish="main")
    first = ask(forge, "GET", f"{REPO}/releases?per_page=2")
    seen, link = [release["tag_name"] for release in first.json], first.headers["Link"]
    assert 'page=3>; rel="last"' in link
    while link:
        following = link.split(">")[0].removeprefix(f"<{forge.api}")
        answer = ask(forge, "GET", following)
        seen += [release["tag_name"] for release in answer.json]
        link = answer.headers["Link"]
    assert sorted(seen) == [f"v0.{number}.0" for number in range(5)]


def test_what_has_not_changed_is_not_sent_again_and_costs_nothing(forge):
    tag, left = ask(forge, "GET", REPO).headers["ETag"], forge.remaining
    again = ask(forge, "GET", REPO, If_None_Match=tag)
    assert (again.status, again.content, forge.remaining) == (304, b"", left)
    forge.add_token("other")
    assert ask(forge, "GET", REPO, token="other", If_None_Match=tag).status == 200
    forge.archived = True
    assert ask(forge, "GET", REPO, If_None_Match=tag).status == 200


def test_every_read_is_as_described(forge):
    """The description is asked for every answer; here is one of each."""
    release = public(forge)
    commit = git("-C", forge.bare, "rev-parse", "main").stdout.strip()
    tag = git("-C", forge.bare, "rev-parse", TAG).stdout.strip()
    forge.add_pull(NAME, 3, "Fix", [commit], login="robot[bot]")
    issue = ask(forge, "POST", f"{REPO}/issues", {"title": "T", "body": "B", "labels": ["blocker"]}).json
    assert ask(forge, "POST", f"{REPO}/issues/{issue['number']}/comments", {"body": "C"}).status == 201
    for path, found in [
        ("/user", 1), ("/rate_limit", 1), (REPO, 1), (f"{REPO}/releases", 1), (f"{REPO}/releases/latest", 1), (f"{REPO}/releases/tags/{TAG}", 1),
        (f"{REPO}/releases/{release['id']}", 1), (f"{REPO}/releases/{release['id']}/assets", 1), (f"{REPO}/git/ref/tags/{TAG}", 1), (f"{REPO}/git/tags/{tag}", 1),
        (f"{REPO}/git/matching-refs/tags/v1.", 1), (f"{REPO}/git/matching-refs/tags/x", 0), (f"{REPO}/commits/{commit}/pulls", 1), (f"{REPO}/issues?labels=blocker", 1),
        (f"{REPO}/issues?labels=other", 0), (f"{REPO}/issues/1/comments", 1),
    ]:  # fmt: skip
        answer = ask(forge, "GET", path)
        assert (answer.status, bool(answer.json)) == (200, bool(found)), path
    assert ask(forge, "POST", f"{REPO}/releases/generate-notes", {"tag_name": NEXT}).json["name"] == NEXT
    assert ask(forge, "POST", f"{REPO}/releases/generate-notes", {}).status == 422
    assert forge.violations.pop() == "POST /repos/{owner}/{repo}/releases/generate-notes: the body: 'tag_name' is a required property"
    assert len(forge.releases(NAME)) == 1
    assert ask(forge, "GET", f"{REPO}/git/ref/tags/{TAG}").json["object"] == {"type": "tag", "sha": tag, "url": f"{forge.api}{REPO}/git/tags/{tag}"}
    assert ask(forge, "GET", f"{REPO}/commits/{commit}/pulls").json[0]["user"]["type"] == "Bot"
    assert forge.violations == []


# ---- HTTP ----


@pytest.mark.parametrize(("lines", "status"), [
    (["Transfer-Encoding: chunked", "", "0", "", ""], 411), (["", ""], 411), (["Content-Length: x", "", ""], 400), (["Content-Length: -1", "", ""], 400),
    (["Content-Length: 2", "Content-Length: 3", "", "{}"], 400), (["Content-Length: 1e3", "", ""], 400),
])  # fmt: skip
def test_a_body_whose_length_is_not_told(forge, lines, status):
    with socket.create_connection(("127.0.0.1", forge.port)) as connection:
        head = [f"POST /api/v3{REPO}/releases HTTP/1.1", "Host: x", "User-Agent: x", "Authorization: token tok", *lines]
        connection.sendall("\r\n".join(head).encode())
        came = connection.makefile("rb").read()
    assert int(came.split(b" ")[1]) == status
    assert forge.releases(NAME) == []


def test_connections_are_kept_and_the_log_tells_all(forge):
    connection = http.client.HTTPConnection("127.0.0.1", forge.port)
    for _ in range(3):
        ask(forge, "GET", REPO, connection=connection)
    connection.close()
    draft(forge)
    assert [(one.number, one.method, one.path, one.status, one.token, one.reused) for one in forge.log] == [
        (number, "GET", f"/api/v3{REPO}", 200, "tok", number > 0) for number in range(3)] + [(3, "POST", f"/api/v3{REPO}/releases", 201, "tok", False)]  # fmt: skip
    assert [one.effect for one in forge.log] == [None, None, None, f"draft {forge.releases(NAME)[0]['id']}"]


def test_many_at_once(forge):
    release = draft(forge)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: upload(forge, release, f"{number % 16}.bin").status, range(32)))
    assert sorted(answers) == [201] * 16 + [422] * 16
    assert forge.violations == []


# ---- faults ----

# kind → (what a client sees of a POST, whether the release is there)
SEEN = {
    "refuse": (ConnectionError, False), "reset-before": (ConnectionError, False), "reset-after": (ConnectionError, True), "reset-after-reused": (ConnectionError, True),
    "truncate": (http.client.IncompleteRead, True), "wrong-length": (http.client.IncompleteRead, True), "500": (500, True), "502": (502, False), "503": (503, False),
    "401": (401, False), "403-secondary": (403, False), "429": (429, False), "429-after": (429, False), "stall": (TimeoutError, False), "html": (200, False),
    "garbage": (201, True), "deep": (201, True), "redirect": (307, False),
}  # fmt: skip


def test_the_table_of_faults_is_whole():
    assert set(SEEN) == set(Faults.KINDS)


@pytest.mark.parametrize("kind", SEEN)
def test_each_fault_happens_once(forge, kind):
    seen, effect = SEEN[kind]
    played = forge.faults.add(kind, r"POST .*/releases$")
    connection = http.client.HTTPConnection("127.0.0.1", forge.port, timeout=0.3)
    ask(forge, "GET", REPO, connection=connection)
    body = {"tag_name": TAG, "draft": True}
    if isinstance(seen, int):
        answer = ask(forge, "POST", f"{REPO}/releases", body, connection=connection)
        assert answer.status == seen
        shape_of(kind, answer, forge)
    else:
        with pytest.raises(seen):
            ask(forge, "POST", f"{REPO}/releases", body, connection=connection)
    connection.close()
    assert len(forge.releases(NAME)) == effect
    assert (played.fired, forge.log[1].fault, forge.log[1].effect is not None) == (1, kind, effect)
    assert ask(forge, "POST", f"{REPO}/releases", body).status == 201
    assert forge.violations == []
    assert forge.elsewhere.requests == []


def shape_of(kind, answer, forge):
    """What else stands in the answer."""
    if kind in ("403-secondary", "429-after"):
        assert answer.headers["Retry-After"] == str(forge.pause)
    elif kind == "429":
        assert answer.headers["X-RateLimit-Remaining"] == "0"
        assert "Retry-After" not in answer.headers
    elif kind == "redirect":
        assert answer.headers["Location"].startswith(forge.elsewhere.base)
    elif kind in ("html", "garbage", "500"):
        with pytest.raises(ValueError):
            answer.json  # noqa: B018
    elif kind == "deep":
        with pytest.raises(RecursionError):
            answer.json  # noqa: B018


def test_which_call_a_fault_is_for(forge):
    forge.faults.add("503", "GET", nth=2)
    forge.faults.add("502", lambda exchange: exchange.method == "GET", nth=4, forever=True)
    assert [ask(forge, "GET", REPO).status for _ in range(7)] == [200, 503, 200, 200, 502, 502, 502]


def test_a_fault_on_a_used_connection_waits_for_one(forge):
    forge.faults.add("reset-after-reused", "GET")
    assert ask(forge, "GET", REPO).status == 200
    assert ask(forge, "GET", REPO).status == 200
    connection = http.client.HTTPConnection("127.0.0.1", forge.port)
    assert ask(forge, "GET", REPO, connection=connection).status == 200
    with pytest.raises(ConnectionError):
        ask(forge, "GET", REPO, connection=connection)


@pytest.mark.parametrize("credential", ["Bearer tok", "token tok", "Basic " + base64.b64encode(b"x:tok").decode()])
def test_a_token_at_another_host_is_a_violation(forge, credential):
    host = forge.elsewhere.base.removeprefix("http://")
    for headers in ({}, {"Authorization": credential}):
        connection = http.client.HTTPConnection(host)
        connection.request("GET", "/x", headers=headers)
        assert connection.getresponse().status == 200
        connection.close()
        assert bool(forge.violations) == bool(headers)
    assert [path for _, path, _ in forge.elsewhere.requests] == ["/x", "/x"]


# ---- git ----


def with_token(forge, token):
    return f"http://x:{token}@{forge.host}/{NAME}.git"


def test_git_fetches_as_anybody_and_pushes_with_a_token(forge, template, tmp_path):
    assert git("clone", "-q", forge.url(NAME), tmp_path / "clone").returncode == 0
    clone, heard = tmp_path / "clone", []
    forge.pushed = lambda name, before, after: heard.append((name, sorted(set(after) - set(before))))
    forge.add_token("reader", rights=Rights(push=False))
    git("-C", clone, "commit", "-q", "--allow-empty", "-m", "y")
    git("-C", clone, "tag", "-a", "-m", NEXT, NEXT)
    push = ["-C", clone, "push", "-q", "--atomic"]
    for url in (forge.url(NAME), with_token(forge, "wrong"), with_token(forge, "reader")):
        assert git(*push, url, "main", NEXT).returncode != 0
    assert heard == []
    done = git(*push, with_token(forge, "tok"), "main", NEXT)
    assert done.returncode == 0, done.stdout
    assert heard == [(NAME, [f"refs/tags/{NEXT}"])]
    assert git("-C", forge.bare, "rev-parse", "main").stdout == git("-C", clone, "rev-parse", "main").stdout
    assert [one.effect for one in forge.git_log if one.effect] == [f"pushed refs/heads/main refs/tags/{NEXT}"]
    assert ask(forge, "GET", f"{REPO}/git/ref/tags/{NEXT}").status == 200
    assert forge.violations == []


def test_a_push_is_whole_or_not_at_all(forge, template, tmp_path):
    clone = tmp_path / "clone"
    git("clone", "-q", forge.url(NAME), clone)
    git("-C", clone, "tag", NEXT)
    git("-C", clone, "tag", "-f", TAG)
    lease = f"--force-with-lease=refs/tags/{TAG}:{'0' * 40}"
    assert git("-C", clone, "push", "-q", "--atomic", lease, with_token(forge, "tok"), NEXT, TAG).returncode != 0
    assert git("-C", forge.bare, "tag").stdout.split() == [TAG]


def test_the_answer_to_a_push_is_lost(forge, tmp_path):
    clone = tmp_path / "clone"
    git("clone", "-q", forge.url(NAME), clone)
    git("-C", clone, "tag", NEXT)
    forge.git_faults.add("reset-after", "POST .*git-receive-pack")
    assert git("-C", clone, "push", "-q", with_token(forge, "tok"), NEXT).returncode != 0
    assert git("-C", forge.bare, "tag").stdout.split() == [TAG, NEXT]


def test_a_private_repository_is_not_fetched_by_strangers(forge, tmp_path):
    forge.private = True
    assert git("ls-remote", forge.url(NAME)).returncode != 0
    assert git("ls-remote", with_token(forge, "tok")).returncode == 0


# ---- by hand ----


def test_by_hand(forge):
    tests = os.path.join(os.environ["SLIPWAY_SOURCE"], "tests")
    words = [sys.executable, "-m", "forge.github", "--repository", NAME, forge.bare, "--token", "mine"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=tests, env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}) as process:
        api, url = process.stdout.readline().split(",")[0], process.stdout.readline().strip()
        host = api.removeprefix("http://").partition("/")[0]
        connection = http.client.HTTPConnection(host)
        headers = {"User-Agent": "x", "Authorization": "Bearer mine", "X-GitHub-Api-Version": "2022-11-28"}
        connection.request("GET", f"/api/v3{REPO}", headers=headers)
        assert json.loads(connection.getresponse().read())["full_name"] == NAME
        connection.close()
        assert f"refs/tags/{TAG}" in git("ls-remote", url).stdout
        process.terminate()
