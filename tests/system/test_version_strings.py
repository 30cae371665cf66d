"""Versions as SemVer 2.0.0 and PEP 440 have them, held against node-semver and packaging on generated strings.

Where a peer and its specification differ, the difference is generated for and asserted, not left out."""

import concurrent.futures
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time

import pytest
from packaging.version import InvalidVersion, Version

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import SLIPWAY, Project  # noqa: E402

COUNT = 100_000
MAX_SAFE_INTEGER = 2**53 - 1

VALID = """0.0.4 1.1.2-prerelease+meta 1.0.0-alpha 1.0.0-alpha.beta.1 1.0.0-alpha0.valid 1.0.0-0A.is.legal 1.2.3----RC-SNAPSHOT.12.9.1--.12
1.0.0+0.build.1-rc.10000aaa-kk-0.1 2.0.0+build.1848 1.2.3-- 1.0.0-0 1.0.0+001 1.0.0-0a""".split()
INVALID = ["1", "1.2", "1.2.3-", "1.2.3+", "01.1.1", "1.01.1", "1.1.1-01", "1.2.3-0123.0123", "1.1.2+.1", "1.2.3-a..b", "1.2.3.4", "1.2-RC", "v1.2.3",
           "1.2.3 ", "1.2.3-é", "-1.0.3", "1.0.0+a+b"]
ORDER = """1.0.0-0 1.0.0-1 1.0.0-2 1.0.0-10 1.0.0-- 1.0.0-10a 1.0.0-RC 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11
1.0.0-rc.1 1.0.0-rc.1.0 1.0.0-rc1 1.0.0""".split()


def run(*words, data=None):
    return subprocess.run([SLIPWAY, "version", *words], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, cwd="/")


def slipway(*words, data=None, status=0):
    done = run(*words, data=data)
    assert done.returncode == status, (done.returncode, done.stderr.decode()[-2000:])
    return done.stdout.decode()


def lines(strings):
    return "".join(f"{text}\n" for text in strings).encode()


def parsed(strings, scheme):
    done = run("parse", "--json", "--scheme", scheme, "-", data=lines(strings))
    assert done.stderr == b""
    document = json.loads(done.stdout)
    rows = document["versions"]
    assert document["schema"] == 1
    assert [row["input"] for row in rows] == strings
    assert done.returncode == (0 if all(row["valid"] for row in rows) else 1)
    return rows


def sorted_by_slipway(strings, scheme):
    return slipway("sort", "--scheme", scheme, "-", data=lines(strings)).split("\n")[:-1]


def compared_by_slipway(pairs, scheme):
    def one(pair):
        return slipway("compare", "--scheme", scheme, "--", *pair).strip()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, pairs))


# ---- the tables of the specification ----


def test_semver_table():
    assert all(row["valid"] for row in parsed(VALID, "semver"))
    assert not any(row["valid"] for row in parsed(INVALID, "semver"))
    shuffled = ORDER[:]
    random.Random(1).shuffle(shuffled)
    assert sorted_by_slipway(shuffled, "semver") == ORDER


# ---- the three commands ----


def test_parse_says_what_a_version_is_made_of():
    assert parsed(["1.2.3-rc.1+b.5", "1.2"], "semver") == [
        {"input": "1.2.3-rc.1+b.5", "valid": True, "normalized": "1.2.3-rc.1+b.5", "prerelease": True, "major": 1, "minor": 2, "patch": 3, "pre": "rc.1",
         "build": "b.5"},
        {"input": "1.2", "valid": False, "normalized": None, "prerelease": False, "error": "at character 4: a dot and a number are wanted here: MAJOR.MINOR.PATCH"},
    ]
    assert parsed([" v1!01.2-ALPHA_3-4.dev+Ubuntu-007 ", "1.0"], "pep440") == [
        {"input": " v1!01.2-ALPHA_3-4.dev+Ubuntu-007 ", "valid": True, "normalized": "1!1.2a3.post4.dev0+ubuntu.7", "prerelease": True, "epoch": "1",
         "release": ["1", "2"], "pre": "a3", "post": "4", "dev": "0", "local": ["ubuntu", "7"]},
        {"input": "1.0", "valid": True, "normalized": "1.0", "prerelease": False, "epoch": "0", "release": ["1", "0"], "pre": None, "post": None, "dev": None,
         "local": []},
    ]


