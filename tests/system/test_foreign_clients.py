"""Clients that slipway's authors did not write drive GitHub's emulator: Debian's gh, over https as it insists for hosts other than github.com, and npm's @octokit/rest.

Of GraphQL the emulator knows what this gh asks: two questions of the `release` commands (tests/forge/github_graphql.py); another one is a violation."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from forge.github import GitHub
from support.forged import NAME as TOOL
from support.forged import TOKEN as CANARY
from support.forged import Forged
from support.project import git

NAME, TAG = "acme/demo", "v1.0.0"
FILES = {"tool.bin": b"\0tool\n" * 2000, "odd name.txt": b"odd\n"}
CONFIG = """\
gates: {}
packages:
  tool: {run: [sh, build.sh, "{out}"], expect: ["tool-{version}.bin", "tool-{version}.txt"]}
"""


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    root = tmp_path_factory.mktemp("foreign")
    words = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for call in [["init", "-q", "-b", "main", root / "work"], ["-C", root / "work", "commit", "-q", "--allow-empty", "-m", "x"],
                 ["-C", root / "work", "tag", "-a", TAG, "-m", TAG], ["clone", "-q", "--bare", root / "work", root / "demo.git"]]:  # fmt: skip
        subprocess.run([*words, *call], check=True, stdout=subprocess.DEVNULL)
    for name, content in FILES.items():
        (root / name).write_bytes(content)
    return root


def begin(origin, **options):
    forge = GitHub(**options)
    forge.foreign = True
    forge.add_repository(NAME, origin / "demo.git")
    forge.add_token("tok")
    return forge


def gh(forge, folder, *words, token="tok", name=NAME):
    """What it printed; it must go well."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GH_HOST": forge.host, "GH_ENTERPRISE_TOKEN": token, "SSL_CERT_FILE": str(forge.ca),
           "GH_NO_UPDATE_NOTIFIER": "1", "GH_PROMPT_DISABLED": "1"}  # fmt: skip
    done = subprocess.run(["gh", "release", *words, "-R", f"{forge.host}/{name}"], env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def contents(folder):
    return {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}


def test_gh_makes_changes_and_removes_a_release(origin, tmp_path):
    changed = {name.replace(" ", "."): content for name, content in FILES.items()}
    with begin(origin, tls=True) as forge:
        assert "untagged-" in gh(forge, origin, "create", TAG, *FILES, "--draft", "--title", "Demo", "--notes", "First.")
        [release] = forge.releases(NAME)
        assert release["draft"]
        assert {asset["name"]: asset["sha256"] for asset in release["assets"]} == {name: hashlib.sha256(content).hexdigest() for name, content in changed.items()}
        assert gh(forge, origin, "list").split("\t")[:3] == ["Demo", "Draft", TAG]
        shown = json.loads(gh(forge, origin, "view", TAG, "--json", "isDraft,name,body,tagName,assets"))
        assert (shown["isDraft"], shown["name"], shown["body"], shown["tagName"]) == (True, "Demo", "First.", TAG)
        assert {asset["name"] for asset in shown["assets"]} == set(changed)
        before = {asset["id"] for asset in release["assets"]}
        gh(forge, origin, "upload", TAG, "tool.bin", "--clobber")
        [release] = forge.releases(NAME)
        assert len({asset["id"] for asset in release["assets"]} - before) == 1
        gh(forge, origin, "edit", TAG, "--notes", "Second.", "--draft=false")
        [release] = forge.releases(NAME)
        assert (release["draft"], release["notes"], release["latest"]) == (False, "Second.", True)
        assert "Latest" in gh(forge, origin, "list")
        gh(forge, origin, "download", TAG, "-D", str(tmp_path / "out"))
        assert contents(tmp_path / "out") == changed
        gh(forge, origin, "delete-asset", TAG, "tool.bin", "--yes")
        assert [asset["name"] for asset in forge.releases(NAME)[0]["assets"]] == ["odd.name.txt"]
        gh(forge, origin, "delete", TAG, "--yes")
        assert forge.releases(NAME) == []
        assert forge.violations == []


def test_gh_shows_what_slipway_published(tmp_path):
    with GitHub(tls=True) as forge:
        project = Forged.on(tmp_path / "project", "github", forge, config=CONFIG)
        trust = {"SSL_CERT_FILE": str(forge.ca), "GIT_SSL_CAINFO": str(forge.ca)}
        done = project.run("release", "minor", "--yes", env=trust)
        assert done.status == 0, done
        assert forge.violations == []
        forge.foreign = True
        [release] = project.releases()
        shown = json.loads(gh(forge, tmp_path, "view", release["tag"], "--json", "isDraft,name,tagName,assets", token=CANARY, name=TOOL))
        assert (shown["isDraft"], shown["name"], shown["tagName"]) == (False, release["name"], "v1.1.0")
        assert {asset["name"] for asset in shown["assets"]} >= {"tool-1.1.0.bin", "tool-1.1.0.txt", "SHA256SUMS"}
        gh(forge, tmp_path, "download", release["tag"], "-D", str(tmp_path / "out"), token=CANARY, name=TOOL)
        sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents(tmp_path / "out").items()}
        assert sums == {asset["name"]: asset["sha256"] for asset in release["assets"]}
        assert git(project.origin, "rev-parse", "v1.1.0^{commit}") == git(project.work, "rev-parse", "v1.1.0^{commit}")
        assert forge.violations == []


