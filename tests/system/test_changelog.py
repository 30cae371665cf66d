"""`slipway changelog`: check, fix, add, fragments, generate; kept in the file's own style."""

import json
import pathlib
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import DATE, Project, git  # noqa: E402

BASE = {"tool/__init__.py": None, "build.sh": None, "slipway.yaml": None}


def make(tmp_path, changelog=None, **files):
    project = Project.make(tmp_path / "p", files={**BASE, **({"CHANGELOG.md": changelog} if changelog is not None else {}), **files})
    git(project.work, "remote", "set-url", "--push", "origin", "../origin.git")
    return project


def read(project):
    return (project.work / "CHANGELOG.md").read_bytes().decode()


def codes(project, status=None):
    done = project.run("changelog", "check", "--json")
    assert status is None or done.status == status, done
    return [(finding["line"], finding["code"]) for finding in json.loads(done.out)["findings"]]


# ---- check ----

BAD = """\
# Changelog

## [Unreleased]

### Adedd

- a

## [1.0.0] - 2026-02-31

### Added

### Fixed

- b

## [1.1.0] - 2025-01-01

- TODO: describe what is new, or remove this

## [1.0.0] - 2024-01-01

- c

## [0.9.0]

- d

### Added

- e

### Changed

- f

[1.1.0]: https://h/o/r/compare/v1.0.0...v1.1.0
[1.0.0]: https://h/o/r/compare/v0.9.0...v0.8.0
[0.7.0]: https://h/o/r/compare/v0.6.0...v0.7.0
[unreleased]: https://h/o/r/compare/v0.9.0...HEAD
"""


def test_what_is_wrong_is_found(tmp_path):
    project = make(tmp_path, BAD)
    assert codes(project, 1) == [(5, "unknown-category"), (9, "bad-date"), (11, "empty-category"), (17, "order"), (17, "version-without-tag"), (19, "placeholder"), (21, "duplicate-version"),
                                 (25, "missing-date"), (25, "version-without-tag"), (25, "missing-link"), (38, "broken-link"), (39, "unused-link"), (40, "broken-link")]
    done = project.run("changelog", "check")
    assert "CHANGELOG.md:5:5: error [unknown-category]: 'Adedd' is no category\n    --fix does it: did you mean Added?" in done.out
    assert project.run("changelog", "check", env={"GITHUB_ACTIONS": "true"}).out.count("::error file=CHANGELOG.md,line=") == 8


def test_what_is_safe_is_fixed(tmp_path):
    project = make(tmp_path, BAD)
    before = read(project)
    assert project.run("changelog", "check", "--fix", "--dry-run").status == 0 and read(project) == before
    assert project.run("changelog", "check", "--fix").status == 1
    after = read(project)
    assert "### Added\n\n- a" in after and "### Added\n\n### Fixed" not in after and "[unreleased]: https://h/o/r/compare/v1.0.0...HEAD" in after
    assert project.run("changelog", "check", "--fix").status == 1 and read(project) == after


def test_nothing_to_object_to(tmp_path):
    project = make(tmp_path)
    assert codes(project, 0) == []
    project.commit("chore: warn", **{"CHANGELOG.md": read(project).replace("- The beginning.", "")})
    assert ("empty-section") in [code for _, code in codes(project, 0)]
    assert project.run("changelog", "check", "--strict").status == 1


# ---- add ----


def test_add_keeps_the_style(tmp_path):
    text = "\ufeff# Log\r\n\r\n## Unreleased\r\n\r\n### Fixed\r\n* old\r\n\r\n## v1.0.0 (2026-01-02)\r\n* x"
    project = make(tmp_path, text)
    assert project.run("changelog", "add", "--fixed", "new", "--added", "two\nlines").status == 0
    assert read(project) == text.replace("### Fixed\r\n* old\r\n", "### Added\r\n\r\n* two\r\n  lines\r\n\r\n### Fixed\r\n* old\r\n* new\r\n").replace("Unreleased\r\n\r\n### Added", "Unreleased\r\n\r\n### Added")


def test_add_begins_a_file(tmp_path):
    project = make(tmp_path, CHANGELOG=None, **{"CHANGELOG.md": None})
    assert project.run("changelog", "add", "--security", "no more of that").status == 0
    assert read(project).endswith("## [Unreleased]\n\n### Security\n\n- no more of that\n")
    done = project.run("changelog", "add")
    assert done.status == 2 and "--fixed" in done.err


def test_a_fragment_is_shown_and_not_written(tmp_path):
    project = make(tmp_path)
    done = project.run("changelog", "add", "--fixed", "The login page no longer loops", "--fragment", "--dry-run")
    assert done.status == 0 and "changes/the-login-page-no-longer-loops-" in done.out, done
    assert not (project.work / "changes").exists() and not project.has_run()


