"""Takes the calls that slipway makes of GitHub out of its published OpenAPI description, as github.json.

    npm pack @octokit/openapi@23.0.2      (MIT; GitHub's own description, repacked), unpacked into PACKAGE
    python3 tests/forge/openapi/extract_github.py PACKAGE >tests/forge/openapi/github.json

Words for people (descriptions, examples) are left out; `nullable` of OpenAPI 3.0 becomes what JSON Schema knows.
"""

import json
import pathlib
import sys

CALLS = """
GET /user
GET /rate_limit
GET /repos/{owner}/{repo}
GET /repos/{owner}/{repo}/immutable-releases
GET /repos/{owner}/{repo}/releases
POST /repos/{owner}/{repo}/releases
POST /repos/{owner}/{repo}/releases/generate-notes
GET /repos/{owner}/{repo}/releases/latest
GET /repos/{owner}/{repo}/releases/tags/{tag}
GET /repos/{owner}/{repo}/releases/{release_id}
PATCH /repos/{owner}/{repo}/releases/{release_id}
DELETE /repos/{owner}/{repo}/releases/{release_id}
GET /repos/{owner}/{repo}/releases/{release_id}/assets
POST /repos/{owner}/{repo}/releases/{release_id}/assets
GET /repos/{owner}/{repo}/releases/assets/{asset_id}
PATCH /repos/{owner}/{repo}/releases/assets/{asset_id}
DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}
GET /repos/{owner}/{repo}/git/ref/{ref}
GET /repos/{owner}/{repo}/git/matching-refs/{ref}
GET /repos/{owner}/{repo}/git/tags/{tag_sha}
GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls
GET /repos/{owner}/{repo}/issues
POST /repos/{owner}/{repo}/issues
GET /repos/{owner}/{repo}/issues/{issue_number}/comments
POST /repos/{owner}/{repo}/issues/{issue_number}/comments
"""
WORDS = {"description", "example", "examples", "externalDocs", "title", "deprecated", "x-github", "default", "discriminator", "x-multi-segment"}
REF = "#/components/"


class Extract:
    def __init__(self, document):
        self.document, self.schemas = document, {}

    def resolve(self, value):
        while isinstance(value, dict) and value.get("$ref", "").startswith(REF) and "/schemas/" not in value["$ref"]:
            kind, name = value["$ref"][len(REF):].split("/")
            value = self.document["components"][kind][name]
        return value

    def schema(self, value):
        if isinstance(value, list):
            return [self.schema(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            name = value["$ref"].rpartition("/")[2]
            if name not in self.schemas:
                self.schemas[name] = None
                self.schemas[name] = self.schema(self.document["components"]["schemas"][name])
            return {"$ref": f"#/schemas/{name}"}
        # The names below "properties" are no keywords.
        plain = {key: {name: self.schema(each) for name, each in sub.items()} if key == "properties" else self.schema(sub)
                 for key, sub in value.items() if key == "properties" or key not in WORDS}  # fmt: skip
        return self.nullable(plain) if plain.pop("nullable", False) else plain

    @staticmethod
    def nullable(plain):
        if isinstance(plain.get("type"), str) and "enum" not in plain:
            return {**plain, "type": [plain["type"], "null"]}
        return {"anyOf": [plain, {"type": "null"}]}

    def content(self, holder):
        """The schema of the JSON in a request or an answer; None: there is no JSON."""
        kinds = (holder or {}).get("content", {})
        return self.schema(kinds["application/json"].get("schema", {})) if "application/json" in kinds else None

    def call(self, method, path):
        item = self.document["paths"][path]
        operation = item[method.lower()]
        parameters = [self.resolve(each) for each in [*item.get("parameters", []), *operation.get("parameters", [])]]
        return {
            "query": {each["name"]: self.schema(each["schema"]) for each in parameters if each["in"] == "query"},
            "body": self.content(self.resolve(operation.get("requestBody"))),
            "answers": {status: self.content(self.resolve(answer)) for status, answer in operation["responses"].items()},
        }


def main():
    package = pathlib.Path(sys.argv[1])
    document = json.loads((package / "generated" / "api.github.com.json").read_text())
    extract = Extract(document)
    calls = {line: extract.call(*line.split(" ")) for line in CALLS.strip().splitlines()}
    about = json.loads((package / "package.json").read_text())
    source = {"package": about["name"], "version": about["version"], "license": about["license"], "openapi": document["openapi"]}
    json.dump({"source": source, "calls": calls, "schemas": dict(sorted(extract.schemas.items()))}, sys.stdout, indent=None, separators=(",", ":"), sort_keys=True)
    print()


if __name__ == "__main__":
    main()
