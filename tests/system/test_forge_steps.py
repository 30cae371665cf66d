"""What a plan asks of a forge, and what a stranger is shown of it."""

import hashlib
import json
import shutil
import subprocess
import urllib.request

import pytest

from forge.github import GitHub, Rights
from support.forged import NAME, TOKEN, Forged
from support.project import Project, git

RELEASE = ("release", "minor", "--yes")
SMALL = """\
gates: {}
journal: {share: "off"}
packages:
  tool: {run: [sh, build.sh, "{out}"], expect: ["tool-{version}.bin", "tool-{version}.txt"]}
"""


@pytest.fixture
def forge():
    with GitHub() as forge:
        yield forge
        assert forge.violations == []


def forged(tmp_path, forge):
    return Forged.on(tmp_path / "p", "github", forge, config=SMALL, forge="patience: 1, pace: 0")


def ask(forge, method, path, body):
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "User-Agent": "a person", "X-GitHub-Api-Version": "2022-11-28"}
    request = urllib.request.Request(f"{forge.api}/repos/{NAME}{path}", json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def publish_by_hand(project, forge, tag, **more):
    git(project.origin, "tag", tag, "main")
    return ask(forge, "POST", "/releases", {"tag_name": tag, "name": tag, **more})


def test_without_a_token_there_is_a_plan_and_no_release(tmp_path, forge):
    project = forged(tmp_path, forge)
    git(project.work, "config", "--unset", "credential.helper")
    env = {"GH_ENTERPRISE_TOKEN": "", "GH_HOST": ""}
    before = project.refs(project.origin)
    done = project.run("plan", "minor", env=env)
    assert done.status == 0 and "no token, so it was not asked and `slipway release` will refuse" in done.out, done
    done = project.run(*RELEASE, env=env)
    error = done.error()
    assert done.status == 7 and error["code"] == "PERMISSION" and "there is no token for GitHub" in error["what"] and "set GH_ENTERPRISE_TOKEN" in error["fix"], done
    assert error["state"] == "nothing was changed" and project.refs(project.origin) == before and not project.has_run()


def test_a_token_that_may_not_write_is_seen_beforehand(tmp_path, forge):
    project = forged(tmp_path, forge)
    forge.add_token(TOKEN, login="ada", rights=Rights(push=False))
    for words in (("plan", "minor"), RELEASE):
        done = project.run(*words)
        assert "PERMISSION" in done.out + done.err and "does not suffice to release" in done.out + done.err and done.status != 0, done
    assert not project.has_run()


@pytest.mark.parametrize("prerelease, latest", [(True, True), (False, False)])
def test_the_newest_stable_one_is_the_latest(tmp_path, forge, prerelease, latest):
    project = forged(tmp_path, forge)
    publish_by_hand(project, forge, "v9.0.0", prerelease=prerelease)
    effects = {effect["id"]: effect for effect in json.loads(project.run("plan", "1.1.0", "--json").out)["effects"]}
    assert effects["publish/release"]["params"]["latest"] is latest


def test_a_newer_one_that_came_meanwhile_stays_the_latest(tmp_path, forge):
    project = forged(tmp_path, forge)
    assert project.run(*RELEASE, "--draft").status == 6
    publish_by_hand(project, forge, "v9.0.0")
    assert project.run("publish", "--yes").status == 0
    assert {release["tag"]: release["latest"] for release in project.releases()} == {"v1.1.0": False, "v9.0.0": True}


def test_a_draft_is_nothing_that_is_published(tmp_path):
    project = Project.make(tmp_path / "p", config=SMALL)
    assert project.run(*RELEASE, "--draft").status == 6
    error = project.run("verify", "--published", "1.1.0").error()
    assert error["code"] == "NO_RELEASE" and "draft" in error["why"], error


def test_a_signature_by_another_key_is_seen(tmp_path):
    """By a clone that knows nothing of the release: every digest is right, the list is signed by somebody else."""
    for name in ("key", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@example.org", "-f", str(tmp_path / name)], check=True)
    place = tmp_path / "forge"
    project = Project.make(tmp_path / "p", config=SMALL + f"signature: {{kind: ssh, key: {tmp_path}/key}}\nforge: {{path: {place}}}\n")
    done = project.run(*RELEASE)
    assert done.status == 0, done
    shutil.rmtree(project.work / ".git" / "slipway")
    done = project.run("verify", "--published")
    assert done.status == 0, done
    assets = place / "v1.1.0" / "assets"
    signature = assets / "SHA256SUMS.sig"
    before = hashlib.sha256(signature.read_bytes()).hexdigest()
    signature.unlink()
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", str(tmp_path / "other"), "-n", "file", str(assets / "SHA256SUMS")], check=True, capture_output=True)
    for path in (*place.rglob("*.json"), *place.rglob("*.html")):
        path.write_text(path.read_text().replace(before, hashlib.sha256(signature.read_bytes()).hexdigest()))
    done = project.run("verify", "--published")
    error = done.error()
    assert error["code"] == "NOT_VERIFIED" and "SHA256SUMS.sig is no good signature by this key" in error["what"], done
    assert error["why"].startswith("it is by another key, or of another file: ")
    assert error["fix"].endswith("then: slipway release patch")


def test_a_draft_of_a_person_stands_in_the_way(tmp_path, forge):
    project = forged(tmp_path, forge)
    draft = ask(forge, "POST", "/releases", {"tag_name": "v1.1.0", "name": "mine", "draft": True})
    done = project.run("plan", "minor")
    assert done.status != 0 and "the forge has a release v1.1.0 already" in done.out + done.err and draft["html_url"] in done.out + done.err, done
    assert project.run(*RELEASE).status != 0 and not project.has_run()