def test_fragments_are_collected_by_a_release(tmp_path):
    project = make(tmp_path)
    assert project.run("changelog", "add", "--fixed", "The login page no longer loops", "--fragment").out.startswith("changes/the-login-page-no-longer-loops-")
    assert project.run("changelog", "add", "--removed", "The old one").out.startswith("changes/the-old-one-")
    project.commit("fix: login", **{"changes/README.md": "how to\n"})
    git(project.work, "push", "--quiet", "origin", "main")
    before = read(project)
    project.commit("chore: build", **{"slipway.yaml": 'packages:\n  x: {run: [sh, -c, "echo x >{out}/x.txt"], expect: [x.txt]}\n'})
    git(project.work, "push", "--quiet", "origin", "main")
    done = project.run("release", "minor", "--yes")
    assert done.status == 0, done
    text = git(project.origin, "show", "v1.1.0:CHANGELOG.md")
    assert f"## [1.1.0] - {DATE}\n\n### Added\n\n- A way to count things.\n\n### Removed\n\n- The old one\n\n### Fixed\n\n- The login page no longer loops\n\n## [1.0.0]" in text
    assert git(project.origin, "ls-tree", "-r", "--name-only", "v1.1.0", "changes") == "changes/README.md"
    assert before.split("## [1.0.0]")[1].split("[Unreleased]:")[0] in text


# ---- release: the style of the newest heading ----

STYLES = {
    "inline link": ("# [Unreleased]\n\n- a\n\n# [1.0.0](https://h/o/r/compare/v0.9.0...v1.0.0) (2026-01-02)\n\n- x\n", "# [1.1.0](https://h/o/r/compare/v1.0.0...v1.1.0) (%s)" % DATE),
    "month by name": ("## Unreleased\n\n- a\n\n## 1.0.0 (July 3rd, 2026)\n\n- x\n", "## 1.1.0 (September 21st, 2026)"),
    "slash": ("## Unreleased\n\n- a\n\n## 1.0.0 / 2026-01-02\n", f"## 1.1.0 / {DATE}"),
    "no dash": ("## Unreleased\n\n- a\n\n### [1.0.0] 2026-01-02\n", f"## [1.1.0] {DATE}"),
    "title after the date": ('## Unreleased\n\n- a\n\n## v1.0.0 - 2026-01-02 - "Old Owl"\n', f"## v1.1.0 - {DATE}"),
    "setext": ("unreleased\n==========\n\n  * a\n\n1.0.0 / 2026-01-02\n==================\n\n  * x\n", f"1.1.0 / {DATE}\n=================="),
    "planned": ("## 1.1.0 (unreleased)\n\n- a\n\n## 1.0.0 (2026-01-02)\n", f"## 1.1.0 ({DATE})"),
    "yanked before": ("## [Unreleased]\n\n- a\n\n## [1.0.1] - 2026-02-02 [YANKED]\n\n- y\n\n## [1.0.0] - 2026-01-02\n\n- x\n", f"## [1.1.0] - {DATE}"),
    "name before": ("## Unreleased\n\n- a\n\n## tool 1.0.0 (released 2026-01-02)\n", f"## tool 1.1.0 (released {DATE})"),
}


@pytest.mark.parametrize("name", STYLES)
def test_release_keeps_the_style(tmp_path, name):
    text, heading = STYLES[name]
    project = make(tmp_path, text)
    done = project.run("changelog", "release", "1.1.0")
    assert done.status == 0, done
    after = read(project)
    assert f"\n{heading}\n" in f"\n{after}", after
    kept = [line for line in text.splitlines() if line not in ("## 1.1.0 (unreleased)",)]
    assert [line for line in after.splitlines() if line in kept and line] == [line for line in kept if line] or name == "setext"
    assert project.run("changelog", "release", "1.1.0").status != 0


def test_two_sections_of_what_is_not_released(tmp_path):
    project = make(tmp_path, "## [Unreleased]\n\n- a\n\n## [1.0.0] - 2026-01-02\n\n## [Unreleased]\n\n- b\n")
    done = project.run("changelog", "release", "1.1.0")
    assert done.status == 1 and "lines 1 and 7" in done.err


# ---- generate ----


def test_generate(tmp_path):
    project = make(tmp_path)
    git(project.work, "remote", "set-url", "origin", "https://github.com/o/r.git")
    project.commit("feat(api): add *stars* <b> @ada (#12)\n\nCloses #7")
    project.commit("fix!: drop `x_y`\n\nBREAKING CHANGE: use y\ninstead")
    project.commit("chore: noise")
    project.commit("Something else")
    done = project.run("changelog", "generate")
    ids = git(project.work, "log", "--format=%H", "-4").splitlines()
    link = [f"[{sha[:8]}](https://github.com/o/r/commit/{sha})" for sha in ids]
    assert done.out == (
        "### Added\n\n- **api:** add \\*stars\\* &lt;b> @\u2060ada ([#12](https://github.com/o/r/pull/12), " + link[3] + ", closes [#7](https://github.com/o/r/issues/7))\n\n"
        "### Changed\n\n- Something else (" + link[0] + ")\n\n"
        "### Fixed\n\n- **Breaking:** drop `x_y` (" + link[2] + ")\n  use y\n  instead\n")


