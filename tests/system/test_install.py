"""Install and upgrade tests of packages, with the real programs: pip, npm, cargo, go."""

import ctypes
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import packages  # noqa: E402
from support.project import SLIPWAY_FAULT, Project, listing  # noqa: E402

NOTHING = {"pyproject.toml": None, "tool/__init__.py": None, "build.sh": None}


def make(tmp_path, files):
    return Project.make(tmp_path / "p", files=files)


def build(project, **options):
    """`slipway build`, and the results of its effects."""
    done = project.run("build", "--json", **options)
    return done, json.loads(done.out)["results"] if done.out.startswith("{") else {}


def tried(project, name="tool", **options):
    done, results = build(project, **options)
    assert done.status == 0, done
    result = results[f"prove/install/{name}"]
    assert result["tried"] is True, result
    return result


def refused(project, *words):
    done = project.run("build", "--json")
    error = json.loads(done.out)["error"]
    assert done.status == 4 and error["code"] == "PACKAGE" and error["fix"] and error["state"], done
    assert all(word in error["what"] + error.get("why", "") + error["fix"] for word in words), done
    assert leftovers(project) == []
    return error


def leftovers(project):
    return sorted(str(path.relative_to(project.state)) for path in project.state.glob("runs/*/install-*"))


# ---- Python ----


def test_a_wheel_is_installed_imported_and_run(tmp_path):
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    look = """check-run: [sh, -c, 'test "$(tool)" = "tool $1" && test -x "$2/bin/tool" && test -f "$3" && test "$HOME" != "$4" && touch "$HOME/mess" "$TMPDIR/mess"', x, "{version}", "{dir}", "{artifact}", HOME]"""
    project = make(tmp_path, packages.python("version-run: [tool]\n" + look.replace("HOME]", f"{home}]")))
    before = {**listing(home), **listing(scratch)}
    tree = listing(project.work, {".git"})
    result = tried(project, env={"HOME": home, "TMPDIR": scratch, "PYTHONPATH": "/nowhere", "PIP_INDEX_URL": "http://127.0.0.1:1/"})
    assert result["version"] == "1.0.0" and result["module"] == "tool" and result["artifact"] == "tool-1.0.0-py3-none-any.whl"
    assert {**listing(home), **listing(scratch)} == before and leftovers(project) == []
    after = listing(project.work, {".git"})
    assert {path for path in after.keys() ^ tree.keys() if not path.startswith(b"dist")} == set()


def granted():
    """What this machine keeps a program from, as install tests find it: asked of the kernel, not of slipway."""
    libc = ctypes.CDLL(None, use_errno=True)
    landlock = libc.syscall(ctypes.c_long(444), None, ctypes.c_size_t(0), ctypes.c_uint(1))
    ways = (["unshare", "--map-current-user", "--net", "true"], ["unshare", "--net", "true"])
    own = any(subprocess.run(words, stderr=subprocess.DEVNULL).returncode == 0 for words in ways)
    network = "cut" if own else "TCP is cut" if landlock >= 4 else "told to stay off"
    return network, "fenced off" if landlock >= 3 else "fenced off, but for cutting files short" if landlock == 2 else "not fenced off"


# Each tries to leave a file at every place of the list and to reach the server; what it may not do is no error of its own.
INTRUDES = """\
import os, pathlib, socket, sys

__version__ = "1.0.0"
places, port = {places!r}, {port}


def intrude(who):
    for place in places:
        try:
            pathlib.Path(place, who).write_text("x")
        except OSError:
            pass
    with socket.socket() as tried:
        tried.settimeout(5)
        tried.connect_ex(("127.0.0.1", port))
    with socket.create_server(("127.0.0.1", 0)) as own, socket.create_connection(own.getsockname()):
        print("its own loopback works")


assert os.listdir(os.environ["HOME"]) == []
pathlib.Path(os.environ["TMPDIR"], "mine").write_text("x")
intrude("import")


def main():
    intrude("check")
    print("tool", __version__)
"""
INTRUDES_JS = """\
const fs = require('fs');
for (const place of {places}) {{
  try {{ fs.writeFileSync(place + '/node', 'x'); }} catch {{}}
}}
const reached = "const s = require('net').connect({port}, '127.0.0.1'); s.on('error', () => {{}}); s.setTimeout(5000, () => s.destroy());";
require('child_process').spawnSync(process.execPath, ['-e', reached]);
if (fs.readdirSync(process.env.HOME).length) throw new Error('HOME is not empty');
"""


