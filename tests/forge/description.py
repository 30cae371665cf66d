"""Holds requests and answers against GitHub's published OpenAPI description (openapi/github.json, see extract_github.py), and fills in what an answer must have beyond what
the emulator cares for."""

import functools
import json
import pathlib
import re

import jsonschema

FOLDER = pathlib.Path(__file__).with_name("openapi")
# What stands before every call and is described for few of them.
USUAL = {"400", "401", "403", "404", "422", "429", "301", "304", "500", "502", "503"}
SAMPLES = {"date-time": "2020-01-01T00:00:00Z", "uri": "https://github.example.org/x", "email": "x@example.org"}


class Description:
    def __init__(self):
        self.document = json.loads((FOLDER / "github.json").read_text())
        self.resolver = jsonschema.RefResolver("", self.document)
        self.validators = {}
        self.calls = []
        for name, call in self.document["calls"].items():
            method, path = name.split(" ")
            # A ref has slashes of its own.
            pattern = re.sub(r"\\\{ref\\\}", ".+", re.escape(path))
            pattern = re.sub(r"\\\{tag\\\}", ".+", pattern)
            self.calls.append((method, re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", pattern) + r"\Z"), path, call))
        self.calls.sort(key=lambda row: row[2].count("{"))

    @functools.lru_cache(maxsize=None)
    def find(self, method, path):
        for known, pattern, template, call in self.calls:
            if known == method and pattern.match(path):
                return template, call
        return None, None

    def faults(self, value, schema, key):
        if key not in self.validators:
            self.validators[key] = jsonschema.Draft7Validator(schema, resolver=self.resolver)
        return [f"{'/'.join(str(part) for part in error.absolute_path) or 'the body'}: {error.message[:200]}" for error in self.validators[key].iter_errors(value)]

    # ---- what came, what goes ----

    def request(self, method, path, query, body):
        template, call = self.find(method, path)
        if call is None:
            return [f"{method} {path} is not described"]
        where = f"{method} {template}"
        wrong = [f"{where}: no parameter {name} is described" for name in query if name not in call["query"]]
        for name, text in query.items():
            schema = call["query"].get(name, {})
            value = int(text) if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text) else text
            wrong += [f"{where}: parameter {name}: {fault}" for fault in self.faults(value, schema, (where, name))]
        if body is not None and call["body"] is not None:
            known = set(call["body"].get("properties", {}))
            wrong += [f"{where}: no member {name} is described" for name in body if known and name not in known] if isinstance(body, dict) else []
            wrong += [f"{where}: {fault}" for fault in self.faults(body, call["body"], (where, "body"))]
        return wrong

    def answer(self, method, path, status, body):
        template, call = self.find(method, path)
        where = f"{method} {template} answers {status}"
        if call is None:
            return []
        if str(status) not in call["answers"]:
            return [] if str(status) in USUAL else [f"{where}, which is not described"]
        schema, key = call["answers"][str(status)], "answer"
        if status == 422 and isinstance(body, dict) and all(isinstance(error, str) for error in body.get("errors", [])):
            schema = {"$ref": "#/schemas/basic-error"}  # `errors` may be plain texts: GitHub's validation-error-simple, which few calls name
            body, key = {name: value for name, value in body.items() if name != "errors"}, "plain"
        return [] if schema is None or body is None else [f"{where}: {fault}" for fault in self.faults(body, schema, (where, key))]

    # ---- filling in ----

    def whole(self, name, given):
        """`given` with all that the schema `name` requires besides."""
        return self.fill(self.document["schemas"][name], given)

    def fill(self, schema, given):
        schema = self.plain(schema)
        missing = [name for name in schema.get("required", []) if name not in given]
        return {**{name: self.sample(schema["properties"][name]) for name in missing}, **given}

    def plain(self, schema):
        while "$ref" in schema:
            schema = self.document["schemas"][schema["$ref"].rpartition("/")[2]]
        if "allOf" in schema:
            parts = [self.plain(part) for part in schema["allOf"]]
            schema = {"type": "object", "required": sum((part.get("required", []) for part in parts), []),
                      "properties": {name: sub for part in parts for name, sub in part.get("properties", {}).items()}}  # fmt: skip
        return schema

    def sample(self, schema):
        schema = self.plain(schema)
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            return None if {"type": "null"} in choices else self.sample(choices[0])
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            return None
        simple = {"string": SAMPLES.get(schema.get("format"), "x"), "integer": 1, "number": 1, "boolean": False, "array": []}
        return simple[kind] if kind in simple else self.fill(schema, {})


@functools.lru_cache(maxsize=1)
def github():
    return Description()
