"""An emulator of Gitea and Forgejo: strict (every request and answer is held against the published description, openapi/gitea.json) and with what is odd
about them: a pushed tag publishes its draft, files of one name twice, pages cut silently, PATCH that ignores empty texts, addresses of files that lead nowhere.

    with Gitea(version="9.0.3+gitea-1.22.0") as forge: …            the fields of gitea_model.Settings are what may be set
"""

import re
import urllib.parse

from forge import gitea_routes, server
from forge.gitea_description import Description
from forge.gitea_model import Refusal, Repository, Settings
from forge.gitea_routes import Call, when


class Gitea(server.Emulator):
    prefix = "/api/v1"

    def __init__(self, port=0, tls=False, **settings):
        super().__init__(port, tls)
        self.settings = Settings(**settings)
        self.description = Description("forgejo" if self.settings.forgejo else "gitea")
        self.models = {}

    # ---- what tests arrange and see ----

    def add_repository(self, name, path):
        """Its model: labels, issues, protections and what else a test sets."""
        super().add_repository(name, path)
        self.models[name] = Repository(name, path, self.settings)
        return self.models[name]

    def add_token(self, text, login="alice", rights=None, uses=None):
        """rights: {"pull": True, "push": True, "admin": False, "scopes": ["read:repository", …]}; without scopes it has all."""
        super().add_token(text, login, rights or {}, uses)

    def releases(self, name):
        rows = [row for row in self.models[name].rows if not row.hidden]
        return [
            {
                "id": row.number,
                "tag": row.tag,
                "name": row.title,
                "notes": row.note,
                "draft": row.draft,
                "prerelease": row.prerelease,
                "branch": row.target,
                "assets": [
                    {"id": asset.number, "name": asset.name, "size": len(asset.content), "sha256": asset.sha256} for asset in row.assets
                ],
            }
            for row in sorted(rows, key=lambda row: (row.tag, row.number))
        ]

    def wrong_now(self):
        """Nor may a file come or go once a release is public."""
        yield from super().wrong_now()
        for model in self.models.values():
            yield from (f"{name} came to {tag} when it was public" for tag, name in model.late_assets)

    def made(self, thing):
        self.stamp(id(thing))

    def seen(self, things):
        """Of a list, what is not late."""
        return [thing for thing in things if self.is_seen(id(thing))]

    @property
    def root(self):
        return self.settings.root_url or self.base

    # ---- JSON ----

    def user_json(self, login):
        return {"id": 1, "login": login, "full_name": "", "email": f"{login}@noreply.localhost", "avatar_url": "", "is_admin": False}

    def asset_url(self, model, row, asset):
        """By name where no two files have the same; else an address that leads nowhere (services/convert/attachment.go)."""
        if row is not None and [other.name for other in row.assets].count(asset.name) == 1:
            return f"{self.root}/{model.name}/releases/download/{urllib.parse.quote(row.tag, safe='')}/{urllib.parse.quote(asset.name)}"
        return f"{self.root}/api/repos/{model.name}/releases/0/assets/{asset.number}"

    def asset_json(self, model, row, asset):
        data = {
            "id": asset.number,
            "name": asset.name,
            "size": len(asset.content),
            "download_count": asset.downloads,
            "created_at": when(asset.created),
            "uuid": asset.uuid,
            "browser_download_url": self.asset_url(model, row, asset),
        }
        return {**data, "type": "attachment"} if self.settings.forgejo else data

    def release_json(self, model, row):
        tag = urllib.parse.quote(row.tag)
        api = f"{self.root}{self.prefix}/repos/{model.name}/releases/{row.number}"
        data = {
            "id": row.number,
            "tag_name": row.tag,
            "target_commitish": row.target,
            "name": row.title,
            "body": row.note,
            "url": api,
            "html_url": f"{self.root}/{model.name}/releases/tag/{tag}",
            "tarball_url": f"{self.root}/{model.name}/archive/{tag}.tar.gz",
            "zipball_url": f"{self.root}/{model.name}/archive/{tag}.zip",
            "upload_url": f"{api}/assets",
            "draft": row.draft,
            "prerelease": row.prerelease,
            "created_at": when(row.created),
            "published_at": when(row.created) if not row.draft or self.settings.published_for_drafts else None,
            "author": self.user_json(row.login or "ghost"),
            "assets": [self.asset_json(model, row, asset) for asset in sorted(row.assets, key=lambda asset: asset.name)],
        }
        return {**data, "hide_archive_links": False} if self.settings.forgejo else data

    def issue_json(self, model, issue):
        labels = [label for label in model.labels if label["name"] in issue["labels"]]
        return {
            "id": issue["id"],
            "number": issue["number"],
            "title": issue["title"],
            "body": issue["body"],
            "state": issue["state"],
            "user": self.user_json("alice"),
            "labels": [self.label_json(label) for label in labels],
            "html_url": f"{self.root}/{model.name}/issues/{issue['number']}",
            "comments": len(issue["comments"]),
            "pull_request": None,
        }

    @staticmethod
    def label_json(label):
        return {"id": label["id"], "name": label["name"], "color": "00aabb", "description": "", "exclusive": False}

    # ---- answering ----

    def respond(self, exchange, query, headers, body):
        token = self.use(exchange.token) if exchange.token else None
        path = exchange.path.partition("?")[0]
        if path.startswith("/storage/"):
            return self.stored(path, exchange)
        if exchange.token and token is None:
            return 401, self.message("invalid username, password or token"), {}
        call = Call(exchange, path, query, headers, body, token)
        return self.api_answer(call) if path.startswith(self.prefix + "/") else self.web_answer(call)

    def message(self, text):
        return {"message": text, "url": f"{self.root}/api/swagger"}

    def api_answer(self, call):
        path = call.path[len(self.prefix) :]
        self.violations += self.description.request(call.method, path, call.query, call.json)
        for method, pattern, scope, function in gitea_routes.ROUTES:
            found = pattern.match(path)
            if found and method == call.method:
                try:
                    names = {name: urllib.parse.unquote(text) for name, text in found.groupdict().items()}
                    status, body, headers = self.routed(call, function, scope, names)
                    call.exchange.effect = function.__name__ if method != "GET" else None
                except Refusal as refusal:
                    status, body, headers = refusal.status, self.message(refusal.message or "The target couldn't be found."), {}
                older = self.settings.refs_as_object and function is gitea_routes.references
                if body is not None and not older:
                    self.violations += self.description.answer(call.method, path, status, body)
                return status, body, headers
        return 404, self.message("The target couldn't be found."), {}

    def routed(self, call, function, scope, names):
        writes = call.method != "GET"
        if call.token is not None and scope:
            self.need_scope(call.token, scope, writes)
        elif call.token is None and (writes or function is gitea_routes.user):
            raise Refusal(401, "token is required")
        if "owner" not in names:
            return function(self, call, **names)
        model = self.models.get(f"{names.pop('owner')}/{names.pop('repo')}")
        if model is None or (model.private and not self.may(call, "pull")):
            raise Refusal(404)
        if writes and scope == "repository" and not self.may(call, "push"):
            raise Refusal(403, "user should have a permission to write to a repo")
        if function in gitea_routes.OF_RELEASES and not model.has_releases:
            raise Refusal(404)
        return function(self, call, model, **names)

    @staticmethod
    def need_scope(token, scope, writes):
        wanted = ("write:" if writes else "read:") + scope
        scopes = token.rights.get("scopes")
        if scopes is not None and wanted not in scopes and "write:" + scope not in scopes and "all" not in scopes:
            raise Refusal(403, f"token does not have at least one of required scope(s): [{wanted}]")

    @staticmethod
    def may(call, what):
        return call.token is not None and call.token.rights.get(what, True)

    def page(self, call, path_rows, to_json):
        size = min(int(call.query.get("limit", 30)), self.settings.page_cap)
        number = max(int(call.query.get("page", 1)), 1)
        part = path_rows[(number - 1) * size : number * size]
        headers = {"X-Total-Count": str(len(path_rows))}
        if self.settings.links and number * size < len(path_rows):
            query = urllib.parse.urlencode({**call.query, "page": number + 1})
            headers["Link"] = f'<{self.root}{call.path}?{query}>; rel="next"'
        return 200, [to_json(row) for row in part], headers

    # ---- files, as the web has them ----

    def web_answer(self, call):
        named = re.match(r"/([^/]+/[^/]+)/releases/download/([^/]+)/([^/]+)\Z", call.path)
        own = re.match(r"/attachments/([^/]+)\Z", call.path)
        try:
            if named:
                return self.file_by_name(call, *map(urllib.parse.unquote, named.groups()))
            if own:
                return self.file_by_uuid(call, urllib.parse.unquote(own.group(1)))
        except Refusal as refusal:
            return refusal.status, "<html>not found</html>", {"Content-Type": "text/html"}
        return 404, "<html>not found</html>", {"Content-Type": "text/html"}

    def file_by_name(self, call, project, tag, name):
        model = self.models.get(project)
        row = model.row(tag) if model else None
        if row is None or row.hidden or (row.draft and not self.settings.draft_by_name):
            raise Refusal(404)
        for asset in row.assets:
            if asset.name == name:
                return self.file(call, model, row, asset)
        raise Refusal(404)

    def file_by_uuid(self, call, wanted):
        for model in self.models.values():
            try:
                row, asset = model.asset_by_uuid(wanted)
            except Refusal:
                continue
            if not row.draft or self.settings.draft_by_uuid:
                return self.file(call, model, row, asset)
        raise Refusal(404)

    def file(self, call, model, row, asset):
        if (model.private and not self.may(call, "pull")) or (row.draft and not self.may(call, "push")):
            raise Refusal(404)
        asset.downloads += 1
        if self.settings.serve_direct:
            return 303, "", {"Location": f"{self.base.replace('127.0.0.1', 'localhost')}/storage/{asset.uuid}"}
        return 200, asset.content, {"Content-Type": "application/octet-stream", "ETag": f'"{asset.uuid}"'}

    def stored(self, path, exchange):
        """Another host as far as a client knows: no token may come here."""
        if exchange.token:
            self.violations.append("a token went to the storage")
        for model in self.models.values():
            for asset in (asset for row in model.rows for asset in row.assets if path == f"/storage/{asset.uuid}"):
                return 200, asset.content, {"Content-Type": "application/octet-stream"}
        return 404, "", {}

    # ---- git ----

    def pushed(self, name, before, after):
        model = self.models[name]
        for ref in sorted(set(before) | set(after)):
            if ref.startswith("refs/tags/") and before.get(ref) != after.get(ref):
                tag = ref[len("refs/tags/") :]
                if ref in after:
                    model.tag_pushed(tag)
                else:
                    model.tag_deleted(tag)
