"""`slipway version check`: every place, declared or not."""

import json
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, git  # noqa: E402

NODE = {"pyproject.toml": None, "tool/__init__.py": None, "build.sh": None, "slipway.yaml": None, "package.json": '{\n  "name": "tool",\n  "version": "1.0.0"\n}\n'}


def verdicts(project, *words, status=0):
    done = project.run("version", "check", "--json", *words)
    assert done.status == status, done
    return {f"{place['path']}:{place.get('line', '')}": (place["value"], place["verdict"]) for place in json.loads(done.out)["places"]}


def test_all_agree(tmp_path):
    project = Project.make(tmp_path / "p", files=NODE)
    assert verdicts(project) == {"package.json:3": ("1.0.0", "ok"), "CHANGELOG.md:9": ("1.0.0", "ok"), "tag v1.0.0:": ("1.0.0", "ok")}


def test_a_lock_file_that_lags(tmp_path):
    lock = '{\n  "version": "0.9.0",\n  "packages": {"": {"version": "1.0.0"}}\n}\n'
    project = Project.make(tmp_path / "p", files={**NODE, "package-lock.json": lock})
    seen = verdicts(project, status=1)
    assert seen["package-lock.json:2"] == ("0.9.0", "differs") and seen["package-lock.json:3"] == ("1.0.0", "ok")
    plan = project.run("plan", "minor")
    assert plan.status != 0 and "package-lock.json:2 says 0.9.0" in plan.out + plan.err
    shown = project.run("version", "check", "--fix", "--dry-run")
    assert '-  "version": "0.9.0",' in shown.out and "0.9.0" in (project.work / "package-lock.json").read_text()
    refused = project.run("version", "check", "--fix")
    assert refused.error()["code"] == "NO_TERMINAL" and "0.9.0" in (project.work / "package-lock.json").read_text()
    assert project.run("version", "check", "--fix", "--yes").status == 0
    assert (project.work / "package-lock.json").read_text() == lock.replace("0.9.0", "1.0.0")
    assert verdicts(project)


def test_a_second_module_nobody_mentioned(tmp_path):
    project = Project.make(tmp_path / "p", files={**NODE, "lib/deep/er/still/version.py": '__version__ = "1.0.0"\n', "src/version.go": 'package x\n\nconst Version = "0.9.0"\n', "src/other.go": 'const x = "0.9.0"\n'})
    git(project.work, "tag", "v0.9.0", "HEAD")
    seen = verdicts(project, status=1)
    assert seen["lib/deep/er/still/version.py:1"] == ("1.0.0", "undeclared")
    assert seen["src/version.go:3"] == ("0.9.0", "stale")
    assert not any(place.startswith("src/other.go") for place in seen)
    done = project.run("version", "check", env={"GITHUB_ACTIONS": "true"})
    assert "::error file=src/version.go,line=3,col=18,title=slipway stale::" in done.out
    project.commit("chore: tell", **{"slipway.yaml": "version:\n  ignore: [src/*]\n"})
    assert verdicts(project)["lib/deep/er/still/version.py:1"] == ("1.0.0", "undeclared")
    assert verdicts(project, "--strict", status=1)


def test_docs_and_packages_are_looked_at(tmp_path):
    files = {**NODE, "README.md": "npm install tool@0.9.0\n\nother@0.9.0\n\ntool@1.0.0\n", ".gitignore": "dist/\nvenv/\n.env\n"}
    project = Project.make(tmp_path / "p", files=files)
    git(project.work, "tag", "v0.9.0", "HEAD")
    (project.work / "dist").mkdir()
    for name in ("tool-1.0.0.tgz", "tool-0.9.0.tgz", "tool-0.9.0-py3-none-any.whl", "notes.txt"):
        (project.work / "dist" / name).write_bytes(b"")
    seen = verdicts(project)
    assert seen["README.md:1"] == ("0.9.0", "old") and seen["README.md:5"] == ("1.0.0", "ok") and "README.md:3" not in seen
    assert seen["dist/tool-1.0.0.tgz:"] == ("1.0.0", "ok") and seen["dist/tool-0.9.0-py3-none-any.whl:"] == ("0.9.0", "old")


def test_a_tag_ahead_of_the_files(tmp_path):
    project = Project.make(tmp_path / "p", files=NODE)
    git(project.work, "tag", "v1.4.0")
    assert verdicts(project, status=1)["tag v1.4.0:"] == ("1.4.0", "ahead")
    assert "slipway version --set 1.4.0" in project.run("version", "check").out


def test_rules(tmp_path):
    config = "version:\n  files:\n    - {path: docs/*.md, pattern: 'tool=={version}'}\n    - {path: twice.txt, pattern: 'v{version}', count: 2}\n"
    files = {**NODE, "docs/a.md": "tool==1.0.0\n", "docs/b.md": "x\r\ntool==1.0.0", "twice.txt": "v1.0.0 v1.0.0\n"}
    project = Project.make(tmp_path / "p", files=files)
    project.commit("chore: rules", **{"slipway.yaml": config})
    assert project.run("version", "1.1.0", "--no-commit").status == 0
    assert (project.work / "docs/b.md").read_bytes() == b"x\r\ntool==1.1.0" and (project.work / "twice.txt").read_text() == "v1.1.0 v1.1.0\n"
    (project.work / "twice.txt").write_text("v1.1.0\n")
    done = project.run("version", "check")
    assert done.status == 2 and "matches 1 times in twice.txt" in done.err
    (project.work / "slipway.yaml").write_text("version:\n  files:\n    - {path: 'none/*.md', pattern: 'v{version}'}\n")
    assert "no tracked file is called like none/*.md" in project.run("version", "check").err


@pytest.mark.parametrize("break_it", ["link", "folder"])
def test_nothing_outside_is_touched(tmp_path, break_it):
    project = Project.make(tmp_path / "p", files=NODE)
    outside = tmp_path / "outside.json"
    outside.write_text('{"version": "1.0.0"}')
    if break_it == "link":
        (project.work / "package.json").unlink()
        (project.work / "package.json").symlink_to(outside)
    else:
        subprocess.run(["sh", "-c", "mkdir ../../elsewhere && mv package.json ../../elsewhere/ && mkdir sub && rmdir sub && ln -s ../../elsewhere sub"], cwd=project.work, check=True)
        (project.work / "slipway.yaml").write_text("version:\n  files:\n    - {path: sub/package.json}\n")
    git(project.work, "add", "-A")
    done = project.run("version", "2.0.0", "--no-commit")
    assert done.status != 0 or "1.0.0" in outside.read_text()
    assert outside.read_text() == '{"version": "1.0.0"}'


HOSTILE = {
    "deep lists": "[" * 100_000,
    "deep objects": '{"a":' * 100_000,
    "a long line": '{"version": "1.0.0", "x": "' + "a" * 10_000_000 + '"}',
    "binary": "\0\1\2",
    "cut off": '{"version": "1.0.0"',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_manifests(tmp_path, name):
    project = Project.make(tmp_path / "p", files={**NODE, "package.json": HOSTILE[name]})
    done = project.run("version", "check")
    assert done.status in (0, 1, 2) and "Sanitizer" not in done.err
