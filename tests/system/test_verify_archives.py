"""`slipway verify` on npm tarballs, crates and plain archives, on secrets, and on bombs: what it says, and that memory stays small."""

import gzip
import io
import json
import lzma
import os
import pathlib
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import SLIPWAY, Done, Project, environment, git  # noqa: E402

TOKEN = "ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17"  # the example of GitHub's own article: its checksum is right, it was never valid
MEMORY = 400 << 20  # with what the sanitizers take; no more than a third of what the bombs unpack to


def verify(*words):
    done = subprocess.run([SLIPWAY, "verify", *map(str, words)], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    return Done(done.returncode, done.stdout.decode(errors="surrogateescape"), done.stderr.decode(errors="surrogateescape"))


def tar(path, files, mode="w:gz", links=()):
    with tarfile.open(path, mode) as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
        for name, target in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return path


def codes(done):
    return [finding["code"] for package in json.loads(done.out)["packages"] for finding in package["findings"]]


# ---- kinds ----

PACKAGE_JSON = {"name": "@acme/tally", "version": "1.2.0", "license": "MIT", "main": "lib/index.js", "bin": {"tally": "bin/tally.js"}}
NPM = {"package/lib/index.js": "module.exports = 1\n", "package/bin/tally.js": "#!/usr/bin/env node\n"}
CARGO = '[package]\nname = "tally"\nversion = "1.2.0"\nlicense = "MIT"\ndescription = "Counts"\n'
CRATE = {"tally-1.2.0/Cargo.toml": CARGO, "tally-1.2.0/Cargo.toml.orig": CARGO, "tally-1.2.0/src/lib.rs": "", "tally-1.2.0/.cargo_vcs_info.json": '{"git": {"sha1": "01"}}'}


def npm(path, **changes):
    return tar(path, {"package/package.json": json.dumps({**PACKAGE_JSON, **changes}), **NPM})


def test_what_is_right(tmp_path):
    npm(tmp_path / "acme-tally-1.2.0.tgz")
    tar(tmp_path / "tally-1.2.0.crate", CRATE)
    tar(tmp_path / "tally-1.2.0.tar.gz", {"tally-1.2.0/README": "x\n"}, links=[("tally-1.2.0/latest", "README")])
    tar(tmp_path / "tally-1.2.0.tar.xz", {"tally-1.2.0/README": "x\n"}, "w:xz")
    subprocess.run(["zstd", "-q", tar(tmp_path / "tally-1.2.0.tar", {"tally-1.2.0/README": "x\n"}, "w")], check=True)
    with zipfile.ZipFile(tmp_path / "tally-1.2.0.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tally-1.2.0/README", "x\n" * 100)
        archive.writestr("tally-1.2.0/grüße", "x\n")
    done = verify(tmp_path, "--json")
    assert done.status == 0, done
    packages = {os.path.basename(package["path"]): package for package in json.loads(done.out)["packages"]}
    assert {name: package["kind"] for name, package in packages.items()} == {
        "acme-tally-1.2.0.tgz": "npm",
        "tally-1.2.0.crate": "crate",
        "tally-1.2.0.tar.gz": "archive",
        "tally-1.2.0.tar.xz": "archive",
        "tally-1.2.0.tar.zst": "archive",
        "tally-1.2.0.tar": "archive",
        "tally-1.2.0.zip": "archive",
    }
    assert all(package["findings"] == [] for package in packages.values()), done
    assert (packages["acme-tally-1.2.0.tgz"]["name"], packages["tally-1.2.0.crate"]["version"]) == ("@acme/tally", "1.2.0")


def test_an_npm_tarball_that_is_wrong(tmp_path):
    done = verify(npm(tmp_path / "acme-tally-1.2.0.tgz", main="dist/index.js", private=True, scripts={"postinstall": "node x.js"}))
    assert done.status == 4 and "acme-tally-1.2.0.tgz: npm @acme/tally 1.2.0: WRONG, 2 problems, 1 warning" in done.out
    assert '"main" points to dist/index.js, which is not in the tarball' in done.out and "npm/private" in done.out
    assert done.error()["code"] == "PACKAGE"


def test_a_crate_that_is_wrong(tmp_path):
    changed = {**CRATE, "tally-1.2.0/Cargo.toml": CARGO + '[dependencies]\nserde = "*"\n', "tally-1.2.0/.cargo_vcs_info.json": '{"git": {"sha1": "01", "dirty": true}}'}
    done = verify(tar(tmp_path / "tally-1.2.0.crate", changed), "--json")
    assert done.status == 4 and sorted(codes(done)) == ["crate/dependency", "crate/dirty"]


# ---- what is no archive ----


def test_a_plain_file_is_searched_and_not_said_to_be_checked(tmp_path):
    (tmp_path / "tool").write_bytes(bytes(range(256)) * 4000)
    (tmp_path / "tool.deb").write_bytes(b"!<arch>\n")
    done = verify(tmp_path, "--json")
    assert done.status == 0 and [package["unchecked"][0]["code"] for package in json.loads(done.out)["packages"]] == ["file/contents"] * 2, done
    (tmp_path / "tool").write_bytes(b"\0" * ((1 << 18) - 20) + b"\n" + TOKEN.encode() + b"\n" + b"\0" * 300000)
    (tmp_path / ".env").write_text("A=1\n")
    for name, says in {"tool": "tool:2: it holds a GitHub token", ".env": "(rule env-file)"}.items():
        done = verify(tmp_path / name)
        assert done.status == 4 and says in done.out and "not checked: what is in it" in done.out, done


@pytest.mark.parametrize("path", ["/dev/zero", "pipe"])
def test_what_is_no_file_is_refused(tmp_path, path):
    os.mkfifo(tmp_path / "pipe")
    done = verify(tmp_path / path)
    assert done.status == 1 and done.error()["code"] == "IO", done


# ---- secrets ----


def test_secrets_are_named_and_not_shown(tmp_path):
    path = tar(tmp_path / "tally-1.2.0.tar.gz", {"tally-1.2.0/.env": "A=1\n", "tally-1.2.0/conf.py": f"# x\ntoken = '{TOKEN}'\n"})
    done = verify(path)
    assert done.status == 4 and TOKEN[4:] not in done.out + done.err
    assert "tally-1.2.0/conf.py:2: it holds a GitHub token (rule github-token): ghp_…, 40 characters" in done.out
    assert '"tally-1.2.0/.env" must not be in a package' in done.out


BUILD = """\
set -e
mkdir -p "$1/s/tool/tests"
echo 'not a secret' >"$1/s/tool/a"
echo '%s' >"$1/s/tool/tests/key"
tar -C "$1/s" -czf "$1/tool-1.1.0.tar.gz" tool
rm -r "$1/s"
""" % TOKEN
CONFIG = 'gates: {quick: {run: ["true"]}}\npackages: {tool: {run: [sh, build.sh, "{out}"], expect: ["tool-{version}.tar.gz"]}}\n'


@pytest.mark.parametrize("allowed", [False, True])
def test_a_release_stops_before_a_secret_goes_out(tmp_path, allowed):
    config = CONFIG + ('secrets: {allow: ["tool/tests/*"]}\n' if allowed else "")
    project = Project.make(tmp_path / "project", files={"build.sh": BUILD}, config=config)
    done = project.run("release", "minor", "--yes")
    if allowed:
        assert done.status == 0, done
    else:
        assert done.status == 4 and "rule github-token" in done.err and TOKEN not in done.err + done.out, done
        assert git(project.origin, "tag") == "v1.0.0"


# ---- hostile ones ----


def test_a_hostile_name_is_escaped(tmp_path):
    done = verify(tar(tmp_path / "x.tar", {"top/\x1b[2Jevil": "x"}, "w"))
    assert done.status == 4 and "\x1b" not in done.out + done.err and "control character" in done.out


def zeros(compress, finish, head=b"", size=600 << 20):
    """The pieces of a compressed tar whose one member is large and empty."""
    block = bytes(1 << 20)
    yield compress(head)
    for _ in range(size >> 20):
        yield compress(block)
    yield finish()


def header(name, size):
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT)


