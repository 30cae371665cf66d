"""GitLab as a forge, against its emulator: what it has otherwise than others, and each changing call with each fault."""

import contextlib
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from forge import server  # noqa: E402
from support.forge_driver import Failed  # noqa: E402
from support.gitlab_world import EXPECTED, FILES, MARK, NOTES, OTHER, PATH, WHEN, World, digests, make_origin, refusing  # noqa: E402


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    return make_origin(tmp_path_factory.mktemp("origin"))


@pytest.fixture
def world(origin):
    with World(origin) as made:
        yield made






# ---- a release ----


def test_one_call_makes_it_public_with_all_its_links(world):
    client = world.client()
    world.whole(client)
    posts = [row for row in world.changes() if row[0] == "POST"]
    assert posts == [("POST", "releases")]
    (release,) = world.public()
    assert digests(release) == EXPECTED
    links = {link["name"]: (link["type"], link["path"]) for link in world.project["releases"]["v1.1.0"]["links"]}
    assert links == {"demo-1.1.0.tar.gz": ("package", "/demo-1.1.0.tar.gz"), "demo+x.whl": ("package", None), "SHA256SUMS": ("other", "/SHA256SUMS")}
    found = client.find(tag="v1.1.0")
    assert (found["state"], found["settled"], found["latest"], found["published"], found["created"]) == ("public", True, True, WHEN, WHEN - 100)
    assert (found["notes"], found["mark"], found["target"], digests(found)) == (NOTES, MARK, world.commit, EXPECTED)
    assert "/-/releases/v1.1.0/downloads/SHA256SUMS" in [asset["url"] for asset in found["assets"] if asset["name"] == "SHA256SUMS"][0]


def test_a_draft_is_no_release_and_strangers_find_none(world):
    client = world.client()
    world.draft(client)
    world.upload(client, "SHA256SUMS")
    assert world.public() == []
    found = client.find(tag="v1.1.0")
    assert (found["state"], found["notes"], found["target"], digests(found)) == ("draft", NOTES, world.commit, {"SHA256SUMS": EXPECTED["SHA256SUMS"]})
    assert world.client(anonymous=True).find(tag="v1.1.0") is None
    assert client.list() == []


def test_a_stranger_downloads_by_the_links(world):
    world.whole(world.client())
    world.forge.log.clear()
    stranger = world.client(anonymous=True)
    for name, content in FILES.items():
        assert stranger.read(tag="v1.1.0", name=name) == {"sha256": EXPECTED[name], "size": len(content)}
    assert any("/-/releases/v1.1.0/downloads/" in one.path for one in world.forge.log)


def test_the_token_does_not_reach_the_object_storage(world):
    world.forge.object_storage = True
    client = world.client()
    world.whole(client)
    assert client.read(tag="v1.1.0", name="SHA256SUMS")["sha256"] == EXPECTED["SHA256SUMS"]
    assert any("/-storage/" in one.path for one in world.forge.log)


def test_tags_never_share_a_package(world):
    client = world.client()
    for tag in ("lib/v2.0.0", "lib-v2.0.0"):
        world.draft(client, tag)
        world.upload(client, "SHA256SUMS", tag)
    versions = [package["version"] for package in world.project["packages"]]
    assert len(set(versions)) == 2 and "lib-v2.0.0" in versions
    client.publish(tag="lib/v2.0.0", mark=MARK, when=WHEN, latest=True)
    assert client.find(tag="lib/v2.0.0")["state"] == "public" and client.find(tag="lib-v2.0.0")["state"] == "draft"


def test_a_package_of_somebody_else_is_left_alone(world):
    client = world.client()
    package = {"id": 7, "name": "demo", "version": "v1.1.0", "type": "generic", "status": "default", "gone": False, "files": [], **world.forge.dates()}
    world.project["packages"].append(package)
    world.forge.add_file(world.project, package, "theirs.bin", server.Body(1, "0" * 64, b"x"))
    for call in (lambda: client.find(tag="v1.1.0"), lambda: world.draft(client)):
        with refusing("CONFLICT", "not slipway's"):
            call()
    client.remove_draft(tag="v1.1.0", mark=MARK)
    assert world.files() == [("v1.1.0", "theirs.bin")]


