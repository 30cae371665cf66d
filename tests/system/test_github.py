"""GitHub against its emulator, call by call: what is done once, what is found again, what is refused, and what is never touched."""

import concurrent.futures
import hashlib
import json
import re
import subprocess
import urllib.request

import pytest

from forge.github import GitHub, Rights
from forge.server import Faults
from support.forge_driver import Driver, params_of

NAME = "acme/demo"
TAG = "v1.1.0"
MARK = "slipway:v1.1.0:9f86d081884c7d65"
OTHER = "slipway:v1.1.0:0000000000000000"
TOKEN = "ghp_canary0f2e7a91c0"
POST, UPLOAD, PATCH = r"POST .*/releases$", r"POST .*/assets\?", r"PATCH .*/releases/\d+$"


@pytest.fixture(scope="session")
def origin(tmp_path_factory):
    """A bare repository with main and, as an annotated tag, v1.1.0. Nothing here writes to it."""
    root = tmp_path_factory.mktemp("github")
    work, bare = root / "work", root / "demo.git"
    words = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for call in [["init", "-q", "-b", "main", work], ["-C", work, "commit", "-q", "--allow-empty", "-m", "x"], ["-C", work, "tag", "-a", TAG, "-m", TAG],
                 ["clone", "-q", "--bare", work, bare]]:  # fmt: skip
        subprocess.run([*words, *call], check=True, stdout=subprocess.DEVNULL)
    return bare


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """name → path, of different sizes."""
    folder = tmp_path_factory.mktemp("assets")
    made = {}
    for number, size in enumerate([1, 1000, 70000, 300000]):
        made[f"tool-{number}.bin"] = folder / f"tool-{number}.bin"
        made[f"tool-{number}.bin"].write_bytes(bytes([65 + number]) * size)
    return made


def begin(origin, **rights):
    forge = GitHub()
    forge.add_repository(NAME, origin)
    forge.add_token(TOKEN, rights=Rights(**{"scopes": ("repo", "workflow"), **rights}))
    forge.pause = 0
    return forge


@pytest.fixture
def forge(origin):
    """Whatever a test does: no token elsewhere, nothing that GitHub would not allow."""
    with begin(origin) as running:
        yield running
        assert running.violations == []


def open_as(forge, token=TOKEN, **more):
    env = {"GH_HOST": forge.host, "GH_ENTERPRISE_TOKEN": token} if token else {}
    return Driver(params_of(forge, NAME, kind="github", **more), **env)


def release(**more):
    return {"tag": TAG, "name": "Demo 1.1.0", "notes": "What changed.\n", "target": "", "mark": MARK, "branch": "main", **more}


def sums(files):
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def uploads(files):
    return [{"name": name, "path": str(path)} for name, path in files.items()]


def ask(forge, method, path, body=None):
    """What a person, or another program, does with the repository."""
    headers = {"Authorization": f"Bearer {TOKEN}", "X-GitHub-Api-Version": "2022-11-28", "User-Agent": "person"}
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(f"{forge.api}/repos/{NAME}{path}", data, headers, method=method)) as answer:
        return json.loads(answer.read() or b"null")


def draft_of(forge, mark=MARK, notes="Old."):
    body = f"{notes}\n\n<!-- {mark} -->\n" if mark else notes
    made = ask(forge, "POST", "/releases", {"tag_name": TAG, "name": "Demo 1.1.0", "body": body, "draft": True, "target_commitish": "main"})
    forge.violations.clear()
    return made["id"]


def only(forge):
    """The one release there is."""
    assert len(forge.releases(NAME)) == 1, forge.releases(NAME)
    return forge.releases(NAME)[0]


def sent(forge, method):
    return [exchange for exchange in forge.log if exchange.method == method]


# ---- a release from draft to public ----


