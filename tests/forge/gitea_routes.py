"""The calls that the emulator of Gitea and Forgejo answers: a function each, (emulator, request, repository, …) → (status, data, headers)."""

import datetime
import json
import re
import urllib.parse

from forge.gitea_model import Refusal

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

    def __init__(self, exchange, path, query, headers, body, token):
        self.exchange, self.method, self.path, self.headers, self.body, self.token = exchange, exchange.method, path, headers, body, token
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        kind = headers.get("content-type", "")
        self.json = json.loads(body.content) if body.content and kind.startswith("application/json") else None

    @property
    def login(self):
        return self.token.login if self.token else None

    def flag(self, name):
        return {"true": True, "false": False}.get(self.query.get(name))


# ---- the calls ----


@route("GET", "/version", scope=None)
def version(forge, _):
    return 200, {"version": forge.settings.version}, {}


@route("GET", "/user", scope="user")
def user(forge, call):
    return 200, forge.user_json(call.login), {}


@route("GET", "/repos/{owner}/{repo}")
def repository(forge, call, model):
    owner, name = model.name.split("/")
    rights = {what: forge.may(call, what) and call.token.rights.get(what, what != "admin") for what in ("admin", "push")} if call.token else {}
    data = {
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
    return 200, data, {}


@route("GET", "/repos/{owner}/{repo}/releases")
def releases(forge, call, model):
    rows = model.listed(forge.may(call, "push"), call.flag("draft"), call.flag("pre-release"))
    return forge.page(call, forge.seen(rows), lambda row: forge.release_json(model, row))


@route("POST", "/repos/{owner}/{repo}/releases")
def create_release(forge, call, model):
    row = model.create(call.json or {}, call.login)
    forge.made(row)
    return 201, forge.release_json(model, row), {}


@route("GET", "/repos/{owner}/{repo}/releases/latest")
def latest_release(forge, _, model):
    return 200, forge.release_json(model, model.latest()), {}


@route("GET", "/repos/{owner}/{repo}/releases/tags/{tag}")
def release_by_tag(forge, call, model, tag):
    row = model.row(tag)
    hides_draft = row is not None and row.draft and not (forge.settings.drafts_by_tag and forge.may(call, "push"))
    if row is None or row.hidden or hides_draft or not forge.seen([row]):
        raise Refusal(404)
    return 200, forge.release_json(model, row), {}


@route("DELETE", "/repos/{owner}/{repo}/releases/tags/{tag}")
def delete_release_by_tag(_, __, model, tag):
    row = model.row(tag)
    if row is None or row.hidden:
        raise Refusal(404)
    model.delete(row)
    return 204, None, {}


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
    return 200, forge.release_json(model, release_for(forge, call, model, id)), {}


@route("PATCH", "/repos/{owner}/{repo}/releases/{id}")
def edit_release(forge, call, model, id):
    row = model.release(number_in(id))
    model.edit(row, call.json or {}, call.login)
    return 200, forge.release_json(model, row), {}


@route("DELETE", "/repos/{owner}/{repo}/releases/{id}")
def delete_release(forge, _, model, id):
    row = model.release(number_in(id))
    if not row.draft:
        forge.violations.append(f"a public release was deleted: {row.tag}")
    model.delete(row)
    return 204, None, {}


@route("GET", "/repos/{owner}/{repo}/releases/{id}/assets")
def assets(forge, call, model, id):
    row = release_for(forge, call, model, id)
    return 200, [forge.asset_json(model, row, asset) for asset in row.assets], {}


def form_of(call):
    """(name, bytes) of the one file of a multipart form (RFC 7578). Any other field than "attachment" was a fault of the server itself."""
    boundary = re.search(r'boundary="?([^";]+)"?', call.headers["content-type"])
    if boundary is None or call.body.content is None:
        raise Refusal(500, "no multipart boundary param in Content-Type")
    line = b"--" + boundary.group(1).encode()
    head, _, rest = call.body.content.removeprefix(line + b"\r\n").partition(b"\r\n\r\n")
    end = b"\r\n" + line + b"--\r\n"
    field = re.search(rb'Content-Disposition: form-data; name="([^"]*)"; filename="([^"]*)"', head, re.I)
    if not call.body.content.startswith(line + b"\r\n") or not rest.endswith(end) or b"\r\n" + line in rest[: -len(end)]:
        raise Refusal(500, "multipart: NextPart: EOF")
    if field is None or field.group(1) != b"attachment":
        raise Refusal(500, "http: no such file")
    return field.group(2).decode(), rest[: -len(end)]


@route("POST", "/repos/{owner}/{repo}/releases/{id}/assets")
def upload(forge, call, model, id):
    row = model.release(number_in(id))
    name = call.query.get("name", "")
    if call.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        file_name, content = form_of(call)
    elif forge.settings.raw_uploads:
        file_name, content = "", call.body.content
    else:
        raise Refusal(500, "request Content-Type isn't multipart/form-data")
    return 201, forge.asset_json(model, None, model.add_asset(row, name or file_name, content)), {}


@route("GET", "/repos/{owner}/{repo}/releases/{id}/assets/{attachment_id}")
def asset(forge, call, model, id, attachment_id):
    row = release_for(forge, call, model, id)
    return 200, forge.asset_json(model, None, model.asset(row, number_in(attachment_id))), {}


@route("PATCH", "/repos/{owner}/{repo}/releases/{id}/assets/{attachment_id}")
def edit_asset(forge, call, model, id, attachment_id):
    found = model.asset(model.release(number_in(id)), number_in(attachment_id))
    found.name = (call.json or {}).get("name") or found.name
    return 201, forge.asset_json(model, None, found), {}


@route("DELETE", "/repos/{owner}/{repo}/releases/{id}/assets/{attachment_id}")
def delete_asset(forge, _, model, id, attachment_id):
    row = model.release(number_in(id))
    found = model.asset(row, number_in(attachment_id))
    if not row.draft:
        forge.violations.append(f"a file of a public release was deleted: {row.tag} {found.name}")
    row.assets.remove(found)
    return 204, None, {}


OF_RELEASES = {releases, create_release, latest_release, release_by_tag, release, edit_release, delete_release, assets, upload, asset}


@route("GET", "/repos/{owner}/{repo}/tags/{tag}")
def tag(forge, _, model, tag):
    found = model.tag(tag) if forge.settings.tag_endpoint else None
    if found is None:
        raise Refusal(404)
    commit = {"sha": found["commit"], "url": "", "created": when(found["when"])}
    return 200, {"name": tag, "id": found["id"], "message": found["message"], "commit": commit, "zipball_url": "", "tarball_url": ""}, {}


@route("DELETE", "/repos/{owner}/{repo}/tags/{tag}")
def delete_tag(_, __, model, tag):
    row = model.row(tag)
    if row is not None and not row.hidden:
        raise Refusal(409, "a tag attached to a release cannot be deleted directly")
    if row is None:
        raise Refusal(404)
    model.git("update-ref", "-d", f"refs/tags/{tag}")
    model.tag_deleted(tag)
    return 204, None, {}


@route("GET", "/repos/{owner}/{repo}/git/refs/{ref}")
def references(forge, _, model, ref):
    """By their beginning."""
    fields = (model.git("for-each-ref", "--format=%(refname) %(objectname) %(objecttype)") or "").splitlines()
    rows = [dict(zip(("ref", "sha", "type"), line.split())) for line in fields if line.startswith("refs/" + ref)]
    if not rows:
        raise Refusal(404)
    found = [{"ref": row["ref"], "url": "", "object": {"sha": row["sha"], "type": row["type"], "url": ""}} for row in rows]
    return 200, found[0] if forge.settings.refs_as_object and len(found) == 1 else found, {}


@route("GET", "/repos/{owner}/{repo}/git/tags/{sha}")
def annotated_tag(_, __, model, sha):
    commit = model.git("rev-parse", "--verify", "--quiet", sha + "^{commit}")
    if commit is None or model.git("cat-file", "-t", sha) != "tag":
        raise Refusal(404)
    return 200, {"sha": sha, "tag": "", "message": "", "url": "", "object": {"sha": commit, "type": "commit", "url": ""}}, {}


@route("GET", "/repos/{owner}/{repo}/tag_protections")
def tag_protections(_, call, model):
    if call.token is None or not call.token.rights.get("admin", False):
        raise Refusal(403, "user should be an owner or a collaborator with admin write of a repository")
    rows = [
        {"id": at + 1, "name_pattern": row["pattern"], "whitelist_usernames": row["users"], "whitelist_teams": row["teams"], "created_at": when(0), "updated_at": when(0)}
        for at, row in enumerate(model.protections)
    ]
    return 200, rows, {}


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
    return 201, forge.issue_json(model, issue), {}


def comment_json(forge, model, issue, comment):
    url = f"{forge.root}/{model.name}/issues/{issue['number']}"
    return {"id": comment["id"], "body": comment["body"], "html_url": f"{url}#issuecomment-{comment['id']}", "issue_url": url, "user": forge.user_json("alice")}


@route("GET", "/repos/{owner}/{repo}/issues/{index}/comments", scope="issue")
def comments(forge, _, model, index):
    issue = model.issue(number_in(index))
    return 200, [comment_json(forge, model, issue, comment) for comment in issue["comments"]], {"X-Total-Count": str(len(issue["comments"]))}


@route("POST", "/repos/{owner}/{repo}/issues/{index}/comments", scope="issue")
def create_comment(forge, call, model, index):
    issue = model.issue(number_in(index))
    if issue.get("locked"):
        raise Refusal(403, "The issue is locked: only who may write comments on it.")
    comment = {"id": model.number(), "body": call.json.get("body", "")}
    issue["comments"].append(comment)
    return 201, comment_json(forge, model, issue, comment), {}


@route("GET", "/repos/{owner}/{repo}/commits/{sha}/pull")
def pull_of_commit(forge, _, model, sha):
    pull = model.pulls.get(sha)
    if pull is None:
        raise Refusal(404)
    url = f"{forge.root}/{model.name}/pulls/{pull['number']}"
    data = {
        "id": pull["number"],
        "number": pull["number"],
        "title": pull["title"],
        "html_url": url,
        "state": "closed",
        "merged": pull["merged"],
        "merge_commit_sha": sha,
        "user": forge.user_json(pull["login"]),
    }
    return 200, data, {}