def test_packages_of_like_names_are_not_taken_for_ours(world):
    for number, (name, version) in enumerate([("demo-tools", "v1.1.0"), ("demo", "v1.1.0-rc.1"), ("Demo", "v1.1.0")], 1):
        world.project["packages"].append({"id": number, "name": name, "version": version, "type": "generic", "status": "default", "gone": False, "files": [],
                                          **world.forge.dates()})  # fmt: skip
    world.forge.filters_versions = False
    world.whole(world.client())
    assert world.client().find(tag="v1.1.0")["settled"]


def test_old_servers_and_those_without_digests(world):
    world.forge.selects = world.forge.filters_versions = world.forge.digests = False
    client = world.client()
    world.whole(client)
    world.draft(client, "v1.0.1")
    for _ in range(2):
        world.upload(client, "SHA256SUMS", "v1.0.1")
    with refusing("CONFLICT", "another asset"):
        world.upload(client, "SHA256SUMS", "v1.0.1", source="demo+x.whl")
    assert client.find(tag="v1.1.0")["assets"][0]["sha256"] is None


def test_a_group_that_refuses_duplicates(world):
    world.forge.duplicates = False
    client = world.client()
    world.draft(client)
    for number in range(3):
        client.edit(tag="v1.1.0", mark=MARK, name=f"Name {number}", notes=f"{number}\n")
    assert client.find(tag="v1.1.0")["notes"] == "2\n"
    for _ in range(2):
        world.upload(client, "SHA256SUMS")
    assert len(world.files()) == 2


def test_developers_cannot_remove_and_need_not(origin):
    with World(origin, rights={"level": 30}) as world:
        client = world.client()
        world.whole(client)
        world.draft(client, "v1.0.1")
        client.edit(tag="v1.0.1", mark=MARK, name="Name", notes="other\n")
        assert client.find(tag="v1.0.1")["notes"] == "other\n"
        with refusing("PERMISSION", "needs the role Maintainer in group/sub/demo", "let a maintainer remove"):
            client.remove_draft(tag="v1.0.1", mark=MARK)
        assert client.find(tag="v1.0.1")["state"] == "draft"


def test_notes_in_a_draft_are_kept_and_the_rest_follows_the_plan(world):
    client = world.client()
    world.draft(client)
    client.edit(tag="v1.1.0", mark=MARK, name="Theirs", notes="by hand\n")
    world.draft(client, prerelease=True)
    found = client.find(tag="v1.1.0")
    assert (found["name"], found["notes"], found["prerelease"]) == ("Demo v1.1.0", "by hand\n", True)
    assert len(world.files()) == 1


def test_names_that_are_not_assets(world):
    client = world.client()
    world.draft(client)
    for name in ("slipway-release.json", "slipway-release.2.json", "a b", "../x", "ü"):
        with refusing("UNTRUSTED_PATH"):
            world.upload(client, name, source="SHA256SUMS")


def test_what_gitlab_refuses_is_said_in_its_words(world):
    client = world.client()
    world.draft(client)
    world.forge.max_file = 4
    with refusing("TOO_LARGE", "SHA256SUMS", "5 bytes"):
        world.upload(client, "SHA256SUMS")
    world.forge.max_file, world.forge.protected_package = None, "demo"
    with refusing("PERMISSION", "Package protected."):
        world.upload(client, "SHA256SUMS")
    world.forge.protected_package = None
    for form in range(1, 6):
        world.forge.form = form
        world.forge.max_file = 4
        with pytest.raises(Failed) as caught:
            client.create_issue(issue={"title": "", "body": "x", "labels": []}, mark=MARK)
        assert "title is missing" in caught.value.error["why"]


def test_each_call_a_second_time_changes_nothing(world):
    client = world.client()
    for call in [lambda: world.draft(client), lambda: world.upload(client, "SHA256SUMS"), lambda: world.upload(client, "demo+x.whl"),
                 lambda: client.remove_asset(tag="v1.1.0", mark=MARK, name="demo+x.whl"), lambda: client.edit(tag="v1.1.0", mark=MARK, name="N", notes="n\n"),
                 lambda: client.publish(tag="v1.1.0", mark=MARK, when=WHEN, latest=True), lambda: client.edit(tag="v1.1.0", mark=MARK, name="M", notes="m\n"),
                 lambda: client.withdraw(tag="v1.1.0", mark=MARK), lambda: client.publish(tag="v1.1.0", mark=MARK, when=WHEN + 5, latest=True)]:  # fmt: skip
        call()
        before = world.forge.releases(PATH), world.files(), len(world.changes())
        call()
        assert (world.forge.releases(PATH), world.files(), len(world.changes())) == before
    world.draft(client, "v1.0.1")
    for tag in ("v1.0.1", "v1.0.1", "v9.9.9"):
        client.remove_draft(tag=tag, mark=MARK)
    client.remove_asset(tag="v9.9.9", mark=MARK, name="SHA256SUMS")
    assert client.find(tag="v1.0.1") is None


