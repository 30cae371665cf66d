"""What a configuration or a plan names lies in the work tree, outside of git's own folders."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project  # noqa: E402

@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("template") / "project")


@pytest.fixture
def project(template, tmp_path):
    (tmp_path / "project").mkdir()
    return template.copy(tmp_path / "project")


# ---- the configuration ----

KEYS = {
    "path": "path: {}\n",
    "version.files[].path": "version: {{files: [{{path: {}}}]}}\n",
    "changelog.path": "changelog: {{path: {}}}\n",
    "changelog.fragments": "changelog: {{fragments: {}}}\n",
    "notes.upgrade": "notes: {{upgrade: {}}}\n",
    "notes.template": "notes: {{template: {}}}\n",
    "gates.*.working-directory": "gates: {{x: {{run: ['true'], working-directory: {}}}}}\n",
    "packages.*.directory": "packages: {{x: {{directory: {}}}}}\n",
    "docs.todo.baseline": "docs: {{todo: {{baseline: {}}}}}\n",
}
OUT = [".git/config", "../outside", "/etc/hostname", "sub/.GIT/hooks/pre-push", "git~1/config", "\".git./config\"", "\"a/.g\\u200cit/config\""]


@pytest.mark.parametrize("key", KEYS)
def test_a_path_of_the_configuration_stays_in_the_tree(project, key):
    for path in OUT:
        line = KEYS[key].format(path)
        (project.work / "slipway.yaml").write_text(line)
        done = project.run("plan", "minor")
        error = done.error()
        assert done.status == 2 and error.get("code") == "CONFIG", (path, done)
        assert f"slipway.yaml:1:{line.rindex(path) + 1 + path.startswith(chr(34))}: {key}: " in done.err, (path, done)


def test_the_environment_names_no_other_path(project):
    done = project.run("plan", "minor", env={"SLIPWAY__CHANGELOG__PATH": ".git/config"})
    assert done.status == 2 and "SLIPWAY__CHANGELOG__PATH must be a path" in done.err, done
