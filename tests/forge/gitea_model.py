"""What a Gitea or Forgejo keeps of one repository, and its rules. No HTTP here.

Sources: routers/api/v1/repo/{release,release_attachment,release_tags}.go, services/release/release.go, services/repository/push.go, models/repo/release.go of
go-gitea/gitea. One release is one row for each tag (in any case of its letters); a tag without a release has a hidden row.
"""

import dataclasses
import hashlib
import subprocess
import time
import uuid


class Refusal(Exception):
    def __init__(self, status, message=""):
        super().__init__(message)
        self.status = status
        self.message = message


@dataclasses.dataclass
class Asset:
    number: int
    name: str
    content: bytes
    created: float
    uuid: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    downloads: int = 0

    @property
    def sha256(self):
        return hashlib.sha256(self.content).hexdigest()


@dataclasses.dataclass
class Release:
    number: int
    tag: str
    target: str = ""
    title: str = ""
    note: str = ""
    draft: bool = False
    prerelease: bool = False
    hidden: bool = False  # a tag, and no release
    created: float = 0
    login: str = ""
    assets: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Settings:
    """What servers do differently, by version and by app.ini."""

    version: str = "1.24.2"
    page_cap: int = 50
    links: bool = True  # lists say Link, too
    root_url: str = ""  # "": right
    allowed_types: str = ""  # ".zip,.whl": of release files
    file_max_size: int = 0  # bytes; 0: no limit
    drafts_by_tag: bool = True
    draft_by_name: bool = True  # 1.22.0: False
    draft_by_uuid: bool = True
    one_row: bool = True  # False: two requests at once made two rows of one tag
    published_for_drafts: bool = False
    refs_as_object: bool = False  # exactly one reference is no list
    tag_endpoint: bool = True
    serve_direct: bool = False  # files are redirected to a storage at another address
    raw_uploads: bool = True

    @property
    def forgejo(self):
        return "+gitea-" in self.version


