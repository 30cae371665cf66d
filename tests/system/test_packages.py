"""`slipway build` and the packages of a release: several kinds, computed names, plain archives, equal builds, signatures."""

import hashlib
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import Project, environment, git  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOTHING = {"pyproject.toml": None, "tool/__init__.py": None, "build.sh": None, "slipway.yaml": None}
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "{name}"\nversion = "1.0.0"\nrequires-python = ">=3.11"\n'
PYTHON = {"pyproject.toml": SETUPTOOLS.format(name="tool"), "src/tool/__init__.py": '__version__ = "1.0.0"\n'}
NODE = {"package.json": '{"name": "@acme/tool", "version": "1.0.0", "main": "index.js"}\n', "index.js": "module.exports = 1\n"}
RUST = {
    "Cargo.toml": '[package]\nname = "tool"\nversion = "1.0.0"\nedition = "2021"\nlicense = "MIT"\ndescription = "A tool."\n',
    "Cargo.lock": 'version = 3\n\n[[package]]\nname = "tool"\nversion = "1.0.0"\n',
    "src/lib.rs": "pub fn one() -> u8 {\n    1\n}\n",
}


def make(tmp_path, files, config=None):
    return Project.make(tmp_path / "p", files={**NOTHING, "slipway.yaml": config, **files})


def below(folder, files):
    return {f"{folder}/{name}": text for name, text in files.items()}


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


# ---- detected ----


def test_python_by_itself(tmp_path):
    project = make(tmp_path, PYTHON)
    done = project.run("build")
    assert done.status == 0, done
    assert sorted(digests(project.work / "dist")) == ["SHA256SUMS", "tool-1.0.0-py3-none-any.whl", "tool-1.0.0.tar.gz"]
    sums = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=project.work / "dist", capture_output=True, check=True, env=environment())
    assert sums.stdout.count(b": OK") == 2
    assert git(project.work, "worktree", "list", "--porcelain").count("worktree ") == 1


def test_hatchling_by_itself(tmp_path):
    """It packs the whole folder: the `.git` of a linked work tree must not be among it, nor may what asks git (setuptools-scm) miss it."""
    backend = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    manifest = backend + '[project]\nname = "tool"\nversion = "1.0.0"\nrequires-python = ">=3.11"\n'
    files = {"pyproject.toml": manifest, "tool/__init__.py": '__version__ = "1.0.0"\n'}
    project = make(tmp_path, files)
    assert (done := project.run("build")).status == 0, done
    with tarfile.open(project.work / "dist" / "tool-1.0.0.tar.gz") as archive:
        assert not [name for name in archive.getnames() if ".git" in name.split("/")]
    asks = 'packages: {tool: {run: [sh, -c, "git rev-parse HEAD >$0/tool-{version}.id && git status --short >>$0/tool-{version}.id", "{out}"], expect: ["tool-{version}.id"]}}\n'
    asked = make(tmp_path / "asked", {"pyproject.toml": manifest}, asks)
    assert (done := asked.run("build")).status == 0, done
    assert (asked.work / "dist" / "tool-1.0.0.id").read_text() == git(asked.work, "rev-parse", "HEAD") + "\n"


def test_python_whose_version_has_two_parts(tmp_path):
    two = {name: text.replace("1.0.0", "1.1.dev0") for name, text in PYTHON.items()}
    project = make(tmp_path, two)
    assert project.run("build").status == 0
    assert sorted(digests(project.work / "dist")) == ["SHA256SUMS", "tool-1.1.dev0-py3-none-any.whl", "tool-1.1.dev0.tar.gz"]


@needs("npm")
def test_node_by_itself(tmp_path):
    project = make(tmp_path, NODE)
    done = project.run("build")
    assert done.status == 0, done
    with tarfile.open(project.work / "dist" / "acme-tool-1.0.0.tgz") as archive:
        assert {"package/index.js", "package/package.json"} <= set(archive.getnames())


