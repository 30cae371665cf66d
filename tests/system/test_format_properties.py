"""Manifests made at random: an independent parser sees exactly one value changed, and the bytes differ in the version only."""

import copy
import json
import pathlib
import random
import sys
import tomllib
import xml.etree.ElementTree as ElementTree

import pytest
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, git  # noqa: E402

OLD, NEW = "1.4.0", "2.35.17"
ROUNDS = 25
NOTHING = {"pyproject.toml": None, "tool/__init__.py": None, "build.sh": None, "slipway.yaml": None, "CHANGELOG.md": None}
DECOYS = [OLD, "v" + OLD, "=" + OLD, OLD + "-rc.1", "version = " + OLD, 'a "quoted" \\ word', "é ü", ""]


def decoy(rand):
    return rand.choice(DECOYS)


# ---- JSON ----


def random_json(rand, depth=0):
    kind = rand.randrange(6 if depth < 3 else 3)
    if kind < 3:
        return [decoy(rand), rand.randrange(10), True][kind]
    if kind == 3:
        return [random_json(rand, depth + 1) for _ in range(rand.randrange(4))]
    return {rand.choice(["version", "name", "a", "packages", ""]): random_json(rand, depth + 1) for _ in range(rand.randrange(4))}


def make_json(rand):
    members = [("version", OLD)] + [(name, random_json(rand)) for name in rand.sample(["dependencies", "config", "engines", "x", "versions", "Version"], rand.randrange(6))]
    rand.shuffle(members)
    text = json.dumps(dict(members), indent=rand.choice([None, 2, 4, "\t"]), ensure_ascii=rand.random() < 0.5, separators=rand.choice([None, (",", ":"), (" , ", " : ")]))
    return text + rand.choice(["", "\n", "\n\n"])


def set_json(value):
    value["version"] = NEW


# ---- TOML ----


def toml_string(rand):
    text = decoy(rand)
    return rand.choice([json.dumps(text, ensure_ascii=False), "'" + text.replace("'", "") + "'", '"""\nversion = "' + OLD + '"\n"""'])


def make_toml(rand, table, tables):
    own = [f"version = {rand.choice([repr(OLD), json.dumps(OLD)])}{rand.choice(['', '  # version = ' + OLD])}", 'name = "tool"']
    own += [f"{key} = {toml_string(rand)}" for key in rand.sample(["description", "rust-version", "x-version", "target-version"], 2)]
    rand.shuffle(own)
    parts = [f"[{table}]\n" + "\n".join(own) + "\n"]
    for name in rand.sample(tables, rand.randrange(len(tables) + 1)):
        parts.append(f"# version = \"{OLD}\"\n[{name}]\nversion = {toml_string(rand)}\nlist = [ \"{OLD}\", # {OLD}\n]\ninner = {{ version = '{OLD}' }}\n")
    rand.shuffle(parts)
    return "\n".join(parts)


def make_pyproject(rand):
    return make_toml(rand, "project", ["tool.x", "tool.y.project", "build-system"])


def make_cargo(rand):
    return make_toml(rand, "package", ["dependencies.serde", "package.metadata.x", "profile.release"])


# ---- XML ----


def make_pom(rand):
    parts = [f"<version>{rand.choice(['', ' '])}{OLD}{rand.choice(['', ' '])}</version>", "<artifactId>tool</artifactId>"]
    parts += rand.sample([f"<parent><artifactId>p</artifactId><version>{OLD}</version></parent>", f"<!-- <version>{OLD}</version> -->", f'<x version="{OLD}"/>',
                          f"<dependencies><dependency><version>{OLD}</version></dependency></dependencies>", f"<properties><a.version>{OLD}</a.version></properties>",
                          f"<build><plugins><plugin><version>{OLD}</version></plugin></plugins></build>", f"<description><![CDATA[<version>{OLD}</version>]]></description>"], 4)
    rand.shuffle(parts)
    inner = rand.choice(["", "\n  "]).join(parts)
    return f'{rand.choice(["", chr(60) + "?xml version=" + chr(34) + "1.0" + chr(34) + "?" + chr(62) + chr(10)])}<project xmlns="http://maven.apache.org/POM/4.0.0">{inner}</project>\n'


def read_pom(text):
    return [(element.tag.split("}")[1], (element.text or "").strip(), dict(element.attrib)) for element in ElementTree.fromstring(text).iter()]


# ---- YAML ----


def make_chart(rand):
    lines = [f"version: {rand.choice([OLD, repr(OLD), json.dumps(OLD)])}{rand.choice(['', ' # ' + OLD])}", "name: tool"]
    lines += rand.sample([f"# version: {OLD}", f"kubeVersion: '{OLD}'", f"description: |\n  version: {OLD}", f"dependencies:\n  - name: x\n    version: {OLD}",
                          f"annotations:\n  version: '{OLD}'", f"x: {{version: {OLD}}}", "appVersion: '9'"], 4)
    rand.shuffle(lines)
    return "\n".join(lines) + rand.choice(["", "\n"])


def set_key(value):
    value["version"] = NEW


FORMATS = {
    "package.json": (make_json, json.loads, set_json),
    "pyproject.toml": (make_pyproject, tomllib.loads, lambda value: value["project"].update(version=NEW)),
    "Cargo.toml": (make_cargo, tomllib.loads, lambda value: value["package"].update(version=NEW)),
    "Chart.yaml": (make_chart, yaml.safe_load, set_key),
    "pom.xml": (make_pom, read_pom, None),
}


def check_bytes(before, after):
    """One place differs, by the version alone."""
    at = next(n for n in range(len(before)) if before[n:n + 1] != after[n:n + 1])
    while before[at:at + len(OLD)] != OLD.encode() or before[:at] + NEW.encode() + before[at + len(OLD):] != after:
        at -= 1
        assert at >= 0, (before, after)


def check_meaning(name, before, after):
    _, read, change = FORMATS[name]
    if change is None:
        old, new = read(before), read(after)
        assert [pair for pair in zip(old, new) if pair[0] != pair[1]] == [(("version", OLD, {}), ("version", NEW, {}))]
        return
    wanted = copy.deepcopy(read(before))
    change(wanted)
    assert read(after) == wanted


@pytest.mark.parametrize("name", FORMATS)
def test_one_value_changes(tmp_path, name):
    rand = random.Random(name)
    project = Project.make(tmp_path / "p", files={**NOTHING, name: FORMATS[name][0](rand)})
    git(project.work, "tag", "-d", "v1.0.0")
    for _ in range(ROUNDS):
        text = FORMATS[name][0](rand)
        crlf = rand.random() < 0.3
        before = text.replace("\n", "\r\n").encode() if crlf else text.encode()
        before = (b"\xef\xbb\xbf" if rand.random() < 0.2 and name != "pyproject.toml" else b"") + before
        (project.work / name).write_bytes(before)
        (project.work / name).chmod(0o640)
        done = project.run("version", NEW, "--no-commit")
        assert done.status == 0, (before, done)
        after = (project.work / name).read_bytes()
        check_bytes(before, after)
        check_meaning(name, before.decode("utf-8-sig").replace("\r\n", "\n"), after.decode("utf-8-sig").replace("\r\n", "\n"))
        assert (project.work / name).stat().st_mode & 0o777 == 0o640
        (project.work / "CHANGELOG.md").unlink(missing_ok=True)
