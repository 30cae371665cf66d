"""Versions as SemVer 2.0.0 and PEP 440 have them, held against node-semver and packaging on generated strings."""

import json
import os
import pathlib
import random
import subprocess
import sys

import pytest
from packaging.version import InvalidVersion, Version

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import SLIPWAY, Project  # noqa: E402

COUNT = 100_000

VALID = """0.0.4 1.1.2-prerelease+meta 1.0.0-alpha 1.0.0-alpha.beta.1 1.0.0-alpha0.valid 1.0.0-0A.is.legal 1.2.3----RC-SNAPSHOT.12.9.1--.12
1.0.0+0.build.1-rc.10000aaa-kk-0.1 2.0.0+build.1848 1.2.3-- 1.0.0-0 1.0.0+001 1.0.0-0a""".split()
INVALID = ["1", "1.2", "1.2.3-", "1.2.3+", "01.1.1", "1.01.1", "1.1.1-01", "1.2.3-0123.0123", "1.1.2+.1", "1.2.3-a..b", "1.2.3.4", "1.2-RC", "v1.2.3",
           "1.2.3 ", "1.2.3-é", "-1.0.3", "1.0.0+a+b"]
ORDER = """1.0.0-0 1.0.0-1 1.0.0-2 1.0.0-10 1.0.0-- 1.0.0-10a 1.0.0-RC 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11
1.0.0-rc.1 1.0.0-rc.1.0 1.0.0-rc1 1.0.0""".split()


def slipway(*words, data=None, status=0):
    done = subprocess.run([SLIPWAY, "version", *words], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, cwd="/")
    assert done.returncode == status, (done.returncode, done.stderr.decode()[-2000:])
    return done.stdout.decode()


def parsed(strings, scheme):
    data = "".join(f"{text}\n" for text in strings).encode()
    done = subprocess.run([SLIPWAY, "version", "parse", "--json", "--scheme", scheme, "-"], input=data, stdout=subprocess.PIPE, check=False, cwd="/")
    rows = json.loads(done.stdout)["versions"]
    assert [row["input"] for row in rows] == strings
    assert done.returncode == (0 if all(row["valid"] for row in rows) else 1)
    return rows


def sorted_by_slipway(strings, scheme):
    data = "".join(f"{text}\n" for text in strings).encode()
    return slipway("sort", "--scheme", scheme, "-", data=data).splitlines()


# ---- the tables of the specification ----


def test_semver_table():
    assert all(row["valid"] for row in parsed(VALID, "semver"))
    assert not any(row["valid"] for row in parsed(INVALID, "semver"))
    shuffled = ORDER[:]
    random.Random(1).shuffle(shuffled)
    assert sorted_by_slipway(shuffled, "semver") == ORDER


def test_compare():
    assert slipway("compare", "1.2.0", "1.10.0") == "<\n"
    assert slipway("compare", "1.0.0+a", "1.0.0+b") == "=\n"
    assert json.loads(slipway("compare", "--json", "1.0", "1.0.dev1", "--scheme", "pep440")) == {"schema": 1, "order": 1}


