"""Gates for real: reports, retries, proofs, skips, what they must leave alone, and those that behave badly."""

import json
import os
import pathlib
import shlex
import sys
import time
import xml.etree.ElementTree as ET

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, git  # noqa: E402

BUILD = 'packages:\n  tool: {run: [sh, build.sh, "{out}"], expect: ["tool-{version}.bin", "tool-{version}.txt"]}\n'
RELEASE = ("release", "minor", "--yes")
JUNIT = pathlib.Path(__file__).resolve().parents[1] / "unit" / "data" / "junit"
IGNORED = ".env\nvenv/\ndist/\nreports/\n"


def make(tmp_path, gates, **files):
    return Project.make(tmp_path / "p", files={".gitignore": IGNORED, **files}, config=f"gates:\n{gates}{BUILD}")


def quoted(report):
    return shlex.quote(str(JUNIT / report))


def script(text):
    """A gate's command that is a shell's."""
    return f"[sh, -c, {json.dumps(text)}]"


def writes(report, status=0):
    return script(f"mkdir -p reports; cp {quoted(report)} reports/r.xml; exit {status}")


def counted(tmp_path, then="true"):
    """A command that leaves a line outside the tree each time it runs."""
    return script(f"echo run >>{tmp_path}/count; {then}")


def count(tmp_path):
    path = tmp_path / "count"
    return len(path.read_text().splitlines()) if path.exists() else 0


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


# ---- reports ----


def test_failed_tests_are_named_with_their_places(tmp_path):
    project = make(tmp_path, f"  unit: {{run: {writes('pytest.xml', 1)}, reports: [reports/*.xml]}}\n", **{"tests/helper.py": "\n"})
    done = project.run(*RELEASE, env={"GITHUB_ACTIONS": "true"})
    error = done.error()
    assert done.status == 4 and error["code"] == "GATE_FAILED", done
    assert "5 tests, 1 failed, 1 with errors, 1 skipped" in error["what"]
    assert "tests/helper.py:12: tests.test_a.TestB test_two[x-<1>]: AssertionError: the sum is wrong" in error["why"]
    assert "::error file=tests/helper.py,line=12," in done.out
    kept = [data["tests"] for kind, effect, data in project.events() if kind == "kept" and effect == "prove/gate/unit" and "tests" in data]
    assert kept and kept[-1]["failures"] == 1 and kept[-1]["notable"][0]["line"] == 12
    assert (project.state / "runs" / "v1.1.0" / "logs" / "unit.log").exists()


def test_counts_are_in_the_journal_of_what_passed(tmp_path):
    project = make(tmp_path, f"  unit: {{run: {script('printf x; cat >{report} <a.xml')}}}\n", **{"a.xml": '<testsuite><testcase name="a"/><testcase name="b"/></testsuite>\n'})
    done = project.run(*RELEASE)
    assert done.status == 0 and "(2 tests, " in done.err, done
    results = [data["result"] for kind, effect, data in project.events() if kind == "outcome" and effect == "prove/gate/unit"]
    assert results[0]["tests"]["tests"] == 2


NOTHING_PROVEN = {
    "failed": (f"cp {quoted('surefire.xml')} reports/failed.xml", "it ended well, but its report tells of tests that failed"),
    "empty": (f"cp {quoted('empty.xml')} reports/empty.xml", "it ran no test"),
    "bomb": (f"cp {quoted('bomb.xml')} reports/bomb.xml", "no JUnit report that can be believed"),
    "cut": (f"cp {quoted('truncated.xml')} reports/cut.xml", "no JUnit report that can be believed"),
    "none": ("true", "wrote no report reports/none.xml"),
    "old": ("touch -d 2020-01-01 reports/old.xml", "older than the gate"),
    "link": ("ln -sf /etc/passwd reports/link.xml", "wrote no report"),
    "pipe": ("mkfifo reports/pipe.xml", "wrote no report"),
}


def test_reports_that_prove_nothing(tmp_path):
    rows = "".join(f"  {name}: {{run: {script(f'mkdir -p reports; {text}')}, reports: [reports/{name}.xml]}}\n" for name, (text, _) in NOTHING_PROVEN.items())
    done = make(tmp_path, rows).run("gates", "run", "--json")
    assert done.status == 4, done
    for gate in json.loads(done.out)["gates"]:
        error = gate["error"]
        assert error["code"] == "GATE_FAILED" and NOTHING_PROVEN[gate["name"]][1] in error["what"], error