class Intruded:
    """A wheel and an npm tarball, tried by a user with a home and a place for temporary files, beside a server of this machine."""

    def __init__(self, root):
        self.places = [root / "home", root / "scratch", root / "p" / "work", root / "p" / "work" / ".git" / "hooks", root / "p"]
        for place in self.places[:2]:
            place.mkdir(parents=True)
        self.shared = pathlib.Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.setblocking(False)
        words = {"places": [str(place) for place in (*self.places, self.shared)], "port": self.server.getsockname()[1]}
        files = packages.python("check-run: [tool]", **{"tool/__init__.py": INTRUDES.format(**words)})
        if shutil.which("npm"):
            script = INTRUDES_JS.format(places=json.dumps(words["places"]), port=words["port"])
            manifest = {"name": "tool-js", "version": "1.0.0", "main": "index.js", "files": ["index.js"], "license": "MIT"}
            files.update({"package.json": json.dumps(manifest), "index.js": script})
            files["slipway.yaml"] += "  tool-js:\n    kind: npm\n"
        self.project = make(root, files)

    def build(self, **env):
        return build(self.project, program=SLIPWAY_FAULT, env={"HOME": self.places[0], "TMPDIR": self.places[1], **env})

    def arrived(self):
        """The files that were left, by who and where; and how often the server was reached."""
        found = [path for place in (*self.places, self.shared) for path in place.iterdir() if path.name in ("import", "check", "node")]
        connections = 0
        while True:
            try:
                self.server.accept()[0].close()
            except BlockingIOError:
                return [str(path) for path in found], connections
            connections += 1

    def end(self):
        self.server.close()
        shutil.rmtree(self.shared)


@pytest.fixture(scope="module")
def intruded(tmp_path_factory):
    made = Intruded(tmp_path_factory.mktemp("intruded"))
    yield made
    made.end()


def test_what_is_tried_leaves_nothing_and_reaches_nobody(intruded):
    network, writes = granted()
    done, results = intruded.build()
    assert done.status == 0, done
    files, connections = intruded.arrived()
    for result in (value for name, value in results.items() if name.startswith("prove/install/")):
        assert (result["tried"], result["network"], result["writes"]) == (True, network, writes), result
    assert ("not cut" in done.err, "not fenced off" in done.err) == (network == "told to stay off", writes != "fenced off"), done
    assert (files == []) == writes.startswith("fenced off") and (connections == 0) == (network != "told to stay off"), (files, connections)


def test_what_is_not_granted_is_told(intruded):
    done, results = intruded.build(SLIPWAY_TEST_NO_FENCE="landlock,namespace")
    assert done.status == 0, done
    result = results["prove/install/tool"]
    assert (result["network"], result["writes"]) == ("told to stay off", "not fenced off"), result
    line = next(line for line in done.err.split("\n") if line.startswith("✓ prove    install tool 1.0.0"))
    assert "; the network was not cut; writes were not fenced off" in line, done
    files, connections = intruded.arrived()
    assert str(intruded.places[0] / "import") in files and connections >= 2, "else the other test sees nothing"


