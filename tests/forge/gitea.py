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
    api_path = "/api/v1"

    def __init__(self, **settings):
        super().__init__()
        self.settings = Settings(**settings)
        self.description = Description("forgejo" if self.settings.forgejo else "gitea")
        self.models = {}

    # ---- what tests arrange and see ----

    def add_repository(self, name, path):
        super().add_repository(name, path)
        self.models[name] = Repository(name, path, self.settings)
        return self.models[name]

    def releases(self, name):
        """As plain data, sorted by tag."""
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
                "assets": [{"id": asset.number, "name": asset.name, "content": asset.content} for asset in row.assets],
            }
            for row in sorted(rows, key=lambda row: (row.tag, row.number))
        ]

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
        api = f"{self.root}{self.api_path}/repos/{model.name}/releases/{row.number}"
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

    def message(self, text):
        return {"message": text, "url": f"{self.root}/api/swagger"}

    def api_answer(self, call):
        """(status, headers, body): body as data, or None."""
        path = call.path[len(self.api_path) :]
        self.violations += self.description.request(call.method, path, call.query, call.json)
        for method, pattern, scope, function in gitea_routes.ROUTES:
            found = pattern.match(path)
            if found and method == call.method:
                try:
                    status, headers, body = self.routed(call, function, scope, {name: urllib.parse.unquote(text) for name, text in found.groupdict().items()})
                except Refusal as refusal:
                    status, headers, body = refusal.status, {}, self.message(refusal.message or "The target couldn't be found.")
                older = self.settings.refs_as_object and function is gitea_routes.references
                if body is not None and not older:
                    self.violations += self.description.answer(call.method, path, status, body)
                return status, headers, body
        return 404, {}, self.message("The target couldn't be found.")

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
        return 200, headers, [to_json(row) for row in part]

    # ---- files, as the web has them ----

    def web_answer(self, call):
        """(status, headers, bytes) of an address that is none of the API, or None: it is git's."""
        named = re.match(r"/([^/]+/[^/]+)/releases/download/([^/]+)/([^/]+)\Z", call.path)
        own = re.match(r"/attachments/([^/]+)\Z", call.path)
        try:
            if named:
                return self.file_by_name(call, *map(urllib.parse.unquote, named.groups()))
            if own:
                return self.file_by_uuid(call, urllib.parse.unquote(own.group(1)))
        except Refusal as refusal:
            return refusal.status, {"Content-Type": "text/html"}, b"<html>not found</html>"
        return None

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
            return 303, {"Location": self.store(asset.content)}, b""
        return 200, {"Content-Type": "application/octet-stream", "ETag": f'"{asset.uuid}"'}, asset.content

    # ---- git ----

    def pushed(self, name, before, after):
        """before, after: reference → id."""
        model = self.models[name]
        for ref in sorted(set(before) | set(after)):
            if ref.startswith("refs/tags/") and before.get(ref) != after.get(ref):
                tag = ref[len("refs/tags/") :]
                if ref in after:
                    model.tag_pushed(tag)
                else:
                    model.tag_deleted(tag)