def test_a_report_of_an_earlier_run_proves_nothing(tmp_path):
    project = make(tmp_path, '  unit: {run: ["true"], reports: ["reports/**/*.xml"]}\n')
    (project.work / "reports").mkdir()
    (project.work / "reports" / "r.xml").write_bytes((JUNIT / "pytest.xml").read_bytes())
    os.utime(project.work / "reports" / "r.xml", (1, 1))
    assert "older than the gate" in project.run("gates", "run").error()["what"]


def test_a_gate_may_be_allowed_to_test_nothing(tmp_path):
    project = make(tmp_path, f"  unit: {{run: {writes('empty.xml')}, reports: [reports/r.xml], allow-empty: true}}\n")
    assert project.run("gates", "run").status == 0


def test_a_runner_that_ran_nothing(tmp_path):
    said = script("echo 'no tests ran in 0.01s'; : pytest")
    project = make(tmp_path, f"  unit: {{run: {said}}}\n  may: {{run: {said}, allow-empty: true}}\n")
    error = project.run("gates", "run").error()
    assert error["what"] == "gate unit failed: it ran no test" and "unit: {allow-empty: true}" in error["fix"]


def test_pytest_itself(tmp_path):
    run = '[/usr/bin/python3, -B, -m, pytest, -q, -p, "no:cacheprovider", "--junitxml={report}", tests]'
    project = make(tmp_path, f"  unit: {{run: {run}}}\n  empty: {{run: [/usr/bin/python3, -B, -m, pytest, -q, -p, 'no:cacheprovider', none], allow-empty: true}}\n",
                   **{"tests/test_a.py": "def test_a():\n    assert 1 == 2, 'wrong'\n", "none/test_b.py": "\n"})
    done = project.run("gates", "run")
    assert done.status == 4 and "gate unit failed" in done.error()["what"], done
    assert "tests/test_a.py:2: tests.test_a test_a: AssertionError: wrong" in done.err


# ---- retries, required, folders ----


def test_passed_on_a_retry_is_said_everywhere(tmp_path):
    project = make(tmp_path, f"  flaky: {{run: {script(f'test -e {tmp_path}/once || {{ touch {tmp_path}/once; echo not yet; exit 1; }}')}, retries: 2}}\n")
    done = project.run(*RELEASE)
    assert done.status == 0 and "passed on try 2 of 3" in done.err and "note: the gate flaky passed on try 2 of 3" in done.err, done
    results = [data for kind, effect, data in project.events() if kind == "outcome" and effect == "prove/gate/flaky"]
    assert results[0]["result"]["tries"] == {"made": 2, "allowed": 3} and "try 2 of 3" in results[0]["note"]
    assert (project.state / "runs" / "v1.1.0" / "logs" / "flaky.try1.log").read_text() == "not yet\n"
    shown = json.loads(project.run("gates", "run", "flaky", "--json", "--junit", str(tmp_path / "j.xml")).out)
    assert shown["gates"][0]["state"] in ("passed", "proven")


def test_all_tries_fail(tmp_path):
    project = make(tmp_path, f"  bad: {{run: {counted(tmp_path, 'exit 7')}, retries: 2}}\n")
    done = project.run("gates", "run")
    assert done.status == 4 and "exit 7" in done.err and count(tmp_path) == 3


def test_a_gate_that_is_not_required_warns(tmp_path):
    project = make(tmp_path, f"  lint: {{run: {script('echo ugly; exit 1')}, required: false}}\n  gone: {{run: [no-such-program], required: false}}\n")
    plan = project.run("plan", "minor")
    assert "not required" in plan.out and "gate gone is skipped: not required, and cannot run" in plan.out, plan
    done = project.run(*RELEASE)
    assert done.status == 0 and "warning: a gate failed that is not required" in done.err and "ugly\n" in done.err, done
    assert "! prove" in done.err
    alone = project.run("gates", "run")
    assert "0 gates passed; 1 failed, not required" in alone.out, alone