@needs("cargo")
def test_rust_by_itself(tmp_path):
    """A workspace of two crates, one of which needs the other in the version that is not published yet; both come out equal a second time."""
    crate = '[package]\nname = "{0}"\nversion = "1.0.0"\nedition = "2021"\nlicense = "MIT"\ndescription = "{0}"\n'
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n',
        "crates/one/Cargo.toml": crate.format("slipway-test-one"),
        "crates/one/src/lib.rs": "pub fn one() -> u8 {\n    1\n}\n",
        "crates/two/Cargo.toml": crate.format("slipway-test-two") + '[dependencies]\nslipway-test-one = { path = "../one", version = "1.0.0" }\n',
        "crates/two/src/lib.rs": "pub fn two() -> u8 {\n    slipway_test_one::one() + 1\n}\n",
    }
    done = make(tmp_path, files, "build: {reproducible: check}\n").run("build", env={"CARGO_HOME": tmp_path / "cargo"})
    assert done.status == 0, done
    assert {"slipway-test-one-1.0.0.crate", "slipway-test-two-1.0.0.crate"} <= set(digests(tmp_path / "p" / "work" / "dist"))


@needs("npm")
def test_several(tmp_path):
    """One by the side of the other at the top, one that version.files names, one that is private."""
    private = '{"name": "site", "version": "1.0.0", "private": true}\n'
    config = "version: {files: [{path: more/package.json}, {path: site/package.json}]}\n"
    more = {"more/package.json": '{"name": "more", "version": "1.0.0"}\n', "site/package.json": private}
    project = make(tmp_path, {**PYTHON, **NODE, **more}, config)
    done = project.run("build", "--json")
    assert done.status == 0, done
    results = json.loads(done.out)["results"]
    assert {name for name in results if name.startswith("prove/build/")} == {"prove/build/tool", "prove/build/acme-tool", "prove/build/more"}
    assert len(results["prove/artifacts"]["files"]) == 5


def test_what_builds_it_is_missing(tmp_path):
    project = make(tmp_path, RUST)
    empty = tmp_path / "bin"
    empty.mkdir()
    (empty / "git").symlink_to(shutil.which("git"))
    done = project.run("build", env={"PATH": str(empty)})
    error = done.error()
    assert (done.status, error["code"]) == (2, "PROGRAM_MISSING"), done
    assert "the package tool is built by cargo, which is not installed" in error["what"] and "`packages: {}` is nothing" in error["fix"]


# ---- configured ----

SEVERAL = """\
packages:
  tool: {kind: python}
  sources: {kind: archive, format: tar.zst, files: ["src/", "*.md"], prefix: "{name}/"}
  all: {kind: archive, format: zip}
  word: {run: [sh, -c, "mkdir out; echo $SOURCE_DATE_EPOCH >out/word.txt"], expect: ["out/*.txt"]}
"""


