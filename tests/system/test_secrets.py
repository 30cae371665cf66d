"""Tokens of the environment: no child that does not speak with a forge gets one, and nothing that slipway writes or prints shows one."""

import json
import stat
import subprocess

import pytest

from support import faulty
from support.project import CONFIG, FILES, SLIPWAY, Project, environment, git

NAMES = ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN"]
CANARY = "c4n4ry%{}/+\"of the test"
TOKENS = {name: CANARY.format(name) for name in NAMES}

# Gates that know the tokens from elsewhere and show them in every way.
LOUD = """\
import base64, json, os, sys, time, urllib.parse
text = open(sys.argv[1]).read()
for token in json.loads(text).values():
    for form in (token, urllib.parse.quote(token, safe=""), json.dumps(token), token.encode().hex(), base64.b64encode(b"u:" + token.encode()).decode()):
        print("shown:", form, flush=True)
        print("shown:", form, file=sys.stderr, flush=True)
    sys.stdout.write("cut " + token[:9]); sys.stdout.flush()
    time.sleep(0.02)  # so that the two halves arrive by themselves
    sys.stdout.write(token[9:] + "\\0" + token + "\\n")
sys.exit(int(sys.argv[2]))
"""


def files_below(folder):
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path


def leaks(data):
    data = data if isinstance(data, bytes) else data.encode()
    return [token for token in TOKENS.values() for form in (token, json.dumps(token)[1:-1], token.encode().hex()) if form.encode() in data]


@pytest.fixture
def project(tmp_path):
    dump = tmp_path / "dumps"
    dump.mkdir()
    config = CONFIG.replace('["true"]', f'[sh, -c, "env >{dump}/gate; cat /proc/$PPID/environ >{dump}/parent"]')
    build = f"env >{dump}/build\n" + FILES["build.sh"]
    project = Project.make(tmp_path / "p", config=config, files={"build.sh": build})
    for hook in ("pre-push", "pre-commit", "post-checkout", "reference-transaction", "post-index-change", "prepare-commit-msg", "commit-msg"):
        path = project.work / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\nenv >{dump}/hook-{hook}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return project


def test_no_child_gets_a_token(project):
    done = project.run("release", "minor", "--yes", env=TOKENS)
    assert done.status == 0, done.err
    dumps = {path.name: path.read_bytes() for path in (project.root.parent / "dumps").iterdir()}
    parent = dumps.pop("parent")
    assert b"GH_TOKEN=" in parent and not leaks(parent), "what a gate reads of its parent"
    assert {"gate", "build", "hook-pre-push"} <= set(dumps)
    for name, text in dumps.items():
        assert not [n for n in NAMES if f"{n}=".encode() in text] and not leaks(text), name
    assert not leaks(done.out + done.err)


def test_a_credential_helper_gets_them(tmp_path):
    """It speaks with the remote: `gh auth git-credential` answers with GH_TOKEN."""
    project = Project.make(tmp_path / "p")
    helper = tmp_path / "helper"
    helper.write_text(f"#!/bin/sh\nenv >{tmp_path}/dump\necho username=me; echo password=$GH_TOKEN\n")
    helper.chmod(0o700)
    with faulty.Server(lambda _: faulty.answer(401, "", [("WWW-Authenticate", 'Basic realm="x"')])) as server:
        git(project.work, "remote", "set-url", "origin", server.url("/acme/tool"))
        git(project.work, "config", "credential.helper", str(helper))
        project.trusted = True
        done = project.run("plan", "minor", env=TOKENS)
        assert done.status != 0
        assert TOKENS["GH_TOKEN"] in (tmp_path / "dump").read_text()
        assert any("authorization" in r.headers for r in server.requests)
    assert not leaks(done.out + done.err)


@pytest.mark.parametrize("words", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("status", [0, 1])
def test_what_a_gate_shows_is_shown_nowhere(tmp_path, words, status):
    (tmp_path / "tokens").write_text(json.dumps(TOKENS))
    (tmp_path / "loud.py").write_text(LOUD)
    config = CONFIG.replace('["true"]', f'[/usr/bin/python3, {tmp_path}/loud.py, {tmp_path}/tokens, "{status}"]')
    project = Project.make(tmp_path / "p", config=config)
    seen = [project.run("release", "minor", "--yes", *words, env=TOKENS), project.run("status", *words, env=TOKENS), project.run("gates", "run", *words, env=TOKENS)]
    assert (seen[0].status == 0) == (status == 0), seen[0].err
    for done in seen:
        assert not leaks(done.out + done.err)
    logs = [path for path in files_below(project.work / ".git" / "slipway") if path.suffix == ".log"]
    shown = b"".join(path.read_bytes() for path in logs)
    assert shown.count(b"shown: ") >= 2 * 5 * len(NAMES) and shown.count(b"***\0***") >= len(NAMES)
    for path in files_below(project.work / ".git" / "slipway"):
        assert not leaks(path.read_bytes()), path


def test_output_comes_whole(tmp_path):
    """Also through what looks for secrets; and a full disk is seen."""
    project = Project.make(tmp_path / "p")
    plain = [project.run("plan", "minor", "--json", env=env) for env in ({}, TOKENS)]
    assert [json.loads(done.out)["schema"] for done in plain] == [1, 1]
    assert plain[0].out == plain[1].out
    with open("/dev/full", "wb") as full:
        for env in ({}, TOKENS):
            done = subprocess.run([SLIPWAY, "plan", "minor", "--json"], cwd=project.work, env=environment(**env), stdout=full, stderr=subprocess.DEVNULL, check=False)
            assert done.returncode == 1