def test_files_come_at_once_on_many_threads(world, tmp_path):
    client = world.client(patience=60)
    world.draft(client)
    uploads = [{"name": f"file-{number}.bin", "path": str(tmp_path / str(number))} for number in range(24)]
    for number, upload in enumerate(uploads):
        pathlib.Path(upload["path"]).write_bytes(bytes([number]) * 1000)
    assert client.upload(tag="v1.1.0", mark=MARK, uploads=uploads, threads=8) == [True] * 24
    assert [asset["name"] for asset in client.find(tag="v1.1.0")["assets"]] == sorted(upload["name"] for upload in uploads)


def test_what_is_gone_is_said(world):
    client = world.client()
    world.whole(client)
    world.project["packages"][0]["files"] = []
    with refusing("CONFLICT", "does not have it"):
        client.read(tag="v1.1.0", name="SHA256SUMS")


def test_addresses(world):
    client = world.client()
    for remote, api, url, project in [
        ("git@gitlab.com:group/sub/demo.git", None, "https://gitlab.com/group/sub/demo", "group/sub/demo"),
        ("ssh://git@altssh.gitlab.com:443/group/demo.git", None, "https://gitlab.com/group/demo", "group/demo"),
        ("https://host.example/git/group/demo", "https://host.example/git/api/v4/", "https://host.example/git/group/demo", "group/demo"),
        ("git@host.example:group/demo.git", "https://host.example/git/api/v4", "https://host.example/git/group/demo", "group/demo"),
        ("https://host.example/git/demo", "https://host.example/api/v4", "https://host.example/git/demo", "git/demo"),
    ]:
        found = client.locate(kind="gitlab", remote=remote, api=api)
        assert (found["url"], found["project"]) == (url, project)
        assert found["api"] == url.removesuffix(project) + "api/v4"
    claimed = [client.claims(kind="gitlab", remote=f"https://{host}/a/b") for host in ("gitlab.com", "gitlab.gnome.org", "notgitlab.com", "github.com", "salsa.debian.org")]
    assert claimed == [True, True, False, False, False]
    assert client.place(tag="lib/v1.0.0").endswith("/-/releases/lib%2Fv1.0.0")


# ---- publishing ----


def test_no_tag_no_release(world):
    client = world.client()
    world.draft(client, "v9.9.9")
    with refusing("CONFLICT", "the tag v9.9.9 is not on"):
        client.publish(tag="v9.9.9", mark=MARK, when=WHEN, latest=True)
    world.draft(client, target="0" * 40)
    with refusing("CONFLICT", "is not what is to be published", world.commit):
        client.publish(tag="v1.1.0", mark=MARK, when=WHEN, latest=True)
    assert world.public() == []


def test_a_release_that_somebody_made_is_left_alone(world):
    client = world.client()
    world.draft(client)
    world.project["releases"]["v1.1.0"] = {"tag": "v1.1.0", "name": "Mine", "description": "by hand", "released": WHEN, "number": 1, "author": "bob", "links": [],
                                           "changed": 1, "cached": None, **world.forge.dates()}  # fmt: skip
    for call in (lambda: client.publish(tag="v1.1.0", mark=MARK, when=WHEN, latest=True), lambda: client.withdraw(tag="v1.1.0", mark=MARK),
                 lambda: client.edit(tag="v1.1.0", mark=MARK, name="x", notes="y"), lambda: world.upload(client, "SHA256SUMS"), lambda: world.draft(client),
                 lambda: client.find(tag="v1.1.0")):  # fmt: skip
        with refusing("CONFLICT", "somebody else"):
            call()
    assert world.project["releases"]["v1.1.0"]["description"] == "by hand"
    client.remove_draft(tag="v1.1.0", mark=MARK)
    assert world.files() == [] and world.client().find(tag="v1.1.0")["mark"] is None


