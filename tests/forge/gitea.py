"""An emulator of Gitea and Forgejo: strict (every request and answer is held against the published description, openapi/gitea.json) and with what is odd
about them: a pushed tag publishes its draft, files of one name twice, pages cut silently, PATCH that ignores empty texts, addresses of files that lead nowhere.

    with Gitea(version="9.0.3+gitea-1.22.0") as forge: …            the fields of gitea_model.Settings are what may be set
"""

import datetime
import email
import email.policy
import json
import re
import urllib.parse

from forge import server
from forge.gitea_description import Description
from forge.gitea_model import Refusal, Repository, Settings

ROUTES = []


def route(method, pattern, scope="repository"):
    """pattern: with {name}; what begins with "/repos/{owner}/{repo}" is given the repository. scope: what a token needs, with read: or write: before it."""

    def add(function):
        expression = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern).replace("(?P<ref>[^/]+)", "(?P<ref>.+)")
        ROUTES.append((method, re.compile(expression + r"\Z"), scope, function))
        return function

    return add


def when(seconds):
    return datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Call:
    """A request, as far as a route wants it."""

    def __init__(self, method, path, query, headers, body, token):
        self.method, self.path, self.query, self.headers, self.body, self.token = method, path, query, headers, body, token
        kind = headers.get("content-type", "")
        self.json = json.loads(body) if body and kind.startswith("application/json") else None

    @property
    def login(self):
        return self.token.login if self.token else None

    def flag(self, name):
        return {"true": True, "false": False}.get(self.query.get(name))


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
        for method, pattern, scope, function in ROUTES:
            found = pattern.match(path)
            if found and method == call.method:
                try:
                    status, headers, body = self.routed(call, function, scope, {name: urllib.parse.unquote(text) for name, text in found.groupdict().items()})
                except Refusal as refusal:
                    status, headers, body = refusal.status, {}, self.message(refusal.message or "The target couldn't be found.")
                older = self.settings.refs_as_object and function is references
                if body is not None and not older:
                    self.violations += self.description.answer(call.method, path, status, body)
                return status, headers, body
        return 404, {}, self.message("The target couldn't be found.")

    def routed(self, call, function, scope, names):
        writes = call.method != "GET"
        if call.token is not None and scope:
            self.need_scope(call.token, scope, writes)
        elif call.token is None and (writes or function is user):
            raise Refusal(401, "token is required")
        if "owner" not in names:
            return function(self, call, **names)
        model = self.models.get(f"{names.pop('owner')}/{names.pop('repo')}")
        if model is None or (model.private and not self.may(call, "pull")):
            raise Refusal(404)
        if writes and scope == "repository" and not self.may(call, "push"):
            raise Refusal(403, "user should have a permission to write to a repo")
        if function in OF_RELEASES and not model.has_releases:
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


# ---- the calls ----


@route("GET", "/version", scope=None)
def version(forge, _):
    return 200, {}, {"version": forge.settings.version}


@route("GET", "/user", scope="user")
def user(forge, call):
    return 200, {}, forge.user_json(call.login)


@route("GET", "/repos/{owner}/{repo}")
def repository(forge, call, model):
    owner, name = model.name.split("/")
    rights = {what: forge.may(call, what) and call.token.rights.get(what, what != "admin") for what in ("admin", "push")} if call.token else {}
    return 200, {}, {
        "id": 1,
        "name": name,
        "full_name": model.name,
        "owner": forge.user_json(owner),
        "private": model.private,
        "archived": model.archived,
        "empty": model.is_empty(),
        "has_releases": model.has_releases,
        "default_branch": model.default_branch,
        "permissions": {"admin": rights.get("admin", False), "push": rights.get("push", False), "pull": True},
    }


@route("GET", "/repos/{owner}/{repo}/releases")
def releases(forge, call, model):
    rows = model.listed(forge.may(call, "push"), call.flag("draft"), call.flag("pre-release"))
    return forge.page(call, forge.seen(rows), lambda row: forge.release_json(model, row))


@route("POST", "/repos/{owner}/{repo}/releases")
def create_release(forge, call, model):
    row = model.create(call.json or {}, call.login)
    forge.made(row)
    return 201, {}, forge.release_json(model, row)


@route("GET", "/repos/{owner}/{repo}/releases/latest")
def latest_release(forge, _, model):
    return 200, {}, forge.release_json(model, model.latest())


