"""`auto`: which version the commits ask for, and why."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, git  # noqa: E402


def make(tmp_path, config="", version="1.0.0", **files):
    texts = {"pyproject.toml": f'[project]\nname = "tool"\nversion = "{version}"\n', "tool/__init__.py": None, "build.sh": None, **files}
    project = Project.make(tmp_path / "p", files=texts, config=config)
    if version != "1.0.0":
        git(project.work, "tag", "-d", "v1.0.0")
        git(project.work, "tag", "-a", f"v{version}", "-m", "x")
    return project


def explain(project, *words):
    done = project.run("version", "auto", "--explain", "--json", *words)
    assert done.status in (0, 3), done
    return json.loads(done.out.split('\n{\n  "schema": 1,\n  "error"')[0])


SHA = "0123456789012345678901234567890123456789"

# commits, oldest first → the version; None: nothing to release
CASES = {
    "fix": (["fix: a"], "1.0.1"),
    "feature": (["fix: a", "feat(x): b", "docs: c"], "1.1.0"),
    "mark": (["feat(x)!: b"], "2.0.0"),
    "footer": (["fix: a\n\nBody.\n\nBREAKING CHANGE: all\nof it"], "2.0.0"),
    "footer with a hyphen": (["fix: a\n\nBREAKING-CHANGE: all"], "2.0.0"),
    "footer in lower case is text": (["fix: a\n\nbreaking change: no"], "1.0.1"),
    "type in capitals": (["FEAT: a"], "1.1.0"),
    "no space": (["feat:a"], None),
    "mark before the scope": (["feat!(x): a"], None),
    "empty scope": (["feat(): a"], None),
    "nothing that counts": (["docs: a", "chore: b", "whatever"], None),
    "squash title": (["feat: a (#12)\n\n* fix: b\n\n* docs: c"], "1.1.0"),
    "list in a body does not count": (["docs: a\n\n* feat: b"], None),
    "release as": (["fix: a\n\nRelease-As: 3.0.0"], "3.0.0"),
    "not utf-8": ([b"feat: caf\xe9 \x1b[31m"], "1.1.0"),
}


@pytest.mark.parametrize("name", CASES)
def test_cases(tmp_path, name):
    commits, version = CASES[name]
    project = make(tmp_path)
    for message in commits:
        (project.root / "message").write_bytes(message if isinstance(message, bytes) else message.encode())
        git(project.work, "commit", "--quiet", "--allow-empty", "-F", "../message")
    assert explain(project)["version"] == version
    done = project.run("version", "auto", "--no-commit")
    assert (done.status, done.out) == ((0, f"{version}\n") if version else (3, ""))


def test_what_a_revert_takes_back_does_not_count(tmp_path):
    project = make(tmp_path)
    project.commit("feat: a")
    git(project.work, "commit", "--quiet", "--allow-empty", "-m", f'Revert "feat: a"\n\nThis reverts commit {git(project.work, "rev-parse", "HEAD")}.')
    answer = explain(project)
    assert answer["version"] is None and [commit["asks"] for commit in answer["commits"]] == ["none", "none"]
    # and a revert of the revert gives it back
    git(project.work, "commit", "--quiet", "--allow-empty", "-m", f'Reapply "feat: a"\n\nThis reverts commit {git(project.work, "rev-parse", "HEAD")}.')
    assert explain(project)["version"] == "1.1.0"


def test_a_revert_of_what_is_released_is_a_change(tmp_path):
    project = make(tmp_path)
    git(project.work, "commit", "--quiet", "--allow-empty", "-m", f'Revert "feat: the beginning"\n\nThis reverts commit {git(project.work, "rev-parse", "HEAD")}.')
    assert explain(project)["version"] == "1.0.1"


def test_merges_count_by_what_they_bring(tmp_path):
    project = make(tmp_path)
    git(project.work, "switch", "--quiet", "-c", "topic")
    project.commit("fix: b")
    git(project.work, "switch", "--quiet", "main")
    project.commit("docs: c")
    git(project.work, "merge", "--quiet", "--no-ff", "-m", "Merge pull request #7 from x/topic\n\nfeat: the title", "topic")
    answer = explain(project)
    assert answer["version"] == "1.0.1"
    assert {"merge", "fix", "docs"} == {commit["why"] for commit in answer["commits"]}


@pytest.mark.parametrize("zero, commit, version", [("minor", "feat!: a", "0.3.0"), ("minor", "feat: a", "0.3.0"), ("minor", "fix: a", "0.2.1"),
                                                   ("shift", "feat!: a", "0.3.0"), ("shift", "feat: a", "0.2.1"), ("semver", "feat!: a", "1.0.0")])
def test_before_one(tmp_path, zero, commit, version):
    project = make(tmp_path, config=f"version: {{zero: {zero}}}\n", version="0.2.0")
    project.commit(commit)
    assert explain(project)["version"] == version


def test_rules_of_ones_own(tmp_path):
    project = make(tmp_path, config="version:\n  rules: {docs: patch, feat: major, other: minor}\n")
    project.commit("docs: a")
    assert explain(project)["version"] == "1.0.1"
    project.commit("no type at all")
    assert explain(project)["version"] == "1.1.0"
    project.commit("feat: a")
    assert explain(project)["version"] == "2.0.0"
    (project.work / "slipway.yaml").write_text("version:\n  rules: {docs: huge}\n")
    done = project.run("version", "auto", "--explain")
    assert done.status == 2 and "version.rules.docs cannot be huge" in done.err


def test_explained_for_people(tmp_path):
    project = make(tmp_path)
    project.commit("feat: count faster")
    project.commit("docs: say so")
    git(project.work, "tag", "v0.1-integrations")
    done = project.run("version", "auto", "--explain")
    assert done.status == 0
    lines = [line.split("  ") for line in done.out.splitlines()]
    assert "1 of 2 commits since v1.0.0 ask for a release" in done.out
    assert "left out: v0.1-integrations" in done.out
    assert done.out.endswith("1.1.0: a minor release after v1.0.0\n") and lines


def test_the_first_release(tmp_path):
    project = make(tmp_path)
    git(project.work, "tag", "-d", "v1.0.0")
    assert explain(project)["version"] == "1.0.0"


def test_burned_versions_are_stepped_over(tmp_path):
    project = make(tmp_path, config="version: {burned: [1.1.0]}\n")
    project.commit("feat: a")
    assert project.run("version", "auto", "--no-commit").out == "1.1.1\n"
    git(project.work, "checkout", "--quiet", ".")
    done = project.run("plan", "1.1.0")
    assert done.status == 2 and "burned" in done.err


def test_previous_goes_by_ancestry(tmp_path):
    """A maintenance branch does not see the higher tag of the main line."""
    project = make(tmp_path)
    git(project.work, "branch", "1.x")
    project.commit("feat: a")
    git(project.work, "tag", "v2.0.0")
    git(project.work, "switch", "--quiet", "1.x")
    project.commit("fix: b")
    answer = explain(project)
    assert (answer["since"], answer["version"]) == ("v1.0.0", "1.0.1")


@pytest.mark.parametrize("tags, pattern", [(["tool-v1.0.0", "tool-v1.1.0", "other-v9.0.0"], "tool-v{}"), (["tool@1.0.0", "tool@1.1.0"], "tool@{}"),
                                           (["0.9.0", "1.0.0", "1.1.0"], "{}"), (["release-1.0.0", "release-1.1.0"], "release-{}")])
def test_tags_go_on_as_they_are(tmp_path, tags, pattern):
    project = make(tmp_path)
    git(project.work, "tag", "-d", "v1.0.0")
    for tag in tags:
        git(project.work, "tag", tag)
    (project.work / "pyproject.toml").write_text('[project]\nname = "tool"\nversion = "1.1.0"\n')
    project.commit("feat: a")
    git(project.work, "push", "--quiet", "origin", "main")
    answer = explain(project)
    assert (answer["since"], answer["version"]) == (pattern.format("1.1.0"), "1.2.0")
    plan = json.loads(project.run("plan", "auto", "--json").out)
    assert plan["release"]["tag"] == pattern.format("1.2.0")


def test_one_project_of_several_in_a_repository(tmp_path):
    project = make(tmp_path, config='path: libs/a\ngit: {tag: "{path}/v{version}"}\nchangelog: {path: libs/a/CHANGELOG.md}\n',
                   **{"libs/a/package.json": '{"name": "a", "version": "0.1.0"}\n', "libs/b/package.json": '{"name": "b", "version": "3.0.0"}\n'})
    git(project.work, "tag", "libs/a/v0.1.0")
    (project.work / "libs/b/more").write_text("x")
    project.commit("feat: for b alone")
    (project.work / "libs/a/more").write_text("x")
    project.commit("fix: for a")
    answer = explain(project)
    assert (answer["since"], answer["version"]) == ("libs/a/v0.1.0", "0.1.1")
    assert [commit["subject"] for commit in answer["commits"]] == ["for a"]
    assert project.run("version", "auto", "--no-commit").out == "0.1.1\n"
    assert json.loads((project.work / "libs/b/package.json").read_text())["version"] == "3.0.0"


@pytest.mark.parametrize("pattern", ["release", "{version}-{version}", "{nom}-{version}"])
def test_bad_tag_patterns(tmp_path, pattern):
    project = make(tmp_path, config=f'git: {{tag: "{pattern}"}}\n')
    done = project.run("version", "auto")
    assert done.status == 2 and "is no pattern for tags" in done.err