def gzip_bomb(path):
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    path.write_bytes(b"".join(zeros(packer.compress, packer.flush, header("top/bomb", 600 << 20))))


def xz_bomb(path):
    packer = lzma.LZMACompressor(preset=0)
    path.write_bytes(b"".join(zeros(packer.compress, packer.flush, header("top/bomb", 600 << 20))))


def zstd_bomb(path):
    with subprocess.Popen(["zstd", "-q", "-f", "-o", path], stdin=subprocess.PIPE) as child:
        for piece in zeros(lambda block: block, lambda: b"", header("top/bomb", 600 << 20)):
            child.stdin.write(piece)


def zip_bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open("top/bomb", "w") as member:
        for _ in range(600):
            member.write(bytes(1 << 20))


def lying_zip(path):
    """A bomb whose headers say that it has ten bytes."""
    zip_bomb(path)
    data = bytearray(path.read_bytes())
    central = data.rindex(b"PK\x01\x02")
    data[22:26] = data[central + 24 : central + 28] = struct.pack("<I", 10)
    path.write_bytes(data)


def million_of_tar(path):
    packer, pieces = zlib.compressobj(1, zlib.DEFLATED, 31), []
    blank = header("top/000000", 0)
    start, checksum = blank[:4], int(blank[148:154], 8) - 6 * ord("0")
    for number in range(110000):  # different names; the other 890,000 are never reached
        digits = b"%06d" % number
        pieces.append(packer.compress(b"".join([start, digits, blank[10:148], b"%06o" % (checksum + sum(digits)), blank[154:]])))
    block = header("top/more", 0) * 1000
    path.write_bytes(b"".join([*pieces, *(packer.compress(block) for _ in range(890)), packer.compress(bytes(1024)), packer.flush()]))