def test_it_runs_in_its_folder(tmp_path):
    project = make(tmp_path, f"  here: {{run: {script('test -f __init__.py')}, working-directory: tool}}\n")
    assert "in the work tree/tool: " in project.run("plan", "minor").out
    assert project.run("gates", "run").status == 0


def test_its_folder_never_leads_out(tmp_path):
    project = make(tmp_path, '  here: {run: ["true"], working-directory: way}\n')
    (project.work / "way").symlink_to("/etc")
    error = project.run("gates", "run").error()
    assert error["code"] == "GATE_FAILED" and "not a folder of the tree" in error["what"]


def test_all_that_it_is_stands_in_the_plan(tmp_path):
    project = make(tmp_path, "  unit: {run: [sh, x.sh], inputs: [tool/**, '*.toml'], reports: [r.xml], retries: 1, allow-empty: true, required: false, timeout: 61}\n")
    effect = next(effect for effect in json.loads(project.run("plan", "minor", "--json").out)["effects"] if effect["id"] == "prove/gate/unit")
    assert effect["title"].endswith("sh x.sh (at most 1 min 1 s, up to 2 tries, inputs tool/** *.toml, reports r.xml, may run no test, not required)"), effect["title"]
    assert effect["params"]["inputs"] == ["tool/**", "*.toml"] and effect["params"]["cache"] is True


def test_two_names_that_look_alike_are_two_gates(tmp_path):
    project = make(tmp_path, f"  Unit: {{run: {counted(tmp_path)}}}\n  unit: {{run: {counted(tmp_path, 'exit 3')}}}\n")
    assert project.run("gates", "run").status == 4 and count(tmp_path) == 2


# ---- proofs ----


def test_what_is_proven_is_not_run_again(tmp_path):
    project = make(tmp_path, f"  slow: {{run: {counted(tmp_path)}}}\n  bad: {{run: {script(f'test -e {tmp_path}/good')}}}\n")
    assert project.run(*RELEASE).status == 4
    assert project.run("abort").status == 0
    (tmp_path / "good").write_text("")
    done = project.run(*RELEASE)
    assert done.status == 0 and count(tmp_path) == 1, done
    assert "proven at 2026-09-21T" in done.err and ", log " in done.err and "≡ prove" in done.err
    result = [data["result"] for kind, effect, data in project.events("v1.1.0.2") if kind == "outcome" and effect == "prove/gate/slow"][0]
    assert result["proven"] > 0 and pathlib.Path(result["log"]).exists()


def test_resume_runs_only_what_failed(tmp_path):
    project = make(tmp_path, f"  slow: {{run: {counted(tmp_path)}}}\n  bad: {{run: {script(f'test -e {tmp_path}/good')}}}\n")
    assert project.run(*RELEASE).status == 4
    (tmp_path / "good").write_text("")
    assert project.run("resume", "--no-cache").status == 0 and count(tmp_path) == 1


def test_a_kill_between_proof_and_record_is_harmless(tmp_path):
    """What the run itself proved is its own result when it goes on: as if nothing had happened."""
    project = make(tmp_path, f"  slow: {{run: {counted(tmp_path)}}}\n")
    assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-after prove/gate/slow #1").status == -9
    done = project.fault("resume")
    assert done.status == 0 and count(tmp_path) == 1 and "it passed before this run was cut off" in done.err, done
    result = [data["result"] for kind, effect, data in project.events() if kind == "outcome" and effect == "prove/gate/slow"][0]
    assert set(result) == {"seconds", "log", "exit"} and "/runs/v1.1.0/logs/slow.log" in result["log"]


def test_status_says_what_was_not_run(tmp_path):
    project = make(tmp_path, f"  slow: {{run: ['true']}}\n  lint: {{run: ['false'], required: false}}\n  bad: {{run: {script(f'test -e {tmp_path}/good')}}}\n")
    assert project.run(*RELEASE).status == 4 and project.run("abort").status == 0
    assert project.run(*RELEASE).status == 4
    shown = project.run("status").out
    assert "≡ run the gate slow" in shown and "proven at 2026-09-21T" in shown and ", not run" in shown
    assert "! run the gate lint" in shown and "warning: gate lint failed: exit 1; it is not required" in shown


