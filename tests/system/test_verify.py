"""What a user of `slipway verify` sees: folders, SHA256SUMS beside, outcomes, JSON, and what was not checked."""

import hashlib
import json
import os
import subprocess
import zipfile

import pytest
from support import distributions as made
from support.project import SLIPWAY, environment


def verify(folder, *words, **env):
    return subprocess.run([SLIPWAY, "verify", *map(str, words)], cwd=folder, env=environment(**env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)


def write_sums(folder, **more):
    lines = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    lines.update(more)
    (folder / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(lines.items())))


@pytest.fixture
def dist(tmp_path):
    folder = tmp_path / "dist"
    folder.mkdir()
    made.wheel(folder / made.WHEEL, made.metadata())
    made.sdist(folder / made.SDIST, made.metadata())
    (folder / "notes.txt").write_text("text\n")
    return folder


def test_a_folder_stands_for_its_files(dist):
    (dist / ".hidden").write_text("x")
    (dist / "below").mkdir()
    (dist / "below" / "x.whl").write_text("no wheel")
    write = verify(dist.parent, "dist")
    assert (write.returncode, write.stderr) == (0, "")
    assert write.stdout.splitlines() == [
        f"dist/{made.WHEEL}: wheel demo-pkg 1.2.0: right",
        f"dist/{made.SDIST}: sdist demo-pkg 1.2.0: right",
        "dist/notes.txt: file: right, 1 not checked",
        "  not checked: what is in it, but for secrets: slipway reads no archive of that name",
    ]


def test_an_empty_folder_is_no_success(tmp_path):
    done = verify(tmp_path, ".")
    assert done.returncode == 2 and "holds no files" in done.stderr and "fix:" in done.stderr


def test_a_missing_file_is_no_success(tmp_path):
    done = verify(tmp_path, "gone.whl")
    assert done.returncode == 1 and "cannot read gone.whl" in done.stderr and "slipway resume" not in done.stderr


def test_sums_beside_are_checked(dist):
    write_sums(dist)
    assert verify(dist, ".").returncode == 0
    assert verify(dist, "SHA256SUMS").returncode == 0
    (dist / "notes.txt").write_text("changed\n")
    for words in (["."], ["SHA256SUMS"], ["notes.txt"]):
        done = verify(dist, *words)
        assert done.returncode == 4 and "file/sum" in done.stdout, words


def test_what_the_sums_name_must_be_there(dist):
    write_sums(dist, **{"lost.tar.gz": "0" * 64})
    done = verify(dist, made.WHEEL)
    assert done.returncode == 4 and "lost.tar.gz: sdist: WRONG, 1 problem" in done.stdout and "file/lost" in done.stdout


def test_what_the_sums_do_not_name_is_a_warning(dist):
    write_sums(dist)
    (dist / "more.txt").write_text("x")
    done = verify(dist, ".")
    assert "right, 1 warning" in done.stdout and "file/sum-missing" in done.stdout
    assert verify(dist, "--strict", ".").returncode == 4


def test_broken_sums_are_an_error(dist):
    (dist / "SHA256SUMS").write_text("not a line\n")
    done = verify(dist, ".")
    assert done.returncode == 1 and "error[PARSE]" in done.stderr and "SHA256SUMS:1" in done.stderr


def test_json_has_codes(dist):
    made.wheel(dist / made.WHEEL, made.metadata(change=[("Summary", "x" * 600)]), {"tests/x.py": "x"})
    done = verify(dist, "--json", made.WHEEL)
    document = json.loads(done.stdout)
    (row,) = document["packages"]
    assert (document["schema"], document["strict"], row["outcome"], row["kind"], row["name"], row["version"], done.returncode) == (1, False, "wrong", "wheel", "demo-pkg", "1.2.0", 4)
    assert [(one["code"], one["severity"], one["where"]) for one in row["findings"]] == [("metadata/summary-too-long", "problem", ["index"]), ("wheel/stray", "warning", ["spec"])]
    assert row["unchecked"] == [] and row["problems"] == [row["findings"][0]["text"]]


def test_findings_are_sorted_and_counted(dist):
    made.wheel(dist / made.WHEEL, made.metadata(change=[("Version", "1.2.0+x"), ("Name", "Demo.Pkg"), ("Home-page", "nowhere")]), {"docs/x": "x"})
    lines = verify(dist, made.WHEEL).stdout.splitlines()
    assert lines[0].endswith("WRONG, 2 problems, 2 warnings")
    assert [line.split()[0] for line in lines[1::2]] == ["problem", "problem", "warning", "warning"]
    assert [line.split()[0] for line in lines[2::2]] == ["file/version", "metadata/url", "metadata/version-local", "wheel/stray"]


