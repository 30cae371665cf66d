"""Which gates are recognised, with which commands, and what a row of slipway.yaml makes of them."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project  # noqa: E402

PRESETS = pathlib.Path(__file__).resolve().parents[1] / "contract" / "data" / "presets"
CASES = [(path.stem, number, case) for path in sorted(PRESETS.glob("*.json")) for number, case in enumerate(json.loads(path.read_text())["cases"])]
PLAIN = {"slipway.yaml": None, "build.sh": None}


def listed(project):
    done = project.run("gates", "list", "--json")
    assert done.status == 0, done
    return {gate["name"]: gate for gate in json.loads(done.out)["gates"]}


@pytest.mark.parametrize("name, number, case", CASES, ids=[f"{name}-{number}" for name, number, _ in CASES])
def test_every_preset_is_recognised(tmp_path, name, number, case):
    gates = listed(Project.make(tmp_path / "p", files={**PLAIN, **case["files"]}))
    assert (name in gates) != case.get("absent", False), gates
    if "run" in case:
        run = gates[name]["run"]
        assert run == [run[0] if word == "*" else word for word in case["run"]]
    if "ends" in case:
        assert gates[name]["run"][-len(case["ends"]):] == case["ends"]
    assert all(gate["detected"] for gate in gates.values())


def test_nothing_is_recognised_in_a_plain_project(tmp_path):
    assert listed(Project.make(tmp_path / "p", files=PLAIN)) == {}


def test_a_missing_tool_is_named_and_stops_a_release(tmp_path):
    project = Project.make(tmp_path / "p", files={**PLAIN, "go.mod": "module example.org/tool\n"})
    gate = listed(project)["go-test"]
    shown = project.run("gates", "list").out
    if gate["cannot_run"] is None:
        pytest.skip("there is a go here")
    assert "go, which is not installed" in gate["cannot_run"] and "cannot run: " in shown
    error = project.run("release", "minor", "--yes").error()
    assert error["code"] == "PROGRAM_MISSING" and "go-test" in error["what"]
    skipped = json.loads(project.run("plan", "minor", "--json").out)["skipped"]
    assert any(row["step"] == "gate go-vet" and "not installed" in row["reason"] for row in skipped)
    one = project.run("gates", "run", "go-vet").error()
    assert one["code"] == "PROGRAM_MISSING" and "install go" in one["fix"] and "go-vet: {run: []}" in one["fix"]


def test_what_nothing_asked_for_is_advice(tmp_path):
    """Lint that the language has and the project never spoke of warns; once the project names it, it counts."""
    files = {**PLAIN, "run.sh": "true\n"}
    assert not listed(Project.make(tmp_path / "p", files=files))["shellcheck"]["required"]
    assert listed(Project.make(tmp_path / "q", files=files, config="gates: {shellcheck: {timeout: 9}}\n"))["shellcheck"]["required"]


def overlay(tmp_path, config):
    files = {"tests/test_a.py": "def test_a():\n    assert True\n", ".pre-commit-config.yaml": "repos: []\n"}
    return Project.make(tmp_path / "p", files=files, config=config)


def test_a_row_without_a_command_changes_the_preset(tmp_path):
    gates = listed(overlay(tmp_path, "gates: {unit: {timeout: 60, retries: 2}}\n"))
    assert gates["unit"]["timeout"] == 60 and gates["unit"]["retries"] == 2 and "pytest" in gates["unit"]["run"]
    assert "pre-commit" in gates


def test_an_empty_command_switches_a_preset_off(tmp_path):
    gates = listed(overlay(tmp_path, "gates: {pre-commit: {run: []}}\n"))
    assert "pre-commit" not in gates and "unit" in gates


def test_a_command_of_its_own_makes_the_rows_all_there_is(tmp_path):
    gates = listed(overlay(tmp_path, 'gates: {unit: {timeout: 60}, mine: {run: ["true"]}}\n'))
    assert list(gates) == ["unit", "mine"] and not gates["mine"]["detected"]


MEANINGLESS = [
    ("unti: {timeout: 60}", "did you mean 'unit'?"),
    ("nothing-like-it: {run: []}", "gates.nothing-like-it.run"),
    ("go-test: {timeout: 60}", "gates.go-test.run"),
    ('mine: {run: ["true"], working-directory: ../elsewhere}', "below the top of the work tree"),
    ('mine: {run: ["true"], working-directory: no-such-folder}', "below the tree"),
    ('mine: {run: ["true"], reports: [/etc/passwd]}', "below the tree"),
    ('mine: {run: ["true"], inputs: [../x]}', "below the tree"),
    ('mine: {run: ["true"], inputs: [scr/**]}', "git ls-files"),
    ('mine: {run: ["true"], retries: 1000}', "0 to 99"),
    ('mine: {run: ["true"], needs: [other]}', "gates.mine.needs"),
    ('mine: {run: ["true"], needs: [mine]}', "gates.mine.needs"),
    ('a: {run: ["true"], needs: [b]}, b: {run: ["true"], needs: [c]}, c: {run: ["true"], needs: [b]}', "gates.b.needs"),
]


def test_rows_that_mean_nothing(tmp_path):
    project = overlay(tmp_path, "")
    for row, words in MEANINGLESS:
        (project.work / "slipway.yaml").write_text(f"gates: {{{row}}}\n")
        done = project.run("gates", "run")
        error = done.error()
        assert done.status == 2 and error["code"] == "CONFIG" and words in error["fix"], (row, error)
        assert error["state"] == "nothing was changed"


def test_what_is_built_or_installed_here_is_used(tmp_path):
    files = {**PLAIN, ".gitignore": "node_modules\nbuilddir\nbuild\nvenv\n.env\n", "tsconfig.json": "{}\n", "meson.build": "project('tool', version: '1.0.0')\ntest('one', one)\n", "CMakeLists.txt": "project(tool VERSION 1.0.0)\nenable_testing()\n"}
    project = Project.make(tmp_path / "p", files=files)
    for name, text, mode in [
        ("node_modules/.bin/tsc", "#!/bin/sh\n", 0o755),
        ("builddir/meson-info/intro.json", "{}\n", 0o644),
        ("build/CMakeCache.txt", "CMAKE_GENERATOR:INTERNAL=Unix Makefiles\n", 0o644),
    ]:
        path = project.work / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
        path.chmod(mode)
    gates = listed(project)
    assert gates["tsc"]["run"] == ["node_modules/.bin/tsc", "--noEmit"] and gates["tsc"]["cannot_run"] is None
    assert gates["meson-test"]["run"] == ["meson", "test", "-C", "builddir"]
    assert gates["cmake-test"]["run"][2:7] == [".", "build", "--build-noclean", "--build-generator", "Unix Makefiles"]


def test_without_a_build_folder_it_says_how_to_make_one(tmp_path):
    project = Project.make(tmp_path / "p", files={**PLAIN, "meson.build": "project('tool', version: '1.0.0')\ntest('one', one)\n"})
    error = project.run("gates", "run").error()
    assert error["code"] == "PROGRAM_MISSING"
    if "not installed" not in error["what"]:
        assert "no build folder" in error["what"] and error["fix"].startswith("meson setup build; or write")