class Repository:
    def __init__(self, name, path, settings, clock=time.time):
        self.name = name
        self.path = path
        self.settings = settings
        self.clock = clock
        self.private = False
        self.archived = False
        self.has_releases = True
        self.default_branch = "main"
        self.rows = []
        self.labels = []  # {"id", "name"}
        self.issues = []  # {"number", "title", "body", "state", "labels": [names], "comments": [{"id", "body"}]}
        self.pulls = {}  # commit → {"number", "title", "login", "merged"}
        self.protections = []  # {"pattern", "users", "teams"}
        self.made_tags = []  # those that the forge made itself, at the head of a branch
        self.late_assets = []  # what came to a release that was public already
        self.numbers = 0
        for tag in self.tags():
            self.tag_pushed(tag)

    def number(self):
        self.numbers += 1
        return self.numbers

    # ---- git ----

    def git(self, *words):
        done = subprocess.run(["git", "-C", str(self.path), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def tags(self):
        return (self.git("for-each-ref", "--format=%(refname:strip=2)", "refs/tags") or "").split()

    def tag(self, name):
        """{ref, id, kind, commit, when, message} of a tag, or None."""
        fields = "%(objectname)%00%(objecttype)%00%(*objectname)%00%(creatordate:unix)%00%(contents)"
        text = self.git("for-each-ref", f"--format={fields}", f"refs/tags/{name}")
        if not text:
            return None
        number, kind, peeled, when, message = text.split("\0", 4)
        return {"id": number, "kind": kind, "commit": peeled or number, "when": int(when), "message": message}

    def is_empty(self):
        return self.git("rev-parse", "--verify", "--quiet", "HEAD") is None and not self.git("for-each-ref", "--count=1")

    # ---- what a push does ----

    def tag_pushed(self, name):
        """The draft that names the tag is public from here on; a tag without a release gets its hidden row."""
        tag, row = self.tag(name), self.row(name)
        if row is None:
            row = Release(self.number(), name, hidden=True)
            self.rows.append(row)
        row.draft = False
        row.created = tag["when"]

    def tag_deleted(self, name):
        """A release whose tag is deleted is a draft again."""
        row = self.row(name)
        if row is not None and row.hidden:
            self.rows.remove(row)
        elif row is not None:
            row.draft = True

    # ---- releases ----

    def row(self, tag):
        rows = [row for row in self.rows if row.tag.lower() == tag.lower()]
        return rows[0] if rows else None

    def release(self, number):
        rows = [row for row in self.rows if row.number == number and not row.hidden]
        if not rows:
            raise Refusal(404)
        return rows[0]

    def listed(self, writer, draft=None, prerelease=None):
        rows = [row for row in self.rows if not row.hidden and (writer or not row.draft)]
        rows = [row for row in rows if draft in (None, row.draft) and prerelease in (None, row.prerelease)]
        return sorted(rows, key=lambda row: (row.created, row.number), reverse=True)

    def latest(self):
        rows = [row for row in self.listed(False) if not row.prerelease]
        if not rows:
            raise Refusal(404)
        return rows[0]

    def may_control(self, tag, login):
        matching = [row for row in self.protections if row["pattern"].rstrip("*") == tag[: len(row["pattern"].rstrip("*"))]]
        return all(login in row["users"] for row in matching)

    def make_tag(self, row, login):
        """What publishing does where the tag is not there: a lightweight tag at the head of the target."""
        if row.draft:
            row.created = self.clock()
            return
        if self.tag(row.tag) is None:
            if not self.may_control(row.tag, login):
                raise Refusal(422, "protected tag")
            commit = self.git("rev-parse", "--verify", "--quiet", f"{row.target or self.default_branch}^{{commit}}")
            if commit is None:
                raise Refusal(404, f'target "{row.target}" not found: object does not exist')
            if self.git("update-ref", f"refs/tags/{row.tag}", commit) is None:
                raise Refusal(500)
            self.made_tags.append(row.tag)
            row.created = self.clock()

    def create(self, form, login):
        if self.archived:
            raise Refusal(423, "repo is archived")
        if not form.get("tag_name"):
            raise Refusal(422, "[TagName]: Required")
        if self.is_empty():
            raise Refusal(422, "repo is empty")
        row = self.row(form["tag_name"])
        if row is not None and not row.hidden and self.settings.one_row:
            raise Refusal(409, "Release is has no Tag")
        fresh = row is None or not row.hidden
        if fresh:
            row = Release(self.number(), form["tag_name"])
        before = dataclasses.replace(row)
        row.target = form.get("target_commitish") or (self.default_branch if fresh else "")
        row.title, row.note = form.get("name", "")[:255], form.get("body", "")
        row.draft, row.prerelease = form.get("draft", False), form.get("prerelease", False)
        row.hidden, row.login = False, login
        try:
            self.make_tag(row, login)
        except Refusal:
            vars(row).update(vars(before))
            raise
        if fresh:
            self.rows.append(row)
        return row

    def edit(self, row, form, login):
        """Empty texts change nothing; what goes wrong with the tag is a 500 here."""
        before = dataclasses.replace(row)
        row.tag, row.target = form.get("tag_name") or row.tag, form.get("target_commitish") or row.target
        row.title, row.note = (form.get("name") or row.title)[:255], form.get("body") or row.note
        for key in ("draft", "prerelease"):
            if form.get(key) is not None:
                setattr(row, key, form[key])
        try:
            self.make_tag(row, login)
        except Refusal as refusal:
            vars(row).update(vars(before))
            raise Refusal(500, refusal.message) from refusal

    def delete(self, row):
        """A hidden row stays, also of a draft whose tag never was."""
        row.hidden, row.assets = True, []

    # ---- files ----

    def add_asset(self, row, name, content):
        if not name:
            raise Refusal(400, "Could not determine name of attachment.")
        allowed = [text.strip() for text in self.settings.allowed_types.split(",") if text.strip()]
        if allowed and not any(name.endswith(text) for text in allowed):
            raise Refusal(400, "This file cannot be uploaded or modified due to a forbidden file extension or type.")
        if self.settings.file_max_size and len(content) > self.settings.file_max_size:
            raise Refusal(413, f"attachment exceeds limit {self.settings.file_max_size}")
        asset = Asset(self.number(), name, content, self.clock())
        row.assets.append(asset)
        if not row.draft:
            self.late_assets.append((row.tag, name))
        return asset

    def asset(self, row, number):
        assets = [asset for asset in row.assets if asset.number == number]
        if not assets:
            raise Refusal(404)
        return assets[0]

    def asset_by_uuid(self, wanted):
        for row in self.rows:
            for asset in row.assets:
                if asset.uuid == wanted:
                    return row, asset
        raise Refusal(404)

    # ---- talk ----

    def issue(self, number):
        issues = [issue for issue in self.issues if issue["number"] == number]
        if not issues:
            raise Refusal(404)
        return issues[0]

    def add_issue(self, title, body="", labels=(), state="open"):
        if not title:
            raise Refusal(422, "[Title]: Required")
        issue = {"number": len(self.issues) + 1, "id": self.number(), "title": title, "body": body, "labels": list(labels), "state": state, "comments": []}
        self.issues.append(issue)
        return issue

    def add_label(self, name):
        label = {"id": self.number(), "name": name}
        self.labels.append(label)
        return label

    def find_issues(self, state, labels):
        """Names of labels that are not there are passed over: with none left, nothing is filtered."""
        known = {label["name"] for label in self.labels}
        wanted = [name for name in labels if name in known]
        issues = [issue for issue in self.issues if (state == "all" or issue["state"] == state) and not issue.get("pull")]
        return [issue for issue in reversed(issues) if all(name in issue["labels"] for name in wanted)]
