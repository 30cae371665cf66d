"""The checks of docs, as gates: to-do words, links, versions; addresses of the web against a server with faults."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, git  # noqa: E402
from support.web import Web  # noqa: E402

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A way to count things.\n\n## [1.0.0] - 2026-01-02\n\n### Added\n\n- The beginning.\n"


def make(tmp_path, config="docs: {}\n", folder="p", **files):
    """A project whose changelog links to nothing."""
    return Project.make(tmp_path / folder, files={"slipway.yaml": config, "CHANGELOG.md": CHANGELOG, **files})


def page(**more):
    return {name.replace("__", "/") + ".md": text for name, text in more.items()}


def gate(project, name, *options, **more):
    """(the run, the gate's row)"""
    done = project.run("gates", "run", name, "--json", *options, **more)
    return done, next(row for row in json.loads(done.out)["gates"] if row["name"] == name)


def at(text, *marks, name="README.md", line=1):
    """Where marks stand in one line of a file, in bytes."""
    return [f"{name}:{line}:{text.encode().index(mark.encode()) + 1}" for mark in marks]


def found(row, warnings=False):
    return [f"{one['path']}:{one['line']}:{one['column']}" for one in row.get("findings", []) if one["warning"] == warnings]


# ---- which gates there are ----


def names(project):
    rows = json.loads(project.run("gates", "list", "--json").out)["gates"]
    return {row["name"]: row["required"] for row in rows if row["name"].startswith("docs.")}


ALL = ("docs.todo", "docs.links", "docs.versions")


@pytest.mark.parametrize("config, files, wanted", [
    ("{}\n", {}, {}),
    ("{}\n", {"README.md": "# x\n"}, dict.fromkeys(ALL, False)),
    ("docs: {}\n", {"README.md": "# x\n"}, dict.fromkeys(ALL, True)),
    ("docs: {}\n", {}, {}),
    ("gates: {docs.links: {}}\n", {"README.md": "# x\n"}, {"docs.todo": False, "docs.links": True, "docs.versions": False}),
    ("gates: {docs.links: {required: false}}\n", {"README.md": "# x\n"}, dict.fromkeys(ALL, False)),
    ("gates: {docs.links: {run: []}}\ndocs: {}\n", {"README.md": "# x\n"}, {"docs.todo": True, "docs.versions": True}),
    ("gates: {mine: {run: ['true']}}\n", {"README.md": "# x\n"}, {}),
    ("gates: {mine: {run: ['true']}, docs.todo: {}}\n", {"README.md": "# x\n"}, {"docs.todo": True}),
    ("gates: {mine: {run: ['true']}}\ndocs: {ignore: [x]}\n", {"README.md": "# x\n"}, dict.fromkeys(ALL, True)),
])
def test_which_gates_there_are(tmp_path, config, files, wanted):
    assert names(make(tmp_path, config, **files)) == wanted


def test_what_is_only_recognised_stops_nothing(tmp_path):
    project = make(tmp_path, "{}\n", **page(README="[gone](gone.md)\n"))
    done, row = gate(project, "docs.links", "--offline")
    assert done.status == 0 and row["state"] == "failed, not required" and found(row) == ["README.md:1:1"], done
    shown = project.run("gates", "run", "docs.links", "--offline")
    assert "warning: a gate failed that is not required" in shown.err and "README.md:1:1: gone.md: there is no gone.md" in shown.err
    project.commit("chore: config", **{"slipway.yaml": "docs: {}\n"})
    done, row = gate(project, "docs.links", "--offline")
    assert done.status == 4 and row["state"] == "failed", done


def test_a_release_waits_for_them(tmp_path):
    files = page(README="# Tool\n\n`pip install tool==1.0.0`\n\n[gone](gone.md)\n")
    project = make(tmp_path, 'gates: {docs.links: {}, docs.versions: {}, shellcheck: {run: []}}\ndocs: {links: {external: false}}\npackages: {docs: {kind: command, run: [cp, README.md, "{out}"], expect: [README.md]}}\n', **files)
    done = project.run("release", "minor", "--yes")
    assert done.status == 4, done
    assert "README.md:5:1: gone.md: there is no gone.md" in done.err and "README.md:3:20: names 1.0.0; the version is 1.1.0" in done.err
    assert git(project.origin, "tag", "--list", "v1.1.0") == ""
    assert project.run("abort").status == 0
    project.commit("docs: right", **{"README.md": "# Tool\n\n`pip install tool==1.1.0`\n"})
    git(project.work, "push", "--quiet", "origin", "main")
    assert project.run("release", "minor", "--yes").status == 0


# ---- to-do words ----


def test_todo(tmp_path):
    text = "# A\n\nTODO: x, but no TODOS nor myTODO_\n  FIXME\n"
    project = make(tmp_path, **{"docs/a.md": text, "docs/b.txt": "XXX\n", "src/c.md": "TODO\n", "README.md": "fine\n"})
    done, row = gate(project, "docs.todo")
    assert done.status == 4 and found(row) == ["docs/a.md:3:1", "docs/a.md:4:3", "docs/b.txt:1:1"], done
    assert row["findings"][0]["what"] == "TODO: x, but no TODOS nor myTODO_" and row["error"]["code"] == "GATE_FAILED"


def test_todo_words_and_paths_are_configured(tmp_path):
    config = "docs: {todo: {words: [LATER], paths: [notes, '*.txt']}, ignore: [notes/old]}\n"
    files = {"notes/a.md": "LATER TODO\n", "notes/old/b.md": "LATER\n", "c.txt": "LATER\n", "docs/d.md": "LATER\n"}
    _, row = gate(make(tmp_path, config, **files), "docs.todo")
    assert found(row) == ["c.txt:1:1", "notes/a.md:1:1"]


def test_only_new_words_fail(tmp_path):
    project = make(tmp_path, **{"docs/a.md": "TODO one\nTODO two\n"})
    assert gate(project, "docs.todo")[0].status == 4
    error = project.run("gates", "run", "docs.todo").error()
    assert "--update-baseline" in error["fix"], error
    assert project.run("gates", "run", "docs.todo", "--update-baseline").status == 0
    baseline = (project.work / ".todo-baseline").read_text().splitlines()
    assert len(baseline) == 3 and baseline[1].split("\t")[0] == "docs/a.md" and baseline[1].split("\t")[2] == "1"
    project.commit("docs: moved", **{"docs/a.md": "# New\n\n TODO  two\nTODO one\nTODO three\n", ".todo-baseline": "\n".join(baseline) + "\n"})
    done, row = gate(project, "docs.todo")
    assert done.status == 4 and found(row) == ["docs/a.md:5:1"], done
    project.commit("docs: less", **{"docs/a.md": "TODO one\n"})
    done = project.run("gates", "run", "docs.todo")
    assert done.status == 0 and "1 of .todo-baseline no more there" in done.err, done


def test_a_broken_baseline(tmp_path):
    project = make(tmp_path, **{"docs/a.md": "x\n", ".todo-baseline": "nonsense\n"})
    error = project.run("gates", "run", "docs.todo").error()
    assert error["code"] == "PARSE" and ".todo-baseline:1:" in error["what"] and "--update-baseline" in error["fix"], error


# ---- links within the tree ----


def test_links(tmp_path):
    readme = "[a](docs/a.md) [b](docs/A.md) [c](docs) [d](docs/a.md#one) [e](docs/a.md#two) [f](../x) ![g](docs/g.png) [h][h] [i][no]\n\n[h]: docs/a.md\n[j]: docs/a.md\n"
    line = "[up](../README.md) `[code](x)` [top](/README.md) [me](#one) [nobody](#none)"
    files = {"README.md": readme, "docs/a.md": f"# One\n\n{line}\n", "docs/g.png": b"\x89PNG"}
    done, row = gate(make(tmp_path, **files), "docs.links", "--offline")
    assert done.status == 4 and found(row) == at(readme, "[b]", "[e]", "[f]", "[i]") + at(line, "[nobody]", name="docs/a.md", line=3), row
    assert found(row, warnings=True) == ["README.md:4:1"]
    assert "there is docs/a.md" in row["findings"][0]["what"]


def test_only_what_git_tracks_is_there(tmp_path):
    project = make(tmp_path, **page(README="[x](made.md)\n"))
    (project.work / "made.md").write_text("x\n")
    done, row = gate(project, "docs.links", "--offline")
    assert done.status == 4 and found(row) == ["README.md:1:1"], done


def test_names_that_are_no_plain_text(tmp_path):
    files = {"README.md": "[a](a%20b.md#x) [c](<ü b.md>) [d](%FC.md)\n", "a b.md": "# X\n", "ü b.md": "x\n"}
    project = make(tmp_path, **files)
    (project.work.joinpath("x").parent / "l.md").symlink_to("/etc/passwd")
    git(project.work, "add", "--all")
    git(project.work, "commit", "-qm", "docs: link")
    done, row = gate(project, "docs.links", "--offline")
    assert done.status == 4 and found(row) == at(files["README.md"], "[d]") and "root:" not in done.out, row
    assert [one["path"] for one in row["findings"] if one["warning"]] == ["l.md"]


def test_what_is_behind_a_link_or_in_a_submodule_is_passed_over(tmp_path):
    project = make(tmp_path, **page(README="[a](sub/x.md) [b](far/y.md) [c](README.md/z) [d](sub)\n"))
    (project.work / "far").symlink_to("/etc")
    git(project.work, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    git(project.work, "add", "far")
    (project.work / "sub").mkdir()
    git(project.work, "commit", "-qm", "chore: both")
    done, row = gate(project, "docs.links", "--offline")
    assert done.status == 4 and found(row) == ["README.md:1:29"], row


def test_what_is_found_is_escaped(tmp_path):
    project = make(tmp_path, **{"README.md": "[a](%1b%5b2Jx%07.md) [b][\u202e]\n"})
    done = project.run("gates", "run", "docs.links", "--offline")
    assert done.status == 4 and "\x1b" not in done.err and "\x07" not in done.err and "\u202e" not in done.err, done
    log = project.state / "runs" / "gates" / "logs" / "docs.links.log"
    assert b"\x1b" not in log.read_bytes()


def test_mkdocs(tmp_path):
    config = "site_name: x\nmarkdown_extensions:\n  - x: {y: !!python/name:a.b.c ''}\nnav:\n  - index.md\n  - Gone: gone.md\n  - Out: https://example.org/\n  - Sub:\n      - sub/a.md\n"
    line = "    [x](sub/a.md#own) [y](#a-b) [z](none.md) [api][pkg.mod]"
    index = f'# A -- B\n\n!!! note\n{line}\n\n<a href="sub/a/">s</a>\n'
    files = {"mkdocs.yml": config, "docs/index.md": index, "docs/sub/a.md": "## T {#own}\n\n<img src=\"../../i.png\">\n", "docs/i.png": b"x"}
    done, row = gate(make(tmp_path, **files), "docs.links", "--offline")
    assert done.status == 4 and found(row) == at(line, "[z]", "[api]", name="docs/index.md", line=4) + ["mkdocs.yml:6:11"], row


def test_annotations(tmp_path):
    project = make(tmp_path, **page(README="# x\n\n[a](b,c:d.md)\n"))
    done = project.run("gates", "run", "docs.links", "--offline", env={"GITHUB_ACTIONS": "true"})
    assert "::error file=README.md,line=3,col=1,title=slipway docs.links::b,c:d.md: there is no b,c:d.md" in done.out, done


# ---- versions ----


def test_versions(tmp_path):
    files = {"docs/a.md": "tool==0.9.0\n", "docs/UPGRADE.md": "tool==0.9.0\n", "docs/releases/1.md": "tool==0.9.0\n", "README.md": "tool==1.0.0, other==0.1.0\n", "src/x.md": "tool==0.1.0\n"}
    done, row = gate(make(tmp_path, **files), "docs.versions")
    assert done.status == 4 and found(row) == ["docs/a.md:1:7"], row
    project = make(tmp_path, "docs: {versions: {allow: [docs]}}\n", folder="q", **files)
    assert gate(project, "docs.versions")[0].status == 0


# ---- the web ----


def web_project(tmp_path, web, paths, config="", host=None):
    links = "".join(f"- [x]({web.url(path)})\n" for path in paths)
    text = f"docs:\n  links: {{local: ['{host or web.host}'], timeout: 2{config}}}\n"
    return make(tmp_path, text, **page(README=links))


def test_what_answers_and_what_does_not(tmp_path):
    paths = ["ok", "404", "410", "no-head", "moved", "moved-gone", "loop", "401", "403", "500", "ok#part"]
    with Web() as web:
        done, row = gate(web_project(tmp_path, web, paths), "docs.links")
        assert done.status == 4, done
        assert found(row) == ["README.md:2:3", "README.md:3:3", "README.md:6:3"]
        assert found(row, warnings=True) == ["README.md:7:3", "README.md:8:3", "README.md:9:3", "README.md:10:3"]
        assert "HTTP 404" in row["findings"][0]["what"] and all("unknown" in one["what"] for one in row["findings"] if one["warning"])
        assert web.count("ok", "HEAD") <= 2 and web.count("no-head") == 2 and web.count("500") == 6


def test_a_network_fault_is_unknown_and_the_gate_passes(tmp_path):
    with Web() as web:
        done = web_project(tmp_path, web, ["reset", "ok"]).run("gates", "run", "docs.links")
        assert done.status == 0 and "1 address answered" in done.err and "1 UNKNOWN" in done.err, done
    project = make(tmp_path, folder="q", **page(README="<http://host.invalid/> <https://host.invalid/x>\n"))
    done = project.run("gates", "run", "docs.links")
    assert done.status == 0 and "2 UNKNOWN" in done.err, done


def test_a_host_that_hangs_is_given_up(tmp_path):
    with Web() as web:
        project = web_project(tmp_path, web, ["hang"])
        (project.work / "slipway.yaml").write_text(f"docs:\n  links: {{local: ['{web.host}'], timeout: 1}}\n")
        done = project.run("gates", "run", "docs.links", timeout=30)
        assert done.status == 0 and "1 UNKNOWN" in done.err and web.count("hang") == 1, done


def test_retry_after_is_honoured_within_a_budget(tmp_path):
    with Web() as web:
        done = web_project(tmp_path, web, ["busy-once", "busy-long", "shaky"]).run("gates", "run", "docs.links", timeout=30)
        assert done.status == 0 and "2 addresses answered" in done.err and "1 UNKNOWN" in done.err, done
        assert web.count("busy-once") == 2 and web.count("busy-long") == 1


def test_one_call_at_a_time_for_each_host(tmp_path):
    with Web() as web:
        done = web_project(tmp_path, web, [f"slow?{number}" for number in range(5)]).run("gates", "run", "docs.links")
        assert done.status == 0 and "5 addresses answered" in done.err and web.most == 1, done


def test_the_cache(tmp_path):
    with Web() as web:
        project = web_project(tmp_path, web, ["ok", "404"])
        assert project.run("gates", "run", "docs.links").status == 4
        assert web.count("ok") == 1
        done = project.run("gates", "run", "docs.links")
        assert done.status == 4 and "1 answered lately" in (project.state / "runs/gates.2/logs/docs.links.log").read_text(), done
        assert web.count("ok") == 1 and web.count("404") == 4  # what is broken is asked again
        later = project.run("gates", "run", "docs.links", env={"SLIPWAY_TEST_NOW": "1890000000"})
        assert later.status == 4 and web.count("ok") == 2
        (project.state / "cache" / "links.json").write_text("[nonsense")
        assert project.run("gates", "run", "docs.links").status == 4 and web.count("ok") == 3


def test_offline_asks_nothing_and_says_so(tmp_path):
    with Web() as web:
        project = web_project(tmp_path, web, ["ok", "404"])
        done = project.run("gates", "run", "docs.links", "--offline")
        assert done.status == 0 and "2 addresses not checked" in done.err and web.asked == [], done
        project.commit("chore: off", **{"slipway.yaml": "docs: {links: {external: false}}\n"})
        done = project.run("gates", "run", "docs.links")
        assert done.status == 0 and "2 addresses not checked" in done.err and web.asked == [], done


def test_allow_and_deny(tmp_path):
    with Web() as web:
        done = web_project(tmp_path, web, ["ok", "404", "410"], f", allow: ['http://*'], deny: ['*/4*']").run("gates", "run", "docs.links")
        assert done.status == 0 and "1 address answered" in done.err and "2 left out by docs.links.allow or deny" in done.err, done
        assert {path for _, path in web.asked} == {"/ok"}


def test_this_machine_is_not_called_unless_named(tmp_path):
    with Web() as web:
        done = web_project(tmp_path, web, ["ok"], host="127.0.0.1:1").run("gates", "run", "docs.links")
        assert done.status == 0 and "1 address not checked" in done.err and web.asked == [], done
        text = f"<http://localhost:{web.port}/ok> <{web.url('inside')}>\n"
        done = make(tmp_path, f"docs: {{links: {{local: ['{web.host}']}}}}\n", folder="q", **page(README=text)).run("gates", "run", "docs.links")
        assert done.status == 0 and "2 addresses not checked" in done.err and web.count("ok") == 0 and web.count("inside") == 1, done