OCTOKIT = """\
import { Octokit } from "@octokit/rest";
const [baseUrl, auth, owner, repo] = process.argv.slice(2);
const origin = new URL(baseUrl).origin + "/";
// Without an address of its own an upload would go to github.com: nothing may leave this machine.
const inside = (url, options) => (url.startsWith(origin) ? fetch(url, options) : Promise.reject(new Error(`not to ${new URL(url).host}`)));
const log = { debug() {}, info() {}, warn: console.warn, error() {} };
const api = new Octokit({ auth, baseUrl, userAgent: "foreign/1", log, request: { fetch: inside } });
const here = { owner, repo };
const { data: draft } = await api.rest.repos.createRelease({ ...here, tag_name: "v1.0.0", name: "Demo", body: "First.", draft: true });
const { data: asset } = await api.rest.repos.uploadReleaseAsset({ ...here, release_id: draft.id, name: "odd name.txt", data: Buffer.from("hello"), url: draft.upload_url });
const hidden = await api.rest.repos.getReleaseByTag({ ...here, tag: "v1.0.0" }).catch((error) => error.status);
const second = await api.rest.repos.uploadReleaseAsset({ ...here, release_id: draft.id, name: "odd.name.txt", data: "x", url: draft.upload_url }).catch((error) => error.status);
const outside = await api.rest.repos.uploadReleaseAsset({ ...here, release_id: draft.id, name: "x", data: "x" }).catch((error) => error.message);
const { data: bytes } = await api.rest.repos.getReleaseAsset({ ...here, asset_id: asset.id, headers: { accept: "application/octet-stream" } });
const { data: open } = await api.rest.repos.updateRelease({ ...here, release_id: draft.id, draft: false, make_latest: "true" });
for (const number of [1, 2, 3]) await api.rest.repos.createRelease({ ...here, tag_name: `v2.0.${number}`, draft: true });
const all = await api.paginate(api.rest.repos.listReleases, { ...here, per_page: 1 });
const { data: latest } = await api.rest.repos.getLatestRelease(here);
const { data: ref } = await api.rest.git.getRef({ ...here, ref: "tags/v1.0.0" });
const { data: tag } = await api.rest.git.getTag({ ...here, tag_sha: ref.object.sha });
const { data: issue } = await api.rest.issues.create({ ...here, title: "T", body: "B", labels: ["x"] });
await api.rest.issues.createComment({ ...here, issue_number: issue.number, body: "C" });
const issues = await api.paginate(api.rest.issues.listForRepo, { ...here, labels: "x" });
for (const one of all.filter((each) => each.draft)) await api.rest.repos.deleteRelease({ ...here, release_id: one.id });
console.log(JSON.stringify({ name: asset.name, digest: asset.digest, hidden, second, outside, text: Buffer.from(bytes).toString(), draft: open.draft, all: all.length,
  latest: latest.tag_name, peeled: tag.object.type, issues: issues.length }));
"""


def octokit_folder():
    """A node_modules with @octokit/rest in it: SLIPWAY_NODE_MODULES, or npm's own place."""
    places = [os.environ.get("SLIPWAY_NODE_MODULES"), "/usr/local/lib/node_modules", "/usr/lib/node_modules"]
    return next((place for place in places if place and (pathlib.Path(place) / "@octokit" / "rest").is_dir()), None)


def test_octokit(origin, tmp_path):
    folder = octokit_folder()
    if folder is None or shutil.which("node") is None:
        pytest.skip("npm's @octokit/rest is not installed")
    (tmp_path / "node_modules").symlink_to(folder)
    (tmp_path / "drive.mjs").write_text(OCTOKIT)
    with begin(origin) as forge:
        # Its place is not its name: modules beside the script are found by what the script is called.
        words = ["node", "--preserve-symlinks", "--preserve-symlinks-main", tmp_path / "drive.mjs", forge.api, "tok", *NAME.split("/")]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout) == {
            "name": "odd.name.txt", "digest": f"sha256:{hashlib.sha256(b'hello').hexdigest()}", "hidden": 404, "second": 422, "outside": "not to uploads.github.com",
            "text": "hello", "draft": False, "all": 4, "latest": TAG, "peeled": "commit", "issues": 1,
        }  # fmt: skip
        assert [release["tag"] for release in forge.releases(NAME)] == [TAG]
        assert forge.violations == []
