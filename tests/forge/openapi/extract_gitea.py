"""Takes the calls that slipway makes of Gitea and Forgejo out of their published API descriptions, as gitea.json.

    npm pack gitea-js@1.23.0 @llamaduck/forgejo-ts@15.0.9       (both MIT), unpacked into GITEA and FORGEJO
    python3 tests/forge/openapi/extract_gitea.py GITEA FORGEJO >tests/forge/openapi/gitea.json

Both packages hold what is generated from the servers' own swagger: types of requests and answers; Forgejo's also the statuses of each call, which Gitea's
description has alike.
"""

import json
import pathlib
import re
import sys

CALLS = """
GET /version
GET /user
GET /repos/{owner}/{repo}
GET /repos/{owner}/{repo}/releases
POST /repos/{owner}/{repo}/releases
GET /repos/{owner}/{repo}/releases/latest
GET /repos/{owner}/{repo}/releases/tags/{tag}
DELETE /repos/{owner}/{repo}/releases/tags/{tag}
GET /repos/{owner}/{repo}/releases/{id}
PATCH /repos/{owner}/{repo}/releases/{id}
DELETE /repos/{owner}/{repo}/releases/{id}
GET /repos/{owner}/{repo}/releases/{id}/assets
POST /repos/{owner}/{repo}/releases/{id}/assets
GET /repos/{owner}/{repo}/releases/{id}/assets/{attachment_id}
PATCH /repos/{owner}/{repo}/releases/{id}/assets/{attachment_id}
DELETE /repos/{owner}/{repo}/releases/{id}/assets/{attachment_id}
GET /repos/{owner}/{repo}/tag_protections
GET /repos/{owner}/{repo}/tags/{tag}
DELETE /repos/{owner}/{repo}/tags/{tag}
GET /repos/{owner}/{repo}/git/refs/{ref}
GET /repos/{owner}/{repo}/git/tags/{sha}
GET /repos/{owner}/{repo}/labels
GET /repos/{owner}/{repo}/issues
POST /repos/{owner}/{repo}/issues
GET /repos/{owner}/{repo}/issues/{index}/comments
POST /repos/{owner}/{repo}/issues/{index}/comments
GET /repos/{owner}/{repo}/commits/{sha}/pull
"""

TYPES = """ServerVersion User Repository Release Attachment CreateReleaseOption EditReleaseOption EditAttachmentOptions TagProtection Tag Reference AnnotatedTag
Label Issue CreateIssueOption Comment CreateIssueCommentOption PullRequest ApiError ApiNotFound ApiValidationError""".split()

SIMPLE = {"string": {"type": "string"}, "number": {"type": "number"}, "boolean": {"type": "boolean"}, "unknown": {}, "any": {}, "void": {}, "File": {}, "Blob": {}}


class Types:
    """The types of one .d.ts file."""

    def __init__(self, text, declaration):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        self.text = {}
        for found in re.finditer(declaration, text, re.M):
            self.text.setdefault(found.group(1), self.upto(text, found.end()))
        self.wanted = {}

    @staticmethod
    def upto(text, at):
        """What stands up to the end of a declaration: its braces are closed, then a semicolon or the end of the line."""
        depth, end = 0, at
        while depth > 0 or text[end] not in ";\n":
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        return text[at:end].strip()

    def fields(self, body):
        """The members of "{ … }": name, whether it may be left out, type."""
        inner, depth, start, parts = body.strip()[1:-1], 0, 0, []
        for at, char in enumerate(inner):
            depth += {"{": 1, "<": 1, "[": 1, "}": -1, ">": -1, "]": -1}.get(char, 0)
            if char == ";" and depth == 0:
                parts.append(inner[start:at])
                start = at + 1
        for part in parts:
            found = re.match(r"\s*['\"]?([\w-]+)['\"]?(\?)?:\s*(.*)", part, re.S)
            if found:
                yield found.group(1), found.group(2) is not None, found.group(3).strip()

    def schema(self, text):
        text = text.strip()
        if text in SIMPLE:
            return SIMPLE[text]
        if text.startswith("{") and text.endswith("}"):
            return self.object(text)
        if text.startswith("Array<"):
            return {"type": "array", "items": self.schema(text[6:-1])}
        if text.endswith("[]"):
            return {"type": "array", "items": self.schema(text[:-2].strip("()"))}
        if text.startswith("Record<"):
            return {"type": "object"}
        if re.fullmatch(r"'[^']*'(\s*\|\s*'[^']*')*", text):
            return {"enum": re.findall(r"'([^']*)'", text)}
        if re.fullmatch(r'"[^"]*"(\s*\|\s*"[^"]*")*', text):
            return {"enum": re.findall(r'"([^"]*)"', text)}
        if re.fullmatch(r"\w+", text) and text in self.text:
            if text not in self.wanted:
                self.wanted[text] = {}
                self.wanted[text] = self.schema(self.text[text])
            return {"ref": text}
        return {}

    def object(self, text):
        properties, required = {}, []
        for name, optional, kind in self.fields(text):
            properties[name] = self.schema(kind)
            if not optional:
                required.append(name)
        if not properties:
            return {"type": "object"}
        return {"type": "object", "properties": properties, "required": required}


def call(types, data):
    """The call that a type NAMEData describes."""
    name, parts = data[: -len("Data")], {field: kind for field, _, kind in types.fields(types.text[data])}
    answers = {}
    for group in (name + "Responses", name + "Errors"):
        for status, _, kind in types.fields(types.text.get(group, "{}")):
            answers[status] = types.schema(kind)
    query = types.object(parts["query"]).get("properties", {}) if parts.get("query", "never") != "never" else {}
    body = types.schema(parts["body"]) if parts.get("body", "never") != "never" else None
    return {"path": parts["url"].strip("'"), "query": query, "body": body, "answers": answers}


def version(folder):
    package = json.loads((folder / "package.json").read_text())
    return f"npm {package['name']} {package['version']} ({package['license']})"


def main(gitea_folder, forgejo_folder):
    gitea_folder, forgejo_folder = pathlib.Path(gitea_folder), pathlib.Path(forgejo_folder)
    gitea_text = (gitea_folder / "dist" / "index.d.ts").read_text()
    forgejo_text = (forgejo_folder / "dist" / "index.d.ts").read_text()
    gitea = Types(gitea_text, r"^(?:interface (\w+) (?=\{))")
    forgejo = Types(forgejo_text, r"^type (\w+) = ")
    methods = dict(re.findall(r"declare const (\w+): <.*?Options<(\w+)Data", forgejo_text))
    script = (forgejo_folder / "dist" / "index.mjs").read_text()
    verbs = dict(re.findall(r"var (\w+) = \(options\) => \(options\??\.client \?\? client\)\.(\w+)\(", script))
    known = {}
    for name, data in methods.items():
        described = call(forgejo, data + "Data")
        known[f"{verbs[name].upper()} {described['path']}"] = described
    of_gitea = {f"{verb} {path}" for verb, path in re.findall(r"@request (\w+):(\S+)", gitea_text)}
    calls = {wanted: known[wanted] for wanted in CALLS.strip().split("\n")}
    if not of_gitea.issuperset(calls):
        raise SystemExit(f"Gitea does not describe {sorted(set(calls) - of_gitea)}")
    for types in (gitea, forgejo):
        types.wanted = {}
        for name in TYPES:
            types.schema(name)
    document = {
        "sources": {"gitea": version(gitea_folder), "forgejo": version(forgejo_folder)},
        "calls": calls,
        "types": {"gitea": gitea.wanted, "forgejo": forgejo.wanted},
    }
    json.dump(document, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


main(*sys.argv[1:])