def test_configured(tmp_path):
    project = make(tmp_path, {**PYTHON, ".gitattributes": "docs/ export-ignore\n*.c export-ignore\n", "docs/a.md": "a\n", "x/b.c": "b\n", "x/run.sh": "#!/bin/sh\n"}, SEVERAL)
    (project.work / "x" / "run.sh").chmod(0o755)
    project.commit("chore: may be run")
    assert project.run("build").status == 0
    dist = project.work / "dist"
    when = git(project.work, "log", "-1", "--format=%ct")
    assert (dist / "word.txt").read_text() == when + "\n"
    with zipfile.ZipFile(dist / "all-1.0.0.zip") as archive:
        names = archive.namelist()
        tracked = git(project.work, "ls-files").split("\n")
        assert names == sorted(f"all-1.0.0/{name}" for name in tracked if not name.startswith("docs/") and not name.endswith(".c"))
        modes = {info.filename: info.external_attr >> 16 & 0o777 for info in archive.infolist()}
        assert (modes["all-1.0.0/x/run.sh"], modes["all-1.0.0/.gitignore"]) == (0o755, 0o644)
    plain = subprocess.run(["zstd", "-dc", dist / "sources-1.0.0.tar.zst"], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        assert archive.getnames() == ["sources/CHANGELOG.md", "sources/src/tool/__init__.py"]
        assert {member.mtime for member in archive} == {int(when)}


def test_named_ones_only(tmp_path):
    project = make(tmp_path, PYTHON, SEVERAL)
    assert project.run("build", "word", "all").status == 0
    assert sorted(digests(project.work / "dist")) == ["SHA256SUMS", "all-1.0.0.zip", "word.txt"]
    error = project.run("build", "wrd").error()
    assert (error["code"], error["what"]) == ("USAGE", "there is no package wrd") and "tool, sources, all, word" in error["why"]


CONFIG_ERRORS = {
    "packages:\n  a: {kind: pyton}\n": ("packages.a cannot be of the kind 'pyton'", "did you mean 'python'?"),
    "packages:\n  a: {directory: x}\n": ("packages.a has neither a kind nor a command to run", "set packages.a.kind to one of"),
    "packages:\n  a b: {kind: npm}\n": ("packages.a b: this is no name for a package", "letters"),
    "packages:\n  a: {kind: archive, directory: ../x}\n": ('packages.*.directory: "../x" leads out', "relative to it"),
    "packages:\n  a: {kind: archive, format: rar}\n": ("packages.a.format cannot be rar", "tar.gz, tar.zst, zip"),
    "packages:\n  a: {kind: command}\n": ("the package a is of the kind command, but it has none", "packages.a.run"),
    "signature: {kind: pgp}\n": ("signature.kind cannot be 'pgp'", "none or ssh or gpg or git"),
    "build: {reproducible: yes}\n": ("build.reproducible cannot be 'yes'", "no or check"),
    "build: {run: [make]}\n": ("unknown key 'run'", ""),
}


@pytest.mark.parametrize("config", CONFIG_ERRORS)
def test_configuration_is_refused(tmp_path, config):
    project = make(tmp_path, PYTHON, config)
    done = project.run("build")
    what, fix = CONFIG_ERRORS[config]
    assert done.status == 2 and what in done.error()["what"] and fix in done.error()["fix"], done


def test_nothing_is_built(tmp_path):
    done = make(tmp_path, PYTHON, "packages: {}\n").run("build")
    assert (done.status, done.error()["code"]) == (3, "NOTHING_TO_RELEASE") and "packages in slipway.yaml is empty" in done.error()["why"]


# ---- names ----


def test_a_name_that_is_not_normalised_is_explained(tmp_path):
    project = make(tmp_path, {**PYTHON, "pyproject.toml": SETUPTOOLS.format(name="Demo-Tool")})
    error = project.run("build").error()
    if "code" not in error:
        pytest.skip("this setuptools normalises names")
    assert error["code"] == "BUILD_FAILED" and "demo_tool-1.0.0.tar.gz: 0 files; one is expected" in error["why"]
    assert "Demo-Tool-1.0.0.tar.gz: not expected" in error["why"] and 'name it "demo_tool"' in error["fix"]


def test_two_packages_of_one_file_name(tmp_path):
    config = "packages:\n" + "".join(f'  {name}: {{run: [sh, -c, "echo {name} >x.txt"], expect: [x.txt]}}\n' for name in ("one", "two"))
    error = make(tmp_path, PYTHON, config).run("build").error()
    assert (error["code"], error["what"]) == ("BUILD_FAILED", "two packages make a file of the name x.txt")


def test_an_archive_of_nothing(tmp_path):
    error = make(tmp_path, PYTHON, 'packages:\n  a: {kind: archive, files: ["nowhere/*"]}\n').run("build").error()
    assert (error["code"], error["what"]) == ("BUILD_FAILED", "no tracked file is called nowhere/*")


# ---- sources ----


def test_a_stray_file_in_a_source_archive_is_named(tmp_path):
    """As hatchling packs a virtual environment that lies about; here the build itself leaves files."""
    script = "mkdir -p tool-1.0.0 .venv && echo x >.venv/pyvenv.cfg && git ls-files | tar -cf - -T - .venv | tar -xf - -C tool-1.0.0 && echo changed >>tool-1.0.0/CHANGELOG.md && tar -cf t.tar tool-1.0.0 && gzip -n t.tar && mv t.tar.gz {out}/tool-1.0.0.tar.gz"
    config = f'packages:\n  t:\n    run: [sh, -c, "{script}"]\n    expect: [tool-1.0.0.tar.gz]\n    source: true\n'
    project = make(tmp_path, PYTHON, config)
    done = project.run("build")
    error = done.error()
    assert (done.status, error["code"], error["what"]) == (4, "PACKAGE", "the archive of sources is not what is in the commit"), done
    assert error["why"].split("\n") == ["tool-1.0.0.tar.gz: .venv/pyvenv.cfg is in no commit", "tool-1.0.0.tar.gz: CHANGELOG.md is not as it is in the commit"]
    project.commit("chore: it is meant", **{"slipway.yaml": config + '    generated: [".venv/*", "CHANGELOG.md"]\n'})
    assert project.run("build").status == 0


# ---- equal builds ----


def test_two_builds_are_equal(tmp_path):
    """Of different clones, at different times, under another umask."""
    config = "build: {reproducible: check}\n" + SEVERAL
    first = make(tmp_path / "one", PYTHON, config)
    second = Project.make(tmp_path / "another" / "place", files={**NOTHING, **PYTHON, "slipway.yaml": config})
    assert first.run("build").status == 0
    done = second.run("build", env={"SLIPWAY_TEST_NOW": "1800000000"}, umask=0o077)
    assert done.status == 0, done
    assert digests(first.work / "dist") == digests(second.work / "dist")


def test_two_builds_of_the_example_are_equal(tmp_path):
    def built(root, now):
        project = Project.make(root, source=ROOT / "examples" / "djp-workflow")
        done = project.run("build", env={"SLIPWAY_TEST_NOW": now})
        assert done.status == 0, done
        return digests(project.work / "dist")

    first = built(tmp_path / "a", "1790000000")
    assert first == built(tmp_path / "elsewhere" / "b", "1800000000") and len(first) == 3


def test_what_differs_is_named(tmp_path):
    script = "mkdir s; pwd >s/where; echo same >s/same; tar -czf t.tgz s; date +x%N >time.txt"
    config = f'build: {{reproducible: check}}\npackages:\n  t: {{run: [sh, -c, "{script}"], expect: [t.tgz, time.txt]}}\n'
    done = make(tmp_path, PYTHON, config).run("build")
    error = done.error()
    assert (done.status, error["code"], error["what"]) == (4, "PACKAGE", "two builds of the same commit differ"), done
    assert "t.tgz: s/where: its content differs" in error["why"] and "time.txt: byte " in error["why"]
    assert "s/same: its content" not in error["why"] and "build-again/t" in error["fix"]


# ---- signatures ----


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@example.org", "-f", path], check=True)
    return path


def ssh_verifies(folder, key):
    allowed = folder.parent / "allowed_signers"
    allowed.write_text("ada@example.org " + key.with_suffix(".pub").read_text())
    words = ["ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "ada@example.org", "-n", "file", "-s", folder / "SHA256SUMS.sig"]
    with open(folder / "SHA256SUMS", "rb") as sums:
        return subprocess.run(words, stdin=sums, capture_output=True).returncode == 0


def test_a_release_is_signed(tmp_path, key):
    project = make(tmp_path, {}, f"packages:\n  all: {{kind: archive}}\nsignature: {{kind: ssh, key: {key}}}\n")
    project.commit(VERSION="1.0.0\n")
    git(project.work, "push", "--quiet", "origin", "main")
    done = project.run("release", "minor", "--yes")
    assert done.status == 0, done
    release = next(project.forge.rglob("release.json")).parent
    folder = next(release.rglob("SHA256SUMS")).parent
    assert ssh_verifies(folder, key)
    subprocess.run(["sha256sum", "-c", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    (folder / "SHA256SUMS").write_text("changed\n")
    assert not ssh_verifies(folder, key)


def test_git_signs_with_the_same_key(tmp_path, key):
    project = make(tmp_path, {"VERSION": "1.0.0\n"}, "packages:\n  all: {kind: archive}\nsignature: {kind: git}\n")
    git(project.work, "config", "gpg.format", "ssh")
    git(project.work, "config", "user.signingKey", key)
    assert project.run("release", "minor", "--yes").status == 0
    assert ssh_verifies(next(project.forge.rglob("SHA256SUMS.sig")).parent, key)


def test_a_locked_key_is_told_before_anything(tmp_path):
    locked = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "a long passphrase", "-f", locked], check=True)
    project = make(tmp_path, {"VERSION": "1.0.0\n"}, f"packages:\n  all: {{kind: archive}}\nsignature: {{kind: ssh, key: {locked}}}\n")
    before = project.repository()
    done = project.run("release", "minor", "--yes", timeout=30)
    error = done.error()
    assert (done.status, error["code"]) == (7, "SIGNING"), done
    assert f"ssh-add {locked}" in error["fix"] and error["state"] == "nothing was changed"
    assert project.repository() == before


def test_a_missing_key_is_told_before_anything(tmp_path):
    project = make(tmp_path, {"VERSION": "1.0.0\n"}, f"packages: {{}}\nsignature: {{kind: ssh, key: {tmp_path}/none}}\n")
    error = project.run("plan", "minor").error()
    assert (error["code"], error["what"]) == ("SIGNING", f"the signing key {tmp_path}/none is not there")


def test_gpg_signs(tmp_path):
    home = tempfile.mkdtemp(prefix="gpg-", dir="/tmp")  # its agent's socket has room for a short path only
    gpg = {"GNUPGHOME": home}
    words = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "Ada <ada@example.org>", "ed25519", "sign"]
    subprocess.run(words, env=environment(**gpg), check=True, capture_output=True)
    project = make(tmp_path, {"VERSION": "1.0.0\n"}, "packages:\n  all: {kind: archive}\nsignature: {kind: gpg, key: ada@example.org}\n")
    try:
        done = project.run("release", "minor", "--yes", env=gpg)
        assert done.status == 0, done
        folder = next(project.forge.rglob("SHA256SUMS.asc")).parent
        subprocess.run(["gpg", "--batch", "--verify", "SHA256SUMS.asc", "SHA256SUMS"], cwd=folder, env=environment(**gpg), check=True, capture_output=True)
        project.commit("chore: another key", **{"slipway.yaml": "packages:\n  all: {kind: archive}\nsignature: {kind: gpg, key: nobody@example.org}\n"})
        error = project.run("plan", "minor", env=gpg).error()
        assert "SIGNING" in error["code"] + error["why"]
    finally:
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=environment(**gpg), check=True)
        shutil.rmtree(home, ignore_errors=True)