def test_a_release_without_all_links_is_not_settled_and_is_completed(world):
    client = world.client()
    world.forge.half_links = 1
    world.whole(client)
    del world.project["releases"]["v1.1.0"]["links"][1:]
    world.forge.half_links = None
    assert not client.find(tag="v1.1.0")["settled"]
    client.publish(tag="v1.1.0", mark=MARK, when=WHEN, latest=True)
    assert client.find(tag="v1.1.0")["settled"] and digests(world.public()[0]) == EXPECTED
    world.forge.violations.clear()  # it was not whole meanwhile: the emulator was told so


def test_the_latest_is_what_the_plan_says(world):
    client = world.client()
    world.whole(client, "v1.1.0")
    world.whole(client, "v1.0.1", latest=False)
    world.whole(client, "v1.2.0-rc.1", latest=False, prerelease=True)
    assert world.order()[0] == "v1.1.0" and client.latest() == "v1.1.0"
    assert [one["prerelease"] for one in client.list() if one["tag"] == "v1.2.0-rc.1"] == [True]
    for tag in ("v1.0.1", "v1.0.1", "v1.1.0", "v1.0.1", "v1.1.0"):
        client.set_latest(tag=tag)
        assert client.latest() == tag and world.order()[0] == tag
    before = len(world.changes())
    client.set_latest(tag="v1.1.0")
    assert len(world.changes()) == before
    client.withdraw(tag="v1.1.0", mark=MARK)
    assert client.latest() == "v1.0.1" and world.order()[0] == "v1.0.1"
    assert "withdrawn" in world.project["releases"]["v1.1.0"]["description"].splitlines()[0]
    found = client.find(tag="v1.1.0")
    assert (found["state"], found["name"], found["notes"], found["published"]) == ("withdrawn", "Demo v1.1.0", NOTES, WHEN)
    with refusing("CONFLICT"):
        client.set_latest(tag="v1.1.0")
    client.publish(tag="v1.1.0", mark=MARK, when=WHEN + 9, latest=True)
    assert client.latest() == "v1.1.0" and client.find(tag="v1.1.0")["published"] == WHEN


def test_a_pre_release_alone_is_not_the_latest(world):
    client = world.client()
    world.whole(client, "v1.2.0-rc.1", latest=False, prerelease=True)
    assert client.latest() is None and not client.find(tag="v1.2.0-rc.1")["latest"]


def test_what_is_public_is_not_removed(world):
    client = world.client()
    world.whole(client)
    for call in (lambda: client.remove_draft(tag="v1.1.0", mark=MARK), lambda: client.remove_asset(tag="v1.1.0", mark=MARK, name="SHA256SUMS")):
        with refusing("CONFLICT", "is no draft"):
            call()
    with refusing("CONFLICT", "another run"):
        client.remove_draft(tag="v1.1.0", mark=OTHER)


def test_late_visibility_makes_no_second_thing(world):
    client = world.client(patience=3)
    world.draft(client)
    world.forge.lag = 0.5
    world.upload(client, "SHA256SUMS")
    client.publish(tag="v1.1.0", mark=MARK, when=WHEN, latest=True)
    assert client.find(tag="v1.1.0")["settled"]
    assert len(world.files()) == 2 and len(world.order()) == 1


def test_lists_have_pages(world):
    world.forge.most_rows, world.forge.totals = 2, False
    client = world.client()
    world.whole(client)
    world.whole(client, "v1.0.1", latest=False)
    world.whole(client, "v1.0.0", latest=False)
    assert sorted(one["tag"] for one in client.list()) == ["v1.0.0", "v1.0.1", "v1.1.0"]
    assert digests(client.find(tag="v1.0.0")) == EXPECTED


# ---- whatever happens to an answer ----

