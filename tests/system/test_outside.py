"""Places outside of the work tree that only the repository, or a record, names: used where the user's own configuration allows them."""

import json
import os
import pathlib
import re
import shlex
import sys

import pytest

sys.path[0:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parent)]
from support.project import CONFIG, Project, git  # noqa: E402
from support.records import Record  # noqa: E402
from test_share import RECORD, RELEASE, Clones, refused  # noqa: E402

SOURCE = pathlib.Path(os.environ.get("SLIPWAY_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
ROWS = re.findall(r'^CONFIG_KEY\("([^"]+)", (\w+), "[^"]*", "([^"]*)"(.*)\)$', (SOURCE / "src/project/config.def").read_text(), re.MULTILINE)
OUTSIDE = [key for key, _, _, rest in ROWS if ".outside = true" in rest]
OF_TREE = [key for key, kind, _, _ in ROWS if kind == "PATH"]
PYTHON = {"pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "tool"\nversion = "1.0.0"\n'}
# What a key needs beside itself to be looked at: other lines, and files.
BESIDE = {
    "forge.path": ("forge: {kind: directory, path: PLACE}\n", {}),
    "signature.key": ("signature: {kind: ssh, key: PLACE}\n", {}),
    "packages.*.find-links": ("packages: {tool: {kind: python, find-links: PLACE}}\n", PYTHON),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("template") / "project")


@pytest.fixture
def project(template, tmp_path):
    (tmp_path / "project").mkdir()
    project = template.copy(tmp_path / "project")
    project.outside = False
    return project


def put(project, key, place):
    """The repository's configuration, with one key."""
    lines, files = BESIDE[key]
    project.commit(**{"slipway.yaml": (CONFIG if "packages:" not in lines else "gates: {}\n") + lines.replace("PLACE", place), **files})
    git(project.work, "push", "-q", "origin", "main")


def yaml_of(key, value):
    """gates.*.x and version.files[].x as one line of YAML."""
    text = json.dumps(value)
    for part in reversed(key.split(".")):
        name = "any" if part == "*" else part.removesuffix("[]")
        text = f"{{{name}: {f'[{text}]' if part.endswith('[]') else text}}}"
    return text[1:-1] + "\n"


def beside(project):
    return f"{project.root}/x"


def sibling(_):
    return "../x"


def blank(project):
    return f"{project.root}/a b"


def link(project):
    os.symlink(project.root, project.work / "out")
    return "out/x"


def home(_):
    return "~/x"


@pytest.mark.parametrize("spell", [beside, sibling, link, home, blank])
@pytest.mark.parametrize("key", OUTSIDE)
def test_a_place_that_the_user_does_not_allow_is_refused(project, key, spell):
    put(project, key, spell(project))
    git(project.work, "config", "slipway.allow-path", project.root)  # came with the repository, for all that is known
    git(project.work, "config", "--add", "slipway.allow-path", f"no\nglobal\t{project.root}")
    error = refused(project.run(*RELEASE, env={"HOME": project.root}), "CONFIG")
    assert f"{key.replace('*', 'tool')}: " in error["what"] and "lies outside of the work tree" in error["what"]
    assert f"git config --global --add slipway.allow-path '{project.root}/{'a b' if spell is blank else 'x'}'" in error["fix"]
    assert not (project.root / "x").exists() and git(project.origin, "tag") == "v1.0.0"


@pytest.mark.parametrize("key", OUTSIDE)
def test_what_is_allowed_or_of_the_tree_is_not_refused(project, key):
    put(project, key, beside(project))
    line = refused(project.run("plan", "minor"), "CONFIG")["fix"]
    project.allowed = (("allow-path", shlex.split(line)[-1]),)
    assert "lies outside" not in project.run("plan", "minor").err
    project.allowed = ()
    put(project, key, "inner/x")
    assert "lies outside" not in project.run("plan", "minor").err


@pytest.mark.parametrize("key", OF_TREE)
@pytest.mark.parametrize("place", ["/x", "../x"])
def test_every_other_path_is_of_the_tree(project, key, place):
    project.allowed = (("allow-path", "/"),)
    (project.work / "slipway.yaml").write_text(yaml_of(key, place))
    error = project.run("version").error()
    assert error["code"] in ("CONFIG", "UNTRUSTED_PATH") and key.split(".")[-1] in error["what"]


def test_every_key_that_names_a_file_is_one_of_these():
    """By its help: a text that is "a file …" or "the folder …" is a PATH, may lie outside, or has a rule of its own."""
    own = {"forge.token-file": "slipway.token-file"}
    named = [key for key, kind, says, _ in ROWS if kind == "STRING" and re.match(r"(a|an|the|its) (\w+ )?(file|folder)\b|.*: a file for", says)]
    assert [key for key in named if key not in OUTSIDE and key not in own] == []
    assert sorted(OUTSIDE) == sorted(BESIDE) and len(OF_TREE) > 5


def test_one_line_allows_it_and_the_environment_is_the_users_word(project):
    put(project, "forge.path", beside(project))
    error = refused(project.run(*RELEASE), "CONFIG")
    done = project.run("plan", "minor", env={"SLIPWAY__FORGE__PATH": str(project.root / "x")})
    assert done.status == 0, done
    project.allowed = (("allow-path", shlex.split(error["fix"])[-1]),)
    assert project.run(*RELEASE).status == 0 and (project.root / "x" / "v1.1.0").is_dir()


def test_a_folder_allows_all_beneath_it_but_no_repositorys_own_folder(project):
    project.allowed = (("allow-path", project.root),)
    for place in (project.work / ".git" / "hooks", project.work / ".git" / "slipway" / "runs", project.root / "other" / ".git" / "x"):
        put(project, "forge.path", str(place))
        assert "lies outside" in refused(project.run("plan", "minor"), "CONFIG")["what"]
    put(project, "forge.path", f"{project.root}/deep/er/x")
    assert project.run("plan", "minor").status == 0


def test_nothing_is_called_not_allowed_where_git_did_not_say(project, tmp_path):
    put(project, "forge.path", beside(project))
    path = tmp_path / "bin"
    path.mkdir()
    (path / "git").write_text('#!/bin/sh\ncase "$*" in *allow-path*) kill -9 $$;; esac\nexec /usr/bin/git "$@"\n')
    (path / "git").chmod(0o755)
    error = refused(project.run("plan", "minor", env={"PATH": f"{path}:{os.environ['PATH']}"}), "GIT_KILLED")
    assert "was not found out" in error["what"]


@pytest.mark.parametrize("words", [("verify", "--published"), ("verify", "--published", "1.0.0")])
def test_no_command_reads_such_a_forge(project, words):
    put(project, "forge.path", beside(project))
    assert "forge.path" in refused(project.run(*words), "CONFIG")["what"]


def test_a_record_names_no_other_folder(tmp_path):
    clones = Clones.make(tmp_path)
    assert clones.ada.run(*RELEASE, "--draft").status == 6
    record = Record(clones.origin, RECORD)
    record.plan["effects"] = json.loads(json.dumps(record.plan["effects"]).replace(str(clones.forge), str(tmp_path / "hostile")))
    record.seal()
    record.write()
    clones.bob.outside, clones.bob.allowed = False, (("allow-path", clones.forge),)
    error = refused(clones.bob.run("publish", "--yes"), "CONFIG")
    assert "the record's forge.path" in error["what"] and "slipway.allow-path" in error["fix"]
    assert not (tmp_path / "hostile").exists() and git(clones.origin, "tag") == "v1.0.0"


def test_a_relative_place_is_that_of_the_clone_that_goes_on(tmp_path):
    """bob stands on another commit, so that at first the plan is made again in a work tree for that alone."""
    clones = Clones.make(tmp_path)
    clones.ada.commit(**{"slipway.yaml": (clones.ada.work / "slipway.yaml").read_text().replace(str(clones.forge), "../../forge")})
    git(clones.ada.work, "push", "-q", "origin", "main")
    done = clones.ada.run(*RELEASE, "--draft")
    assert done.status == 6, done
    clones.bob.outside, clones.bob.allowed = False, (("allow-path", clones.forge),)
    behind = clones.bob.run("publish", "--yes")
    assert "What is left of it" in behind.err and "git merge --ff-only" in behind.error()["fix"]
    git(clones.bob.work, "pull", "-q", "--ff-only")
    done = clones.bob.run("publish", "--yes")
    assert done.status == 0, done
    assert (clones.forge / "v1.1.0").is_dir()


def test_a_private_forge_says_what_to_set(tmp_path):
    """Without forge.path each clone has a folder of its own: nothing that somebody could accept."""
    clones = Clones.make(tmp_path)
    clones.ada.commit(**{"slipway.yaml": CONFIG})
    git(clones.ada.work, "push", "-q", "origin", "main")
    assert clones.ada.run(*RELEASE, "--draft").status == 6
    git(clones.bob.work, "pull", "-q", "--ff-only")
    clones.bob.outside = False
    for words in (("publish", "--yes"), ("verify", "--draft")):
        error = refused(clones.bob.run(*words), "PLAN_STALE")
        assert "set forge.path in slipway.yaml to a folder that both clones reach" in error["fix"] and "--accept" not in error["fix"]