def test_a_release_from_draft_to_public_and_back(forge, origin, files):
    commit = subprocess.run(["git", "-C", origin, "rev-parse", f"{TAG}^{{commit}}"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    with open_as(forge) as github:
        assert github.call("find", tag=TAG) is None
        assert github.call("latest") is None
        github.call("draft", release=release())
        draft = github.call("find", tag=TAG)
        assert (draft["state"], draft["mark"], draft["notes"], draft["name"], draft["branch"]) == ("draft", MARK, "What changed.\n", "Demo 1.1.0", "main")
        assert (draft["target"], draft["created"], draft["published"], draft["latest"]) == (None, 0, 0, False)
        assert github.call("upload", tag=TAG, mark=MARK, uploads=uploads(files)) == [True] * len(files)
        assert {name: github.call("read", tag=TAG, name=name)["sha256"] for name in files} == sums(files)
        assert {asset["name"]: asset["sha256"] for asset in github.call("find", tag=TAG)["assets"]} == sums(files)
        forge.expected = {"tag": TAG, "commit": commit, "assets": sums(files)}
        github.call("edit", tag=TAG, mark=MARK, name="Demo", notes="Better words.")
        github.call("publish", tag=TAG, mark=MARK, latest=True)
        public = github.call("find", tag=TAG)
        assert (public["state"], public["target"], public["latest"], public["notes"], public["name"]) == ("public", commit, True, "Better words.", "Demo")
        assert public["url"] == github.call("place", tag=TAG)
        assert github.call("latest") == TAG
        github.call("publish", tag=TAG, mark=MARK, latest=True)
        github.call("withdraw", tag=TAG, mark=MARK)
        assert [row["state"] for row in github.call("list")] == ["withdrawn"]
        assert github.call("latest") is None
        assert "withdrawn" in only(forge)["notes"] and only(forge)["prerelease"]
        github.call("withdraw", tag=TAG, mark=MARK)
        github.call("publish", tag=TAG, mark=MARK, latest=True)
        back = github.call("find", tag=TAG)
        assert (back["state"], back["prerelease"], back["notes"], back["latest"]) == ("public", False, "Better words.", True)
        assert github.fails("remove_draft", tag=TAG, mark=MARK).code == "CONFLICT"
        assert github.fails("remove_asset", tag=TAG, mark=MARK, name="tool-1.bin").code == "CONFLICT"
        assert TOKEN not in github.said
    assert len([exchange for exchange in sent(forge, "PATCH")]) == 4


def test_headers_and_only_one_host(forge):
    with open_as(forge) as github:
        github.call("draft", release=release())
    for exchange in forge.log:
        assert exchange.headers["accept"] == "application/vnd.github+json"
        assert exchange.headers["x-github-api-version"] == "2022-11-28"
        assert exchange.headers["user-agent"].startswith("slipway/")
        assert exchange.headers["authorization"] == f"Bearer {TOKEN}"
    assert forge.elsewhere.requests == []


def test_what_is_removed(forge, files):
    with open_as(forge) as github:
        github.call("draft", release=release())
        github.call("upload", tag=TAG, mark=MARK, uploads=uploads(files))
        for _ in range(2):
            github.call("remove_asset", tag=TAG, mark=MARK, name="tool-1.bin")
        assert "tool-1.bin" not in [asset["name"] for asset in only(forge)["assets"]]
        for _ in range(2):
            github.call("remove_draft", tag=TAG, mark=MARK)
        github.call("remove_asset", tag=TAG, mark=MARK, name="tool-1.bin")
        assert forge.releases(NAME) == []
        assert github.call("find", tag=TAG) is None


def test_a_stranger_reads_what_is_public(forge, files):
    with open_as(forge) as github:
        github.call("draft", release=release(prerelease=True))
        github.call("upload", tag=TAG, mark=MARK, uploads=uploads(files))
        github.call("publish", tag=TAG, mark=MARK, latest=True)
    before = len(forge.log)
    with open_as(forge, token=None, anonymous=True) as stranger:
        seen = stranger.call("find", tag=TAG)
        assert (seen["state"], seen["prerelease"], seen["latest"]) == ("public", True, False)
        assert {name: stranger.call("read", tag=TAG, name=name)["sha256"] for name in files} == sums(files)
        assert stranger.call("list")[0]["assets"][0]["downloads"] > 0
        error = stranger.fails("draft", release=release(tag="v1.2.0"))
        assert error.code == "PERMISSION" and error.error["fix"].startswith(f"set GH_ENTERPRISE_TOKEN (with GH_HOST={forge.host}) to a token of ")
    downloads = [exchange for exchange in forge.log[before:] if "/releases/download/" in exchange.path]
    assert len(downloads) == len(files)
    assert all(exchange.token is None for exchange in forge.log[before:])


# ---- faults ----

# Silence is the HTTP client's matter and takes its time: tests/system/test_http.py.
KINDS = [kind for kind in Faults.KINDS if kind != "stall"]
CALLS = {"draft": POST, "upload": UPLOAD, "publish": PATCH}
# What the first run ends with; None: it is done all the same. Where nothing came of the request, that is not known.
ENDS = {kind: "UNKNOWN_STATE" for kind in ("refuse", "reset-before", "502", "503", "html", "redirect")} | {"401": "PERMISSION"}


def run_calls(github, files, errors):
    steps = {
        "draft": lambda: github.tries("draft", release=release()),
        "upload": lambda: next((github.tries("upload", tag=TAG, mark=MARK, **row) for row in uploads(files)[:1]), None),
        "more": lambda: github.tries("upload", tag=TAG, mark=MARK, **uploads(files)[1]),
        "publish": lambda: github.tries("publish", tag=TAG, mark=MARK, latest=True),
    }
    for step in steps.values():
        failed = step()
        if failed is not None:
            errors.append(failed)
            return False
    return True


def one_case(origin, files, call, kind):
    """What is wrong, or None: one fault at one call, then the whole once more in a process that knows nothing."""
    wanted = dict(list(sums(files).items())[:2])
    with begin(origin) as forge:
        forge.expected = {"tag": TAG, "assets": wanted}
        fault = forge.faults.add(kind, CALLS[call])
        errors = []
        with open_as(forge) as github:
            run_calls(github, files, errors)
        with open_as(forge) as again:
            assert not errors or run_calls(again, files, [])
            there = again.call("find", tag=TAG)
        wrong = list(forge.violations) + ([] if fault.fired == 1 or kind == "reset-after-reused" else ["the fault never came"])
        if [error.code for error in errors] != ([ENDS[kind]] if kind in ENDS else []):
            wrong += [f"{error.code}: {error.what} ({error.why})" for error in errors] or ["the first run did not stop"]
        wrong += [error.what for error in errors if TOKEN in json.dumps(error.error)]
        rows = forge.releases(NAME)
        if len(rows) != 1 or rows[0]["draft"] or not rows[0]["latest"] or there["state"] != "public":
            wrong.append(f"not one public release: {rows}")
        elif sorted((asset["name"], asset["sha256"]) for asset in rows[0]["assets"]) != sorted(wanted.items()):
            wrong.append(f"wrong assets: {rows[0]['assets']}")
        return f"{call} × {kind}: {wrong}" if wrong else None


def test_every_fault_of_every_change_ends_right_or_can_be_resumed(origin, files):
    cases = [(call, kind) for call in CALLS for kind in KINDS]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        wrong = [text for text in pool.map(lambda case: one_case(origin, files, *case), cases) if text]
    assert wrong == []


@pytest.mark.parametrize("call, match", [("remove_asset", r"DELETE .*/assets/"), ("remove_draft", r"DELETE .*/releases/\d+$"), ("edit", PATCH), ("withdraw", PATCH)])
@pytest.mark.parametrize("kind", ["reset-after", "502"])
def test_other_changes_whose_answer_is_lost(forge, files, call, match, kind):
    more = {"remove_asset": {"name": "tool-0.bin"}, "edit": {"name": "New", "notes": "New."}}.get(call, {})
    with open_as(forge) as github:
        github.call("draft", release=release())
        github.call("upload", tag=TAG, mark=MARK, **uploads(files)[0])
        if call == "withdraw":
            github.call("publish", tag=TAG, mark=MARK, latest=False)
        forge.faults.add(kind, match)
        error = github.tries(call, tag=TAG, mark=MARK, **more)
        assert (error is None) if kind == "reset-after" else error.code == "UNKNOWN_STATE"
        github.call(call, tag=TAG, mark=MARK, **more)
    assert {"remove_asset": lambda: only(forge)["assets"] == [], "remove_draft": lambda: forge.releases(NAME) == [],
            "edit": lambda: only(forge)["name"] == "New", "withdraw": lambda: only(forge)["prerelease"]}[call]()  # fmt: skip


# ---- drafts ----


def test_duplicates_of_this_run_are_removed_and_the_first_stays(forge):
    first, second, third = [draft_of(forge) for _ in range(3)]
    with open_as(forge) as github:
        assert github.call("find", tag=TAG)["id"] == str(first)
        github.call("draft", release=release())
    assert only(forge)["id"] == first < second < third
    forge.violations.clear()  # they were not of its making


def test_the_draft_whose_id_is_known_stays_and_is_published(forge, files):
    first, second = draft_of(forge), draft_of(forge)
    with open_as(forge) as github:
        github.call("know", tag=TAG, id=str(second))
        github.call("upload", tag=TAG, mark=MARK, **uploads(files)[0])
        with open_as(forge) as stranger:  # knows no id, would publish the first, which has no assets
            assert stranger.fails("publish", tag=TAG, mark=MARK, latest=True).code == "CONFLICT"
        github.call("publish", tag=TAG, mark=MARK, latest=True)
    assert (only(forge)["id"], first != second) == (second, True)
    forge.violations.clear()


@pytest.mark.parametrize("mark", [OTHER, None])
def test_a_foreign_draft_is_left_alone(forge, mark):
    foreign = draft_of(forge, mark)
    with open_as(forge) as github:
        error = github.fails("draft", release=release())
        assert error.code == "CONFLICT" and str(foreign) in error.why
        assert github.call("find", tag=TAG)["mark"] == mark
    own = draft_of(forge)
    with open_as(forge) as github:
        for call, more in [("find", {}), ("publish", {"latest": True}), ("remove_draft", {})]:
            error = github.fails(call, tag=TAG, mark=MARK, **more)
            assert error.code == "CONFLICT" and str(foreign) in error.why and str(own) in error.why
            assert "/releases/tag/untagged-" in error.why
    assert sent(forge, "DELETE") == [] and sent(forge, "PATCH") == []
    forge.violations.clear()


def test_a_public_release_of_others_is_left_alone(forge):
    ask(forge, "POST", "/releases", {"tag_name": TAG, "name": "theirs"})
    with open_as(forge) as github:
        error = github.fails("draft", release=release())
        assert error.code == "CONFLICT" and "somebody else" in error.what
        assert github.fails("withdraw", tag=TAG, mark=MARK).code == "CONFLICT"
        assert github.call("find", tag=TAG)["mark"] is None


def test_notes_of_a_person_are_kept_and_what_else_differs_is_not(forge):
    identity = draft_of(forge, notes="A person's words.")
    with open_as(forge) as github:
        github.call("draft", release=release(name="Demo again", prerelease=True))
        assert github.call("find", tag=TAG)["notes"] == "A person's words."
        github.call("draft", release=release(name="Demo again", prerelease=True))
    assert (only(forge)["name"], only(forge)["prerelease"], only(forge)["id"]) == ("Demo again", True, identity)
    assert len(sent(forge, "PATCH")) == 1


def test_a_draft_whose_mark_a_person_removed_is_known_by_its_id(forge, files):
    identity = draft_of(forge)
    ask(forge, "PATCH", f"/releases/{identity}", {"body": "All new words."})
    with open_as(forge) as github:
        assert github.fails("upload", tag=TAG, mark=MARK, **uploads(files)[0]).code == "CONFLICT"
    with open_as(forge) as github:
        github.call("know", tag=TAG, id=str(identity))
        github.call("upload", tag=TAG, mark=MARK, **uploads(files)[0])
        github.call("draft", release=release())
        found = github.call("find", tag=TAG)
        assert (found["mark"], found["notes"]) == (MARK, "All new words.")
    ask(forge, "PATCH", f"/releases/{identity}", {"body": "Once more."})
    with open_as(forge, mark=MARK) as github:
        github.call("know", tag=TAG, id=str(identity))
        assert github.call("find", tag=TAG)["mark"] == MARK
        github.call("publish", tag=TAG, mark=MARK, latest=True)
    with open_as(forge) as github:
        found = github.call("find", tag=TAG)
        assert (found["mark"], found["notes"]) == (MARK, "Once more.")


def test_a_draft_that_got_another_tag(forge):
    identity = draft_of(forge)
    ask(forge, "PATCH", f"/releases/{identity}", {"tag_name": "v9"})
    with open_as(forge) as github:
        github.call("know", tag=TAG, id=str(identity))
        error = github.fails("find", tag=TAG)
        assert error.code == "CONFLICT" and "v9" in error.what


def test_limits_of_notes_and_names(forge, files):
    with open_as(forge) as github:
        assert github.fails("draft", release=release(notes="x" * 125001)).code == "TOO_LARGE"
        github.call("draft", release=release(notes="x" * 124900))
        empty = files["tool-0.bin"].with_name("empty")
        empty.write_bytes(b"")
        assert "is empty" in github.fails("upload", tag=TAG, mark=MARK, name="empty", path=str(empty)).what
        path = str(files["tool-0.bin"])
        for name in ["../x", ".x", "a b", "-x", "é"]:
            assert github.fails("upload", tag=TAG, mark=MARK, name=name, path=path).code == "UNTRUSTED_PATH"
    assert [exchange for exchange in sent(forge, "POST") if "assets" in exchange.path] == []


# ---- late visibility ----


def test_what_is_seen_late_is_waited_for(forge):
    forge.lag = 0.7
    forge.faults.add("reset-after", POST)
    with open_as(forge, patience=5) as github:
        github.call("draft", release=release())  # found in the list, later
        assert github.call("find", tag=TAG)["state"] == "draft"
        forge.stamp(("id", only(forge)["id"]))
        github.call("publish", tag=TAG, mark=MARK, latest=True)
        forge.stamp(("id", only(forge)["id"]))
        assert github.call("find", tag=TAG)["state"] == "public"
    assert only(forge)["draft"] is False


def test_what_was_made_and_is_not_seen_is_unknown_not_gone(forge):
    with open_as(forge) as github:
        github.call("draft", release=release())
        forge.lag = 100
        forge.stamp(("id", only(forge)["id"]))
        forge.stamp(only(forge)["id"])
        assert github.fails("find", tag=TAG).code == "UNKNOWN_STATE"
        assert github.fails("draft", release=release()).code == "UNKNOWN_STATE"
    assert len(forge.releases(NAME)) == 1


def test_changes_of_what_is_not_seen_yet_are_tried_again(forge, files):
    """A 404 just after the draft was made: nothing was done, so that it may be sent again."""
    forge.lag = 0.5
    for match in (UPLOAD, PATCH):
        with open_as(forge, patience=5) as github:
            github.call("draft", release=release(name=match))
            hidden = [exchange.number for exchange in forge.log]

            def hide(exchange, match=match, seen=hidden):
                if exchange.number > max(seen) and re.search(match, f"{exchange.method} {exchange.path}"):
                    forge.stamp(("id", only(forge)["id"]))
                    seen.append(1 << 30)
                return False

            forge.faults.add("500", hide)
            if match == UPLOAD:
                github.call("upload", tag=TAG, mark=MARK, **uploads(files)[0])
            else:
                github.call("edit", tag=TAG, mark=MARK, name="New", notes="New.")
    assert 404 in [exchange.status for exchange in sent(forge, "PATCH")] and 404 in [exchange.status for exchange in sent(forge, "POST")]
    assert (only(forge)["name"], len(only(forge)["assets"])) == ("New", 1)


def test_a_draft_that_a_person_deleted_is_absent(forge):
    with open_as(forge) as github:
        github.call("know", tag=TAG, id="4711")
        assert github.call("find", tag=TAG) is None


# ---- assets ----


def test_a_half_upload_is_replaced(forge, files):
    forge.half_uploads = 1
    with open_as(forge) as github:
        github.call("draft", release=release())
        github.call("upload", tag=TAG, mark=MARK, **uploads(files)[1])
    assert [(asset["state"], asset["sha256"]) for asset in only(forge)["assets"]] == [("uploaded", sums(files)["tool-1.bin"])]
    assert len(sent(forge, "DELETE")) == 1


def test_half_uploads_without_end_stop_and_are_resumed(forge, files):
    forge.half_uploads = 3
    with open_as(forge, patience=0) as github:
        github.call("draft", release=release())
        error = github.fails("upload", tag=TAG, mark=MARK, **uploads(files)[1])
        assert error.code == "UNKNOWN_STATE" and error.error["rerun"] == "safe"
    with open_as(forge) as github:
        github.call("upload", tag=TAG, mark=MARK, **uploads(files)[1])
    assert [asset["state"] for asset in only(forge)["assets"]] == ["uploaded"]


def test_a_draft_with_half_an_asset_is_not_published(forge, files):
    with open_as(forge, patience=0) as github:
        github.call("draft", release=release())
        github.call("upload", tag=TAG, mark=MARK, **uploads(files)[1])
        forge.models[NAME]["releases"][0].assets[0].state = "starter"
        assert github.call("find", tag=TAG)["assets"][0]["half"] is True
        assert github.fails("publish", tag=TAG, mark=MARK, latest=True).code == "CONFLICT"
        github.call("upload", tag=TAG, mark=MARK, **uploads(files)[1])
        github.call("publish", tag=TAG, mark=MARK, latest=True)


@pytest.mark.parametrize("digests", [True, False])
def test_an_equal_asset_is_kept_and_another_is_a_conflict(forge, files, digests):
    forge.digests = digests
    with open_as(forge) as github:
        github.call("draft", release=release())
        for _ in range(2):
            github.call("upload", tag=TAG, mark=MARK, **uploads(files)[1])
        assert len([exchange for exchange in sent(forge, "POST") if "assets" in exchange.path]) == 1
        error = github.fails("upload", tag=TAG, mark=MARK, name="tool-1.bin", path=str(files["tool-2.bin"]))
        assert error.code == "CONFLICT" and sums(files)["tool-2.bin"] in error.why
        same_size = files["tool-1.bin"].with_name("other")
        same_size.write_bytes(b"z" * 1000)
        assert github.fails("upload", tag=TAG, mark=MARK, name="tool-1.bin", path=str(same_size)).code == "CONFLICT"
    assert [asset["sha256"] for asset in only(forge)["assets"]] == [sums(files)["tool-1.bin"]]


def test_the_same_asset_sent_twice_at_once_is_there_once(forge, files):
    with open_as(forge) as github:
        github.call("draft", release=release())
        assert github.call("upload", tag=TAG, mark=MARK, uploads=uploads(files)[3:] * 4, threads=4) == [True] * 4
    assert [asset["sha256"] for asset in only(forge)["assets"]] == [sums(files)["tool-3.bin"]]


def test_a_renamed_asset_is_removed_again(forge, files):
    with open_as(forge) as github:
        github.call("draft", release=release())
        error = github.fails("upload", tag=TAG, mark=MARK, name="tool..bin", path=str(files["tool-1.bin"]))
        assert error.code == "CONFLICT" and "tool.bin" in error.what
    assert only(forge)["assets"] == []


def test_an_upload_address_elsewhere_gets_nothing(forge, files):
    forge.upload_host = forge.elsewhere.base
    with open_as(forge) as github:
        github.call("draft", release=release())
        error = github.fails("upload", tag=TAG, mark=MARK, **uploads(files)[1])
        assert error.code == "ANSWER" and forge.elsewhere.base in error.why
    assert forge.elsewhere.requests == []


# ---- immutable, limits, tokens ----


def test_immutable_releases(forge, files):
    forge.immutable = True
    with open_as(forge) as github:
        assert any("immutable" in remark for remark in github.call("probe")["remarks"])
        github.call("draft", release=release())
        github.call("upload", tag=TAG, mark=MARK, **uploads(files)[0])
        github.call("publish", tag=TAG, mark=MARK, latest=True)
        github.call("publish", tag=TAG, mark=MARK, latest=True)
        error = github.fails("upload", tag=TAG, mark=MARK, **uploads(files)[1])
        assert error.code == "CONFLICT" and "immutable" in error.why
        forge.burned.add("v1.2.0")
        error = github.fails("draft", release=release(tag="v1.2.0"))
        assert error.code == "CONFLICT" and "immutable" in error.what and error.error["fix"] == "slipway release patch"


@pytest.mark.parametrize("kind, words", [("403-secondary", "secondary rate limit"), ("429", "API rate limit exceeded"), ("429-after", "secondary rate limit")])
def test_a_limit_that_is_too_long_names_the_time(forge, kind, words):
    forge.pause = 100000
    forge.faults.add(kind, POST)
    with open_as(forge) as github:
        error = github.fails("draft", release=release())
        assert error.code == "LIMITED" and "before 20" in error.what and words in error.why
    assert forge.releases(NAME) == []


def test_a_token_that_dies_midway(forge, files):
    forge.add_token(TOKEN, uses=4)
    with open_as(forge) as github:
        github.call("draft", release=release())
        error = github.fails("upload", tag=TAG, mark=MARK, **uploads(files)[1])
        assert error.code == "PERMISSION" and "GH_ENTERPRISE_TOKEN" in error.what and "Bad credentials" in error.why
    forge.add_token(TOKEN)
    with open_as(forge) as github:
        github.call("upload", tag=TAG, mark=MARK, **uploads(files)[1])


PROBES = {
    "all is well": ({}, {}, [], []),
    "no workflows": ({"scopes": ("repo",)}, {}, [], ["the token lacks the scope workflow"]),
    "a scope": ({"scopes": ("read:user",)}, {}, ["the scope public_repo"], []),
    "a scope, private": ({"scopes": ("public_repo",)}, {"private": True}, ["the scope repo"], []),
    "no right": ({"push": False}, {}, ["the right to write to acme/demo"], []),
    "fine-grained, no right": ({"push": False, "scopes": None}, {}, ["contents: write"], []),
    "fine-grained": ({"scopes": None}, {"generates_notes": False}, [], ["cannot be seen beforehand"]),
    "archived": ({}, {"archived": True}, ["archived"], []),
    "moved": ({}, {"moved_to": "acme/new"}, ["git remote set-url origin"], []),
    "immutable": ({}, {"immutable": True}, [], ["immutable"]),
}


@pytest.mark.parametrize("name", PROBES)
def test_what_a_token_may(origin, name):
    rights, state, missing, remarks = PROBES[name]
    with begin(origin, **rights) as forge:
        for field, value in state.items():
            setattr(forge, field, value)
        if forge.moved_to:
            forge.add_repository(forge.moved_to, origin)
        with open_as(forge) as github:
            said = github.call("probe")
        assert (said["token_from"], said["login"]) == ("GH_ENTERPRISE_TOKEN", "alice")
        for is_said, wanted in [(said["missing"], missing), (said["remarks"], remarks)]:
            assert len(is_said) == len(wanted) and all(part in text for part, text in zip(wanted, is_said)), said
        assert forge.releases(NAME) == [] and forge.violations == []


class WithNotes(GitHub):
    """Makes notes that it does not keep, for tokens that may write; `contents` is what a fine-grained token has."""

    contents = "write"

    def route(self, exchange, query, headers, body):
        if not exchange.path.endswith("/releases/generate-notes"):
            return super().route(exchange, query, headers, body)
        if self.contents == "write":
            return 200, {"name": "x", "body": "y"}, {}
        return 403, {"message": "Resource not accessible by personal access token"}, {"X-Accepted-GitHub-Permissions": "contents=write"}


@pytest.mark.parametrize("contents, missing", [("write", []), ("read", ["contents: write (Resource not accessible by personal access token; wanted is the permission contents: write (403))"])])
def test_what_a_fine_grained_token_may_is_tried(origin, contents, missing):
    with WithNotes() as forge:
        forge.contents = contents
        forge.add_repository(NAME, origin)
        forge.add_token(TOKEN, rights=Rights(scopes=None))
        with open_as(forge) as github:
            said = github.call("probe")
        assert (said["missing"], said["remarks"]) == (missing, [])
        assert forge.releases(NAME) == [] and forge.violations == []


def test_what_a_token_may_where_there_is_no_repository_or_no_token(forge):
    with Driver(params_of(forge, "acme/none"), GH_HOST=forge.host, GH_TOKEN=TOKEN) as github:
        assert "it is not there, or the token may not see it" in github.call("probe")["missing"][0]
        assert github.fails("list").code == "PERMISSION"
    before = len(forge.log)
    with open_as(forge, token=None) as github:
        assert github.call("probe") == {"token_from": None, "login": None, "missing": [], "remarks": []}
    assert len(forge.log) == before
    with open_as(forge, token="ghp_wrong") as github:
        assert github.fails("probe").code == "PERMISSION"


def test_words_of_a_refusal(origin):
    with begin(origin, push=False, scopes=None) as forge, open_as(forge) as github:
        error = github.fails("draft", release=release())
        assert error.code == "PERMISSION" and "Resource not accessible by personal access token" in error.why
    with begin(origin, scopes=("read:user",)) as forge, open_as(forge) as github:
        error = github.fails("draft", release=release())
        assert error.code == "PERMISSION" and "does not let this token make releases" in error.what and "scope repo" in error.error["fix"]
    with begin(origin) as forge, open_as(forge) as github:
        error = github.fails("draft", release=release(tag="v7", branch="gone"))
        assert error.code == "CONFLICT" and "target_commitish of the Release is not valid" in error.why


# ---- latest, talk ----


def test_which_release_is_the_latest_is_said(forge):
    with open_as(forge) as github:
        for tag, latest in [("v1.0.0", True), (TAG, True), ("v1.0.1", False)]:
            forge.repositories[NAME].git("tag", "--force", tag, "main")
            github.call("draft", release=release(tag=tag))
            github.call("publish", tag=tag, mark=MARK, latest=latest)
        assert github.call("latest") == TAG
        forge.faults.add("reset-after", PATCH)
        github.call("set_latest", tag="v1.0.1")
        assert github.call("latest") == "v1.0.1"
        assert [(row["tag"], row["latest"]) for row in github.call("list") if row["latest"]] == [("v1.0.1", True)]
        github.call("set_latest", tag=TAG)
        github.call("set_latest", tag=None)
        github.call("withdraw", tag=TAG, mark=MARK)
        assert github.fails("set_latest", tag=TAG).code == "CONFLICT"
        assert github.fails("set_latest", tag="v9").code == "CONFLICT"


def test_issues_comments_and_pull_requests(forge):
    forge.add_issue(NAME, "broken", ["blocker", "bug"])
    forge.add_issue(NAME, "closed", ["blocker"], state="closed")
    forge.add_pull(NAME, 7, "fix: it", ["a" * 40])
    forge.add_pull(NAME, 8, "bump", ["a" * 40], login="dependabot[bot]")
    forge.add_pull(NAME, 9, "open", ["a" * 40], merged=False)
    with open_as(forge) as github:
        assert [(issue["title"], issue["labels"]) for issue in github.call("issues", label="blocker")] == [("broken", ["blocker", "bug"])]
        assert github.call("issues", label="none") == []
        assert [(pull["number"], pull["login"], pull["bot"]) for pull in github.call("pulls", commit="a" * 40)] == [(7, "bob", False), (8, "dependabot[bot]", True)]
        assert github.call("pulls", commit="b" * 40) == []
        forge.faults.add("reset-after", r"POST .*/issues$")
        forge.faults.add("reset-after", r"POST .*/comments$")
        issue = {"title": "Release 1.1.0", "body": "Watch it.", "labels": ["release"]}
        made = [github.call("create_issue", issue=issue, mark=MARK) for _ in range(2)]
        assert made[0] == made[1] and made[0]["labels"] == ["release"]
        for _ in range(2):
            github.call("comment", number=made[0]["number"], body="It is out.", mark=MARK)
    issues = forge.models[NAME]["issues"]
    assert len(issues) == 3 and len(issues[2]["comments"]) == 1


# ---- where it is ----

PLACES = [
    ("https://github.com/acme/demo.git", True, "https://api.github.com", "https://github.com/acme/demo"),
    ("git@github.com:acme/demo", True, "https://api.github.com", "https://github.com/acme/demo"),
    ("ssh://git@ssh.github.com:443/acme/demo.git", True, "https://api.github.com", "https://github.com/acme/demo"),
    ("https://corp.ghe.com/acme/demo", True, "https://api.corp.ghe.com", "https://corp.ghe.com/acme/demo"),
    ("https://ghe.com/acme/demo", False, "https://ghe.com/api/v3", "https://ghe.com/acme/demo"),
    ("https://a.b.ghe.com/acme/demo", False, "https://a.b.ghe.com/api/v3", "https://a.b.ghe.com/acme/demo"),
    ("https://github.com.evil.example/acme/demo", False, "https://github.com.evil.example/api/v3", "https://github.com.evil.example/acme/demo"),
    ("git@git.corp.example:acme/demo.git", False, "https://git.corp.example/api/v3", "https://git.corp.example/acme/demo"),
    ("http://127.0.0.1:8000/acme/demo.git", False, "http://127.0.0.1:8000/api/v3", "http://127.0.0.1:8000/acme/demo"),
]


def test_where_a_repository_is():
    with Driver(None) as driver:
        for remote, claims, api, url in PLACES:
            assert driver.call("claims", kind="github", remote=remote) is claims, remote
            located = driver.call("locate", kind="github", remote=remote)
            assert (located["api"], located["url"], located["project"]) == (api, url, "acme/demo")
        assert driver.call("locate", kind="github", remote=PLACES[0][0], api="https://x.example/api")["api"] == "https://x.example/api"
        error = driver.fails("open", params={"kind": "github", "url": "https://github.com/a", "api": "https://api.github.com", "project": "a/b/c"})
        assert error.code == "CONFIG" and "OWNER/NAME" in error.why
        driver.call("open", params={"kind": "github", "url": "https://github.com/a/b", "api": "https://api.github.com", "project": "a/b"})
        assert driver.call("place", tag="release/1") == "https://github.com/a/b/releases/tag/release%2F1"
