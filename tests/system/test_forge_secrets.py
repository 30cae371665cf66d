"""The token of a release at a forge: in no argument of a child, in no environment but git's on its way to the remote, in no file, in nothing that is printed, and at no other host."""

import base64
import json
import urllib.parse

import pytest

from forge.gitea import Gitea
from forge.github import GitHub
from forge.gitlab import GitLab
from support.forged import TOKEN, Forged
from support.project import CONFIG

KINDS = {"github": GitHub, "gitlab": GitLab, "gitea": Gitea}
NETWORK = ("push", "fetch", "ls-remote")
FORMS = [TOKEN, urllib.parse.quote(TOKEN, safe=""), json.dumps(TOKEN)[1:-1], TOKEN.encode().hex(), base64.b64encode(TOKEN.encode()).decode()[:-4]]
# Stands before git in PATH: keeps its arguments and environment, divided by NULs.
GIT = """\
#!/bin/sh
number=$(mktemp {folder}/XXXXXXXX)
printf '%s\\0' "$@" >$number.argv
cat /proc/$$/environ >$number.env
exec /usr/bin/git "$@"
"""


def leaks(data):
    data = data if isinstance(data, bytes) else data.encode()
    return [form for form in FORMS if form.encode() in data]


def command_of(argv):
    """git's own: what stands behind its options."""
    words = iter(argv)
    for word in words:
        if word == "-c":
            next(words)
        elif not word.startswith("-"):
            return word
    return ""


@pytest.mark.parametrize("fault", [None, "redirect"])  # the others: tests/fault/test_forges.py
@pytest.mark.parametrize("kind", KINDS)
def test_the_token_stays_where_it_belongs(tmp_path, kind, fault):
    seen, bin_folder, dumps = tmp_path / "seen", tmp_path / "bin", tmp_path / "dumps"
    for folder in (seen, bin_folder, dumps):
        folder.mkdir()
    (bin_folder / "git").write_text(GIT.format(folder=seen))
    (bin_folder / "git").chmod(0o755)
    config = CONFIG.replace("sh, build.sh", f'sh, -c, "env >{dumps}/build; sh build.sh $1", sh').replace('["true"]', f'[sh, -c, "env >{dumps}/gate; cat /proc/$PPID/environ >{dumps}/parent; git log -1"]')
    with KINDS[kind]() as forge:
        project = Forged.on(tmp_path / "p", kind, forge, config=config, forge="patience: 1, pace: 0, stall: 1")
        if fault:
            forge.faults.add(fault, match=r"^(POST|PUT|PATCH) ")
            forge.faults.add(fault, match=r"^GET ", nth=3)
        env = {"PATH": f"{bin_folder}:/usr/bin:/bin"}
        runs = [project.run("plan", "minor", "--json", env=env)]
        for _ in range(6):  # what a fault stopped before anything began is begun again
            begun = len(runs) > 1 and "nothing was changed" not in runs[-1].err
            runs.append(project.run(*(["resume"] if begun else ["release", "minor", "--yes"]), env=env))
            if runs[-1].status == 0:
                break
        runs += [project.run(*words, env=env) for words in (["status", "--json"], ["verify", "--published"])]
        texts = [text for done in runs for text in (done.out, done.err)]
        assert any(release["tag"] == "v1.1.0" and not release["draft"] for release in project.releases()), texts
        assert forge.violations == []
        assert any(exchange.token == TOKEN for exchange in forge.log), "it was used at all"
    for text in texts:
        assert not leaks(text)
    for path in seen.glob("*.argv"):
        argv = path.read_bytes().decode().split("\0")
        assert not leaks(path.read_bytes()), argv
        if command_of(argv) not in NETWORK:
            assert not leaks(path.with_suffix(".env").read_bytes()), argv
    assert {"gate", "build", "parent"} == {path.name for path in dumps.iterdir()}
    own = project.work / ".git" / "config"  # here the test's credential helper has it
    for path in [*dumps.iterdir(), *(path for path in project.root.rglob("*") if path.is_file() and not path.is_symlink() and path != own)]:
        assert not leaks(path.read_bytes()), path