@route("GET", "/repos/{owner}/{repo}/releases/tags/{tag}")
def release_by_tag(forge, call, model, tag):
    row = model.row(tag)
    hides_draft = row is not None and row.draft and not (forge.settings.drafts_by_tag and forge.may(call, "push"))
    if row is None or row.hidden or hides_draft or not forge.seen([row]):
        raise Refusal(404)
    return 200, {}, forge.release_json(model, row)


@route("DELETE", "/repos/{owner}/{repo}/releases/tags/{tag}")
def delete_release_by_tag(_, __, model, tag):
    row = model.row(tag)
    if row is None or row.hidden:
        raise Refusal(404)
    model.delete(row)
    return 204, {}, None


def number_in(text):
    try:
        return int(text)
    except ValueError as error:
        raise Refusal(404) from error


def release_for(forge, call, model, number):
    row = model.release(number_in(number))
    if row.draft and not forge.may(call, "push"):
        raise Refusal(404)
    return row


@route("GET", "/repos/{owner}/{repo}/releases/{id}")
def release(forge, call, model, id):
    return 200, {}, forge.release_json(model, release_for(forge, call, model, id))


@route("PATCH", "/repos/{owner}/{repo}/releases/{id}")
def edit_release(forge, call, model, id):
    row = model.release(number_in(id))
    model.edit(row, call.json or {}, call.login)
    return 200, {}, forge.release_json(model, row)


@route("DELETE", "/repos/{owner}/{repo}/releases/{id}")
def delete_release(forge, _, model, id):
    row = model.release(number_in(id))
    if not row.draft:
        forge.violations.append(f"a public release was deleted: {row.tag}")
    model.delete(row)
    return 204, {}, None


@route("GET", "/repos/{owner}/{repo}/releases/{id}/assets")
def assets(forge, call, model, id):
    row = release_for(forge, call, model, id)
    return 200, {}, [forge.asset_json(model, row, asset) for asset in row.assets]


def form_of(call):
    """(name, bytes) of the one file of a multipart form. Any other field than "attachment" was a fault of the server itself."""
    head = b"Content-Type: " + call.headers["content-type"].encode() + b"\r\n\r\n"
    parts = list(email.message_from_bytes(head + call.body, policy=email.policy.HTTP).iter_parts())
    fields = [(part.get_param("name", header="content-disposition"), part.get_filename(), part.get_payload(decode=True)) for part in parts]
    if len(fields) != 1 or fields[0][0] != "attachment" or fields[0][1] is None:
        raise Refusal(500, "http: no such file")
    return fields[0][1], fields[0][2]


@route("POST", "/repos/{owner}/{repo}/releases/{id}/assets")
def upload(forge, call, model, id):
    row = model.release(number_in(id))
    name = call.query.get("name", "")
    if call.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        file_name, content = form_of(call)
    elif forge.settings.raw_uploads:
        file_name, content = "", call.body
    else:
        raise Refusal(500, "request Content-Type isn't multipart/form-data")
    return 201, {}, forge.asset_json(model, None, model.add_asset(row, name or file_name, content))


@route("GET", "/repos/{owner}/{repo}/releases/{id}/assets/{attachment_id}")
def asset(forge, call, model, id, attachment_id):
    row = release_for(forge, call, model, id)
    return 200, {}, forge.asset_json(model, None, model.asset(row, number_in(attachment_id)))


@route("PATCH", "/repos/{owner}/{repo}/releases/{id}/assets/{attachment_id}")
def edit_asset(forge, call, model, id, attachment_id):
    found = model.asset(model.release(number_in(id)), number_in(attachment_id))
    found.name = (call.json or {}).get("name") or found.name
    return 201, {}, forge.asset_json(model, None, found)


@route("DELETE", "/repos/{owner}/{repo}/releases/{id}/assets/{attachment_id}")
def delete_asset(forge, _, model, id, attachment_id):
    row = model.release(number_in(id))
    found = model.asset(row, number_in(attachment_id))
    if not row.draft:
        forge.violations.append(f"a file of a public release was deleted: {row.tag} {found.name}")
    row.assets.remove(found)
    return 204, {}, None


OF_RELEASES = {releases, create_release, latest_release, release_by_tag, release, edit_release, delete_release, assets, upload, asset}


@route("GET", "/repos/{owner}/{repo}/tags/{tag}")
def tag(forge, _, model, tag):
    found = model.tag(tag) if forge.settings.tag_endpoint else None
    if found is None:
        raise Refusal(404)
    commit = {"sha": found["commit"], "url": "", "created": when(found["when"])}
    return 200, {}, {"name": tag, "id": found["id"], "message": found["message"], "commit": commit, "zipball_url": "", "tarball_url": ""}


