"""What a person, or a bad day, does to a draft between its review and its publication: nothing is pushed that could not be finished, and what the error says to do works."""

import json
import urllib.request

import pytest

from forge.gitea import Gitea
from forge.github import GitHub
from support.forged import NAME, TOKEN, Forged
from support.project import git

KINDS = {"github": (GitHub, "Bearer"), "gitea": (Gitea, "token")}
CONFIG = """\
gates: {}
journal: {share: "off"}
packages:
  tool: {run: [sh, build.sh, "{out}"], expect: ["tool-{version}.bin", "tool-{version}.txt"]}
"""
RELEASE = ("release", "minor", "--yes")


def ask(forge, kind, method, path, body=None):
    headers = {"Authorization": f"{KINDS[kind][1]} {TOKEN}", "Content-Type": "application/json", "User-Agent": "a person", "X-GitHub-Api-Version": "2022-11-28"}
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(f"{forge.api}/repos/{NAME}{path}", data, headers, method=method)) as answer:
        answer.read()


def delete(forge, kind, draft):
    ask(forge, kind, "DELETE", f"/releases/{draft['id']}")


def delete_asset(forge, kind, draft):
    below = "/releases/assets" if kind == "github" else f"/releases/{draft['id']}/assets"
    ask(forge, kind, "DELETE", f"{below}/{draft['assets'][0]['id']}")


def add_twin(forge, kind, draft):
    """Another asset of a name that is there: Gitea takes it."""
    name, mark = draft["assets"][0]["name"], "xxBOUNDARYxx"
    body = f'--{mark}\r\nContent-Disposition: form-data; name="attachment"; filename="{name}"\r\n\r\nother bytes\r\n--{mark}--\r\n'.encode()
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": f"multipart/form-data; boundary={mark}"}
    with urllib.request.urlopen(urllib.request.Request(f"{forge.api}/repos/{NAME}/releases/{draft['id']}/assets?name={name}", body, headers, method="POST")) as answer:
        answer.read()


def publish(forge, kind, draft):
    ask(forge, kind, "PATCH", f"/releases/{draft['id']}", {"draft": False})


def rename(forge, kind, draft):
    ask(forge, kind, "PATCH", f"/releases/{draft['id']}", {"name": "Other"})


def draft_of(project):
    return next(release for release in project.releases() if release["tag"] == "v1.1.0")


@pytest.mark.parametrize("act, words", [(add_twin, "it has 4 assets"), (delete, "is not at the forge any more"), (delete_asset, "is not what was reviewed: its asset")], ids=["twin", "draft", "asset"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_went_before_the_push_is_seen_before_it(tmp_path, kind, act, words):
    if act == add_twin and kind == "github":
        return  # it takes none
    with KINDS[kind][0]() as forge:
        project = Forged.on(tmp_path / "p", kind, forge, config=CONFIG, forge="patience: 1, pace: 0")
        before = project.refs(project.origin)
        assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-before push/refs #1").status == -9
        act(forge, kind, draft_of(project))
        done = project.run("resume")
        error = done.error()
        assert done.status == 1 and error["code"] == "NOT_VERIFIED" and words in error["what"] and "nothing was pushed" in error["state"], done
        assert error["fix"] == "slipway abort, then release again" and project.refs(project.origin) == before
        assert project.run("abort", "--yes").status == 0 and project.run(*RELEASE).status == 0
        assert len(draft_of(project)["assets"]) == 3 and forge.violations == []


@pytest.mark.parametrize("act", [add_twin, delete, delete_asset, rename], ids=lambda act: act.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_what_changed_before_the_sign_off_is_not_signed_off(tmp_path, kind, act):
    if act == add_twin and kind == "github":
        return  # it takes none
    with KINDS[kind][0]() as forge:
        project = Forged.on(tmp_path / "p", kind, forge, config=CONFIG, forge="patience: 1, pace: 0")
        before = project.refs(project.origin)
        assert project.run(*RELEASE, "--draft").status == 6
        act(forge, kind, draft_of(project))
        done = project.run("publish", "--yes")
        error = done.error()
        assert done.status == 1 and error["code"] == "NOT_VERIFIED" and error["state"] == "nothing is public yet", done
        assert error["fix"] == "slipway abort, then release again" and project.refs(project.origin) == before
        assert project.run("abort", "--yes").status == 0 and project.run(*RELEASE).status == 0
        assert len(draft_of(project)["assets"]) == 3 and forge.violations == []


def test_what_a_person_published_is_said_to_be_public(tmp_path):
    with GitHub() as forge:
        project = Forged.on(tmp_path / "p", "github", forge, config=CONFIG, forge="patience: 1, pace: 0")
        assert project.run(*RELEASE, "--draft").status == 6
        publish(forge, "github", draft_of(project))
        error = project.run("publish", "--yes").error()
        assert error["code"] == "NOT_VERIFIED" and "is public: somebody published it" in error["state"], error
        assert "delete that release there, and the tag v1.1.0" in error["fix"] and error["fix"].endswith("slipway abort, and release again")
        delete(forge, "github", draft_of(project))
        git(project.origin, "update-ref", "-d", "refs/tags/v1.1.0")
        assert project.run("abort", "--yes").status == 0 and project.run(*RELEASE).status == 0
        assert len(draft_of(project)["assets"]) == 3


def test_a_token_that_expired_before_the_sign_off(tmp_path):
    with GitHub() as forge:
        project = Forged.on(tmp_path / "p", "github", forge, config=CONFIG, forge="patience: 1, pace: 0")
        assert project.run(*RELEASE, "--draft").status == 6
        forge.tokens.clear()
        done = project.run("publish", "--yes")
        error = done.error()
        assert done.status == 7 and error["code"] == "PERMISSION" and error["state"] == "nothing was changed: v1.1.0 still waits; again: slipway publish", done
        forge.add_token(TOKEN, login="ada")
        assert project.run("publish", "--yes").status == 0 and not draft_of(project)["draft"] and forge.violations == []


def test_a_limit_of_an_hour_after_the_push(tmp_path):
    with GitHub() as forge:
        project = Forged.on(tmp_path / "p", "github", forge, config=CONFIG, forge="patience: 1, pace: 0")
        forge.pause = 3600
        forge.faults.add("429-after", match=lambda exchange: exchange.method == "PATCH")
        done = project.run(*RELEASE)
        error = done.error()
        assert error["code"] == "LIMITED" and "wait until 20" in error["fix"] and "slipway resume" in error["fix"], done
        assert project.run("resume").status == 0 and not draft_of(project)["draft"] and forge.violations == []