def test_parse_for_people():
    assert slipway("parse", "1.2.0", "1.2", status=1) == "1.2.0\ninvalid\n"
    assert slipway("parse", "--scheme", "pep440", "1.2.0-RC1", "1.2") == "1.2.0rc1\n1.2\n"
    assert slipway("parse", "1.0.0", "-", "2.0.0", data=b"1.5.0\r\n1.6.0") == "1.0.0\n1.5.0\n1.6.0\n2.0.0\n"
    assert slipway("parse", "-", data=b"") == ""
    assert json.loads(slipway("parse", "--json", "-", data=b"")) == {"schema": 1, "versions": []}


def test_compare():
    assert slipway("compare", "1.2.0", "1.10.0") == "<\n"
    assert slipway("compare", "1.0.0+a", "1.0.0+b") == "=\n"
    assert slipway("compare", "1.0.0", "1.0.0-rc.1") == ">\n"
    assert json.loads(slipway("compare", "--json", "1.0", "1.0.dev1", "--scheme", "pep440")) == {"schema": 1, "order": 1}


def test_sort_is_stable():
    given = ["1.0.0+b", "1.0.0+a", "0.9.0", "1.0.0"]
    assert sorted_by_slipway(given, "semver") == ["0.9.0", "1.0.0+b", "1.0.0+a", "1.0.0"]
    assert sorted_by_slipway(["1.0.0", "1.0", "1"], "pep440") == ["1.0.0", "1.0", "1"]
    rows = json.loads(slipway("sort", "--json", *given))["versions"]
    assert [row["input"] for row in rows] == ["0.9.0", "1.0.0+b", "1.0.0+a", "1.0.0"]


# ---- what goes wrong ----


@pytest.mark.parametrize("words, data, what", [
    (["sort", "1.0.0", "\x1b[31mx"], None, "argument 2, "),
    (["sort", "1.0.0", "-"], b"2.0.0\nx\n", "line 2, 'x'"),
    (["compare", "x", "1.0.0"], None, "argument 1, 'x'"),
])
def test_what_is_no_version_is_named(words, data, what):
    done = run(*words, data=data)
    assert done.returncode == 2 and done.stdout == b""
    error = done.stderr.decode()
    assert what in error and "\x1b" not in error
    assert all(f"\n{part}:" in error for part in ("why", "state", "fix"))


@pytest.mark.parametrize("words, what", [
    (["sort"], "sort needs VERSION"), (["compare", "1.0.0"], "two versions, not 1"), (["compare", "1.0.0", "1.0.1", "1.0.2"], "'1.0.2' is too much"),
    (["parse", "--scheme", "calver", "1.0.0"], "no scheme 'calver'"),
])
def test_usage(words, what):
    done = run(*words)
    assert done.returncode == 2 and what in done.stderr.decode()


def test_hostile_lines():
    hostile = [b"1.0.0\x001", b"\xff\xfe", b"1" * 10_000_000, b"1.0.0", b"", b"1.0.0\r\r", b"\xed\xa0\x80", b"1.0.0-" + b"a" * 250, b"1.0.0-" + b"a" * 251]
    done = run("parse", "--json", "-", data=b"\n".join(hostile) + b"\n")
    rows = json.loads(done.stdout)["versions"]
    assert [row["valid"] for row in rows] == [False, False, False, True, False, False, False, True, False]
    assert rows[0]["error"] == "the line holds a NUL" and rows[2]["error"] == "the line is longer than 8192 bytes"
    assert len(rows[2]["input"]) <= 8192


def test_lines_over_the_edges_of_the_buffer():
    rand = random.Random(3)
    given = ["1.0.0-" + "a" * rand.randrange(1, 250) for _ in range(5000)]
    assert slipway("parse", "-", data=lines(given)).split("\n")[:-1] == given