def test_what_is_no_version_is_named():
    done = subprocess.run([SLIPWAY, "version", "sort", "1.0.0", "\x1b[31mx"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, cwd="/")
    assert done.returncode == 2
    assert b"number 2" in done.stderr and b"\x1b" not in done.stderr


def test_hostile_lines():
    lines = [b"1.0.0\x001", b"\xff\xfe", b"1" * 10_000_000, b"1.0.0", b""]
    done = subprocess.run([SLIPWAY, "version", "parse", "--json", "-"], input=b"\n".join(lines) + b"\n", stdout=subprocess.PIPE, check=False, cwd="/")
    assert [row["valid"] for row in json.loads(done.stdout)["versions"]] == [False, False, False, True, False]


# ---- generated ones ----


def semver_strings(rand):
    """Half by the grammar, half of them damaged."""
    def number():
        return rand.choice(["0", "1", "10", str(rand.randrange(10**rand.randrange(1, 15))), "01" if rand.random() < 0.05 else "2"])

    def identifier(build):
        kind = rand.randrange(5)
        if kind == 0:
            return number()
        if kind == 1 and build:
            return "00" + number()
        return "".join(rand.choice("abzABZ019-") for _ in range(rand.randrange(1, 5)))

    text = ".".join(number() for _ in range(3))
    if rand.random() < 0.6:
        text += "-" + ".".join(identifier(False) for _ in range(rand.randrange(1, 4)))
    if rand.random() < 0.3:
        text += "+" + ".".join(identifier(True) for _ in range(rand.randrange(1, 3)))
    return text


PEP_PARTS = ["a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "ALPHA", "Rc"]


def pep440_strings(rand):
    def number():
        return rand.choice(["0", "1", "2", "00", "01", "10", str(rand.randrange(10**rand.randrange(1, 25)))])

    def separator():
        return rand.choice(["", "", ".", "-", "_"])

    text = rand.choice(["", "", "", "v", "V", " ", "\t"])
    if rand.random() < 0.15:
        text += number() + "!"
    text += ".".join(number() for _ in range(rand.randrange(1, 5)))
    if rand.random() < 0.5:
        text += separator() + rand.choice(PEP_PARTS) + separator() + rand.choice(["", number()])
    if rand.random() < 0.3:
        text += rand.choice(["-" + number(), separator() + rand.choice(["post", "rev", "r", "POST"]) + separator() + rand.choice(["", number()])])
    if rand.random() < 0.3:
        text += separator() + rand.choice(["dev", "DEV"]) + separator() + rand.choice(["", number()])
    if rand.random() < 0.2:
        text += "+" + rand.choice([".", "-", "_"]).join(rand.choice(["ubuntu", "1", "001", "ABC", "a1", "9z"]) for _ in range(rand.randrange(1, 4)))
    return text + rand.choice(["", "", "", " "])


def damaged(rand, text, alphabet):
    at = rand.randrange(len(text) + 1)
    kind = rand.randrange(3)
    if kind == 0:
        return text[:at] + rand.choice(alphabet) + text[at:]
    if kind == 1:
        return text[:at] + text[at + 1:]
    return text[:at] + rand.choice(alphabet) + text[at + 1:]


def generated(make, alphabet, seed):
    rand = random.Random(seed)
    strings = set()
    while len(strings) < COUNT:
        text = make(rand)
        strings.add(damaged(rand, text, alphabet) if rand.random() < 0.4 else text)
    return sorted(strings, key=lambda text: rand.random())


NODE = """
const semver = require('semver');
const lines = require('fs').readFileSync(0, 'utf8').split('\\n').slice(0, -1);
const valid = lines.filter(l => semver.valid(l) !== null && semver.parse(l).raw === l);
const out = lines.map(l => { const p = semver.parse(l); return p === null ? null : [p.version, p.prerelease.length > 0]; });
const order = [];
for (let i = 0; i + 1 < lines.length; i++) order.push(out[i] && out[i + 1] ? semver.compare(lines[i], lines[i + 1]) : null);
console.log(JSON.stringify({out, order}));
"""


def test_against_node_semver():
    strings = [text for text in generated(semver_strings, "0aZ.+-v_ ", 7) if "\n" not in text]
    node = subprocess.run(["node", "-e", NODE], input="".join(f"{text}\n" for text in strings).encode(), stdout=subprocess.PIPE, check=True,
                          env={**os.environ, "NODE_PATH": "/usr/share/nodejs"})
    peer = json.loads(node.stdout)
    rows = parsed(strings, "semver")
    compared = 0
    for text, row, theirs in zip(strings, rows, peer["out"]):
        # node-semver trims white space and takes a leading v or =: a tag's, not a version's (semver.org, "Is v1.2.3 a semantic version?")
        lenient = text != text.strip() or text[:1] in "vV="
        # and refuses numbers beyond 2^53 - 1, which the specification does not
        large = any(part.isdigit() and int(part) > 2**53 - 1 for part in text.replace("-", ".").replace("+", ".").split("."))
        if lenient or large:
            continue
        compared += 1
        assert row["valid"] == (theirs is not None), text
        if theirs is not None:
            assert row["normalized"].split("+")[0] == theirs[0] and row["prerelease"] == theirs[1], text
    assert compared > COUNT * 0.9
    valid = [text for text, row, theirs in zip(strings, rows, peer["out"]) if row["valid"] and theirs is not None]
    ours = sorted_by_slipway(valid, "semver")
    check = subprocess.run(["node", "-e", NODE], input="".join(f"{text}\n" for text in ours).encode(), stdout=subprocess.PIPE, check=True,
                           env={**os.environ, "NODE_PATH": "/usr/share/nodejs"})
    assert all(order <= 0 for order in json.loads(check.stdout)["order"])


def peer_version(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def test_against_packaging():
    strings = [text for text in generated(pep440_strings, "0aZ.+-v_! rc", 11) if "\n" not in text and "\r" not in text]
    rows = parsed(strings, "pep440")
    versions = {}
    for text, row in zip(strings, rows):
        theirs = peer_version(text)
        assert row["valid"] == (theirs is not None), text
        if theirs is not None:
            assert row["normalized"] == str(theirs), text
            assert row["prerelease"] == theirs.is_prerelease, text
            versions[text] = theirs
    assert len(versions) > COUNT * 0.5
    ours = [versions[text] for text in sorted_by_slipway(list(versions), "pep440")]
    assert all(first <= second for first, second in zip(ours, ours[1:]))


@pytest.mark.parametrize("semver, pep440", [("1.1.0-rc.1", "1.1.0rc1"), ("1.1.0-alpha.0", "1.1.0a0"), ("2.0.0", "2.0.0"), ("1.1.0-dev.3", "1.1.0.dev3")])
def test_mapping(tmp_path, semver, pep440):
    """A Python manifest gets the PEP 440 form."""
    project = Project.make(tmp_path / "p")
    assert project.run("version", semver, "--no-commit").status == 0
    assert f'version = "{pep440}"  # raised' in (project.work / "pyproject.toml").read_text()


def test_what_cannot_be_mapped_is_refused(tmp_path):
    done = Project.make(tmp_path / "p").run("version", "2.0.0-SNAPSHOT", "--no-commit")
    assert done.status == 2 and "no PEP 440 form" in done.error()["what"]
