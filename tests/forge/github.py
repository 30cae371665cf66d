"""GitHub's REST API (as Enterprise Server serves it, below /api/v3) as an emulator, with its traps: drafts that by-tag never shows and strangers never see, several drafts
of one tag, uploads that leave an asset behind in the state `starter`, names that are changed, late visibility, immutable releases, two kinds of limits, tokens that may not.

What a test may set: immutable (published releases are), half_uploads (so many uploads end as `starter`, with 502), digests (False: assets without), workflows (the
repository has some), permissions and scopes of a token (rights)."""

import dataclasses
import datetime
import itertools
import json
import re
import unicodedata
import urllib.parse

from forge import server
from forge.description import github

REPO = r"/repos/([^/]+/[^/]+)"
ROUTES = [(method, re.compile(pattern + r"\Z"), name) for method, pattern, name in [
    ("GET", r"/user", "user"),
    ("GET", r"/rate_limit", "rate_limit"),
    ("GET", REPO, "repository"),
    ("GET", REPO + r"/immutable-releases", "immutable_get"),
    ("GET", REPO + r"/releases", "releases_list"),
    ("POST", REPO + r"/releases", "release_post"),
    ("GET", REPO + r"/releases/latest", "latest_get"),
    ("GET", REPO + r"/releases/tags/(.+)", "by_tag"),
    ("GET", REPO + r"/releases/(\d+)", "release_get"),
    ("PATCH", REPO + r"/releases/(\d+)", "release_patch"),
    ("DELETE", REPO + r"/releases/(\d+)", "release_delete"),
    ("GET", REPO + r"/releases/(\d+)/assets", "assets_list"),
    ("GET", REPO + r"/releases/assets/(\d+)", "asset_get"),
    ("PATCH", REPO + r"/releases/assets/(\d+)", "asset_patch"),
    ("DELETE", REPO + r"/releases/assets/(\d+)", "asset_delete"),
    ("GET", REPO + r"/git/ref/(.+)", "ref_get"),
    ("GET", REPO + r"/git/matching-refs/(.+)", "refs_matching"),
    ("GET", REPO + r"/git/tags/([0-9a-f]{40})", "tag_get"),
    ("GET", REPO + r"/commits/([^/]+)/pulls", "pulls_of"),
    ("GET", REPO + r"/issues", "issues_list"),
    ("POST", REPO + r"/issues", "issue_post"),
    ("GET", REPO + r"/issues/(\d+)/comments", "comments_list"),
    ("POST", REPO + r"/issues/(\d+)/comments", "comment_post"),
]]  # fmt: skip
UPLOAD = re.compile(r"/api/uploads/repos/([^/]+/[^/]+)/releases/(\d+)/assets\Z")
DOWNLOAD = re.compile(r"/([^/]+/[^/]+)/releases/download/([^/]+)/([^/]+)\Z")
RELEASE_FIELDS = {"tag_name": str, "target_commitish": str, "name": str, "body": str, "draft": bool, "prerelease": bool, "discussion_category_name": str, "make_latest": str}
MAX_BODY, MAX_ASSETS, MAX_ASSET = 125000, 1000, 2 << 30


class Refusal(Exception):
    def __init__(self, status, message="Not Found", errors=None):
        super().__init__(message)
        self.status, self.body = status, {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
        if errors is not None:
            self.body["errors"] = errors


def invalid(resource, field, code, message=None):
    return Refusal(422, "Validation Failed", [{"resource": resource, "field": field, "code": code, **({"message": message} if message else {})}])


@dataclasses.dataclass
class Asset:
    id: int
    name: str
    state: str
    kind: str
    sha256: str
    size: int
    content: bytes | None
    downloads: int = 0


@dataclasses.dataclass
class Release:
    id: int
    tag: str
    target: str
    name: str | None
    body: str | None
    draft: bool
    prerelease: bool
    author: str
    when: datetime.datetime
    published: datetime.datetime | None = None
    latest: bool = False
    immutable: bool = False
    assets: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Rights:
    """Of a token. scopes: a classic one's; None: a fine-grained one, with permissions."""

    push: bool = True
    scopes: tuple | None = ("repo",)


def changed_name(name):
    """What GitHub makes of a file's name, as its command-line program has it."""
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if unicodedata.category(c) != "Mn")
    plain = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9_+@.-]+", ".", plain))
    base = plain.strip(".")
    return f"default.{base}" if plain.startswith(".") or base == "" else base


