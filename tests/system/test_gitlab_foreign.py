"""The emulated GitLab by another client, python-gitlab (Debian's python3-gitlab), so that slipway and the emulator do not share one misunderstanding."""

import hashlib
import pathlib
import sys

import gitlab
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.gitlab_world import EXPECTED, FILES, MARK, NOTES, PATH, World, make_origin  # noqa: E402


@pytest.fixture
def world(tmp_path_factory):
    with World(make_origin(tmp_path_factory.mktemp("origin"))) as made:
        yield made


@pytest.fixture
def project(world):
    with gitlab.Gitlab(world.forge.base, private_token="tok") as client:
        client.auth()
        assert client.user.username == "alice"
        yield client.projects.get(PATH)


def test_it_sees_what_slipway_released(world, project):
    world.whole(world.client())
    release = project.releases.get("v1.1.0")
    assert (release.name, release.commit["id"]) == ("Demo v1.1.0", world.commit)
    assert release.description.startswith(NOTES)
    assert {link.name: link.link_type for link in release.links.list(get_all=True)} == {"demo-1.1.0.tar.gz": "package", "demo+x.whl": "package", "SHA256SUMS": "other"}
    (package,) = project.packages.list(package_type="generic", get_all=True)
    assert (package.name, package.version) == ("demo", "v1.1.0")
    digests = {file.file_name: file.file_sha256 for file in package.package_files.list(get_all=True)}
    assert {name: digest for name, digest in digests.items() if name in FILES} == EXPECTED
    for name in FILES:
        assert hashlib.sha256(project.generic_packages.download("demo", "v1.1.0", name)).hexdigest() == EXPECTED[name]
    assert [one.tag_name for one in project.releases.list(get_all=True)] == ["v1.1.0"]


def test_slipway_sees_what_it_released(world, project, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"theirs")
    project.generic_packages.upload("demo", "v1.0.0", "a.bin", str(tmp_path / "a.bin"))
    link = {"name": "a.bin", "url": f"{world.forge.api}/projects/{project.id}/packages/generic/demo/v1.0.0/a.bin", "filepath": "/bin/a"}
    project.releases.create({"tag_name": "v1.0.0", "name": "Theirs", "description": "by hand", "assets": {"links": [link]}})
    client = world.client()
    found = client.find(tag="v1.0.0")
    assert (found["state"], found["name"], found["notes"], found["mark"], found["latest"]) == ("public", "Theirs", "by hand", None, True)
    assert client.read(tag="v1.0.0", name="a.bin") == {"sha256": hashlib.sha256(b"theirs").hexdigest(), "size": 6}
    world.whole(client)
    assert [(one["tag"], one["latest"]) for one in client.list()] == [("v1.0.0", False), ("v1.1.0", True)]
    client.set_latest(tag="v1.0.0")
    assert [one.tag_name for one in project.releases.list(get_all=True)] == ["v1.0.0", "v1.1.0"]


def test_the_emulator_refuses_as_documented(project):
    project.releases.create({"tag_name": "v1.0.0", "description": "x"})
    for tag, status in (("v1.0.0", 409), ("v9.9.9", 422)):
        with pytest.raises(gitlab.GitlabCreateError) as caught:
            project.releases.create({"tag_name": tag, "description": "x"})
        assert caught.value.response_code == status
    release = project.releases.get("v1.0.0")
    release.links.create({"name": "a", "url": "https://example.org/a"})
    for again in ({"name": "a", "url": "https://example.org/b"}, {"name": "b", "url": "https://example.org/a"}):
        with pytest.raises(gitlab.GitlabCreateError) as caught:
            release.links.create(again)
        assert caught.value.response_code == 400


def test_issues(world, project):
    issue = project.issues.create({"title": "Broken", "description": f"it is <!-- {MARK} -->", "labels": ["release"]})
    issue.notes.create({"body": "yes"})
    client = world.client()
    assert client.create_issue(issue={"title": "Again", "body": "x", "labels": []}, mark=MARK)["number"] == issue.iid
    assert [one["title"] for one in client.issues(label="release")] == ["Broken"]
    client.comment(number=issue.iid, body="done", mark=MARK)
    assert [note.body.split("\n")[0] for note in issue.notes.list(get_all=True)] == ["yes", "done"]