def test_gates_run_alone_prove_too(tmp_path):
    project = make(tmp_path, f"  slow: {{run: {counted(tmp_path)}}}\n")
    assert "1 gate passed\n" in project.run("gates", "run").out
    done = project.run("gates", "run")
    assert "1 gate passed (1 proven before and not run)" in done.out and "proven at" in done.err and count(tmp_path) == 1
    assert json.loads(project.run("gates", "list", "--json").out)["gates"][0]["proven"].startswith("2026-09-21T")
    assert "proven at" in project.run("gates", "list").out
    assert project.run("gates", "run", "--no-cache").status == 0 and count(tmp_path) == 2
    assert json.loads(project.run("gates", "run", "--json").out)["gates"][0]["state"] == "proven"


def change_config(project, before, after):
    path = project.work / "slipway.yaml"
    path.write_text(path.read_text().replace(before, after))


CHANGES = {
    "a tracked file": lambda project, tmp: (project.work / "build.sh").write_text("true\n"),
    "a file that git does not know": lambda project, tmp: (project.work / "new.py").write_text("x\n"),
    "its mode": lambda project, tmp: (project.work / "build.sh").chmod(0o755),
    "a deleted file": lambda project, tmp: (project.work / "build.sh").unlink(),
    "its tool": lambda project, tmp: (tmp / "bin" / "mytool").write_text("#!/bin/sh\n[ \"$1\" = --version ] && { echo mytool 2; exit; }\n" + f"echo run >>{tmp}/count\n"),
    "its environment": lambda project, tmp: change_config(project, "A: one", "A: two"),
    "its command": lambda project, tmp: change_config(project, "mytool, x", "mytool, y"),
    "its folder": lambda project, tmp: change_config(project, "inputs", "working-directory: tool, inputs"),
    "its log is gone": lambda project, tmp: [path.unlink() for path in (project.state / "proofs").glob("*.log")],
    "its proof is broken": lambda project, tmp: [path.write_text("{") for path in (project.state / "proofs").glob("*.json")],
    "its proof is another's": lambda project, tmp: [path.write_text('{"schema": 1, "key": "x"}') for path in (project.state / "proofs").glob("*.json")],
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_run_again(tmp_path, change):
    (tmp_path / "bin").mkdir()
    tool = tmp_path / "bin" / "mytool"
    tool.write_text(f'#!/bin/sh\n[ "$1" = --version ] && {{ echo mytool 1; exit; }}\necho run >>{tmp_path}/count\n')
    tool.chmod(0o755)
    env = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    everything = "its" not in change or change == "its mode"
    project = make(tmp_path, f"  slow: {{run: [mytool, x], env: {{A: one}}, inputs: [{'.' if everything else 'tool/**'}]}}\n")
    assert project.run("gates", "run", env=env).status == 0 and count(tmp_path) == 1
    CHANGES[change](project, tmp_path)
    done = project.run("gates", "run", env=env)
    assert done.status == 0 and count(tmp_path) == 2, done


def test_what_is_no_input_does_not_matter(tmp_path):
    project = make(tmp_path, f"  slow: {{run: {counted(tmp_path)}, inputs: [tool/**, pyproject.toml]}}\n")
    assert project.run("gates", "run").status == 0
    project.commit("docs: more", **{"README.md": "more\n"})
    assert project.run("gates", "run").status == 0 and count(tmp_path) == 1
    project.commit("feat: more", **{"tool/more.py": "more\n"})
    assert project.run("gates", "run").status == 0 and count(tmp_path) == 2


def test_a_script_that_the_command_names_is_an_input(tmp_path):
    project = make(tmp_path, "  slow: {run: [sh, ./check.sh], inputs: [tool/**]}\n", **{"check.sh": f"echo run >>{tmp_path}/count\n"})
    for _ in range(2):
        assert project.run("gates", "run").status == 0 and count(tmp_path) == 1
    (project.work / "check.sh").write_text(f"echo again >>{tmp_path}/count\n")
    assert project.run("gates", "run").status == 0 and count(tmp_path) == 2


def test_a_failure_or_a_change_is_no_proof(tmp_path):
    project = make(tmp_path, f"  meddle: {{run: {script('echo x >>build.sh')}}}\n  bad: {{run: ['false']}}\n  lint: {{run: ['false'], required: false}}\n")
    assert project.run("gates", "run").status == 4
    assert not list((project.state / "proofs").glob("*.json"))


def test_a_script_of_the_tree_is_not_run_to_ask_for_its_version(tmp_path):
    project = make(tmp_path, "  own: {run: [./check.sh]}\n", **{"check.sh": f"#!/bin/sh\necho run >>{tmp_path}/count\n"})
    (project.work / "check.sh").chmod(0o755)
    project.commit("fix: mode")
    assert project.run("gates", "run").status == 0 and count(tmp_path) == 1


# ---- skips ----


def test_a_skip_is_recorded_and_printed(tmp_path):
    project = make(tmp_path, f"  e2e: {{run: {counted(tmp_path, 'exit 1')}}}\n  unit: {{run: ['true'], needs: [e2e]}}\n")
    words = ("--skip", "e2e", "--reason", "the *server* is down")
    plan = json.loads(project.run("plan", "minor", *words, "--json").out)
    row = next(row for row in plan["skipped"] if row["step"] == "gate e2e")
    assert row["by"] == "Ada Example <ada@example.org>" and row["because"] == "the *server* is down" and row["at"] == plan["when"]
    done = project.run(*RELEASE, *words)
    assert done.status == 0 and count(tmp_path) == 0 and "gate e2e is skipped: the *server* is down (skipped by Ada Example" in done.out, done
    notes = (project.forge / "v1.1.0" / "notes.md").read_text()
    assert "## Gates not run\n\n- e2e: the \\*server\\* is down (by Ada Example" in notes
    begun = project.events()[0][2]["plan"]
    assert any(row.get("gate") == "e2e" for row in begun["skipped"])


NO_SKIPS = [
    (("--skip", "e2e"), "why is the gate e2e skipped?"),
    (("--skip", "e2e", "--reason", "  "), "why is the gate e2e skipped?"),
    (("--reason", "so"), "a --reason without its --skip"),
    (("--skip", "e2", "--reason", "so"), "there is no gate 'e2'"),
]


@pytest.mark.parametrize("command", [("release", "minor", "--yes"), ("plan", "minor"), ("gates", "run")])
def test_a_skip_needs_its_reason(tmp_path, command):
    project = make(tmp_path, "  e2e: {run: ['true']}\n")
    for words, what in NO_SKIPS:
        done = project.run(*command, *words)
        error = done.error()
        assert done.status == 2 and error["code"] == "USAGE" and what in error["what"] and error["state"] == "nothing was changed", done
        assert "e2e" in error["fix"] or "NAME" in error["fix"]


def test_a_saved_plan_says_itself_what_is_skipped(tmp_path):
    project = make(tmp_path, f"  e2e: {{run: {counted(tmp_path, 'exit 1')}}}\n  unit: {{run: {counted(tmp_path)}}}\n")
    saved = str(tmp_path / "saved.plan")
    assert project.run("plan", "minor", "--skip", "e2e", "--reason", "down", "--out", saved).status == 0
    error = project.run("release", "--plan", saved, "--yes", "--skip", "unit", "--reason", "so").error()
    assert error["code"] == "USAGE" and "does not take --skip" in error["what"]
    assert project.run("release", "--plan", saved, "--yes", "--no-cache").status == 0 and count(tmp_path) == 1
    assert "## Gates not run" in (project.forge / "v1.1.0" / "notes.md").read_text()


# ---- all of them ----


def test_every_failure_is_named_with_its_log(tmp_path):
    project = make(tmp_path, "  one: {run: ['false']}\n  two: {run: ['true']}\n  three: {run: [sh, -c, 'exit 9']}\n")
    done = project.run("gates", "run", "--junit", str(tmp_path / "j.xml"))
    assert done.status == 4 and "2 of 3 gates failed" in done.err and done.error()["fix"].endswith("slipway gates run one three"), done
    assert done.error()["state"] == "no tracked file was changed"
    for name in ("one", "three"):
        assert str(project.state / "runs" / "gates" / "logs" / f"{name}.log") in done.err
    root = ET.parse(tmp_path / "j.xml").getroot()
    assert root.find("testsuite").attrib["failures"] == "2" and [case.get("name") for case in root.iter("testcase")] == ["one", "two", "three"]
    again = project.run("gates", "run", "two")
    assert again.status == 0, again
    released = project.run(*RELEASE)
    assert released.status == 4 and "2 of 3 gates failed" in released.err


def test_tests_stand_in_the_junit_file(tmp_path):
    project = make(tmp_path, f"  unit: {{run: {writes('surefire.xml', 1)}, reports: [reports/r.xml]}}\n")
    assert project.run("gates", "run", "--junit", str(tmp_path / "j.xml")).status == 4
    suites = ET.parse(tmp_path / "j.xml").getroot().findall("testsuite")
    assert [suite.get("name") for suite in suites] == ["gates", "unit"] and len(suites[1].findall("testcase")) == 4


def test_a_name_runs_with_what_it_needs(tmp_path):
    project = make(tmp_path, f"  first: {{run: {counted(tmp_path)}}}\n  second: {{run: ['true'], needs: [first]}}\n  third: {{run: ['false']}}\n")
    done = project.run("gates", "run", "second")
    assert done.status == 0 and "2 gates passed" in done.out and count(tmp_path) == 1, done


def test_a_run_that_was_cut_off_keeps_nobody_waiting(tmp_path):
    text = f"test -e {tmp_path}/second || {{ touch {tmp_path}/second; echo $$ >{tmp_path}/pid; sleep 1000; }}"
    project = make(tmp_path, f"  slow: {{run: {script(text)}}}\n")
    child = project.start("gates", "run")
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        assert child.poll() is None
        time.sleep(0.01)  # reason: polls a file of a grandchild; there is nothing to block on
    child.kill()
    child.communicate(timeout=60)
    pid = int((tmp_path / "pid").read_text())
    done = project.run("gates", "run")
    assert done.status == 0 and not alive(pid), done
    assert project.run(*RELEASE).status == 0


def test_interrupted_it_leaves_nothing_to_resume(tmp_path):
    project = make(tmp_path, f"  slow: {{run: {script(f'echo $$ >{tmp_path}/pid; exec sleep 1000')}}}\n")
    child = project.start("gates", "run")
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        assert child.poll() is None
        time.sleep(0.01)  # reason: polls a file of a grandchild; there is nothing to block on
    child.terminate()
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130 and b"fix:   slipway gates run" in err, err
    assert project.run("gates", "list").status == 0 and "there is no unfinished release" in project.run("resume").err


# ---- the tree ----


def test_what_changes_a_dirty_tree_is_seen(tmp_path):
    project = make(tmp_path, f"  good: {{run: ['true']}}\n  meddle: {{run: {script('echo meddled >>build.sh')}, needs: [good]}}\n")
    (project.work / "tool" / "__init__.py").write_text("mine = 1\n")
    assert project.run("gates", "run", "good").status == 0
    error = project.run("gates", "run", "meddle").error()
    assert error["code"] == "TREE_CHANGED" and "by the gate meddle" in error["what"] and "+meddled" in error["why"]


def test_a_gate_that_commits(tmp_path):
    project = make(tmp_path, f"  commits: {{run: {script('git commit -q --allow-empty -m gate; echo x >>build.sh; git commit -qam gate')}}}\n")
    error = project.run(*RELEASE).error()
    assert error["code"] == "TREE_CHANGED" and "not the candidate" in error["what"], error


def test_a_gate_that_fails_and_changes_files(tmp_path):
    project = make(tmp_path, f"  fixer: {{run: {script('echo fixed >>build.sh; exit 1')}}}\n")
    error = project.run(*RELEASE).error()
    assert error["code"] == "GATE_FAILED" and "exit 1" in error["what"] and "+fixed" in error["why"] and "tracked files were changed by the gate fixer" in error["why"]


def test_who_else_ran_is_said(tmp_path):
    wait = f"touch {tmp_path}/b; while [ ! -e {tmp_path}/a ]; do sleep 0.01; done"
    meddle = f"while [ ! -e {tmp_path}/b ]; do sleep 0.01; done; echo x >>build.sh; touch {tmp_path}/a"
    project = make(tmp_path, f"  one: {{run: {script(wait)}}}\n  two: {{run: {script(meddle)}}}\n")
    done = project.run(*RELEASE)
    assert done.status == 4 and "at the same time ran: one; any of them may have done it" in done.err and "ran: two" in done.err, done


# ---- bad behaviour ----


@pytest.mark.parametrize("status", [0, 1])
def test_daemons_end_with_their_gate(tmp_path, status):
    daemon = f"setsid sh -c 'trap \"\" TERM; echo $$ >{tmp_path}/pid; while :; do sleep 1; done' >/dev/null 2>&1 &"
    project = make(tmp_path, f"  forks: {{run: {script(f'{daemon} while [ ! -s {tmp_path}/pid ]; do sleep 0.01; done; exit {status}')}}}\n")
    assert project.run("gates", "run").status == (4 if status else 0)
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_daemon_of_another_gate_is_let_alone(tmp_path):
    quick = f"while [ ! -s {tmp_path}/pid ]; do sleep 0.01; done"
    slow = f"setsid sh -c 'echo $$ >{tmp_path}/pid; sleep 30' & while [ ! -e {tmp_path}/over ]; do sleep 0.01; done; kill -0 $(cat {tmp_path}/pid)"
    project = make(tmp_path, f"  quick: {{run: {script(quick)}}}\n  then: {{run: {script(f'touch {tmp_path}/over')}, needs: [quick]}}\n  slow: {{run: {script(slow)}}}\n")
    done = project.run("gates", "run")
    assert done.status == 0, done
    assert not alive(int((tmp_path / "pid").read_text()))


ODD = {
    "closes": ("exec >&- 2>&-; exit 3", "exit 3"),
    "closes-and-passes": ("exec >&- 2>&-; sleep 0.2; true", ""),
    "binary": ("printf 'a\\000b\\033[2J\\n'; exit 1", "exit 1"),
    "one-line": ("head -c 20000000 /dev/zero | tr '\\000' x; exit 1", "exit 1"),
    "many-lines": ("yes | head -n 1000000; exit 1", "exit 1"),
}


def test_output_of_every_kind(tmp_path):
    project = make(tmp_path, "".join(f"  {name}: {{run: {script(text)}}}\n" for name, (text, _) in ODD.items()))
    done = project.run("gates", "run", "--json")
    shown = project.run("gates", "run")
    assert done.status == shown.status == 4
    for gate in json.loads(done.out)["gates"]:
        seen = ODD[gate["name"]][1]
        assert seen in gate["error"]["what"] if seen else gate["state"] == "passed", gate
    assert "\0" not in shown.err and "\033" not in shown.err and len(shown.err) < 100000


def test_raw_bytes_are_in_the_log(tmp_path):
    project = make(tmp_path, '  odd: {run: [sh, -c, "printf \'a\\\\000b\\\\033[2J\\\\n\'; exit 1"]}\n')
    project.run("gates", "run")
    assert (project.state / "runs" / "gates" / "logs" / "odd.log").read_bytes() == b"a\0b\033[2J\n"


def test_out_of_memory_is_thought_of(tmp_path):
    project = make(tmp_path, '  big: {run: [sh, -c, "kill -9 $$"]}\n')
    error = project.run("gates", "run").error()
    assert "killed by signal 9 (Killed)" in error["what"] and "out of memory" in error["what"]
    change_config(project, "kill -9 $$", "sh -c 'kill -9 $$'; exit $?")
    error = project.run("gates", "run").error()
    assert "exit 137: what it ran was killed" in error["what"] and "out of memory" in error["what"]


def test_what_waited_for_a_failed_one_is_said_to_be_not_run(tmp_path):
    project = make(tmp_path, '  bad: {run: ["false"]}\n  next: {run: ["true"], needs: [bad]}\n  last: {run: ["true"], needs: [next]}\n  good: {run: ["true"]}\n')
    done = project.run("gates", "run")
    assert done.status == 4 and "1 of 4 gates failed" in done.err and "\nnot run: next, last\n" in done.err, done


def test_a_gate_that_ignores_its_end(tmp_path):
    project = make(tmp_path, "  deaf: {run: [sh, -c, \"trap '' TERM; while :; do sleep 0.1; done\"], timeout: 1, retries: 0}\n")
    assert "timed out after 1 s" in project.run("gates", "run").error()["what"]