# What each fault leaves behind, for the step that it hit: "done" (repeated, or found after a lost answer), or a code with which it may be made again.
FAULTS = ["refuse", "reset-before", "reset-after", "truncate", "wrong-length", "500", "502", "503", "401", "429-after", "html", "garbage", "deep", "redirect"]
AT_ONCE = ("reset-after", "truncate", "wrong-length", "500", "garbage", "deep", "429-after")
RESUMABLE = {"UNKNOWN_STATE", "NETWORK", "TIMEOUT", "ANSWER", "LIMITED", "PERMISSION"}
STEPS = {
    "record": ("PUT", "slipway-release.json", lambda world, client: world.draft(client)),
    "asset": ("PUT", "SHA256SUMS", lambda world, client: [world.upload(client, name) for name in FILES]),
    "changed record": ("PUT", "slipway-release.2.json", lambda world, client: client.edit(tag="v1.1.0", mark=MARK, name="Other", notes="other\n")),
    "release": ("POST", "/releases", lambda world, client: client.publish(tag="v1.1.0", mark=MARK, when=WHEN, latest=True)),
    "changed release": ("PUT", "/releases/v1.1.0", lambda world, client: client.edit(tag="v1.1.0", mark=MARK, name="Third", notes="third\n")),
    "withdrawn": ("PUT", "/releases/v1.1.0", lambda world, client: client.withdraw(tag="v1.1.0", mark=MARK)),
    "released again": ("PUT", "/releases/v1.1.0", lambda world, client: client.publish(tag="v1.1.0", mark=MARK, when=WHEN, latest=True)),
    "another draft": ("PUT", "slipway-release.json", lambda world, client: world.draft(client, "v1.0.1")),
    "removed draft": ("DELETE", "/packages/", lambda world, client: client.remove_draft(tag="v1.0.1", mark=MARK)),
}


def final_state(world):
    one = dict(world.public()[0])
    del one["released"]
    return one, sorted(world.files()), world.client().find(tag="v1.1.0")["state"], world.client().find(tag="v1.0.1")


@pytest.fixture(scope="module")
def undisturbed(origin):
    with World(origin) as world:
        client = world.client()
        for _, _, step in STEPS.values():
            step(world, client)
        return final_state(world)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_change_with_a_fault_ends_alike(origin, undisturbed, fault):
    """Each changing call of a whole release meets the fault once; a call that fails says so in a way that it may be made again, and then it ends well."""
    with World(origin) as world:
        world.forge.pause = 0
        met, client = {}, world.client()
        for name, (method, part, step) in STEPS.items():
            world.forge.faults.add(fault, match=lambda exchange, m=method, p=part: exchange.method == m and p in exchange.path)
            try:
                step(world, client)
                met[name] = "done"
            except Failed as refused:
                assert refused.code in RESUMABLE, refused.error
                met[name], client = refused.code, world.client()
                step(world, client)
        assert [one.fired for one in world.forge.faults] == [1] * len(STEPS), "a fault was never met"
        if fault in AT_ONCE:
            assert set(met.values()) == {"done"}, met
        state = final_state(world)
        assert [state[0], state[2], state[3]] == [undisturbed[0], undisturbed[2], undisturbed[3]]
        assert state[1] == undisturbed[1]


def test_a_limit_in_plain_text_is_waited_for(world):
    client = world.client()
    world.draft(client)
    world.forge.pause = 1
    world.forge.faults.add("429", match="POST .*/releases$")
    client.publish(tag="v1.1.0", mark=MARK, when=WHEN, latest=True)
    world.forge.pause = 3600
    world.forge.faults.add("429", match="PUT .*/releases/")
    with refusing("LIMITED", "takes no more requests before"):
        client.withdraw(tag="v1.1.0", mark=MARK)


# ---- talk, access ----


def test_issues_and_comments_come_once(world):
    client = world.client()
    issue = {"title": "Yanked", "body": "1.0.0 is broken", "labels": ["release", "bug"]}
    first = client.create_issue(issue=issue, mark=MARK)
    assert client.create_issue(issue=issue, mark=MARK)["number"] == first["number"]
    world.forge.faults.add("reset-after", match=lambda exchange: exchange.method == "POST")
    second = client.create_issue(issue=issue, mark=OTHER)
    assert second["number"] == first["number"] + 1
    assert [one["number"] for one in client.issues(label="release")] == [1, 2] and client.issues(label="none") == []
    world.project["issues"][1]["state"] = "closed"
    assert [one["number"] for one in client.issues(label="bug")] == [1]
    assert client.create_issue(issue=issue, mark=OTHER)["number"] == 2
    for _ in range(2):
        client.comment(number=1, body="released", mark=MARK)
    world.project["merge_requests"].append({"iid": 1, "notes": [], "commit": "c" * 40, "state": "merged", "title": "Add", "author": {"id": 7, "username": "bob"}})
    client.comment(number=-1, body="released", mark=MARK)
    assert len(world.project["issues"][0]["notes"]) == len(world.project["merge_requests"][0]["notes"]) == 1
    with refusing("CONFLICT"):
        client.comment(number=99, body="x", mark=MARK)


