"""Whether git can sign is tried as it signs later: same identity, environment and program; and a repository names no program that signs."""

import os
import shutil
import subprocess
import tempfile

import pytest

from support.project import NOW, Project, git

IDENTITY = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Ada Environment"), ("EMAIL", "ada@environment.example"))}

OLDER = {f"GIT_{who}_DATE": f"@{NOW - 1000} +0000" for who in ("AUTHOR", "COMMITTER")}


@pytest.fixture(scope="module")
def gnupg():
    """A key for the identity of the environment. Its agent's socket has room for a short path only."""
    home = tempfile.mkdtemp(prefix="gpg-", dir="/tmp")
    env = {**os.environ, "GNUPGHOME": home}
    subprocess.run(["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", "Ada Environment <ada@environment.example>", "ed25519", "sign", "never"],
                   env=env, check=True, stderr=subprocess.DEVNULL)
    yield home
    subprocess.run(["gpgconf", "--kill", "all"], env=env, check=False)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def project(tmp_path):
    """Git knows nobody but the one of the environment."""
    project = Project.make(tmp_path / "p")
    for name in ("user.name", "user.email"):
        git(project.work, "config", "--unset", name)
    git(project.work, "config", "commit.gpgSign", "true")
    git(project.work, "config", "tag.gpgSign", "true")
    return project


def globally(tmp_path, **settings):
    """A configuration of the user's own."""
    path = tmp_path / "gitconfig"
    for key, value in settings.items():
        git(tmp_path, "config", "--file", str(path), key.replace("_", "."), str(value))
    return {"GIT_CONFIG_GLOBAL": str(path)}


