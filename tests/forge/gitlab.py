"""GitLab (API v4) as an emulator: stateful and strict, with the traps that its documentation and its code show. It follows the API's reference and the Grape
sources, not GitLab's published description (doc/api/openapi, under CC BY-SA, of which nothing is taken in here).

What a test may set: duplicates (a group may refuse a second file of a name), selects and filters_versions (older servers know neither `select=package_file` nor
`package_version`), digests (files without), max_file, protected_package, object_storage (downloads are redirected to another host), half_links (only so many links
of a new release are kept), form (of error bodies, 0 to 4), totals (whether x-total is told)."""

import hashlib
import json
import re
import time
import traceback
import urllib.parse

from forge import server
from forge.gitlab_packages import Packages
from forge.gitlab_releases import Releases
from forge.gitlab_state import DEVELOPER, MAINTAINER, Refusal, shown_time

P = r"/projects/([^/]+)"
ROUTES = [(method, re.compile(pattern + r"\Z"), name) for method, pattern, name in [
    ("GET", r"/user", "user_get"),
    ("GET", r"/users/(\d+)", "users_get"),
    ("GET", r"/personal_access_tokens/self", "token_get"),
    ("GET", P, "project_get"),
    ("GET", P + r"/members/all/(\d+)", "member_get"),
    ("GET", P + r"/protected_tags", "protected_tags_list"),
    ("GET", P + r"/repository/tags/([^/]+)", "tag_get"),
    ("GET", P + r"/repository/commits/([^/]+)/merge_requests", "commit_merge_requests"),
    ("GET", P + r"/packages", "packages_list"),
    ("GET", P + r"/packages/(\d+)", "package_get"),
    ("DELETE", P + r"/packages/(\d+)", "package_delete"),
    ("GET", P + r"/packages/(\d+)/package_files", "files_list"),
    ("DELETE", P + r"/packages/(\d+)/package_files/(\d+)", "file_delete"),
    ("PUT", P + r"/packages/generic/([^/]+)/([^/]+)/([^/]+)", "generic_put"),
    ("GET", P + r"/packages/generic/([^/]+)/([^/]+)/([^/]+)", "generic_get"),
    ("GET", P + r"/releases", "releases_list"),
    ("POST", P + r"/releases", "release_post"),
    ("GET", P + r"/releases/permalink/latest", "latest_get"),
    ("GET", P + r"/releases/([^/]+)", "release_get"),
    ("PUT", P + r"/releases/([^/]+)", "release_put"),
    ("DELETE", P + r"/releases/([^/]+)", "release_delete"),
    ("GET", P + r"/releases/([^/]+)/assets/links", "links_list"),
    ("POST", P + r"/releases/([^/]+)/assets/links", "link_post"),
    ("GET", P + r"/releases/([^/]+)/downloads/(.+)", "download_get"),
    ("GET", P + r"/issues", "issues_list"),
    ("POST", P + r"/issues", "issue_post"),
    ("GET", P + r"/(issues|merge_requests)/(\d+)/notes", "notes_list"),
    ("POST", P + r"/(issues|merge_requests)/(\d+)/notes", "note_post"),
]]  # fmt: skip
WEB = re.compile(r"/(.+)/-/releases/([^/]+)/downloads/(.+)\Z")


class Call:
    """A request, as the handlers see it."""

    def __init__(self, forge, exchange, query, user, body):
        self.forge, self.exchange, self.user, self.body = forge, exchange, user, body
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))

    def json(self):
        try:
            fields = json.loads(self.body.content or b"")
        except ValueError:
            raise Refusal(400, {"error": "Problem processing JSON payload"}) from None
        if not isinstance(fields, dict):
            raise Refusal(400, {"error": "Problem processing JSON payload"})
        return fields

    def only(self, *names):
        """The parameters; Grape leaves out what it does not know, and a strict emulator says so."""
        for name in self.query:
            if name not in (*names, "page", "per_page"):
                self.forge.violations.append(f"a parameter that GitLab does not know: {name}")
        return self.query