def million_of_zip(path):
    """One local header, a million entries of a directory, and a zip64 end record that says so."""
    count, name = 1000000, b"a"
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + name
    central = (struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + name) * count
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(central), len(local))
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(local) + len(central), 1)
    path.write_bytes(local + central + end64 + locator + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(central), len(local), 0))


def nested_names(path):
    """Members whose names alone fill the memory."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    pieces = []
    for number in range(5000):
        name = f"top/{number:05}/" + "/".join(["x" * 200] * 19)
        record = f" path={name}\n"
        record = f"{len(record) + 4}{record}"
        pax = tarfile.TarInfo("pax")
        pax.type, pax.size = tarfile.XHDTYPE, len(record)
        pieces.append(packer.compress(pax.tobuf(tarfile.USTAR_FORMAT) + record.encode().ljust(-len(record) % 512 + len(record), b"\0") + header("x", 0)))
    path.write_bytes(b"".join([*pieces, packer.compress(bytes(1024)), packer.flush()]))


BOMBS = [
    ("x.tar.gz", gzip_bomb, '"top/bomb": with it, the archive unpacks to more than 50 times its size'),
    ("x.tar.xz", xz_bomb, '"top/bomb": with it, the archive unpacks to more than 50 times its size'),
    ("x.tar.zst", zstd_bomb, '"top/bomb": with it, the archive unpacks to more than 50 times its size'),
    ("x.zip", zip_bomb, '"top/bomb": with it, the archive unpacks to more than 50 times its size'),
    ("demo-1.0-py3-none-any.whl", lying_zip, '"top/bomb" unpacks to more bytes than it says'),
    ("demo-1.0.tgz", million_of_tar, "it has more than 100000 members"),
    ("x.zip", million_of_zip, "it has 1000000 members, more than 100000"),
    ("demo-1.0.crate", nested_names, "the names of its members are longer than 16 MiB together"),
]


@pytest.mark.parametrize("name, make, says", BOMBS, ids=[make.__name__ for _, make, _ in BOMBS])
def test_a_bomb_is_refused_in_little_memory(tmp_path, name, make, says):
    make(tmp_path / name)
    with open(tmp_path / "out", "wb") as out:
        child = subprocess.Popen([SLIPWAY, "verify", tmp_path / name], env=environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    text = (tmp_path / "out").read_text(errors="replace")
    assert child.returncode == 4 and says in text, text[:2000]
    assert usage.ru_maxrss << 10 < MEMORY
    assert os.listdir(tmp_path) == sorted([name, "out"], key=os.listdir(tmp_path).index)


def test_a_device_is_no_package(tmp_path):
    os.mkfifo(tmp_path / "x.tar.gz")
    assert verify(tmp_path / "x.tar.gz").status == 1
    (tmp_path / "empty.zip").write_bytes(b"")
    with gzip.open(tmp_path / "empty.tar.gz", "wb"):
        pass
    done = verify(tmp_path / "empty.zip", tmp_path / "empty.tar.gz")
    assert done.status == 4 and done.out.count("it is no archive that can be read") == 2, done