def test_a_closed_pipe_ends_endless_input():
    reading, writing = os.pipe()
    with subprocess.Popen(["yes", "1.0.0"], stdout=subprocess.PIPE) as endless:
        with subprocess.Popen([SLIPWAY, "version", "parse", "-"], stdin=endless.stdout, stdout=writing, stderr=subprocess.PIPE) as process:
            os.close(writing)
            endless.stdout.close()
            assert os.read(reading, 5) == b"1.0.0"
            os.close(reading)
            assert process.wait(timeout=30) == 0  # the reader had enough
            assert process.stderr.read() == b""


def test_standard_input_that_cannot_be_read():
    folder = os.open("/", os.O_RDONLY)
    done = subprocess.run([SLIPWAY, "version", "parse", "--json", "-"], stdin=folder, capture_output=True, check=False)
    os.close(folder)
    assert done.returncode == 1 and done.stdout == b""
    assert json.loads(done.stderr)["error"]["what"] == "cannot read standard input"


def test_ctrl_c_while_waiting():
    with subprocess.Popen([SLIPWAY, "version", "sort", "1.0.0", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        # A second thread is the one that waits for signals: the program listens.
        deadline = time.monotonic() + 30
        while "Threads:\t1\n" in pathlib.Path(f"/proc/{process.pid}/status").read_text() and time.monotonic() < deadline:
            time.sleep(0.01)  # reason: polls the state of a process, which gives no other sign
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert b"error[INTERRUPTED]" in process.stderr.read()


# ---- generated ones ----


def semver_strings(rand):
    """By the grammar, nearly."""
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


def near_semver_strings(rand):
    """Few cores and few identifiers: most pairs differ late, or only in what does not count."""
    text = rand.choice(["1.0.0", "1.0.1", "0.1.0"])
    words = ["0", "1", "2", "10", "-", "a", "A", "rc", "rc1", "rc-1", "0a", "-1"]
    if rand.random() < 0.9:
        text += "-" + ".".join(rand.choice(words) for _ in range(rand.randrange(1, 5)))
    return text + rand.choice(["", "", "+1", "+a"])


PEP_PARTS = ["a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "ALPHA", "Rc"]
# All that Python's \s takes but the line's own end, and some that look like it.
BLANKS = "\t\v\f\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000"
NO_BLANKS = "\u180e\u200b\u2060\ufeff"


def pep440_strings(rand):
    def number():
        return rand.choice(["0", "1", "2", "00", "01", "10", str(rand.randrange(10**rand.randrange(1, 25)))])

    def separator():
        return rand.choice(["", "", ".", "-", "_"])

    text = rand.choice(["", "", "", "v", "V", " ", rand.choice(BLANKS)])
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
    return text + rand.choice(["", "", "", rand.choice(BLANKS)])


def near_pep440_strings(rand):
    text = rand.choice(["1", "1.0", "1.0.0", "0!1", "1!1"])
    text += rand.choice(["", "a0", "a", "a1", "b1", "rc1", "c1", "a10"]) + rand.choice(["", ".post", ".post1", "-0", ".post10"])
    return text + rand.choice(["", ".dev", ".dev1", ".dev10"]) + rand.choice(["", "", "+1", "+10", "+a", "+1.a", "+1.1", "+a.1", "+A"])


def damaged(rand, text, alphabet):
    at = rand.randrange(len(text) + 1)
    kind = rand.randrange(3)
    if kind == 0:
        return text[:at] + rand.choice(alphabet) + text[at:]
    if kind == 1:
        return text[:at] + text[at + 1:]
    return text[:at] + rand.choice(alphabet) + text[at + 1:]


def generated(make, near, alphabet, seed):
    rand = random.Random(seed)
    strings = set()
    # There are not so many that are near.
    for _ in range(COUNT // 10):
        strings.add(near(rand))
    while len(strings) < COUNT:
        text = make(rand)
        strings.add(damaged(rand, text, alphabet) if rand.random() < 0.4 else text)
    return sorted(strings, key=lambda text: (rand.random(), text))


def node(program, strings):
    source = "const semver = require('semver'); const lines = require('fs').readFileSync(0, 'utf8').split('\\n').slice(0, -1);" + program
    done = subprocess.run(["node", "-e", source], input=lines(strings), stdout=subprocess.PIPE, check=True, env={**os.environ, "NODE_PATH": "/usr/share/nodejs"})
    return json.loads(done.stdout)


NODE_PARSE = """
console.log(JSON.stringify(lines.map(l => {
    const p = semver.parse(l);
    return p && [p.version + (p.build.length > 0 ? '+' + p.build.join('.') : ''), p.prerelease.length > 0];
})));
"""
NODE_SORT = "console.log(JSON.stringify(lines.sort((a, b) => semver.compare(a, b))));"
NODE_COMPARE = "console.log(JSON.stringify(lines.map(l => semver.compare(...l.split(' ')))));"


def node_is_lenient(text):
    """It trims and takes a leading v: a tag's, not a version's (semver.org: "Is v1.2.3 a semantic version?")."""
    return text != text.strip() or text.strip("\ufeff")[:1] == "v" or "\ufeff" in text


def core_of(text):
    match = re.match(r"([0-9]+)\.([0-9]+)\.([0-9]+)(?![0-9.])", text)
    return [int(number) for number in match.groups()] if match else []


def test_against_node_semver():
    strings = generated(semver_strings, near_semver_strings, "0aZ.+-v_= \té\xa0\ufeff\uff11", 7)
    assert len(strings) >= COUNT
    rows = parsed(strings, "semver")
    valid = []
    lenient = large = 0
    for text, row, theirs in zip(strings, rows, node(NODE_PARSE, strings)):
        if node_is_lenient(text):
            assert not row["valid"], text
            lenient += 1
        elif row["valid"] and max(core_of(text)) > MAX_SAFE_INTEGER:
            assert theirs is None, text
            large += 1
        else:
            assert row["valid"] == (theirs is not None), text
        if row["valid"] and theirs is not None:
            assert [row["normalized"], row["prerelease"]] == theirs, text
            assert row["normalized"] == text
            valid.append(text)
    assert len(valid) > COUNT * 0.6 and lenient < COUNT * 0.1 and large < COUNT * 0.01
    # Both sorts are stable, so that equal versions must be equal to both; and from the other end, too.
    for given in (valid, valid[::-1]):
        assert sorted_by_slipway(given, "semver") == node(NODE_SORT, given)
    rand = random.Random(5)
    pairs = [(rand.choice(valid), rand.choice(valid)) for _ in range(20)] + [(near_semver_strings(rand), near_semver_strings(rand)) for _ in range(20)]
    signs = [{-1: "<", 0: "=", 1: ">"}[order] for order in node(NODE_COMPARE, [" ".join(pair) for pair in pairs])]
    assert compared_by_slipway(pairs, "semver") == signs


def semver_key(text):
    """Section 11 once more, with Python's numbers, which have no limit. Only for valid ones."""
    core, _, pre = text.partition("+")[0].partition("-")
    identifiers = [(0, int(word), "") if word.isdigit() else (1, 0, word) for word in pre.split(".")] if pre else []
    return [int(number) for number in core.split(".")], not pre, identifiers


def test_where_node_semver_has_limits():
    """It refuses core numbers beyond 2^53 - 1, where slipway takes 18 digits, and compares long numbers of a pre-release as floats."""
    rand = random.Random(13)
    cores = [f"{rand.choice([0, 1])}.{rand.randrange(10**(digits - 1), 10**digits)}.0" for digits in range(14, 22) for _ in range(200)]
    theirs = node(NODE_PARSE, cores)
    for text, row, peer in zip(cores, parsed(cores, "semver"), theirs):
        number = core_of(text)[1]
        assert row["valid"] == (number < 10**18), text
        assert (peer is not None) == (number <= MAX_SAFE_INTEGER), text
    wide = [f"1.0.0-{rand.randrange(10**30, 10**30 + 3)}{rand.choice(['', '.1', 'a'])}" for _ in range(1000)]
    for given in ([text for text in cores if core_of(text)[1] < 10**18], wide):
        assert sorted_by_slipway(given, "semver") == sorted(given, key=semver_key)
    assert slipway("compare", f"1.0.0-{2**53}", f"1.0.0-{2**53 + 1}") == "<\n"
    assert node(NODE_COMPARE, [f"1.0.0-{2**53} 1.0.0-{2**53 + 1}"]) == [0]


def test_length_as_node_semver_limits_it():
    """256 characters are the limit of both; the specification has none."""
    rand = random.Random(17)
    strings = ["1.0.0-" + "".join(rand.choice("ab1.") for _ in range(length - 8)) + "aa" for length in range(200, 300) for _ in range(5)]
    for text, row, theirs in zip(strings, parsed(strings, "semver"), node(NODE_PARSE, strings)):
        assert row["valid"] == (theirs is not None), text
        assert len(text) <= 256 or not row["valid"]


def peer_version(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def signs_of(pairs):
    return ["<" if first < second else ">" if first > second else "=" for first, second in pairs]


def test_against_packaging():
    strings = generated(pep440_strings, near_pep440_strings, "0aZ.+-v_! rcé\uff11²" + BLANKS + NO_BLANKS, 11)
    assert len(strings) >= COUNT
    rows = parsed(strings, "pep440")
    versions = {}
    for text, row in zip(strings, rows):
        theirs = peer_version(text)
        assert row["valid"] == (theirs is not None), ascii(text)
        if theirs is None:
            continue
        assert row["normalized"] == str(theirs), ascii(text)
        assert row["prerelease"] == theirs.is_prerelease, ascii(text)
        parts = [row["epoch"], row["release"], row["pre"], row["post"], row["dev"], ".".join(row["local"])]
        number = [None if part is None else str(part) for part in (theirs.post, theirs.dev)]
        pre = None if theirs.pre is None else f"{theirs.pre[0]}{theirs.pre[1]}"
        assert parts == [str(theirs.epoch), [str(part) for part in theirs.release], pre, *number, theirs.local or ""], ascii(text)
        versions[text] = theirs
    assert len(versions) > COUNT * 0.6
    valid = list(versions)
    for given in (valid, valid[::-1]):
        assert sorted_by_slipway(given, "pep440") == sorted(given, key=lambda text: versions[text])
    rand = random.Random(5)
    pairs = [(rand.choice(valid), rand.choice(valid)) for _ in range(20)] + [(near_pep440_strings(rand), near_pep440_strings(rand)) for _ in range(20)]
    assert compared_by_slipway(pairs, "pep440") == signs_of((Version(first), Version(second)) for first, second in pairs)


def test_numbers_of_pep440_have_no_limit():
    rand = random.Random(19)
    strings = [f"1.{rand.randrange(10**digits)}.{'0' * rand.randrange(4)}{rand.randrange(10**60, 10**60 + 2)}rc{rand.randrange(10**digits)}" for digits in (1, 20, 200)
               for _ in range(300)]
    assert [row["normalized"] for row in parsed(strings, "pep440")] == [str(Version(text)) for text in strings]
    assert sorted_by_slipway(strings, "pep440") == sorted(strings, key=Version)


def test_where_packaging_differs_from_the_specification():
    # Letters are those of ASCII; packaging before 26 took what Unicode folds to them.
    folded = ["1.0.po\u017ft1", "1.0+\u212a", "1.0+\u0131", "1.0prev\u0130ew1"]
    assert not any(row["valid"] for row in parsed(folded, "pep440"))
    # The specification has no limit, and packaging none but Python's own; slipway takes 4096 bytes.
    long = ["1." + "1" * 4094, "1." + "1" * 4095]
    assert [row["valid"] for row in parsed(long, "pep440")] == [True, False]
    assert all(peer_version(text) is not None for text in long)


# ---- between the two ----


@pytest.mark.parametrize("semver, pep440", [("1.1.0-rc.1", "1.1.0rc1"), ("1.1.0-alpha.0", "1.1.0a0"), ("2.0.0", "2.0.0"), ("1.1.0-dev.3", "1.1.0.dev3")])
def test_mapping(tmp_path, semver, pep440):
    """A Python manifest gets the PEP 440 form."""
    project = Project.make(tmp_path / "p")
    assert project.run("version", semver, "--no-commit").status == 0
    assert f'version = "{pep440}"  # raised' in (project.work / "pyproject.toml").read_text()


def test_what_cannot_be_mapped_is_refused(tmp_path):
    done = Project.make(tmp_path / "p").run("version", "2.0.0-SNAPSHOT", "--no-commit")
    assert done.status == 2 and "no PEP 440 form" in done.error()["what"]