def test_generate_write_does_not_repeat(tmp_path):
    project = make(tmp_path)
    project.commit("feat: a way to count things")
    project.commit("fix: count zero (#3)")
    assert project.run("changelog", "generate", "--write").status == 0
    first = read(project)
    assert first.count("ount things") == 1 and "- count zero (#3, " in first and "### Fixed" in first
    assert project.run("changelog", "generate", "--write").status == 0 and read(project) == first
    (project.work / "CHANGELOG.md").write_text(first.replace("- count zero (#3, ", "- Zero is counted, too (#3, "))
    edited = read(project)
    assert project.run("changelog", "generate", "--write").status == 0 and read(project) == edited


def test_generate_all(tmp_path):
    project = make(tmp_path, **{"CHANGELOG.md": None})
    project.commit("feat: b")
    git(project.work, "tag", "v1.1.0-rc.1")
    project.commit("fix: c")
    git(project.work, "tag", "v1.1.0")
    project.commit("fix: d")
    text = project.run("changelog", "generate", "--all").out
    headings = [line.split(" - ")[0] for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## [Unreleased]", "## [1.1.0]", "## [1.0.0]"]
    assert text.index("- b (") > text.index("## [1.1.0]") and text.index("- b (") < text.index("## [1.0.0]")
    assert project.run("changelog", "generate", "--all", "--write").status == 0 and read(project) == text
    assert project.run("changelog", "generate", "--all", "--write").status == 1
    rows = json.loads(project.run("changelog", "generate", "--all", "--json").out)["releases"]
    assert [(row["version"], len(row["entries"])) for row in rows] == [(None, 1), ("1.1.0", 2), ("1.0.0", 1)]
    assert "## [1.1.0]" in project.run("changelog", "generate", "--since", "v1.0.0").out
    assert project.run("changelog", "generate", "--since", "nothing").status == 2


def test_groups_of_ones_own(tmp_path):
    project = make(tmp_path, **{"slipway.yaml": 'changelog:\n  groups: {feat: New, chore: Inside, other: ""}\n'})
    project.commit("chore: sweep")
    project.commit("feat: shine")
    project.commit("unspoken")
    out = project.run("changelog", "generate").out
    assert "### New\n\n- shine" in out and "### Inside\n\n- sweep" in out and "unspoken" not in out


def test_clocks_that_went_backwards(tmp_path):
    """A commit belongs to the release that contains it, whatever its date."""
    project = make(tmp_path, **{"CHANGELOG.md": None})
    for number, when in enumerate((1700000000, 1500000000, 1600000000)):
        env = {"GIT_COMMITTER_DATE": f"@{when} +0000", "GIT_AUTHOR_DATE": f"@{when} +0000", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
        subprocess.run(["git", "commit", "--quiet", "--allow-empty", "-m", f"feat: n{number}"], cwd=project.work, env=env, check=True)
        git(project.work, "tag", f"v1.{number + 1}.0")
    text = project.run("changelog", "generate", "--all").out
    assert [line[2:4] for line in text.splitlines() if line.startswith("- n")] == ["n2", "n1", "n0"]
    assert [line[3:10] for line in text.splitlines() if line.startswith("## [1.")] == ["[1.3.0]", "[1.2.0]", "[1.1.0]", "[1.0.0]"]


# ---- bad input ----

HOSTILE = {
    "binary": (b"\x00\x01\x02" * 100, "CHANGELOG.md:1"),
    "not utf-8": (b"# C\n\n## [1.0.0]\n\n- caf\xe9\n", "CHANGELOG.md:5"),
    "too large": (b"# C\n" + b"- x\n" * 5_000_000, "16777216"),
    "quotations in quotations": (b"## [Unreleased]\n" + b">" * 20_000 + b" x\n", None),
    "lists in lists": (b"## [Unreleased]\n" + b"".join(b" " * (2 * n) + b"- x\n" for n in range(800)), None),
    "brackets": (b"## [Unreleased]\n" + b"[" * 100_000 + b"\n", None),
    "ends of lines of another age": (b"## [Unreleased]\r" + b"\r" * 10_000_000, None),
    "lists in lists in one line": (b"## [Unreleased]\n" + b"- " * 5_000_000 + b"\n", None),
    "links beside emphasis": (b"## [Unreleased]\n" + b"[x](*a_ `b" * 1_000_000 + b"\n", None),
    "a line of 10 MB": (b"## [Unreleased]\n- " + b"a" * 10_000_000 + b"\n", None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(tmp_path, name):
    data, words = HOSTILE[name]
    project = make(tmp_path)
    (project.work / "CHANGELOG.md").write_bytes(data)
    began = time.monotonic()
    done = project.run("changelog", "check", timeout=60)
    assert "Sanitizer" not in done.err and time.monotonic() - began < 60
    if words:
        assert done.status != 0 and words in done.err, done
    assert (project.work / "CHANGELOG.md").read_bytes() == data