def test_an_agent_signs(tmp_path, key):
    """A public key in the configuration; the other half is in the agent alone."""
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", tmp_path / "agent"], stdout=subprocess.DEVNULL)
    try:
        while not (tmp_path / "agent").exists():
            assert agent.poll() is None
        env = {"SSH_AUTH_SOCK": str(tmp_path / "agent")}
        subprocess.run(["ssh-add", "-q", key], env=environment(**env), check=True)
        public = key.with_suffix(".pub").read_text().strip()
        key.rename(tmp_path / "away")
        project = make(tmp_path, {"VERSION": "1.0.0\n"}, f'packages:\n  all: {{kind: archive}}\nsignature: {{kind: ssh, key: "{public}"}}\n')
        done = project.run("release", "minor", "--yes", env=env)
        assert done.status == 0, done
        assert ssh_verifies(next(project.forge.rglob("SHA256SUMS.sig")).parent, key)
    finally:
        agent.terminate()
        agent.wait()


# ---- killed on the way ----

KILLED = "packages:\n  all: {kind: archive}\n  w: {run: [sh, -c, \"tar -czf w.tar.gz VERSION\"], expect: [w.tar.gz], normalise: true}\nbuild: {reproducible: check}\nsignature: {kind: ssh, key: KEY}\n"
OURS = ("archive-", "build-", "rebuild-", "sign-", "artifacts-copied")


