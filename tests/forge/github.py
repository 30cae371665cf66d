"""GitHub's REST API (as Enterprise Server serves it, below /api/v3) as an emulator, with its traps: drafts that by-tag never shows and strangers never see, several drafts
of one tag, uploads that leave an asset behind in the state `starter`, names that are changed, late visibility, immutable releases, two kinds of limits, tokens that may not.

What a test may set: immutable (published releases are), half_uploads (so many uploads end as `starter`, with 502), digests (False: assets without), private, archived,
moved_to (the repository's name now), remaining (of the hour's requests; `pause` seconds later there are all again), generates_notes (False: it is too old for that),
foreign (a client that is not slipway: what it may do though slipway never does is no violation), permissions and scopes of a token (rights)."""

import datetime
import itertools
import re
import time
import urllib.parse

from forge import server
from forge.description import github
from forge.github_graphql import answer_graphql
from forge.github_releases import Releases
from forge.github_state import Call, Refusal, Rights, changed_name
from forge.github_talk import Talk

__all__ = ["GitHub", "Rights", "changed_name"]
REPO = r"/repos/([^/]+/[^/]+)"
ROUTES = [(method, re.compile(pattern + r"\Z"), name) for method, pattern, name in [
    ("GET", r"/user", "user"),
    ("GET", r"/rate_limit", "rate_limit"),
    ("GET", REPO, "repository"),
    ("GET", REPO + r"/immutable-releases", "immutable_get"),
    ("GET", REPO + r"/releases", "releases_list"),
    ("POST", REPO + r"/releases", "release_post"),
    ("POST", REPO + r"/releases/generate-notes", "notes_post"),
    ("GET", REPO + r"/releases/latest", "latest_get"),
    ("GET", REPO + r"/releases/tags/([^/]+)", "by_tag"),
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


class GitHub(server.Emulator, Releases, Talk):
    prefix = "/api/v3"
    server_name = "GitHub"

    def __init__(self, port=0, tls=False):
        super().__init__(port, tls)
        self.models, self.ids = {}, itertools.count(1001)
        self.archived, self.foreign, self.generates_notes = False, False, True
        self.immutable, self.half_uploads, self.digests, self.private, self.moved_to = False, 0, True, False, None
        self.burned, self.upload_host, self.remaining, self.reset_at = set(), None, 5000, None
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
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        path = exchange.path.partition("?")[0]
        try:
            status, answer, more = self.route(exchange, query, headers, body)
        except Refusal as refusal:
            status, answer, more = refusal.status, refusal.body, refusal.headers
        if not isinstance(answer, (bytes, server.Body)):
            # "starter" is what GitHub answers and does not describe.
            wrong = self.description.answer(exchange.method, self.described(path), status, answer)
            self.violations += [text for text in wrong if "'starter'" not in text]
        return status, answer, {**self.usual_headers(exchange), **more}

    def described(self, path):
        """As the description has it: without what stands before all paths."""
        return path.removeprefix(self.prefix).removeprefix("/api/uploads")

    def usual_headers(self, exchange):
        reset = self.reset_at or time.time() + 3600
        headers = {"X-GitHub-Media-Type": "github.v3; format=json", "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": str(self.remaining),
                   "X-RateLimit-Used": str(5000 - self.remaining), "X-RateLimit-Reset": str(int(reset)), "X-RateLimit-Resource": "core"}  # fmt: skip
        token = self.tokens.get(exchange.token)
        wanted = "issues" if re.search(r"/issues\b", exchange.path) else "pull_requests" if exchange.path.endswith("/pulls") else "contents"
        if token is not None and token.rights.scopes is not None:
            headers.update({"X-OAuth-Scopes": ", ".join(token.rights.scopes), "X-Accepted-OAuth-Scopes": "" if exchange.method == "GET" and not self.private else "repo"})
        elif token is not None:
            headers["X-Accepted-GitHub-Permissions"] = f"{wanted}={'read' if exchange.method == 'GET' else 'write'}"
        return headers

    def route(self, exchange, query, headers, body):
        path = exchange.path.partition("?")[0]
        token = self.use(exchange.token)
        if not headers.get("user-agent"):
            raise Refusal(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header")
        if "%00" in path:
            raise Refusal(400, "Bad Request")
        if found := DOWNLOAD.match(path):
            return self.download(*map(urllib.parse.unquote, found.groups()))
        if exchange.token is not None and token is None:
            raise Refusal(401, "Bad credentials")
        if path != self.prefix + "/rate_limit":
            self.count()
        if found := UPLOAD.match(path):
            self.violations += self.description.request(exchange.method, self.described(path), query, None)
            return self.upload(exchange, token, *found.groups(), query, headers, body)
        if path == "/api/graphql":
            return answer_graphql(self, Call(exchange, token, query, headers, body))
        if headers.get("x-github-api-version", "2022-11-28") not in ("2022-11-28", "2026-03-10"):
            raise Refusal(400, "Unsupported 'X-GitHub-Api-Version'")
        if "x-github-api-version" not in headers and not self.foreign:
            self.violations.append(f"{exchange.method} {path} names no version of the API")
        if not path.startswith(self.prefix):
            raise Refusal(404)
        for method, pattern, name in ROUTES:
            if found := pattern.match(path[len(self.prefix):]):
                if method == exchange.method:
                    return self.call(name, exchange, token, [urllib.parse.unquote(group) for group in found.groups()], query, headers, body)
        raise Refusal(404)

    def count(self):
        """One off the hour's budget, which a test makes short by `remaining`, and its hour by `pause`."""
        if self.reset_at is not None and time.time() >= self.reset_at:
            self.remaining, self.reset_at = 5000, None
        if self.remaining == 0:
            self.reset_at = self.reset_at or int(time.time()) + self.pause
            raise Refusal(403, "API rate limit exceeded for user ID 1.")
        self.remaining -= 1

    def call(self, name, exchange, token, groups, query, headers, body):
        call = Call(exchange, token, query, headers, body)
        if groups and self.moved_to and groups[0] != self.moved_to:
            return 301, {"message": "Moved Permanently", "url": f"{self.api}/repos/{self.moved_to}"}, {"Location": f"{self.api}/repos/{self.moved_to}"}
        if groups:
            if groups[0] not in self.models or (self.private and token is None):
                raise Refusal(404)
            if exchange.method != "GET":
                self.may_push(call)
        self.violations += self.description.request(exchange.method, self.described(exchange.path.partition("?")[0]), query, call.content)
        answer = getattr(self, name)(call, *groups)
        status, content, more = answer if len(answer) == 3 else (*answer, {})
        if exchange.method == "GET" and status == 200 and not isinstance(content, (bytes, server.Body)):
            return self.conditional(call, status, content, more)
        return status, content, more

    def conditional(self, call, status, content, more):
        """By the token and the kind that is wanted, too; what has not changed costs nothing."""
        tag = f'"{hash(repr((content, call.exchange.token, call.headers.get("accept")))) & 0xFFFFFFFFFFFF:x}"'
        if call.headers.get("if-none-match") == tag:
            self.remaining += 1 if call.token is not None else 0
            return 304, None, {"ETag": tag}
        return status, content, {"ETag": tag, **more}

    def may_write(self, name, token):
        return token is not None and token.rights.push and not self.archived

    def may_read(self, name, token):
        return token is not None or not self.private

    def cut_off(self, exchange):
        """An upload that did not end leaves its asset behind."""
        path, _, query = exchange.path.partition("?")
        token = self.tokens.get(exchange.token)
        if (found := UPLOAD.match(path)) and exchange.method == "POST" and token is not None and token.rights.push:
            self.leave_starter(exchange, *found.groups(), dict(urllib.parse.parse_qsl(query)))

    def wrong_now(self):
        """Nor may an asset of a public release be half there, come or go."""
        yield from super().wrong_now()
        for model in self.models.values():
            for release in model["releases"]:
                if not release.draft:
                    yield from (f"{release.tag} is public with half of {asset.name}" for asset in release.assets if asset.state != "uploaded")

    def may_push(self, call):
        if call.token is None:
            raise Refusal(401, "Requires authentication")
        rights = call.token.rights
        if self.archived:
            raise Refusal(403, "Repository was archived so is read-only.")
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


if __name__ == "__main__":
    server.serve(GitHub)