def test_hostile_text_reaches_no_terminal(dist):
    made.wheel(dist / made.WHEEL, made.metadata(change=[("Name", "a\x1b[2Jb"), ("Home-page", "\x1b]0;x\x07")]), {"tests/\x1b[31m": "x"})
    done = verify(dist, made.WHEEL)
    assert done.returncode == 4 and "\x1b" not in done.stdout + done.stderr and "\x07" not in done.stdout
    assert "\\u001B" in verify(dist, "--json", made.WHEEL).stdout


COMPILED = {"demo/fast.cpython-311-x86_64-linux-gnu.so": b"\x7fELF"}
NOTES = [
    ("wheel/purity", made.WHEEL, made.metadata(), {"files": COMPILED}),
    ("wheel/build-tag-missing", "demo_pkg-1.2.0-7-py3-none-any.whl", made.metadata(), {}),
    ("metadata/keywords-no-commas", made.WHEEL, made.metadata(change=[("Keywords", "one two")]), {}),
    ("license/deprecated-id", made.WHEEL, made.metadata(drop=["License"], change=[("Metadata-Version", "2.4")], add=[("License-Expression", "GPL-3.0")]), {}),
    ("sdist/no-license-file", made.SDIST, made.metadata(), {"files": {made.TOP + "LICENSE": None}}),
    ("sdist/no-pyproject", made.SDIST, made.metadata(), {"files": {made.TOP + "pyproject.toml": None, made.TOP + "setup.py": "x"}}),
]


@pytest.mark.parametrize("code, name, text, more", NOTES, ids=[row[0] for row in NOTES])
def test_notes_never_fail(dist, code, name, text, more):
    (made.wheel if name.endswith(".whl") else made.sdist)(dist / name, text, **more)
    done = verify(dist, "--strict", name)
    assert done.returncode == 0 and f"{code} (spec)" in done.stdout and done.stdout.splitlines()[0].endswith(": right")


def test_a_note_on_order(dist):
    """The members of .dist-info first, as no tool writes them."""
    with zipfile.ZipFile(dist / made.WHEEL) as packed:
        members = {info.filename: packed.read(info) for info in packed.infolist()}
    with zipfile.ZipFile(dist / made.WHEEL, "w") as archive:
        for name in sorted(members, key=lambda name: (".dist-info/" not in name, name)):
            archive.writestr(zipfile.ZipInfo(name), members[name])
    done = verify(dist, "--strict", made.WHEEL)
    assert done.returncode == 0 and "wheel/dist-info-not-last" in done.stdout


def test_a_crate_that_the_registry_does_not_take(tmp_path):
    made.sdist(tmp_path / "tool-1.0.0.crate", "x", {"tool-1.0.0/Cargo.toml": '[package]\nname = "tool"\nversion = "1.0.0"\n', "tool-1.0.0/data": os.urandom(11 << 20)}, top="tool-1.0.0/")
    done = verify(tmp_path, "tool-1.0.0.crate")
    assert done.returncode == 4 and "crate/too-large" in done.stdout


def test_many_findings_are_cut(dist):
    made.wheel(dist / made.WHEEL, made.metadata(add=[("Colour", str(number)) for number in range(500)]))
    done = verify(dist, made.WHEEL)
    assert "and more of that kind" in done.stdout and done.stdout.count("metadata/unknown-field") == 51


def test_a_description_that_cannot_be_rendered_is_not_checked(dist):
    """Where the renderer is not to be had. A mount namespace hides it; where none can be made, this cannot be tried: tests/unit/test_metadata.c tries the rest."""
    text = made.metadata(change=[("Description-Content-Type", "text/x-rst")], body="Title\n=====\n\n``open\n")
    made.wheel(dist / made.WHEEL, text)
    assert "description/markup" in verify(dist, made.WHEEL).stdout
    hide = 'mount -t tmpfs none /usr/lib/python3/dist-packages/readme_renderer && exec "$@"'
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", hide, "sh", SLIPWAY, "verify", made.WHEEL]
    done = subprocess.run(words, cwd=dist, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    if "unshare" in done.stderr or "mount" in done.stderr:
        assert os.getuid() != 0, done.stderr
        return
    assert done.returncode == 0 and "right, 1 not checked" in done.stdout, done
    assert "not checked: whether the description renders: python3-readme-renderer is not installed" in done.stdout


def test_github_gets_annotations(dist):
    made.wheel(dist / made.WHEEL, made.metadata(), {"tests/x.py": "x"})
    assert "::warning file=" in verify(dist, made.WHEEL, GITHUB_ACTIONS="true").stdout
    assert "::error file=" in verify(dist, "--strict", made.WHEEL, GITHUB_ACTIONS="true").stdout