def ssh_key(tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", str(tmp_path / "key")], check=True)
    return tmp_path / "key"


def is_signed(project, begins):
    return all(f"BEGIN {begins} SIGNATURE" in git(project.work, "cat-file", "-p", name) for name in ("v1.1.0", "v1.1.0^{commit}", "v1.1.0^{commit}^2"))


def test_ssh_with_the_identity_of_the_environment(project, tmp_path):
    git(project.work, "config", "gpg.format", "ssh")
    git(project.work, "config", "user.signingKey", f"{ssh_key(tmp_path)}.pub")
    done = project.run("release", "minor", "--yes", env=IDENTITY)
    assert done.status == 0, done.err
    assert is_signed(project, "SSH")


def test_gpg_finds_the_key_by_the_identity_of_the_environment(project, gnupg):
    """GNUPGHOME is of the environment, too."""
    done = project.run("release", "minor", "--yes", env={**IDENTITY, "GNUPGHOME": gnupg})
    assert done.status == 0, done.err
    assert is_signed(project, "PGP")


def test_a_key_command_of_the_user_is_asked(project, tmp_path):
    key = ssh_key(tmp_path)
    command = tmp_path / "command"
    command.write_text(f"#!/bin/sh\necho asked >>{tmp_path}/asked\necho key::$(cat {key}.pub)\n")
    command.chmod(0o700)
    agent = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    socket, pid = (agent.split(f"{name}=")[1].split(";")[0] for name in ("SSH_AUTH_SOCK", "SSH_AGENT_PID"))
    env = {**IDENTITY, "SSH_AUTH_SOCK": socket, "SSH_AGENT_PID": pid, **globally(tmp_path, gpg_format="ssh", gpg_ssh_defaultKeyCommand=command)}
    try:
        subprocess.run(["ssh-add", "-q", str(key)], env={**os.environ, **env}, check=True)
        done = project.run("release", "minor", "--yes", env=env)
        assert done.status == 0, done.err
        assert is_signed(project, "SSH") and (tmp_path / "asked").exists()
    finally:
        subprocess.run(["ssh-agent", "-k"], env={**os.environ, **env}, check=False, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("where", ["global", "local", "worktree"])
@pytest.mark.parametrize(("key", "kind"), [("gpg.program", "openpgp"), ("gpg.openpgp.program", "openpgp"), ("gpg.ssh.program", "ssh"), ("gpg.ssh.defaultKeyCommand", "ssh")])
def test_a_program_is_the_users_to_name(project, tmp_path, gnupg, where, key, kind):
    """In the repository's own configuration it is not run, neither to plan nor to release; in the user's it is the one for both."""
    program = tmp_path / "program"
    real = "gpg" if kind == "openpgp" else "ssh-keygen"
    program.write_text(f'#!/bin/sh\necho "$TOLD_BY_THE_USER" >>{tmp_path}/ran\nexec {real} "$@"\n')
    program.chmod(0o700)
    if "Command" in key:
        program.write_text(f"#!/bin/sh\necho ran >>{tmp_path}/ran\necho key::$(cat {tmp_path}/none)\n")
    env = {**IDENTITY, "GNUPGHOME": gnupg, "TOLD_BY_THE_USER": "so it is"}
    git(project.work, "config", "gpg.format", kind)
    if kind == "ssh" and "Command" not in key:
        git(project.work, "config", "user.signingKey", str(ssh_key(tmp_path)))
    if where == "worktree":
        git(project.work, "config", "extensions.worktreeConfig", "true")
    if where == "global":
        env.update(globally(tmp_path, **{key.replace(".", "_"): program}))
    else:
        git(project.work, "config", f"--{where}", key, str(program))
    done = project.run("release", "minor", "--yes", env=env)
    if where == "global" and "Command" not in key:
        assert done.status == 0, done.err
        assert set((tmp_path / "ran").read_text().split("\n")) == {"so it is", ""}, "once for the try, and for each signature"
        assert len((tmp_path / "ran").read_text().split("\n")) == 5
    elif where == "global":
        assert done.error()["code"] == "SIGNING" and (tmp_path / "ran").exists(), "it was asked, and named no key"
    else:
        assert done.error()["code"] == "SIGNING" and f"{key.lower()} is set in the repository's own configuration" in done.error()["what"]
        assert not (tmp_path / "ran").exists()


def test_what_is_switched_on_without_a_value_is_on(project, tmp_path):
    """[commit] gpgSign, as git reads it."""
    for name in ("commit.gpgSign", "tag.gpgSign"):
        git(project.work, "config", "--unset", name)
    with open(project.work / ".git" / "config", "a", encoding="utf-8") as config:
        config.write(f"[commit]\n\tgpgSign\n[tag]\n\tgpgSign = 2\n[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = {ssh_key(tmp_path)}\n")
    assert project.run("release", "minor", "--yes", env=IDENTITY).status == 0
    assert is_signed(project, "SSH")


def test_what_annotated_tags_are_forced_to(project, tmp_path):
    """tag.forceSignAnnotated, as `git tag -m` takes it: the tag alone is signed, and a key that is not there is told before anything."""
    for name in ("commit.gpgSign", "tag.gpgSign"):
        git(project.work, "config", "--unset", name)
    key = ssh_key(tmp_path)
    user = {"gpg_format": "ssh", "tag_forceSignAnnotated": "true"}
    missing = globally(tmp_path, **user, user_signingKey=tmp_path / "none")
    assert project.run("plan", "minor", env={**IDENTITY, **missing}).error()["code"] == "SIGNING"
    done = project.run("release", "minor", "--yes", env={**IDENTITY, **globally(tmp_path, **user, user_signingKey=key)})
    assert done.status == 0, done.err
    assert "BEGIN SSH SIGNATURE" in git(project.work, "cat-file", "-p", "v1.1.0")
    assert "SIGNATURE" not in git(project.work, "cat-file", "-p", "v1.1.0^{commit}")


def test_the_list_is_signed_by_the_key_that_a_command_of_the_user_prints(project, tmp_path):
    """signature.kind: git, as git signs where user.signingKey is not set."""
    key = ssh_key(tmp_path)
    command = tmp_path / "command"
    command.write_text(f"#!/bin/sh\ncat {key}.pub\n")
    command.chmod(0o700)
    for name in ("commit.gpgSign", "tag.gpgSign"):
        git(project.work, "config", "--unset", name)
    (project.work / "slipway.yaml").write_text((project.work / "slipway.yaml").read_text() + "signature: {kind: git}\n")
    subprocess.run(["git", "commit", "-q", "-a", "-m", "docs: sign"], cwd=project.work, env={**os.environ, **IDENTITY, **OLDER}, check=True)
    git(project.work, "push", "-q", "origin", "main")
    agent = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    socket, pid = (agent.split(f"{name}=")[1].split(";")[0] for name in ("SSH_AUTH_SOCK", "SSH_AGENT_PID"))
    env = {**IDENTITY, "SSH_AUTH_SOCK": socket, "SSH_AGENT_PID": pid}
    try:
        subprocess.run(["ssh-add", "-q", str(key)], env={**os.environ, **env}, check=True)
        error = project.run("plan", "minor", env={**env, **globally(tmp_path, gpg_format="ssh")}).error()
        assert "defaultKeyCommand" in error["why"], error
        done = project.run("release", "minor", "--yes", env={**env, **globally(tmp_path, gpg_ssh_defaultKeyCommand=command)})
        assert done.status == 0, done.err
        assert list((project.work / ".git" / "slipway" / "forge" / "v1.1.0").rglob("SHA256SUMS.sig"))
    finally:
        subprocess.run(["ssh-agent", "-k"], env={**os.environ, **env}, check=False, stdout=subprocess.DEVNULL)