BROKEN = {
    "another version": ({"tool/__init__.py": packages.MODULE + '__version__ = "0.9" + ".9"\n'}, "", ["tool.__version__ is 0.9.9; this release is 1.0.0"]),
    "does not import": ({"tool/__init__.py": packages.MODULE + "import nowhere_at_all\n"}, "", ["import", "No module named 'nowhere_at_all'"]),
    "says another version": ({"tool/__init__.py": packages.MODULE.replace("print(", "print(2, ")}, 'version-run: [sh, -c, "echo tool 1.0.0.1"]', ["does not say 1.0.0", "1.0.0.1"]),
    "its program fails": ({}, "version-run: [sh, -c, echo 1.0.0; exit 3]", ["failed"]),
    "the command fails": ({}, "check-run: [sh, -c, echo no good; exit 7]", ["check", "exit 7", "no good"]),
    "no such program": ({}, "check-run: [toool]", ["no program toool"]),
    "not what is in it": ({}, "module: json", ["json is not in the package"]),
    "no such artifact": ({}, 'install-artifact: "other-*.whl"', ["no other-*.whl to install"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused(tmp_path, name):
    files, more, words = BROKEN[name]
    project = make(tmp_path, packages.python(more, **files))
    refused(project, *words)
    assert leftovers(project) == []  # taken back at once


def test_a_dependency_that_is_not_here_is_never_shown_as_right(tmp_path):
    project = make(tmp_path, packages.python(**{"requires.txt": "nowhere-at-all>=2\nother-one\n"}))
    done, results = build(project)
    result = results["prove/install/tool"]
    assert done.status == 0 and result["tried"] is False and result["version"] == "1.0.0", done
    assert "nowhere-at-all" in result["untried"] and "other-one" in result["untried"]
    assert "(NOT tried: it needs nowhere-at-all, other-one, not here" in done.err and "imports" not in done.err, done
    line = next(line for line in done.err.split("\n") if "(NOT tried" in line)
    assert line.startswith("? prove"), done
    assert project.run("build").out.split("\n")[-2] == "  NOT TRIED  prove/install/tool: it needs nowhere-at-all, other-one, not here"
    status = project.run("status").out.split("\n")
    assert any(line.startswith("   ? install tool 1.0.0") for line in status), status


def test_dependencies_of_the_projects_environment_are_seen(tmp_path):
    module = packages.MODULE + "import helper\nassert helper.answer == 42\n"
    project = make(tmp_path, packages.python(**{"requires.txt": "helper>=1\n", "tool/__init__.py": module, ".gitignore": ".venv/\ndist/\n"}))
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", project.work / ".venv"], check=True)
    site = next(project.work.glob(".venv/lib/python3*/site-packages"))
    packages.wheel(tmp_path, "helper", "1.5", "answer = 42\n")
    with zipfile.ZipFile(tmp_path / "helper-1.5-py3-none-any.whl") as archive:
        archive.extractall(site)
    before = listing(project.work / ".venv")
    assert tried(project)["dependencies"] == str(project.work / ".venv/bin/python")
    assert listing(project.work / ".venv") == before


def test_dependencies_come_from_a_folder(tmp_path):
    project = make(tmp_path, packages.python("find-links: ../wheels", **{"requires.txt": "helper>=1\n", "tool/__init__.py": packages.MODULE + "import helper\n"}))
    (project.root / "wheels").mkdir()
    packages.wheel(project.root / "wheels", "helper", "1.5")
    tried(project)
    assert project.run("build").status == 0
    shutil.rmtree(project.root / "wheels")
    refused(project, "pip")


def test_it_is_not_tried_where_that_is_not_wanted(tmp_path):
    project = make(tmp_path, packages.python("install-test: false"))
    plan = project.run("plan", "minor")
    assert plan.status == 0 and "install-test is false in slipway.yaml" in plan.out, plan
    assert "fresh virtual environment" not in plan.out


# ---- the upgrade ----

SPILLS = packages.MODULE + 'import pathlib\nif __version__ == "1.1.0":\n    (pathlib.Path(__file__).parent / "cache.db").write_text("x")\n'


def out(project, step="minor"):
    done = project.run("release", step, "--yes")
    text = (project.work / "CHANGELOG.md").read_text()
    if done.status == 0:
        project.commit(**{"CHANGELOG.md": text.replace("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n", 1)})
    return done


def results(project, run):
    return {effect: data["result"] for kind, effect, data in project.events(run) if kind == "outcome"}


def released(tmp_path, **files):
    """v1.1.0 is out, with no tests of its own: they are of the release after it."""
    project = make(tmp_path, packages.python("install-test: false\nupgrade-test: false", **files))
    assert out(project).status == 0
    project.commit(**{"slipway.yaml": packages.python()["slipway.yaml"]})
    return project


def test_the_release_before_is_upgraded(tmp_path):
    project = make(tmp_path, packages.python('check-run: [sh, -c, "test \\"$(tool)\\" = \\"tool $1\\"", x, "{version}"]'))
    first = out(project)
    assert first.status == 0, first
    assert "upgrade tool is skipped: v1.0.0 is not on the forge" in first.out + first.err
    second = out(project)
    assert second.status == 0, second
    done = results(project, "v1.2.0")
    upgrade = done["prove/upgrade/tool"]
    assert (upgrade["previous"], upgrade["version"], upgrade["tried"]) == ("1.1.0", "1.2.0", True)
    assert done["follow/install/tool"]["tried"] is True and done["follow/install/tool"]["version"] == "1.2.0"
    assert leftovers(project) == []


def test_what_the_release_before_leaves_is_named(tmp_path):
    project = released(tmp_path, **{"tool/__init__.py": SPILLS})
    done = out(project)
    error = done.error()
    assert done.status == 4 and error["code"] == "PACKAGE" and "leaves 1 file of 1.1.0 behind" in error["what"] and "site-packages/tool/cache.db" in error["why"], done
    assert project.run("abort").status == 0 and leftovers(project) == []


def test_a_broken_release_before_is_not_blamed_on_this_one(tmp_path):
    project = released(tmp_path, **{"tool/__init__.py": packages.MODULE + "import nowhere_at_all\n"})
    project.commit(**{"tool/__init__.py": packages.MODULE.replace("1.0.0", "1.1.0")})
    done = out(project)
    error = done.error()
    assert done.status == 4 and "the release before, v1.1.0, cannot be installed" in error["what"] and "nowhere_at_all" in error["why"], done
    assert "upgrade-test: false" in error["fix"]


def swap(project, name="tool-1.1.0-py3-none-any.whl"):
    """Whoever may write at the forge puts another file in the place of a released one, with all that the forge itself says of it."""
    record = next(path for path in project.forge.rglob("release.json") if '"v1.1.0"' in path.read_text())
    path = next(record.parent.rglob(name))
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"\1")  # of the same size
    for said in (record, *record.parent.rglob("SHA256SUMS")):
        said.chmod(0o644)
        said.write_text(said.read_text().replace(before, hashlib.sha256(path.read_bytes()).hexdigest()))


def planned(project):
    """The upgrade test of a plan: what is upgraded; else why nothing is."""
    document = json.loads(project.run("plan", "minor", "--json").out)
    effect = next((e for e in document["effects"] if e["id"] == "prove/upgrade/tool"), None)
    return effect["params"]["previous"]["file"] if effect else next(skip["reason"] for skip in document["skipped"] if skip["step"] == "upgrade tool")


def forgotten(project):
    """As in another clone, whose journal does not know the release."""
    for name in ("journal.db", "journal.db-journal"):
        (project.state / name).unlink(missing_ok=True)


def test_the_forges_word_alone_installs_nothing(tmp_path):
    project = released(tmp_path)
    own = planned(project)
    swap(project)
    assert planned(project) == own, "by the journal"
    done = out(project)
    assert done.status != 0 and done.error()["code"] == "NOT_VERIFIED" and "is not what was uploaded" in done.error()["what"], done
    assert project.run("abort").status == 0
    forgotten(project)
    assert "nobody but the forge says what the files of v1.1.0 are" in planned(project)


def test_a_signature_says_what_the_release_before_is(tmp_path):
    for name in ("key", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    project = make(tmp_path, packages.python("install-test: false\nupgrade-test: false"))
    signed = f"signature: {{kind: ssh, key: {tmp_path}/key}}\n"
    project.commit(**{"slipway.yaml": (project.work / "slipway.yaml").read_text() + signed})
    assert out(project).status == 0
    plain = packages.python()["slipway.yaml"]
    project.commit(**{"slipway.yaml": plain + signed})
    own = planned(project)
    forgotten(project)
    assert planned(project) == own, "by the signature"
    project.commit(**{"slipway.yaml": plain + signed.replace("/key", "/other")})
    assert "nobody but the forge says" in planned(project)
    project.commit(**{"slipway.yaml": plain + signed})
    swap(project)
    assert "nobody but the forge says" in planned(project)


# ---- a kill ----


def killed(project, key, *words):
    done = project.fault(*words, SLIPWAY_FAULT_KILL=key)
    assert done.status == -signal.SIGKILL and leftovers(project), (key, done)


def test_killed_and_resumed_nothing_is_left(tmp_path):
    project = make(tmp_path, packages.python())
    killed(project, "install-test-installed prove/install/tool #1", "build")
    assert project.run("resume").status == 0 and leftovers(project) == []


def test_killed_and_aborted_nothing_is_left(tmp_path):
    project = released(tmp_path)
    before, tree = project.repository(), project.tree()
    killed(project, "upgrade-test-over prove/upgrade/tool #1", "release", "minor", "--yes")
    assert project.run("abort").status == 0 and leftovers(project) == []
    assert project.repository() == before and project.tree() == tree


# ---- npm ----

PACKAGE = {"name": "@acme/tool", "version": "1.0.0", "main": "index.js", "bin": {"tool": "bin/tool.js"}, "files": ["index.js", "bin"], "license": "MIT"}
NPM = "packages:\n  tool:\n    kind: npm\n{more}"


def npm(more="", index="module.exports = 1;\n", **manifest):
    lines = "".join(f"    {line}\n" for line in more.splitlines())
    text = json.dumps({**PACKAGE, **manifest}, indent=2) + "\n"
    program = '#!/usr/bin/env node\nconsole.log("tool v" + require("../package.json").version);\n'
    return {**NOTHING, "package.json": text, "index.js": index, "bin/tool.js": program, "slipway.yaml": NPM.format(more=lines)}


needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


@needs_npm
def test_an_npm_package_is_installed_imported_and_upgraded(tmp_path):
    project = make(tmp_path, npm("version-run: [tool]", scripts={"install": "node -e \"require('fs').writeFileSync('made', '1')\""}))
    (tmp_path / "home").mkdir()
    before = listing(tmp_path / "home")
    assert out(project).status == 0
    second = project.run("release", "minor", "--yes", env={"HOME": tmp_path / "home", "npm_config_cache": tmp_path / "cache"})
    assert second.status == 0, second
    done = results(project, "v1.2.0")
    assert done["prove/install/tool"]["tried"] is True and done["prove/install/tool"]["node"]
    assert (done["prove/upgrade/tool"]["previous"], done["prove/upgrade/tool"]["tried"]) == ("1.1.0", True)
    assert leftovers(project) == [] and listing(tmp_path / "home") == before


NPM_BROKEN = {
    "does not import": (npm(index="require('./gone');\n"), ["Cannot find module './gone'"]),
    "ends the process": (npm(index="process.exit(0);\n"), ["ended the process"]),
    "a program that is not packed": (npm(files=["index.js"], bin={"other": "lib/other.js"}), ["lib/other.js"]),
    "says another version": (npm('version-run: [sh, -c, "echo 1.0.0-rc.1"]'), ["does not say 1.0.0"]),
    "its script fails": (npm(scripts={"install": "exit 5"}), ["npm"]),
}


@needs_npm
@pytest.mark.parametrize("name", NPM_BROKEN)
def test_what_is_broken_in_npm_is_refused(tmp_path, name):
    files, words = NPM_BROKEN[name]
    refused(make(tmp_path, files), *words)


@needs_npm
@pytest.mark.parametrize("index", ["module.exports = require('stray');\n", "import 'stray';\n"], ids=["require", "import"])
def test_what_only_the_tree_has_is_not_found(tmp_path, index):
    """Node looks into the folders above, too; a stranger has none."""
    project = make(tmp_path, npm(index=index, type="module" if index.startswith("import") else "commonjs"))
    stray = project.work / "node_modules" / "stray"
    stray.mkdir(parents=True)
    (stray / "package.json").write_text('{"name": "stray", "version": "1.0.0"}')
    (stray / "index.js").write_text("module.exports = 1;\n")
    refused(project, "Cannot find stray where the package was installed")


@needs_npm
def test_dependencies_of_npm(tmp_path):
    project = make(tmp_path, npm("version-run: [tool]", index="module.exports = require('left');\n", dependencies={"left": "^1.0.0"}))
    done, found = build(project)
    assert done.status == 0 and found["prove/install/tool"]["tried"] is False and "left" in found["prove/install/tool"]["untried"], done
    left = project.work / "node_modules" / "left"
    left.mkdir(parents=True)
    (left / "package.json").write_text('{"name": "left", "version": "1.2.0"}')
    (left / "index.js").write_text("module.exports = 2;\n")
    before = listing(project.work / "node_modules")
    tried(project)
    assert listing(project.work / "node_modules") == before


# ---- cargo, go ----

CRATE = {
    "Cargo.toml": '[package]\nname = "tool"\nversion = "1.0.0"\nedition = "2021"\ndescription = "A tool."\nlicense = "MIT"\n',
    "Cargo.lock": 'version = 3\n\n[[package]]\nname = "tool"\nversion = "1.0.0"\n',
    "src/main.rs": 'fn main() {\n    println!("tool {}", env!("CARGO_PKG_VERSION"));\n}\n',
    ".gitignore": "target/\ndist/\n",
}


@pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")
def test_a_crate_is_installed_and_run(tmp_path):
    project = make(tmp_path, {**NOTHING, **CRATE, "slipway.yaml": "packages:\n  tool: {kind: cargo, version-run: [tool]}\n"})
    assert tried(project)["version"] == "1.0.0" and leftovers(project) == []
    project.commit(**{"slipway.yaml": "packages:\n  tool: {kind: cargo, version-run: [tool, '9.9.9'], check-run: [sh, -c, 'exit 9']}\n"})
    refused(project, "exit 9")


@pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")
def test_a_library_is_tried_in_an_empty_home(tmp_path):
    empty = "packages:\n  tool: {kind: cargo, check-run: [sh, -c, 'test -z \"$(ls -A \"$HOME\")\"']}\n"
    tried(make(tmp_path, {**NOTHING, **CRATE, "src/main.rs": None, "src/lib.rs": "pub fn count() {}\n", "slipway.yaml": empty}))


@pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")
def test_a_crate_with_a_dependency_that_is_not_here(tmp_path):
    files = {**NOTHING, "pyproject.toml": '[project]\nname = "tool"\nversion = "1.0.0"\n', "slipway.yaml": "packages:\n  tool: {kind: cargo, run: [sh, pack.sh, '{out}'], expect: ['tool-{version}.crate'], source: false}\n"}
    manifest = CRATE["Cargo.toml"] + '\n[dependencies]\nnowhere-at-all = "1"\n'
    files["pack.sh"] = 'set -e\nmkdir tool-1.0.0 tool-1.0.0/src\ncp crate.toml tool-1.0.0/Cargo.toml\ncp src/main.rs tool-1.0.0/src/\ntar -czf "$1/tool-1.0.0.crate" tool-1.0.0\n'
    project = make(tmp_path, {**files, "crate.toml": manifest, "src/main.rs": "fn main() {}\n"})
    done, found = build(project)
    assert done.status == 0 and found["prove/install/tool"]["tried"] is False and "nowhere-at-all" in found["prove/install/tool"]["untried"], done


GO = {
    **NOTHING,
    "VERSION": "1.0.0\n",
    "go.mod": "module example.org/tool\n\ngo 1.19\n",
    "main.go": 'package main\n\nimport (\n\t_ "embed"\n\t"os"\n)\n\n//go:embed VERSION\nvar version string\n\nfunc main() { os.Stdout.WriteString("tool " + version) }\n',
    "pack.sh": 'set -e\ngit archive --prefix=tool/ -o "$1/tool-$(cat VERSION).zip" "HEAD^{tree}"\n',
}


def go(more):
    return {**GO, "slipway.yaml": f"packages:\n  tool: {{kind: go, run: [sh, pack.sh, '{{out}}'], expect: ['tool-{{version}}.zip'], {more}}}\n"}


@pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed")
def test_a_go_module_is_built_and_run(tmp_path):
    project = make(tmp_path, go("version-run: [tool], check-run: [sh, -c, 'test -z \"$(ls -A \"$HOME\")\"']"))
    tried(project)
    assert leftovers(project) == []
    project.commit(**{"main.go": GO["main.go"].replace("version)", 'version[:1])')})
    refused(project, "does not say 1.0.0")


@pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed")
def test_a_go_program_is_run(tmp_path):
    project = make(tmp_path, {**GO, "slipway.yaml": "packages:\n  tool: {kind: go, version-run: [tool]}\n"})
    assert tried(project)["artifact"] == "tool" and leftovers(project) == []
    assert os.access(project.work / "dist" / "tool", os.X_OK)
    project.commit(**{"slipway.yaml": "packages:\n  tool: {kind: go}\n"})
    done, results = build(project)
    result = results["prove/install/tool"]
    assert done.status == 0 and result["tried"] is False and "tool was not run" in result["untried"], done


# ---- archives ----

SHELL = {**NOTHING, "VERSION": "1.0.0\n", "tool.sh": '#!/bin/sh\necho "tool $(cat "$(dirname "$0")/VERSION")"\n', "pack.sh": GO["pack.sh"]}


def archive(more):
    return {**SHELL, "slipway.yaml": f"packages:\n  tool:\n    run: [sh, pack.sh, '{{out}}']\n    expect: ['tool-{{version}}.zip']\n{more}"}


def test_an_archive_is_tried_by_a_command(tmp_path):
    project = make(tmp_path, archive("""    version-run: [sh, "{dir}/tool.sh"]\n    check-run: [sh, -c, 'test -f "$1" && test -z "$(ls -A "$HOME")"', x, "{artifact}"]\n"""))
    tried(project)
    project.commit(**{"slipway.yaml": archive("")["slipway.yaml"]})
    plan = project.run("plan", "minor")
    assert plan.status == 0 and "name a command as its check-run" in plan.out, plan


def test_an_archive_that_leads_out_is_not_unpacked(tmp_path):
    script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1] + '/tool-1.0.0.zip', 'w') as archive:\n    archive.writestr('tool/../../escaped', 'ab')\n"
    files = archive('    check-run: [test, -d, "{dir}"]\n')
    files["slipway.yaml"] = files["slipway.yaml"].replace("[sh, pack.sh,", "[/usr/bin/python3, pack.py,")
    project = make(tmp_path, {**files, "pack.py": script})
    refused(project, "escaped")
    assert not list(tmp_path.rglob("escaped"))
