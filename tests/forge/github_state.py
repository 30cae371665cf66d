"""What GitHub's emulator holds: releases, assets, what a token may; and how it refuses."""

import dataclasses
import datetime
import json
import re
import unicodedata

RELEASE_FIELDS = {"tag_name": str, "target_commitish": str, "name": str, "body": str, "draft": bool, "prerelease": bool, "discussion_category_name": str, "make_latest": str}
MAX_BODY, MAX_ASSETS, MAX_ASSET = 125000, 1000, 2 << 30


class Refusal(Exception):
    def __init__(self, status, message="Not Found", errors=None, headers=None):
        super().__init__(message)
        self.headers = headers or {}
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
    content: object  # server.Body; None: there is none
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
    """What GitHub makes of a file's name. The rule is what is known of it from the names that others have seen: a dot at an end, also one that stands for other
    characters, goes, and "default" comes in front."""
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if unicodedata.category(c) != "Mn")
    plain = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9_+@.-]+", ".", plain))
    base = plain.strip(".")
    return f"default.{base}" if plain != base or base == "" else base


def shown(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


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