class Talk:
    """Issues, comments, merge requests."""

    def issues_list(self, call, project_id):
        project = self.project(call, project_id)
        query = call.only("state", "labels", "search", "in", "scope")
        rows = []
        for issue in project["issues"]:
            fits = query.get("state", "all") in ("all", issue["state"]) and self.seen(issue)
            fits = fits and all(label in issue["labels"] for label in query.get("labels", "").split(",") if label)
            fits = fits and (query.get("search", "").lower() in issue["description"].lower() or "search" not in query)
            if fits:
                rows.append(self.shown_issue(project, issue))
        return self.page(call, rows)

    def shown_issue(self, project, issue):
        return {"id": issue["iid"] + 1000, "iid": issue["iid"], "title": issue["title"], "description": issue["description"], "state": issue["state"],
                "labels": issue["labels"], "web_url": f"{self.base}/{project['path']}/-/issues/{issue['iid']}"}  # fmt: skip

    def issue_post(self, call, project_id):
        project, fields = self.project(call, project_id), call.json()
        if not fields.get("title"):
            raise Refusal(400, {"error": "title is missing"})
        labels = fields.get("labels", "")
        labels = [label for label in (labels if isinstance(labels, list) else labels.split(",")) if label]
        issue = {"iid": len(project["issues"]) + 1, "title": fields["title"], "description": fields.get("description", ""), "state": "opened", "labels": labels,
                 "notes": [], **self.dates()}  # fmt: skip
        project["issues"].append(issue)
        return 201, self.shown_issue(project, issue)

    def commented(self, project, kind, number):
        for one in project[kind]:
            if str(one["iid"]) == number:
                return one
        raise Refusal(404, {"message": "404 Not found"})

    def notes_list(self, call, project_id, kind, number):
        call.only()
        one = self.commented(self.project(call, project_id), kind, number)
        return self.page(call, [{"id": note["id"], "body": note["body"], "system": False} for note in one["notes"] if self.seen(note)])

    def note_post(self, call, project_id, kind, number):
        one, fields = self.commented(self.project(call, project_id), kind, number), call.json()
        if not fields.get("body"):
            raise Refusal(400, {"error": "body is missing"})
        if one.get("locked"):
            raise Refusal(403, {"message": "403 Forbidden"})
        note = {"id": self.number(), "body": fields["body"], **self.dates()}
        one["notes"].append(note)
        return 201, {"id": note["id"], "body": note["body"]}

    def commit_merge_requests(self, call, project_id, commit):
        project = self.project(call, project_id)
        return self.page(call, [self.shown_merge_request(project, one) for one in project["merge_requests"] if one["commit"] == commit])

    def shown_merge_request(self, project, one):
        return {"id": one["iid"] + 5000, "iid": one["iid"], "title": one["title"], "state": one["state"], "author": one["author"],
                "web_url": f"{self.base}/{project['path']}/-/merge_requests/{one['iid']}"}  # fmt: skip


