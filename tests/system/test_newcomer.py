"""What somebody meets who tries slipway for the first time: other projects, other repositories, other words than the expected ones."""

import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, environment, git  # noqa: E402

BARE = {"slipway.yaml": "packages: {}\n", "build.sh": None}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Project.make(tmp_path_factory.mktemp("newcomer") / "p", files=BARE)


@pytest.fixture
def project(made, tmp_path):
    return made.copy(tmp_path / "p")


# ---- verify --published ----


def test_a_release_without_packages_is_known(project):
    assert project.run("release", "minor", "--yes").status == 0
    done = project.run("verify", "--published")
    assert done.status == 0 and "none: by this repository's journal the release has no packages" in done.out, done
    assert done.out.endswith("v1.1.0 is public and as it was released\n")
    shutil.copytree(project.forge, project.root / "forge", symlinks=True)
    git(project.root, "clone", "--quiet", str(project.origin), "clone")
    done = project.run("verify", "--published", cwd=project.root / "clone", env={"SLIPWAY__FORGE__PATH": project.root / "forge"})
    assert done.status == 0 and "this clone has no journal" in done.out and "as it was released" not in done.out, done


def test_a_journal_that_cannot_be_read_is_not_called_ignorant(project):
    assert project.run("release", "minor", "--yes").status == 0
    (project.state / "journal.db").write_bytes(b"no database, but long enough to be taken for one" * 40)
    said = project.run("verify", "--published")
    assert "knows no such release" not in said.out + said.err and "has no journal" not in said.out + said.err, said


def test_what_does_not_fit_at_the_forge_is_not_to_be_resumed(project):
    assert project.run("release", "minor", "--yes").status == 0
    (project.forge / "v1.1.0" / "index.html").write_text("another\n")
    done = project.run("verify", "--published")
    assert done.status == 1 and "slipway resume" not in done.err and done.err.count("see at the forge who changed it") == 2, done


def test_pre_releases_alone_are_not_nothing(project):
    assert project.run("release", "1.1.0-rc.1", "--yes").status == 0
    error = project.run("verify", "--published").error()
    assert error["what"] == "of tool only pre-releases are published" and error["fix"] == "slipway verify --published 1.1.0-rc.1", error