@route("DELETE", "/repos/{owner}/{repo}/tags/{tag}")
def delete_tag(_, __, model, tag):
    row = model.row(tag)
    if row is not None and not row.hidden:
        raise Refusal(409, "a tag attached to a release cannot be deleted directly")
    if row is None:
        raise Refusal(404)
    model.git("update-ref", "-d", f"refs/tags/{tag}")
    model.tag_deleted(tag)
    return 204, {}, None


@route("GET", "/repos/{owner}/{repo}/git/refs/{ref}")
def references(forge, _, model, ref):
    """By their beginning."""
    fields = (model.git("for-each-ref", "--format=%(refname) %(objectname) %(objecttype)") or "").splitlines()
    rows = [dict(zip(("ref", "sha", "type"), line.split())) for line in fields if line.startswith("refs/" + ref)]
    if not rows:
        raise Refusal(404)
    found = [{"ref": row["ref"], "url": "", "object": {"sha": row["sha"], "type": row["type"], "url": ""}} for row in rows]
    return 200, {}, found[0] if forge.settings.refs_as_object and len(found) == 1 else found


@route("GET", "/repos/{owner}/{repo}/git/tags/{sha}")
def annotated_tag(_, __, model, sha):
    commit = model.git("rev-parse", "--verify", "--quiet", sha + "^{commit}")
    if commit is None or model.git("cat-file", "-t", sha) != "tag":
        raise Refusal(404)
    return 200, {}, {"sha": sha, "tag": "", "message": "", "url": "", "object": {"sha": commit, "type": "commit", "url": ""}}


@route("GET", "/repos/{owner}/{repo}/tag_protections")
def tag_protections(_, call, model):
    if call.token is None or not call.token.rights.get("admin", False):
        raise Refusal(403, "user should be an owner or a collaborator with admin write of a repository")
    return 200, {}, [
        {"id": at + 1, "name_pattern": row["pattern"], "whitelist_usernames": row["users"], "whitelist_teams": row["teams"], "created_at": when(0), "updated_at": when(0)}
        for at, row in enumerate(model.protections)
    ]


@route("GET", "/repos/{owner}/{repo}/labels", scope="issue")
def labels(forge, call, model):
    return forge.page(call, model.labels, forge.label_json)


@route("GET", "/repos/{owner}/{repo}/issues", scope="issue")
def issues(forge, call, model):
    names = [name for name in call.query.get("labels", "").split(",") if name]
    return forge.page(call, forge.seen(model.find_issues(call.query.get("state", "open"), names)), lambda issue: forge.issue_json(model, issue))


@route("POST", "/repos/{owner}/{repo}/issues", scope="issue")
def create_issue(forge, call, model):
    ids = call.json.get("labels", [])
    issue = model.add_issue(call.json.get("title"), call.json.get("body", ""), [label["name"] for label in model.labels if label["id"] in ids])
    forge.made(issue)
    return 201, {}, forge.issue_json(model, issue)


def comment_json(forge, model, issue, comment):
    url = f"{forge.root}/{model.name}/issues/{issue['number']}"
    return {"id": comment["id"], "body": comment["body"], "html_url": f"{url}#issuecomment-{comment['id']}", "issue_url": url, "user": forge.user_json("alice")}


@route("GET", "/repos/{owner}/{repo}/issues/{index}/comments", scope="issue")
def comments(forge, _, model, index):
    issue = model.issue(number_in(index))
    return 200, {"X-Total-Count": str(len(issue["comments"]))}, [comment_json(forge, model, issue, comment) for comment in issue["comments"]]


@route("POST", "/repos/{owner}/{repo}/issues/{index}/comments", scope="issue")
def create_comment(forge, call, model, index):
    issue = model.issue(number_in(index))
    comment = {"id": model.number(), "body": call.json.get("body", "")}
    issue["comments"].append(comment)
    return 201, {}, comment_json(forge, model, issue, comment)


@route("GET", "/repos/{owner}/{repo}/commits/{sha}/pull")
def pull_of_commit(forge, _, model, sha):
    pull = model.pulls.get(sha)
    if pull is None:
        raise Refusal(404)
    url = f"{forge.root}/{model.name}/pulls/{pull['number']}"
    return 200, {}, {
        "id": pull["number"],
        "number": pull["number"],
        "title": pull["title"],
        "html_url": url,
        "state": "closed",
        "merged": pull["merged"],
        "merge_commit_sha": sha,
        "user": forge.user_json(pull["login"]),
    }