class GitLab(server.Emulator, Packages, Releases, Talk):
    prefix = "/api/v4"

    def __init__(self, **options):
        super().__init__(**options)
        self.projects, self.stored, self.commits, self.count, self.form = {}, {}, {}, 40, 0
        self.duplicates = self.selects = self.filters_versions = self.digests = self.totals = True
        self.max_file = self.protected_package = self.half_links = None
        self.object_storage = False

    # ---- what a test sets up and looks at ----

    def add_repository(self, name, path, **more):
        super().add_repository(name, path)
        self.projects[name] = {
            "id": self.number(), "path": name, "visibility": "public", "archived": False, "packages_enabled": True, "registry": "enabled", "publishes": "enabled",
            "packages": [], "releases": {}, "issues": [], "merge_requests": [], "protected_tags": [], **more,
        }  # fmt: skip
        return self.projects[name]

    def add_token(self, text, login="alice", rights=None, uses=None):
        """rights: {"level": 40, "scopes": ["api"], "expires_at": …, "shared": the level comes by a group that the project was shared with}"""
        user = {"id": len(self.tokens) + 1, "login": login, "level": MAINTAINER, "scopes": ["api"], "expires_at": None, "shared": False, **(rights or {})}
        super().add_token(text, login, user, uses)

    def releases(self, name):
        """What is out, and as drafts the records of packages without a release."""
        project = self.projects[name]
        plain = [{"id": one["tag"], "tag": one["tag"], "name": one["name"], "notes": one["description"], "draft": False, "prerelease": '"prerelease":true' in one["description"],
                  "released": one["released"], "assets": [{"name": link["name"], "sha256": self.digest_of(project, link["url"])} for link in one["links"]]}
                 for one in self.ordered(project)]  # fmt: skip
        return plain + [draft for draft in map(self.draft_in, project["packages"]) if draft is not None and draft["tag"] not in project["releases"]]

    def digest_of(self, project, url):
        for package in project["packages"]:
            for file in package["files"]:
                if url.endswith(f"/packages/generic/{package['name']}/{package['version']}/{self.quote(file['name'])}"):
                    return file["sha256"]
        return None

    def may_read(self, name, token):
        return self.projects[name]["visibility"] == "public" or token is not None

    def may_write(self, name, token):
        return token is not None and token.rights["level"] >= DEVELOPER and not self.projects[name]["archived"]

    def limited(self, kind):
        """In plain text; with Retry-After, or with the time when the limit ends."""
        headers = {"Content-Type": "text/plain", **({"Retry-After": str(self.pause)} if kind == "429-after" else {"RateLimit-Reset": str(int(self.now()) + self.pause)})}
        return 429, "Retry later\n", headers

    # ---- parts ----

    @staticmethod
    def now():
        return time.time()

    @property
    def storage(self):
        return self.base.replace("127.0.0.1", "localhost")

    def number(self):
        self.count += 1
        return self.count

    def dates(self):
        return {"made": self.now(), "created_at": shown_time(self.now())}

    def seen(self, entity):
        return self.now() - entity["made"] >= self.lag

    @staticmethod
    def quote(text):
        return urllib.parse.quote(text, safe="")

    def project(self, call, wanted):
        for project in self.projects.values():
            if wanted in (str(project["id"]), project["path"]) and (project["visibility"] == "public" or call.user):
                return project
        raise Refusal(404, {"message": "404 Project Not Found"})

    def allow(self, call, project, level):
        if call.user is None:
            raise Refusal(401, {"message": "401 Unauthorized"})
        if "api" not in call.user["scopes"]:
            raise Refusal(403, {"error": "insufficient_scope", "error_description": "The request requires higher privileges than provided by the access token.",
                                "scope": "api"})  # fmt: skip
        if call.user["level"] < level or project["archived"]:
            raise Refusal(403, {"message": "403 Forbidden"})

    def page(self, call, rows):
        size, page = min(int(call.query.get("per_page", 20)), self.most_rows), int(call.query.get("page", 1))
        shown, more = rows[(page - 1) * size : page * size], page * size < len(rows)
        headers = {"x-page": str(page), "x-per-page": str(size), "x-next-page": str(page + 1) if more else ""}
        if self.totals:
            headers.update({"x-total": str(len(rows)), "x-total-pages": str(-(-len(rows) // size))})
        query = urllib.parse.urlencode({**call.query, "page": page + 1})
        if more:
            headers["Link"] = f'<{self.base}{call.exchange.path.split("?")[0]}?{query}>; rel="next"'
        return 200, shown, headers

    most_rows = 100

    # ---- people, project, tags ----

    def user_get(self, call):
        if call.user is None:
            raise Refusal(401, {"message": "401 Unauthorized"})
        return 200, {"id": call.user["id"], "username": call.user["login"], "bot": False}

    def users_get(self, call, number):
        return 200, {"id": int(number), "username": "someone", "bot": int(number) in self.bots}

    bots = frozenset()

    def token_get(self, call):
        if call.user is None:
            raise Refusal(401, {"message": "401 Unauthorized"})
        return 200, {"id": 1, "name": "x", "revoked": False, "active": True, "scopes": call.user["scopes"], "user_id": call.user["id"],
                     "expires_at": call.user["expires_at"]}  # fmt: skip

    def project_get(self, call, project_id):
        project = self.project(call, project_id)
        shown = {"id": project["id"], "path_with_namespace": project["path"], "visibility": project["visibility"], "archived": project["archived"]}
        if call.user:
            member = {"access_level": call.user["level"], "notification_level": 3} if call.user["level"] and not call.user["shared"] else None
            shown.update({"permissions": {"project_access": member, "group_access": None}, "packages_enabled": project["packages_enabled"],
                          "package_registry_access_level": project["registry"], "releases_access_level": project["publishes"]})  # fmt: skip
        return 200, shown

    def member_get(self, call, project_id, number):
        self.project(call, project_id)
        if call.user is None or number != str(call.user["id"]) or not call.user["level"]:
            raise Refusal(404, {"message": "404 Not found"})
        return 200, {"id": call.user["id"], "username": call.user["login"], "access_level": call.user["level"]}

    def protected_tags_list(self, call, project_id):
        project = self.project(call, project_id)
        self.allow(call, project, DEVELOPER)
        return self.page(call, project["protected_tags"])

    def tag_commit(self, project, tag):
        """The commit of a tag, None where there is none; git is asked again when its files have changed."""
        backend = self.repositories[project["path"]]
        places = [backend.path / f"refs/tags/{tag}", backend.path / "packed-refs"]
        key = (project["path"], tag, *[place.stat().st_mtime_ns if place.is_file() else 0 for place in places])
        if key not in self.commits:
            self.commits[key] = backend.peel(f"refs/tags/{tag}")
        return self.commits[key]

    def make_tag(self, project, tag, ref):
        if self.repositories[project["path"]].git("tag", tag, ref) is None:
            raise Refusal(400, {"message": f"Target {ref} is invalid"})

    def tag_get(self, call, project_id, tag):
        project = self.project(call, project_id)
        commit = self.tag_commit(project, tag)
        if commit is None:
            raise Refusal(404, {"message": "404 Tag Not Found"})
        return 200, {"name": tag, "message": "", "target": commit, "commit": {"id": commit, "title": "x"}, "release": None, "protected": False, "created_at": None}

    # ---- answering ----

    def shape_error(self, body):
        """The five forms that GitLab's errors have, one for all when a test asks for it."""
        text = body.get("message", body.get("error", "x"))
        forms = {1: {"message": text}, 2: {"message": {"base": [text]}}, 3: {"message": [text]}, 4: {"error": text}, 5: {"error": "invalid", "error_description": text}}
        return forms.get(self.form, body) if isinstance(text, str) else body

    def web(self, call, path, headers):
        """Outside the API: permanent links, and the storage that files are redirected to."""
        if path.startswith("/-storage/"):
            if "private-token" in headers or "authorization" in headers:
                self.violations.append("the token is sent to the object storage")
            return 200, self.stored[path.split("/")[-1]], {"Content-Type": "application/octet-stream"}
        match = WEB.match(path)
        if match is None:
            raise Refusal(404, "<html>not found</html>")
        return self.download_get(call, urllib.parse.unquote(match[1]), urllib.parse.unquote(match[2]), urllib.parse.unquote(match[3]))

    def handle(self, call, method, path, headers):
        if not path.startswith(self.prefix + "/"):
            return self.web(call, path, headers)
        below = path[len(self.prefix) :]
        for known, pattern, name in ROUTES:
            match = pattern.match(below) if known == method else None
            if match:
                return getattr(self, name)(call, *[urllib.parse.unquote(part) for part in match.groups()])
        self.violations.append(f"a call that GitLab does not document: {method} {below}")
        raise Refusal(404, {"error": "404 Not Found"})

    def respond(self, exchange, query, headers, body):
        """GitLab names no charset behind its type, and clients look at it so."""
        status, shown, more = self.answered(exchange, query, headers, body)
        return status, shown, {"Content-Type": "application/json", **more}

    def answered(self, exchange, query, headers, body):
        token = self.use(exchange.token) if exchange.path.startswith(self.prefix) else None
        if token is None and exchange.token is not None and exchange.path.startswith(self.prefix):
            return 401, self.shape_error({"message": "401 Unauthorized"}), {}
        call = Call(self, exchange, query, token.rights if token is not None else None, body)
        try:
            answer = self.handle(call, exchange.method, exchange.path.split("?")[0], headers)
        except Refusal as refusal:
            return refusal.status, self.shape_error(refusal.body) if isinstance(refusal.body, dict) else refusal.body, {}
        except Exception:
            self.violations.append(f"the emulator itself fails at {exchange.method} {exchange.path}: {traceback.format_exc()}")
            return 500, {"message": "500 Internal Server Error"}, {}
        exchange.effect = self.named(exchange) if exchange.method != "GET" else None
        status, shown, more = answer if len(answer) == 3 else (*answer, {})
        if exchange.method != "GET" or status != 200 or isinstance(shown, server.Body):
            return status, shown, more
        tag = f'W/"{hashlib.md5(json.dumps([shown, more]).encode(), usedforsecurity=False).hexdigest()}"'
        if headers.get("if-none-match") == tag:
            return 304, None, {"ETag": tag}
        return status, shown, {"ETag": tag, "Cache-Control": "max-age=0, private, must-revalidate", **more}

    @staticmethod
    def named(exchange):
        return f"{exchange.method} {exchange.path.split('?')[0].split('/', 5)[-1]}"


if __name__ == "__main__":
    server.serve(GitLab)
