"""Holds requests and answers against a published description: openapi/gitea.json, see extract_gitea.py."""

import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).with_name("openapi")


class Description:
    """The calls of one server. `dialect`: whose types ("gitea" or "forgejo"); what is null is not checked: the description does not say what may be."""

    def __init__(self, dialect):
        document = json.loads((FOLDER / "gitea.json").read_text())
        self.types = document["types"][dialect]
        self.calls = []
        for name, call in document["calls"].items():
            method, path = name.split(" ")
            # A ref has slashes of its own.
            pattern = re.sub(r"\\\{ref\\\}", ".+", re.escape(path))
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", pattern)
            self.calls.append((method, re.compile(pattern + r"\Z"), path.count("{"), call))
        self.calls.sort(key=lambda row: row[2])

    def find(self, method, path):
        for known, pattern, _, call in self.calls:
            if known == method and pattern.match(path):
                return call
        return None

    def request(self, method, path, query, body):
        """What is wrong with a request, as sentences. body: parsed JSON; None where there is none or it is no JSON."""
        call = self.find(method, path)
        if call is None:
            return [f"{method} {path} is not described"]
        wrong = [f"{method} {path}: no parameter {name} is described" for name in query if name not in call["query"]]
        wrong += [f"{method} {path}: parameter {name}: {text}" for name in query if name in call["query"]
                  for text in self.query_faults(query[name], call["query"][name])]
        if body is not None:
            schema = call["body"]
            wrong += [f"{method} {path}: {text}" for text in (["a body is not described"] if schema is None else self.faults(body, schema, "the body"))]
        return wrong

    def answer(self, method, path, status, body):
        call = self.find(method, path)
        if call is None or status in (401, 403, 423) or status >= 500:  # what stands before every call
            return []
        schema = call["answers"].get(str(status))
        if schema is None:
            return [f"{method} {path}: an answer {status} is not described"]
        return [f"{method} {path} answers {status}: {text}" for text in self.faults(body, schema, "the answer")]

    @staticmethod
    def query_faults(text, schema):
        if schema.get("type") == "number":
            return [] if re.fullmatch(r"-?\d+", text) else [f"{text!r} is no number"]
        if schema.get("type") == "boolean":
            return [] if text in ("true", "false") else [f"{text!r} is no boolean"]
        if "enum" in schema:
            return [] if text in schema["enum"] else [f"{text!r} is none of {schema['enum']}"]
        return []

    def faults(self, value, schema, where):
        if "ref" in schema:
            if schema["ref"] not in self.types:
                return []
            schema = self.types[schema["ref"]]
        if value is None or not schema:
            return []
        if "enum" in schema:
            return [] if value in schema["enum"] else [f"{where} is {value!r}, none of {schema['enum']}"]
        return getattr(self, "faults_" + schema["type"])(value, schema, where)

    def faults_object(self, value, schema, where):
        if not isinstance(value, dict):
            return [f"{where} is no object"]
        if "properties" not in schema:
            return []
        wrong = [f"{where} has no {name}" for name in schema["required"] if name not in value]
        for name, member in value.items():
            if name not in schema["properties"]:
                wrong.append(f"{where}.{name} is not described")
            else:
                wrong += self.faults(member, schema["properties"][name], f"{where}.{name}")
        return wrong

    def faults_array(self, value, schema, where):
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [text for at, member in enumerate(value) for text in self.faults(member, schema["items"], f"{where}[{at}]")]

    @staticmethod
    def faults_string(value, _, where):
        return [] if isinstance(value, str) else [f"{where} is no text"]

    @staticmethod
    def faults_number(value, _, where):
        return [] if isinstance(value, (int, float)) and not isinstance(value, bool) else [f"{where} is no number"]

    @staticmethod
    def faults_boolean(value, _, where):
        return [] if isinstance(value, bool) else [f"{where} is no boolean"]
