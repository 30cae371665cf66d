"""What each kind of package plans, for every row of builders.def, with the row's own data in data/builders/ROW.json, a list of
    name      of the case
    files     of the project; a VERSION, a manifest
    config    of slipway.yaml; without it: detected
    programs  that are in PATH; they do nothing
    wish      the version that is asked for; without it: minor
    builds    package → what its effect's parameters must hold; `run` without an interpreter's path before "-m"; `kind` of the effect"""

import json
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project  # noqa: E402

NOTHING = {"pyproject.toml": None, "tool/__init__.py": None, "build.sh": None, "slipway.yaml": None}
DATA = pathlib.Path(__file__).parent / "data" / "builders"
CASES = [pytest.param(case, id=f"{path.stem}: {case['name']}") for path in sorted(DATA.glob("*.json")) for case in json.loads(path.read_text())]


def planned(tmp_path, case):
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in case.get("programs", []):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    project = Project.make(tmp_path / "p", files={**NOTHING, **case["files"], "slipway.yaml": case.get("config")})
    done = project.run("plan", *case.get("wish", ["minor"]), "--json", env={"PATH": f"{programs}:{os.environ['PATH']}"})
    assert done.status == 0, done
    effects = {effect["id"]: effect for effect in json.loads(done.out)["effects"]}
    return {name.removeprefix("prove/build/"): effect for name, effect in effects.items() if name.startswith("prove/build/")}


@pytest.mark.parametrize("case", CASES)
def test_builds(tmp_path, case):
    builds = planned(tmp_path, case)
    assert sorted(builds) == sorted(case["builds"])
    for name, wanted in case["builds"].items():
        has = {"kind": builds[name]["kind"], **builds[name]["params"]}
        if has.get("run", [""])[0].endswith("python3"):
            has["run"] = has["run"][1:]
        assert {key: has.get(key) for key in wanted} == wanted
        assert has["directory"] == wanted.get("directory", "") if has["kind"] == "build" else True


def test_every_kind_has_cases():
    rows = [line.split("(")[1].split(")")[0] for line in (DATA.parents[3] / "src" / "builder" / "builders.def").read_text().splitlines() if line.startswith("BUILDER(")]
    assert sorted(rows) == sorted(path.stem for path in DATA.glob("*.json"))