def shown(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


class GitHub(server.Emulator):
    prefix = "/api/v3"
    server_name = "GitHub"

    def __init__(self, port=0, tls=False):
        super().__init__(port, tls)
        self.models, self.ids = {}, itertools.count(1001)
        self.archived = False
        self.immutable, self.half_uploads, self.digests, self.private, self.moved_to = False, 0, True, False, None
        self.burned, self.upload_host, self.remaining = set(), None, 5000
        self.description = github()

    # ---- what tests arrange and see ----

    def add_repository(self, name, path):
        super().add_repository(name, path)
        self.models[name] = {"releases": [], "issues": [], "pulls": {}}

    def add_token(self, text, login="alice", rights=None, uses=None):
        super().add_token(text, login, rights or Rights(), uses)

    def releases(self, name):
        return [
            {
                "id": release.id, "tag": release.tag, "name": release.name, "notes": release.body, "draft": release.draft, "prerelease": release.prerelease,
                "branch": release.target, "latest": release is self.latest_of(name),
                "assets": [{"id": asset.id, "name": asset.name, "sha256": asset.sha256, "size": asset.size, "state": asset.state} for asset in release.assets],
            }
            for release in sorted(self.models[name]["releases"], key=lambda release: (release.tag, release.id))
        ]  # fmt: skip

    def add_issue(self, name, title, labels=(), state="open", body=""):
        issues = self.models[name]["issues"]
        issues.append({"number": len(issues) + 1, "title": title, "labels": list(labels), "state": state, "body": body, "login": "bob", "comments": [], "pull": False})
        return issues[-1]

    def add_pull(self, name, number, title, commits, login="bob", merged=True):
        for commit in commits:
            self.models[name]["pulls"].setdefault(commit, []).append({"number": number, "title": title, "login": login, "merged": merged})

    # ---- a request ----

    def respond(self, exchange, query, headers, body):
        path = urllib.parse.unquote(exchange.path.partition("?")[0], errors="strict") if "%00" not in exchange.path else "/"
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        try:
            status, answer, more = self.route(exchange, path, query, headers, body)
        except Refusal as refusal:
            status, answer, more = refusal.status, refusal.body, {}
        return status, answer, {**self.usual_headers(exchange), **more}

    def usual_headers(self, exchange):
        headers = {"X-GitHub-Media-Type": "github.v3; format=json", "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": str(self.remaining)}
        token = self.tokens.get(exchange.token)
        if token is not None and token.rights.scopes is not None:
            headers["X-OAuth-Scopes"] = ", ".join(token.rights.scopes)
        return headers

    def route(self, exchange, path, query, headers, body):
        token = self.use(exchange.token)
        if not headers.get("user-agent"):
            raise Refusal(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header")
        if found := DOWNLOAD.match(path):
            return self.download(*found.groups())
        if exchange.token is not None and token is None:
            raise Refusal(401, "Bad credentials")
        if found := UPLOAD.match(path):
            return self.upload(exchange, token, *found.groups(), query, headers, body)
        if headers.get("x-github-api-version", "2022-11-28") not in ("2022-11-28", "2026-03-10"):
            raise Refusal(400, "Unsupported 'X-GitHub-Api-Version'")
        if "x-github-api-version" not in headers:
            self.violations.append(f"{exchange.method} {path} names no version of the API")
        if not path.startswith(self.prefix):
            raise Refusal(404)
        for method, pattern, name in ROUTES:
            if found := pattern.match(path[len(self.prefix):]):
                if method == exchange.method:
                    return self.call(name, exchange, token, found.groups(), query, headers, body)
        raise Refusal(404)

    def call(self, name, exchange, token, groups, query, headers, body):
        call = Call(exchange, token, query, headers, body)
        if groups and self.moved_to and groups[0] != self.moved_to:
            return 301, {"message": "Moved Permanently", "url": f"{self.api}/repos/{self.moved_to}"}, {"Location": f"{self.api}/repos/{self.moved_to}"}
        if groups:
            if groups[0] not in self.models or (self.private and token is None):
                raise Refusal(404)
            if exchange.method != "GET":
                self.may_push(call)
        bare = exchange.path.partition("?")[0][len(self.prefix):]
        self.violations += self.description.request(exchange.method, bare, query, call.content)
        answer = getattr(self, name)(call, *groups)
        status, content, more = answer if len(answer) == 3 else (*answer, {})
        if not isinstance(content, bytes):
            # "starter" is what GitHub answers and does not describe.
            self.violations += [text for text in self.description.answer(exchange.method, bare, status, content) if "'starter'" not in text]
        if exchange.method == "GET" and status == 200 and not isinstance(content, bytes):
            return self.conditional(headers, status, content, more)
        return status, content, more

    def conditional(self, headers, status, content, more):
        tag = f'"{hash(repr(content)) & 0xFFFFFFFFFFFF:x}"'
        if headers.get("if-none-match") == tag:
            return 304, None, {"ETag": tag}
        return status, content, {"ETag": tag, **more}

    def may_push(self, call):
        if call.token is None:
            raise Refusal(401, "Requires authentication")
        rights = call.token.rights
        if rights.scopes is None and not rights.push:
            raise Refusal(403, "Resource not accessible by personal access token")
        if not rights.push or (rights.scopes is not None and not {"repo", "public_repo"} & set(rights.scopes)):
            raise Refusal(404)

    def can_push(self, token):
        return token is not None and token.rights.push

    def limited(self, kind):
        status, body, headers = super().limited(kind)
        if kind == "429":
            headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(datetime.datetime.now().timestamp()) + self.pause), "X-RateLimit-Limit": "5000"}
            body = {"message": "API rate limit exceeded for user ID 1.", "documentation_url": "https://docs.github.com/rest"}
        return status, body, headers

    def page(self, call, rows, size=30):
        number, size = int(call.query.get("page", 1)), min(int(call.query.get("per_page", size)), 100)
        more = {}
        if number * size < len(rows):
            base = f"{self.base}{call.exchange.path.partition('?')[0]}?" + urllib.parse.urlencode({**call.query, "page": number + 1})
            last = f"{self.base}{call.exchange.path.partition('?')[0]}?" + urllib.parse.urlencode({**call.query, "page": -(-len(rows) // size)})
            more = {"Link": f'<{base}>; rel="next", <{last}>; rel="last"'}
        return 200, rows[(number - 1) * size : number * size], more

    # ---- users and repositories ----

    def person(self, login):
        bot = login.endswith("[bot]")
        base = f"{self.api}/users/{login}"
        links = {name: f"{base}/{tail}" for name, tail in [
            ("followers_url", "followers"), ("following_url", "following{/other_user}"), ("gists_url", "gists{/gist_id}"), ("starred_url", "starred{/owner}{/repo}"),
            ("subscriptions_url", "subscriptions"), ("organizations_url", "orgs"), ("repos_url", "repos"), ("events_url", "events{/privacy}"),
            ("received_events_url", "received_events"),
        ]}  # fmt: skip
        return {"login": login, "id": 1, "node_id": "U_1", "avatar_url": f"{self.base}/avatars/1", "gravatar_id": "", "url": base, "html_url": f"{self.base}/{login}",
                **links, "type": "Bot" if bot else "User", "site_admin": False}  # fmt: skip

    def user(self, call):
        if call.token is None:
            raise Refusal(401, "Requires authentication")
        now = "2020-01-01T00:00:00Z"
        person = self.person(call.token.login)
        return 200, self.description.whole("public-user", {**person, "created_at": now, "updated_at": now})

    def rate_limit(self, call):
        bucket = {"limit": 5000, "used": 5000 - self.remaining, "remaining": self.remaining, "reset": 2000000000}
        return 200, self.description.whole("rate-limit-overview", {"resources": {"core": bucket, "search": {**bucket, "limit": 30}}, "rate": bucket})

    def repository(self, call, name):
        push = self.can_push(call.token)
        owner, short = name.split("/")
        given = {"name": short, "full_name": name, "private": self.private, "owner": self.person(owner), "html_url": f"{self.base}/{name}", "fork": False,
                 "url": f"{self.api}/repos/{name}", "default_branch": "main", "archived": self.archived, "disabled": False,
                 "permissions": {"admin": False, "maintain": False, "push": push, "triage": push, "pull": True}}  # fmt: skip
        return 200, self.description.whole("full-repository", given)

    def immutable_get(self, call, name):
        if not self.immutable:
            raise Refusal(404)
        return 200, {"enabled": True, "enforced_by_owner": False}

    # ---- releases ----

    def release_json(self, name, release):
        api = f"{self.api}/repos/{name}/releases/{release.id}"
        host = self.upload_host or self.base
        page = f"untagged-{release.id:x}" if release.draft else release.tag
        return {"url": api, "assets_url": f"{api}/assets", "upload_url": f"{host}/api/uploads/repos/{name}/releases/{release.id}/assets{{?name,label}}",
                "html_url": f"{self.base}/{name}/releases/tag/{page}", "id": release.id, "author": self.person(release.author), "node_id": f"RE_{release.id}",
                "tag_name": release.tag, "target_commitish": release.target, "name": release.name, "draft": release.draft, "prerelease": release.prerelease,
                "immutable": release.immutable, "created_at": shown(release.when), "updated_at": shown(release.published or release.when),
                "published_at": shown(release.published), "assets": [self.asset_json(name, release, asset) for asset in release.assets],
                "tarball_url": None if release.draft else f"{self.api}/repos/{name}/tarball/{release.tag}",
                "zipball_url": None if release.draft else f"{self.api}/repos/{name}/zipball/{release.tag}", "body": release.body}  # fmt: skip

    def asset_json(self, name, release, asset):
        page = f"untagged-{release.id:x}" if release.draft else release.tag
        return {"url": f"{self.api}/repos/{name}/releases/assets/{asset.id}", "id": asset.id, "node_id": f"RA_{asset.id}", "name": asset.name, "label": "",
                "uploader": self.person(release.author), "content_type": asset.kind, "state": asset.state, "size": asset.size,
                "digest": f"sha256:{asset.sha256}" if self.digests and asset.state == "uploaded" else None, "download_count": asset.downloads,
                "created_at": shown(release.when), "updated_at": shown(release.when),
                "browser_download_url": f"{self.base}/{name}/releases/download/{page}/{urllib.parse.quote(asset.name)}"}  # fmt: skip

    def find(self, call, name, number):
        for release in self.models[name]["releases"]:
            if release.id == int(number) and (not release.draft or self.can_push(call.token)) and self.is_seen(("id", release.id)):
                return release
        raise Refusal(404)

    def releases_list(self, call, name):
        rows = [release for release in self.models[name]["releases"] if (not release.draft or self.can_push(call.token)) and self.is_seen(release.id)]
        rows.sort(key=lambda release: (release.when, release.id), reverse=True)
        return self.page(call, [self.release_json(name, release) for release in rows])

    def latest_of(self, name):
        rows = [release for release in self.models[name]["releases"] if not release.draft and not release.prerelease]
        flagged = [release for release in rows if release.latest]
        return flagged[0] if flagged else max(rows, key=lambda release: (release.when, release.id), default=None)

    def latest_get(self, call, name):
        release = self.latest_of(name)
        if release is None:
            raise Refusal(404)
        return 200, self.release_json(name, release)

    def by_tag(self, call, name, tag):
        for release in self.models[name]["releases"]:
            if release.tag == tag and not release.draft and self.is_seen(("tag", release.id)):
                return 200, self.release_json(name, release)
        raise Refusal(404)

    def release_get(self, call, name, number):
        return 200, self.release_json(name, self.find(call, name, number))

    def fields(self, call, known):
        content = call.content
        if not isinstance(content, dict):
            raise Refusal(400, "Problems parsing JSON")
        for field, value in content.items():
            if field not in known:
                self.violations.append(f"{call.exchange.method} {call.exchange.path}: GitHub knows no {field}")
            elif value is not None and not isinstance(value, known[field]):
                raise Refusal(422, "Invalid request.", [f"For 'properties/{field}', {value!r} is not of the right type."])
        if content.get("make_latest", "true") not in ("true", "false", "legacy"):
            raise invalid("Release", "make_latest", "invalid")
        if len(content.get("body") or "") > MAX_BODY:
            raise invalid("Release", "body", "custom", f"body is too long (maximum is {MAX_BODY} characters)")
        return content

    def check_target(self, name, target):
        backend = self.repositories[name]
        known = backend.peel(f"refs/heads/{target}") or (re.fullmatch(r"[0-9a-f]{40}", target) and backend.peel(target))
        if not known:
            raise invalid("Release", "target_commitish", "invalid")

    def commit_time(self, name, release):
        commit = self.repositories[name].peel(f"refs/tags/{release.tag}") or self.repositories[name].peel(f"refs/heads/{release.target}")
        seconds = self.repositories[name].git("log", "-1", "--format=%ct", commit) if commit else None
        return datetime.datetime.fromtimestamp(int(seconds or 0), datetime.timezone.utc)

    def release_post(self, call, name):
        fields = self.fields(call, {**RELEASE_FIELDS, "generate_release_notes": bool})
        tag = fields.get("tag_name")
        if not tag:
            raise invalid("Release", "tag_name", "missing_field")
        if tag in self.burned:
            raise invalid("Release", "tag_name", "custom", "tag_name was used by an immutable release")
        draft = fields.get("draft", False)
        if any(release.tag == tag and not release.draft for release in self.models[name]["releases"]):
            raise invalid("Release", "tag_name", "already_exists")
        target = fields.get("target_commitish") or "main"
        if not self.repositories[name].peel(f"refs/tags/{tag}"):
            self.check_target(name, target)
        release = Release(next(self.ids), tag, target, fields.get("name"), fields.get("body"), True, fields.get("prerelease", False), call.token.login, None)
        release.when = self.commit_time(name, release)
        self.models[name]["releases"].append(release)
        self.stamp(release.id)
        call.exchange.effect = f"draft {release.id}"
        if not draft:
            self.make_public(name, release, fields)
        return 201, self.release_json(name, release), {"Location": f"{self.api}/repos/{name}/releases/{release.id}"}

    def make_public(self, name, release, fields):
        if any(other is not release and other.tag == release.tag and not other.draft for other in self.models[name]["releases"]):
            raise invalid("Release", "tag_name", "already_exists")
        backend = self.repositories[name]
        if not backend.peel(f"refs/tags/{release.tag}"):
            self.violations.append(f"{release.tag} was made by GitHub itself, at the head of {release.target}")
            backend.git("update-ref", f"refs/tags/{release.tag}", backend.peel(f"refs/heads/{release.target}"))
        release.draft, release.published = False, datetime.datetime.now(datetime.timezone.utc)
        release.when = self.commit_time(name, release)
        if self.immutable:
            release.immutable = True
            self.burned.add(release.tag)
        if fields.get("make_latest", "true") == "true" and not release.prerelease:
            self.flag_latest(name, release)
        self.stamp(("tag", release.id))

    def flag_latest(self, name, release):
        for other in self.models[name]["releases"]:
            other.latest = other is release

    def release_patch(self, call, name, number):
        release = self.find(call, name, number)
        fields = self.fields(call, RELEASE_FIELDS)
        if release.immutable and (fields.get("tag_name", release.tag) != release.tag or fields.get("draft")):
            raise Refusal(422, "Validation Failed", ["Cannot change an immutable release"])
        if fields.get("make_latest") == "true" and (fields.get("prerelease", release.prerelease) or fields.get("draft", release.draft)):
            raise invalid("Release", "make_latest", "invalid")
        for field, attribute in [("name", "name"), ("body", "body"), ("prerelease", "prerelease"), ("tag_name", "tag")]:
            if field in fields:
                setattr(release, attribute, fields[field])
        if fields.get("target_commitish"):
            self.check_target(name, fields["target_commitish"])
            release.target = fields["target_commitish"]
        if release.draft and fields.get("draft") is False:
            self.make_public(name, release, fields)
            call.exchange.effect = f"published {release.id}"
        elif not release.draft and fields.get("make_latest") == "true":
            self.flag_latest(name, release)
        elif not release.draft and (fields.get("make_latest") == "false" or release.prerelease):
            release.latest = False
        call.exchange.effect = call.exchange.effect or f"edited {release.id}"
        return 200, self.release_json(name, release)

    def release_delete(self, call, name, number):
        release = self.find(call, name, number)
        self.models[name]["releases"].remove(release)
        if not release.draft:
            self.violations.append(f"the public release {release.tag} was deleted")
        call.exchange.effect = f"deleted {release.id}"
        return 204, None

    # ---- assets ----

    def upload(self, exchange, token, name, number, query, headers, body):
        call = Call(exchange, token, query, headers, body)
        if name not in self.models:
            raise Refusal(404)
        self.may_push(call)
        release = self.find(call, name, number)
        if "content-type" not in headers or "content-length" not in headers:
            self.violations.append("an upload without Content-Type or Content-Length")
        if release.immutable:
            raise Refusal(422, "Cannot upload assets to an immutable release")
        wanted = changed_name(query.get("name", ""))
        if not query.get("name"):
            raise invalid("ReleaseAsset", "name", "missing_field")
        if any(asset.name == wanted for asset in release.assets):
            raise invalid("ReleaseAsset", "name", "already_exists")
        if body.size >= MAX_ASSET or len(release.assets) >= MAX_ASSETS:
            raise invalid("ReleaseAsset", "size", "custom", "size must be less than 2147483648")
        if body.size == 0:
            raise Refusal(400, "Bad Content-Length")
        asset = Asset(next(self.ids), wanted, "uploaded", headers.get("content-type", ""), body.sha256, body.size, body.content)
        release.assets.append(asset)
        exchange.effect = f"asset {asset.id}"
        if self.half_uploads > 0:
            self.half_uploads -= 1
            asset.state, asset.size, asset.sha256, asset.content = "starter", 0, "", b""
            raise Refusal(502, "Server Error")
        return 201, self.asset_json(name, release, asset), {}

    def find_asset(self, call, name, number):
        for release in self.models[name]["releases"]:
            for asset in release.assets:
                if asset.id == int(number) and (not release.draft or self.can_push(call.token)):
                    return release, asset
        raise Refusal(404)

    def assets_list(self, call, name, number):
        release = self.find(call, name, number)
        return self.page(call, [self.asset_json(name, release, asset) for asset in release.assets])

    def asset_get(self, call, name, number):
        release, asset = self.find_asset(call, name, number)
        if "application/octet-stream" not in call.headers.get("accept", ""):
            return 200, self.asset_json(name, release, asset)
        if asset.state != "uploaded" or asset.content is None:
            raise Refusal(404)
        asset.downloads += 1
        return 200, asset.content, {"Content-Type": asset.kind or "application/octet-stream"}

    def download(self, name, tag, wanted):
        for release in self.models.get(name, {"releases": []})["releases"]:
            for asset in release.assets:
                if release.tag == tag and not release.draft and asset.name == wanted and asset.content is not None:
                    asset.downloads += 1
                    return 200, asset.content, {"Content-Type": "application/octet-stream"}
        raise Refusal(404)

    def changeable(self, call, name, number):
        release, asset = self.find_asset(call, name, number)
        if release.immutable:
            raise Refusal(422, "Cannot change the assets of an immutable release")
        return release, asset

    def asset_patch(self, call, name, number):
        release, asset = self.changeable(call, name, number)
        fields = self.fields(call, {"name": str, "label": str, "state": str})
        asset.name = fields.get("name", asset.name)
        return 200, self.asset_json(name, release, asset)

    def asset_delete(self, call, name, number):
        release, asset = self.changeable(call, name, number)
        release.assets.remove(asset)
        call.exchange.effect = f"deleted asset {asset.id}"
        return 204, None

    # ---- refs ----

    def ref_json(self, name, ref, identity):
        kind = self.repositories[name].git("cat-file", "-t", identity)
        return {"ref": ref, "node_id": "REF_1", "url": f"{self.api}/repos/{name}/git/{ref}",
                "object": {"type": kind, "sha": identity, "url": f"{self.api}/repos/{name}/git/{kind}s/{identity}"}}  # fmt: skip

    def ref_get(self, call, name, ref):
        identity = self.repositories[name].refs().get(f"refs/{ref}")
        if identity is None:
            raise Refusal(404)
        return 200, self.ref_json(name, f"refs/{ref}", identity)

    def refs_matching(self, call, name, ref):
        return 200, [self.ref_json(name, full, identity) for full, identity in sorted(self.repositories[name].refs().items()) if full.startswith(f"refs/{ref}")]

    def tag_get(self, call, name, identity):
        backend = self.repositories[name]
        target, kind = backend.git("rev-parse", f"{identity}^{{}}"), None
        if backend.git("cat-file", "-t", identity) != "tag":
            raise Refusal(404)
        kind = backend.git("cat-file", "-t", target)
        return 200, {"node_id": "TAG_1", "tag": "tag", "sha": identity, "url": f"{self.api}/repos/{name}/git/tags/{identity}", "message": "",
                     "tagger": {"date": "2020-01-01T00:00:00Z", "email": "a@example.org", "name": "A"},
                     "object": {"type": kind, "sha": target, "url": f"{self.api}/repos/{name}/git/{kind}s/{target}"}}  # fmt: skip

    # ---- talk ----

    def pulls_of(self, call, name, commit):
        return self.page(call, [self.pull_json(name, pull) for pull in self.models[name]["pulls"].get(commit, [])])

    def pull_json(self, name, pull):
        given = {"number": pull["number"], "title": pull["title"], "html_url": f"{self.base}/{name}/pull/{pull['number']}", "user": self.person(pull["login"]),
                 "state": "closed", "merged_at": "2020-01-01T00:00:00Z" if pull["merged"] else None}  # fmt: skip
        return self.description.whole("pull-request-simple", given)

    def issue_json(self, name, issue):
        labels = [{"id": 1, "node_id": "LA_1", "url": f"{self.api}/labels/1", "name": label, "description": None, "color": "ededed", "default": False} for label in issue["labels"]]
        given = {"id": issue["number"], "number": issue["number"], "title": issue["title"], "body": issue["body"], "state": issue["state"], "labels": labels,
                 "user": self.person(issue["login"]), "html_url": f"{self.base}/{name}/issues/{issue['number']}"}  # fmt: skip
        if issue["pull"]:
            given["pull_request"] = {"diff_url": None, "html_url": None, "patch_url": None, "url": None}
        return self.description.whole("issue", given)

    def issues_list(self, call, name):
        wanted = [label for label in call.query.get("labels", "").split(",") if label]
        state = call.query.get("state", "open")
        rows = [issue for issue in self.models[name]["issues"] if state in ("all", issue["state"]) and set(wanted) <= set(issue["labels"])]
        return self.page(call, [self.issue_json(name, issue) for issue in reversed(rows) if self.is_seen(("issue", issue["number"]))])

    def issue_post(self, call, name):
        fields = self.fields(call, {"title": str, "body": str, "labels": list, "assignees": list, "milestone": int})
        if not fields.get("title"):
            raise invalid("Issue", "title", "missing_field")
        issue = self.add_issue(name, fields["title"], fields.get("labels") or [], body=fields.get("body") or "")
        issue["login"] = call.token.login
        self.stamp(("issue", issue["number"]))
        call.exchange.effect = f"issue {issue['number']}"
        return 201, self.issue_json(name, issue)

    def issue_of(self, name, number):
        for issue in self.models[name]["issues"]:
            if issue["number"] == int(number):
                return issue
        raise Refusal(404)

    def comment_json(self, name, number, comment):
        page = f"{self.base}/{name}/issues/{number}#{comment['id']}"
        return self.description.whole("issue-comment", {"id": comment["id"], "body": comment["body"], "user": self.person(comment["login"]), "html_url": page})

    def comments_list(self, call, name, number):
        return self.page(call, [self.comment_json(name, number, comment) for comment in self.issue_of(name, number)["comments"]])

    def comment_post(self, call, name, number):
        fields = self.fields(call, {"body": str})
        if not fields.get("body"):
            raise invalid("IssueComment", "body", "missing_field")
        comment = {"id": next(self.ids), "body": fields["body"], "login": call.token.login}
        self.issue_of(name, number)["comments"].append(comment)
        call.exchange.effect = f"comment {comment['id']}"
        return 201, self.comment_json(name, number, comment)


class Call:
    def __init__(self, exchange, token, query, headers, body):
        self.exchange, self.token, self.query, self.headers, self.body = exchange, token, query, headers, body

    @property
    def content(self):
        if not self.body.content or self.exchange.method in ("GET", "DELETE"):
            return None
        try:
            return json.loads(self.body.content)
        except ValueError:
            return None