def test_merge_requests_of_a_commit(world):
    for iid, (state, login, number) in enumerate([("merged", "bob", 7), ("closed", "eve", 8), ("merged", "project_4_bot_0f", 9), ("merged", "renovate", 10)], 1):
        world.project["merge_requests"].append({"iid": iid, "notes": [], "commit": "c" * 40, "state": state, "title": "Add", "author": {"id": number, "username": login}})
    world.forge.bots = {10}
    assert [(one["number"], one["login"], one["bot"]) for one in world.client().pulls(commit="c" * 40)] == [
        (1, "bob", False), (3, "project_4_bot_0f", True), (4, "renovate", True)]  # fmt: skip
    assert world.client().pulls(commit="d" * 40) == []


RULE = {"name": "v*", "create_access_levels": [{"access_level": 40, "user_id": None}]}
ACCESS = [
    ({}, {}, [], []),
    ({"scopes": ["read_api", "read_user"]}, {}, ["the scope api: the token from GITLAB_TOKEN has read_api, read_user"], []),
    ({"level": 20}, {}, ["the role Developer in group/sub/demo: alice has Reporter"], []),
    ({"level": 30}, {}, [], ["a draft cannot be taken back"]),
    ({"shared": True}, {}, [], []),
    ({"level": 0}, {}, ["the role Developer in group/sub/demo: alice has none"], []),
    ({}, {"archived": True}, ["not archived"], []),
    ({}, {"packages_enabled": False}, ["the package registry of group/sub/demo: it is switched off"], []),
    ({}, {"publishes": "disabled"}, ["the releases of group/sub/demo: they are switched off"], []),
    ({}, {"registry": "private"}, [], ["only members can download"]),
    ({"level": 30}, {"protected_tags": [RULE]}, ["the right to create the tag v1.1.0: tags like v* are protected"], ["a draft"]),
    ({"level": 30}, {"protected_tags": [{"name": "v*", "create_access_levels": [{"access_level": None, "user_id": 1}]}]}, [], ["a draft"]),
    ({"level": 30}, {"protected_tags": [{**RULE, "name": "release-*"}]}, [], ["a draft"]),
    ({}, {"protected_tags": [RULE]}, [], []),
]


@pytest.mark.parametrize("rights,project,missing,remarks", ACCESS)
def test_access_is_told_before_anything_happens(origin, rights, project, missing, remarks):
    with World(origin, rights=rights, **project) as world:
        access = world.client(tag="v1.1.0").probe()
        assert (len(access["missing"]), len(access["remarks"])) == (len(missing), len(remarks)), access
        assert all(begin in said for begin, said in zip(missing + remarks, access["missing"] + access["remarks"]))
        assert world.changes() == []


def test_access_without_a_token_with_a_wrong_one_and_to_nothing(world):
    assert "a token with the scope api" in world.client(anonymous=True).probe()["missing"][0]
    assert "a token that is valid" in world.client(token="wrong").probe()["missing"][0]
    assert "access to group/none" in world.client(path="group/none").probe()["missing"][0]
    with refusing("PERMISSION", "shows no project group/none"):
        world.client(path="group/none").find(tag="v1.1.0")


# ---- killed ----

KEYS = ["gitlab-record-written v1.1.0 #1", "gitlab-published v1.1.0 #1", "gitlab-link-added v1.1.0 #1", "gitlab-link-added v1.1.0 #2"]


@pytest.mark.parametrize("key", KEYS)
def test_killed_between_two_changes_the_same_call_completes(origin, key):
    with World(origin) as world:
        world.draft(world.client())
        steps = [lambda client: client.edit(tag="v1.1.0", mark=MARK, name="Name", notes="other\n")]
        steps += [lambda client, name=name: world.upload(client, name) for name in FILES]
        steps.append(lambda client: client.publish(tag="v1.1.0", mark=MARK, when=WHEN, latest=True))
        world.forge.half_links = 1 if "link" in key else None
        killed = 0
        for step in steps:
            dying = world.client(kill=key)
            with contextlib.suppress(AssertionError):
                step(dying)
                continue
            assert dying.process.wait() == -9
            world.clients.remove(dying)
            killed += 1
            step(world.client())
        world.forge.half_links = None
        assert killed == 1
        found = world.client().find(tag="v1.1.0")
        assert (found["state"], found["settled"], found["name"], digests(found)) == ("public", True, "Name", EXPECTED)
        assert len(world.public()) == 1
        assert len([name for _, name in world.files() if name not in FILES]) == 1