def assets(project):
    """Of the published release; signatures need not be equal, only good."""
    found = digests(next(project.forge.rglob("SHA256SUMS")).parent)
    return {name: digest for name, digest in found.items() if not name.endswith(".sig")}, sorted(found)


def test_killed_on_the_way(tmp_path, key):
    """Resumed, it ends as if nothing had happened; aborted, nothing is left."""
    template = make(tmp_path / "t", {"VERSION": "1.0.0\n"}, KILLED.replace("KEY", str(key)))
    before = template.repository()
    log = tmp_path / "points"
    undisturbed = template.copy(fresh(tmp_path / "run"))
    done = undisturbed.fault("release", "minor", "--yes", SLIPWAY_FAULT_LOG=log)
    assert done.status == 0, done
    if not log.exists():
        pytest.skip("built without fault points")
    wanted = assets(undisturbed)
    assert len(wanted[1]) == 4
    points = list({point.split(" ")[0]: point for point in log.read_text().splitlines() if point.startswith(OURS)}.values())
    assert {point.split("-")[0] for point in points} == {"archive", "build", "rebuild", "sign", "artifacts"}
    for number, point in enumerate(points):
        project = template.copy(fresh(tmp_path / "run"))
        assert project.fault("release", "minor", "--yes", SLIPWAY_FAULT_KILL=point).status == -9, point
        done = project.fault("resume" if number % 2 == 0 else "abort")
        assert done.status == 0, (point, done)
        assert (assets(project) == wanted) if number % 2 == 0 else (project.repository() == before), point


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
