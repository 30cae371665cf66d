"""`slipway notes`: parts, formats, people, templates."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import NOW, Project, environment, git  # noqa: E402

import subprocess  # noqa: E402


def make(tmp_path, **files):
    return Project.make(tmp_path / "p", files=files)


def commit_as(project, author, message):
    name, email = author
    env = environment(GIT_AUTHOR_NAME=name, GIT_AUTHOR_EMAIL=email, GIT_COMMITTER_NAME=name, GIT_COMMITTER_EMAIL=email, GIT_AUTHOR_DATE=f"@{NOW} +0000", GIT_COMMITTER_DATE=f"@{NOW} +0000")
    subprocess.run(["git", "commit", "--quiet", "--allow-empty", "-m", message], cwd=project.work, env=env, check=True)


def test_people(tmp_path):
    project = make(tmp_path, **{".mailmap": "Grace Hopper <grace@example.org> <gh@old.example.org>\n"})
    commit_as(project, ("Ada Example", "ada@example.org"), "fix: a\n\nCo-authored-by: G. H. <gh@old.example.org>\nCo-authored-by: helper[bot] <1+helper[bot]@users.noreply.github.com>")
    commit_as(project, ("@all <script>", "new@example.org"), "fix: b")
    commit_as(project, ("renovate", "bot@example.org"), "chore: c")
    project.commit("chore: bots", **{"slipway.yaml": "notes: {bots: [renovate]}\n"})
    parts = json.loads(project.run("notes", "--unreleased", "--format", "json").out)
    assert [(person["name"], person["first"]) for person in parts["contributors"]] == [("@\u2060all script", True), ("Ada Example", False), ("Grace Hopper", True)]
    assert [bot["name"] for bot in parts["bots"]] == ["helper\\[bot\\]", "renovate"]
    text = project.run("notes", "--unreleased").out
    assert "- Grace Hopper (first contribution)\n" in text and "And programs:\n\n- helper\\[bot\\]\n- renovate\n" in text


def test_parts_of_the_changelog(tmp_path):
    section = "The best one.\n\n### Added\n\n- x\n\n### Breaking changes\n\n- y is gone\n\n### Upgrading\n\nUse z.\n\n### Known issues\n\n- slow\n"
    text = f"# C\n\n## [Unreleased]\n\n## [1.1.0] - 2026-09-01\n\n{section}\n## [1.0.0] - 2026-01-02\n\n- x\n"
    project = make(tmp_path, **{"CHANGELOG.md": text})
    git(project.work, "tag", "v1.1.0")
    git(project.work, "remote", "set-url", "origin", "git@gitlab.com:group/sub/tool.git")
    parts = json.loads(project.run("notes", "1.1.0", "--format", "json").out)
    assert (parts["summary"], parts["breaking"], parts["upgrade"], parts["known_issues"]) == ("The best one.", "- y is gone", "Use z.", "- slow")
    assert parts["changes"] == [{"title": "Added", "body": "- x"}]
    assert parts["compare"] == "https://gitlab.com/group/sub/tool/-/compare/v1.0.0...v1.1.0" and parts["date"] == "2026-09-01"
    assert project.run("notes").out == project.run("notes", "--latest").out == project.run("notes", "1.1.0").out


def test_upgrade_file_and_footers(tmp_path):
    project = make(tmp_path)
    project.commit("feat: a\n\nUpgrade-Note: run the\nmigration")
    assert json.loads(project.run("notes", "--unreleased", "--format", "json").out)["upgrade"] == "- run the\n  migration"
    (project.work / "docs").mkdir()
    project.commit("docs: upgrade", **{"docs/UPGRADE.md": "# Upgrading\n\n## 1.1.0\n\nBy hand.\n"})
    assert json.loads(project.run("notes", "--unreleased", "--format", "json").out)["upgrade"] == "By hand."


def test_from_commits(tmp_path):
    project = make(tmp_path)
    project.commit("feat!: a [link](javascript:alert(1)) <img src=x>\n\nBREAKING CHANGE: all of it")
    parts = json.loads(project.run("notes", "--unreleased", "--from-commits", "--format", "json").out)
    assert parts["version"] == "2.0.0" and "**Breaking:**" in parts["breaking"] and parts["changes"][0]["title"] == "Added"
    html = project.run("notes", "--unreleased", "--from-commits", "--format", "html").out
    assert "<img" not in html and 'href="javascript' not in html and "<h2>Breaking changes</h2>" in html
    plain = project.run("notes", "--unreleased", "--from-commits", "--format", "text").out
    assert "Breaking changes" in plain and "##" not in plain


def test_no_mentions_unless_wanted(tmp_path):
    project = make(tmp_path)
    project.commit("fix: thanks to @ada and a@b.example")
    assert "@\u2060ada and a@b.example" in project.run("notes", "--unreleased", "--from-commits").out
    project.commit("chore: yes", **{"slipway.yaml": "notes: {mentions: true}\n"})
    assert "thanks to @ada" in project.run("notes", "--unreleased", "--from-commits").out


def test_template(tmp_path):
    project = make(tmp_path, **{"notes.mustache": "{{project}} {{version}}!{{#changes}} {{title}}:{{body}}{{/changes}}{{^has_breaking}} safe{{/has_breaking}}"})
    project.commit("chore: template", **{"slipway.yaml": "notes: {template: notes.mustache}\n"})
    assert project.run("notes", "1.0.0").out == "tool 1.0.0! Added:- The beginning. safe\n"
    project.commit("chore: broken", **{"notes.mustache": "{{#a}}"})
    done = project.run("notes", "1.0.0")
    assert done.status == 1 and "notes.mustache is not a mustache template" in done.err
    assert "is not a mustache template" in project.run("plan", "minor").err
    project.commit("chore: none", **{"slipway.yaml": "notes: {template: nothing}\n"})
    assert project.run("notes", "1.0.0").status == 2


def test_required_parts(tmp_path):
    project = make(tmp_path)
    project.commit("chore: require", **{"slipway.yaml": "gates: {}\nnotes: {require: [summary, upgrade]}\n"})
    done = project.run("plan", "minor")
    assert done.status != 0 and "have no upgrade part" in done.err and "docs/UPGRADE.md" in done.err
    project.commit("chore: typo", **{"slipway.yaml": "notes: {require: [sumary]}\n"})
    assert project.run("plan", "minor").status == 2


def test_too_long_for_a_forge(tmp_path):
    entries = "".join(f"- {'x' * 1000} {n}\n" for n in range(130))
    project = make(tmp_path, **{"CHANGELOG.md": f"# C\n\n## [Unreleased]\n\n### Added\n\n{entries}\n## [1.0.0] - 2026-01-02\n\n- x\n"})
    done = project.run("plan", "minor")
    assert done.status != 0 and "a forge takes 125000" in done.err and "notes.template" in done.err


def test_the_line_of_the_mark_has_its_room(tmp_path):
    """What would fit alone, and not with the line that is added at the forge, is refused before anything happens."""
    for length, fits in ((124_700, True), (124_900, False)):
        entry = "x" * (length - 350)  # what the notes have besides
        project = make(tmp_path / str(length), **{"CHANGELOG.md": f"# C\n\n## [Unreleased]\n\n### Added\n\n- {entry}\n\n## [1.0.0] - 2026-01-02\n\n- x\n"})
        done = project.run("plan", "minor")
        assert (done.status == 0) is fits, done.err[:300]
        assert fits or "slipway's own" in done.err


@pytest.mark.parametrize("words, status", [(["--format", "pdf"], 2), (["9.9.9"], 1), (["1.0.0", "--latest"], 2)])
def test_usage(tmp_path, words, status):
    assert make(tmp_path).run("notes", *words).status == status
