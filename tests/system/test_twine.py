"""`slipway verify --strict` against Debian's `twine check --strict`, over a made corpus: whatever twine fails, slipway fails, and says the same; where slipway fails
what twine passes, the corpus says why."""

import collections
import json
import os
import pathlib
import re
import subprocess

import pytest
from support import corpus
from support.project import SLIPWAY, environment

TWINE = "/usr/bin/twine"
# twine's words → the codes of slipway's that say the same.
WORDS = {
    "`long_description` missing": {"description/missing"},
    "`long_description_content_type` missing": {"description/type-missing", "metadata/field-too-new"},
    "`long_description` has syntax errors in markup": {"description/markup", "description/missing", "description/type-case"},
    "Metadata is missing required fields": {"metadata/missing-field", "metadata/version"},
    "No METADATA in archive": {"metadata/missing", "metadata/missing-field"},
    "No PKG-INFO in archive": {"metadata/missing", "content/no-pkg-info"},
    "File is not a zip file": {"archive/broken"},
    "Not a known archive format": {"archive/broken"},
}
Verdict = collections.namedtuple("Verdict", "failed words")


def twine_once(paths):
    """What twine says of each file, in order, until it stops at one that it cannot read."""
    env = environment(COLUMNS=20000, TERM="xterm", PYTHONUNBUFFERED=1)
    done = subprocess.run([TWINE, "check", "--strict", *map(str, paths)], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    found = {}
    for piece in re.split(r"^Checking ", re.sub(r"\x1b\[[0-9;]*m", "", done.stdout), flags=re.MULTILINE)[1:]:
        name, _, rest = piece.partition(": ")
        found[name] = Verdict(not rest.startswith("PASSED\n"), " ".join(rest.split()))
    assert found, done.stdout
    return found


def twine_all(paths):
    """twine ends at the first file that is no distribution: it is called again with those behind."""
    found, left = {}, list(paths)
    while left:
        found.update(twine_once(left))
        behind = [path for path in left if str(path) not in found]
        assert len(behind) < len(left), found
        left = behind
    return found


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """Case name → what twine and what slipway say; each program sees all files at once."""
    folder = tmp_path_factory.mktemp("corpus")
    paths = {case.name: case.make(folder / case.name) for case in corpus.CASES}
    done = subprocess.run([SLIPWAY, "verify", "--strict", "--json", *map(str, paths.values())], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 4, done.stderr
    rows = {row["path"]: row for row in json.loads(done.stdout)["packages"]}
    twine = twine_all(paths.values())
    return {name: (twine[str(path)], rows[str(path)]) for name, path in paths.items()}


def failing(row):
    return {finding["code"] for finding in row["findings"] if finding["severity"] != "note"}


def test_the_corpus_is_large_and_its_names_differ():
    names = [case.name for case in corpus.CASES]
    assert len(names) >= 60 and len(set(names)) == len(names)
    assert sum(not case.codes for case in corpus.CASES) >= 20 and sum(bool(case.codes) and not case.stricter for case in corpus.CASES) >= 20


@pytest.mark.parametrize("case", corpus.CASES, ids=lambda case: case.name)
def test_slipway_agrees_with_twine(verdicts, case):
    twine, row = verdicts[case.name]
    wrong = row["outcome"] == "wrong"
    assert failing(row) == set(case.codes), row["findings"]
    assert wrong == bool(case.codes)
    if twine.failed:
        assert wrong and not case.stricter, twine.words
    else:
        assert wrong == bool(case.stricter), (twine.words, row["findings"])


@pytest.mark.parametrize("case", [case for case in corpus.CASES if not case.stricter], ids=lambda case: case.name)
def test_slipway_says_what_twine_says(verdicts, case):
    twine, row = verdicts[case.name]
    said = [codes for words, codes in WORDS.items() if words in twine.words]
    assert bool(said) == twine.failed, twine.words
    assert all(codes & failing(row) for codes in said), (twine.words, row["findings"])


def test_nothing_but_a_new_classifier_is_left_unchecked(verdicts):
    left = {name: row["unchecked"] for name, (_, row) in verdicts.items() if row["unchecked"]}
    assert [one["code"] for one in left.pop("wheel-new-classifier")] == ["metadata/classifier-known"]
    assert left == {}


def test_without_strict_warnings_do_not_fail(tmp_path):
    case = next(case for case in corpus.CASES if case.name == "linux-platform")
    path = case.make(tmp_path / "x")
    done = subprocess.run([SLIPWAY, "verify", str(path)], env=environment(), stdout=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 0 and "right, 1 warning" in done.stdout and "wheel/platform-refused" in done.stdout


def test_markdown_starts_no_other_program(tmp_path):
    """Only reStructuredText needs Python."""
    trace = tmp_path / "trace"
    paths = [corpus.GOOD[0].make(tmp_path / "w"), corpus.GOOD[1].make(tmp_path / "s")]
    words = ["strace", "-f", "-qq", "-e", "trace=execve", "-o", str(trace), SLIPWAY, "verify", *map(str, paths)]
    env = environment(ASAN_OPTIONS="detect_leaks=0")  # the leak checker cannot work below another tracer
    assert subprocess.run(words, env=env, stdout=subprocess.DEVNULL, timeout=60).returncode == 0
    assert trace.read_text().count("execve(") == 1
    assert os.path.basename(SLIPWAY) in trace.read_text() and pathlib.Path(trace).stat().st_size > 0
