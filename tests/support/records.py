"""A record of refs/slipway/runs, read, changed and written back as a hostile hand would: with hashes that hold, unless told otherwise."""

import hashlib
import json
import re

from support.project import git


def canonical(value):
    """As slipway writes it; numbers with a point keep the digits that they came with."""
    return re.sub(r'"REAL:([^"]*)"', r"\1", json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def parse(text):
    return json.loads(text, parse_float=lambda digits: f"REAL:{digits}")


def sha256(value):
    return hashlib.sha256(canonical(value).encode()).hexdigest()


class Record:
    def __init__(self, repository, ref):
        self.repository, self.ref = repository, ref
        self.head = parse(git(repository, "show", f"{ref}:run.json"))
        self.events = [parse(line) for line in git(repository, "show", f"{ref}:events.jsonl").splitlines()]
        self.plan = self.events[0]["data"]["plan"]
        self.keep_hashes = self.keep_head = False
        self.lines = None

    def seal(self):
        """The plan's hash holds again."""
        self.plan["hash"] = sha256({key: value for key, value in self.plan.items() if key not in ("hash", "notes", "problems")})

    def chain(self):
        last = sha256([self.head[key] for key in ("id", "project", "command", "version", "tag")])
        for event in self.events:
            last = event["hash"] = sha256([last, event["at"], event["type"], event["effect"], event["data"]])
        if not self.keep_head:
            self.head.update(hash=last, events=len(self.events))

    def write(self):
        if not self.keep_hashes:
            self.chain()
        lines = self.lines if self.lines is not None else "".join(canonical(event) + "\n" for event in self.events).encode()
        blobs = [("run.json", canonical(self.head).encode()), ("events.jsonl", lines)]
        entries = "".join(f"100644 blob {git(self.repository, 'hash-object', '-w', '--stdin', **given(data))}\t{name}\n" for name, data in blobs)
        tree = git(self.repository, "mktree", **given(entries.encode()))
        commit = git(self.repository, "-c", "user.name=Mallory", "-c", "user.email=m@example.org", "commit-tree", tree, "-p", self.ref, "-m", "hostile")
        git(self.repository, "update-ref", self.ref, commit)


def given(data):
    return {"input": data}
