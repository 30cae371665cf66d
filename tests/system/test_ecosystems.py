"""`release auto` from end to end in projects of many ecosystems, on what slipway finds by itself."""

import json
import pathlib
import sys
import tomllib
import xml.etree.ElementTree as ElementTree

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import DATE, Project, git  # noqa: E402

NOTHING = {"pyproject.toml": None, "tool/__init__.py": None, "build.sh": None, "slipway.yaml": None}
POM = '<project>\n  <artifactId>tool-parent</artifactId>\n  <version>1.0.0</version>\n  <modules><module>core</module></modules>\n  <dependencies><dependency><version>1.0.0</version></dependency></dependencies>\n</project>\n'
CORE = '<project>\n  <parent><artifactId>tool-parent</artifactId><version>1.0.0</version></parent>\n  <artifactId>core</artifactId>\n</project>\n'

# name → files of the project, and which places must say the new version
ECOSYSTEMS = {
    "node": {
        "package.json": '{\n  "name": "tool",\n  "version": "1.0.0",\n  "dependencies": {"left": "1.0.0"}\n}\n',
        "package-lock.json": '{\n  "name": "tool",\n  "version": "1.0.0",\n  "lockfileVersion": 3,\n  "packages": {"": {"name": "tool", "version": "1.0.0"}, "node_modules/left": {"version": "1.0.0"}}\n}\n',
    },
    "rust": {
        "Cargo.toml": '[package]\nname = "tool"\nversion = "1.0.0"\nedition = "2021"\n\n[dependencies]\nserde = "1.0.0"\n',
        "Cargo.lock": 'version = 3\n\n[[package]]\nname = "serde"\nversion = "1.0.0"\nsource = "registry+https://x"\n\n[[package]]\nname = "tool"\nversion = "1.0.0"\ndependencies = [\n "serde",\n]\n',
        "src/main.rs": "fn main() {}\n",
    },
    "rust workspace": {
        "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n[workspace.package]\nversion = "1.0.0"\n',
        "crates/a/Cargo.toml": '[package]\nname = "a"\nversion.workspace = true\n',
        "crates/b/Cargo.toml": '[package]\nname = "b"\nversion = "1.0.0"\n[dependencies]\na = { path = "../a", version = "1.0.0" }\n',
        "crates/c/Cargo.toml": '[package]\nname = "c"\nversion = "0.3.0"\n',
        "Cargo.lock": '[[package]]\nname = "a"\nversion = "1.0.0"\n\n[[package]]\nname = "b"\nversion = "1.0.0"\n\n[[package]]\nname = "c"\nversion = "0.3.0"\n',
    },
    "cmake": {"CMakeLists.txt": "cmake_minimum_required(VERSION 3.16)\nproject(tool\n  VERSION 1.0.0\n  LANGUAGES C)\nadd_executable(tool main.c)\n", "main.c": "int main(void) { return 0; }\n"},
    "maven": {"pom.xml": POM, "core/pom.xml": CORE},
    "meson": {"meson.build": "project('tool', 'c', version: '1.0.0', meson_version: '>=1.0.0')\n"},
    "helm": {"Chart.yaml": 'apiVersion: v2\nname: tool\nversion: 1.0.0\nappVersion: "1.0.0"\ndependencies:\n  - name: x\n    version: 1.0.0\n'},
    "go": {"go.mod": "module example.org/tool\n\ngo 1.21\n", "tool.go": "package tool\n"},
    "ruby": {"tool.gemspec": "Gem::Specification.new do |s|\n  s.name = 'tool'\n  s.version = Tool::VERSION\nend\n", "VERSION": "1.0.0\n"},
    "dotnet": {"Directory.Build.props": '\ufeff<Project>\r\n  <PropertyGroup>\r\n    <Version>1.0.0</Version>\r\n  </PropertyGroup>\r\n</Project>\r\n'},
    "docker": {"VERSION": "1.0.0\n", "Dockerfile": 'FROM scratch\nARG VERSION=1.0.0\nLABEL org.opencontainers.image.version="1.0.0" other="1.0.0"\n'},
    "poetry": {"pyproject.toml": '[tool.poetry]\nname = "tool"\nversion = "1.0.0"\n[tool.poetry.dependencies]\nx = "1.0.0"\n'},
}


def make(tmp_path, files):
    project = Project.make(tmp_path / "p", files={**NOTHING, **files})
    project.commit("feat(api)!: count differently", **{"more.txt": "1\n"})
    project.commit("docs: say so", **{"more.txt": "2\n"})
    git(project.work, "push", "--quiet", "origin", "main")
    return project


def released(project, path):
    return git(project.origin, "show", f"v2.0.0:{path}")


@pytest.mark.parametrize("name", ECOSYSTEMS)
def test_release_auto(tmp_path, name):
    project = make(tmp_path, {**ECOSYSTEMS[name], "slipway.yaml": "gates: {}\n"})  # their tools are not at hand here
    check = project.run("version", "check", "--json")
    assert check.status == 0 and json.loads(check.out)["agrees"], check
    if name in ("poetry", "node", "rust", "rust workspace", "maven", "go"):  # what builds and tests them may not be at hand here
        project.commit("chore: build by hand", **{"slipway.yaml": 'gates: {tests: {run: ["true"]}}\npackages:\n  tool: {run: [sh, -c, "echo x >{out}/tool-2.0.0.txt"], expect: ["tool-{version}.txt"]}\n'})
        git(project.work, "push", "--quiet", "origin", "main")
    done = project.run("release", "auto", "--yes")
    assert done.status == 0, done
    assert git(project.origin, "rev-parse", "v2.0.0^{commit}") == git(project.origin, "rev-parse", "main")
    assert f"## [2.0.0] - {DATE}" in released(project, "CHANGELOG.md")
    for path, text in ECOSYSTEMS[name].items():
        before, after = text.replace("\r\n", "\n").rstrip("\n"), released(project, path).replace("\r", "")
        changed = [(old, new) for old, new in zip(before.split("\n"), after.split("\n")) if old != new]
        assert len(before.split("\n")) == len(after.split("\n"))
        assert all(old.replace("1.0.0", "2.0.0", 1) == new or old.replace("1.0.0", "2.0.0") == new for old, new in changed), changed
    assert project.run("version", "check").status == 0


def test_only_the_own_versions_change(tmp_path):
    """Independent parsers see exactly what was meant to change."""
    project = make(tmp_path, {**ECOSYSTEMS["node"], **ECOSYSTEMS["rust workspace"], **ECOSYSTEMS["maven"]})
    assert project.run("version", "auto", "--no-commit").status == 0
    lock = json.loads((project.work / "package-lock.json").read_text())
    assert (lock["version"], lock["packages"][""]["version"], lock["packages"]["node_modules/left"]["version"]) == ("2.0.0", "2.0.0", "1.0.0")
    crates = {entry["name"]: entry["version"] for entry in tomllib.loads((project.work / "Cargo.lock").read_text())["package"]}
    assert crates == {"a": "2.0.0", "b": "2.0.0", "c": "0.3.0"}
    b = tomllib.loads((project.work / "crates/b/Cargo.toml").read_text())
    assert b["package"]["version"] == "2.0.0" and b["dependencies"]["a"]["version"] == "2.0.0"
    pom = ElementTree.parse(project.work / "pom.xml").getroot()
    assert pom.findtext("version") == "2.0.0" and pom.findtext("dependencies/dependency/version") == "1.0.0"
    assert ElementTree.parse(project.work / "core/pom.xml").getroot().findtext("parent/version") == "2.0.0"


def test_a_pre_release_that_cmake_cannot_say_is_refused(tmp_path):
    project = make(tmp_path, ECOSYSTEMS["cmake"])
    done = project.run("release", "auto", "--pre", "rc", "--yes")
    assert done.status == 2 and "numbers and dots" in done.err
    assert git(project.work, "status", "--porcelain") == ""


def test_pre_releases_count_on(tmp_path):
    project = make(tmp_path, ECOSYSTEMS["node"])
    assert project.run("version", "auto", "--pre", "rc").out == "2.0.0-rc.1\n"
    git(project.work, "tag", "v2.0.0-rc.1")
    project.commit("fix: the count")
    assert project.run("version", "auto", "--pre", "rc", "--dry-run").status == 0
    assert project.run("version", "auto", "--pre", "rc").out == "2.0.0-rc.2\n"
    assert project.run("version", "auto").out == "2.0.0\n"
