"""What a command declares is what it takes: an option of another command, or one argument too many, is a usage error that starts and changes nothing."""

import concurrent.futures
import os
import re
import subprocess

import pytest

PROGRAM = os.environ["SLIPWAY_FAULT"]  # without sanitizers: some hundred starts
SAMPLES = {"patch|minor|major|auto|X.Y.Z": ["minor"], "X.Y.Z": ["1.2.3"], "VERSION…|-": ["1.2.3"], "A B|-": ["1.0.0", "1.1.0"], "PATH…": ["x"], "X.Y.Z|unreleased": ["unreleased"]}
MOST = {"A B|-": 2}


class Form:
    """One line of the usage."""

    def __init__(self, text):
        tokens = re.findall(r"\[[^\]]*\]|\S+", text)
        assert tokens[0] == "slipway"
        self.command, rest = tokens[1], tokens[2:]
        self.word = rest.pop(0) if rest and re.fullmatch(r"[a-z]+", rest[0]) else None
        self.key = rest.pop(0)[2:] if rest and re.fullmatch(r"--[a-z-]+", rest[0]) else None
        self.key_value = bool(rest) and rest[0] in ("FILE", "TEXT") and bool(rest.pop(0))
        plain = [token for token in rest if not token.startswith("[--")]
        plain = [" ".join(plain)] if plain else []
        self.shown = plain[0].strip("[]") if plain else None
        self.wanted = bool(plain) and not plain[0].startswith("[")
        named = [token[3:-1].split(" ") for token in rest if token.startswith("[--")]
        self.options = {words[0]: len(words) > 1 for words in named} | ({self.key: self.key_value} if self.key else {})

    def most(self):
        return 0 if self.shown is None else None if "…" in self.shown else MOST.get(self.shown, 1)

    def line(self):
        """The shortest that is right."""
        key = [] if self.key is None else [f"--{self.key}=x" if self.key_value else f"--{self.key}"]
        return [self.command, *([self.word] if self.word else []), *key, *(SAMPLES[self.shown] if self.wanted else [])]

    def takes(self, given, count):
        fits = set(given) <= set(self.options) and (self.key is None or self.key in given)
        return fits and (self.most() is None or count <= self.most()) and count >= (len(SAMPLES[self.shown]) if self.wanted and "patch" not in self.shown else 0)


def start(*words, cwd, env=None):
    return subprocess.run([PROGRAM, *words], cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)


def read_forms(cwd="/"):
    overview = start("--help", cwd=cwd).stdout
    names = re.findall(r"^  ([a-z]+) +\S", overview.split("Commands:\n")[1].split("\n\n")[0], re.MULTILINE)
    forms = []
    for name in names:
        usage = start(name, "--help", cwd=cwd).stdout.split("\n\n")[1]
        assert usage.startswith("Usage: slipway ")
        lines = re.sub(r"\n {11}", " ", usage.replace("Usage:", "      ")).splitlines()
        forms += [Form(line.strip()) for line in lines]
    return forms


@pytest.fixture(scope="module")
def forms():
    return read_forms()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A repository in which a git that is called leaves a trace."""
    root = tmp_path_factory.mktemp("commands")
    tree, tools = root / "tree", root / "bin"
    tree.mkdir()
    tools.mkdir()
    subprocess.run(["git", "init", "-q", tree], check=True)
    (tools / "git").write_text(f"#!/bin/sh\necho \"$@\" >>'{root}/called'\nexit 128\n")
    (tools / "git").chmod(0o755)
    return root


def all_files(root):
    return sorted((str(path.relative_to(root)), path.stat().st_mtime_ns) for path in root.rglob("*"))


def refused(place, lines):
    """Those of the lines that are no usage error."""
    env = {"PATH": str(place / "bin"), "HOME": str(place), "LC_ALL": "C.UTF-8"}
    before = all_files(place)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda line: start(*line, cwd=place / "tree", env=env), lines))
    wrong = [(" ".join(line), answer.returncode, answer.stderr) for line, answer in zip(lines, answers, strict=True) if answer.returncode != 2 or "USAGE" not in answer.stderr or answer.stdout]
    assert all_files(place) == before
    assert not (place / "called").exists()
    return wrong


def test_the_usage_tells_all_forms(forms):
    commands = {form.command for form in forms}
    assert len(commands) >= 15 and len(forms) >= 30
    assert {form.word for form in forms if form.command == "version"} == {None, "check", "burn", "burned", "parse", "compare", "sort"}
    assert {form.word for form in forms if form.command == "changelog"} == {"check", "show", "list", "add", "release", "generate"}
    assert {"yes", "json", "events", "accept"} == set(next(form for form in forms if form.command == "publish").options)


def test_options_of_other_commands_are_refused(place, forms):
    """Each form with a few, each option somewhere: tests/contract/test_commands.c walks all of each."""
    options = sorted({(name, value) for form in forms for name, value in form.options.items()})
    lines = []
    for number, form in enumerate(forms):
        near = [other for other in forms if (other.command, other.word) == (form.command, form.word)]
        base = [form.key] if form.key else []
        count = len(SAMPLES[form.shown]) if form.wanted else 0
        for name, value in options[number % 8 :: 8]:
            if not any(other.takes([*base, name], count) for other in near):
                lines.append([*form.line(), f"--{name}=x" if value else f"--{name}"])
    assert len(lines) > 100
    assert refused(place, lines) == []


def test_an_argument_too_many_is_refused(place, forms):
    lines = []
    for form in forms:
        if form.most() is not None:
            line = form.line()
            missing = form.most() - (len(SAMPLES[form.shown]) if form.wanted else 0)
            others = [other for other in forms if (other.command, other.word, other.key) == (form.command, form.word, None)]
            count = max([form.most(), *(other.most() or 0 for other in others if other.most() is not None)])
            lines.append([*line, *["1.2.3"] * (missing + count - form.most() + 1)])
    assert len(lines) > 20
    assert [row for row in refused(place, lines) if "verify" not in row[0]] == []


@pytest.mark.parametrize(("line", "says"), [
    ("plan minro", "slipway plan minor"),
    ("rehearse --yes", "slipway rehearse minor"),
    ("release --dry-run", "slipway plan minor"),
    ("release minor --dry-run --yes", "slipway plan minor"),
    ("publish --dry-run", "slipway verify --draft"),
    ("release --yse", "slipway release --yes"),
    ("notes --fromat html", "slipway notes --format FORMAT"),
    ("version --strict", "--strict is for: slipway version check"),
    ("version --scheme pep440", "--scheme is for: slipway version parse"),
    ("version check --reason x", "--reason is for: slipway version burn X.Y.Z"),
    ("version parse 1.2 --fix --yes", "--fix is for: slipway version check --fix"),
    ("version check --yes", "--yes is for: slipway version check --fix"),
    ("version minor --json", "slipway version --json takes no argument, and 'minor' is one"),
    ("version chekc", "slipway version check"),
    ("changelog shwo 1.0.0", "slipway changelog show"),
    ("changelog", "one of: check, show, list, add, release, generate"),
    ("changelog generate --all --since v1", "--all and --since exclude each other"),
    ("gates lst", "slipway gates list"),
    ("gates list unit", "'unit' is one"),
    ("config shema", "slipway config schema"),
    ("plan --set 1.0.0 --set 2.0.0", "--set is given twice: '1.0.0' and '2.0.0'"),
    ("plan minor --json --explain", "--json and --explain exclude each other"),
    ("plan minor --out", "--out needs a value: FILE"),
    ("plan minor --out --json", "--out=--json"),
    ("plan minor --json=yes", "--json takes no value"),
    ("status -C /", "slipway -C FOLDER COMMAND"),
    ("status -- a b", "'b' is too much"),
    ("release minor --plan x", "slipway release --plan takes no argument, and 'minor' is one"),
    ("help plam", "slipway plan"),
    ("help plan status", "takes no 'status'"),
    ("--version status", "takes no 'status'"),
    ("-C", "-C needs a folder"),
    ("statsu", "slipway status"),
])  # fmt: skip
def test_what_is_near_is_named(place, line, says):
    answer = start(*line.split(), cwd=place / "tree", env={"PATH": str(place / "bin"), "HOME": str(place)})
    assert answer.returncode == 2 and answer.stdout == ""
    assert "USAGE" in answer.stderr and says in answer.stderr, answer.stderr
    assert not (place / "called").exists()


def test_what_looks_like_an_option_may_be_meant(place):
    answer = start("version", "parse", "--", "--json", cwd=place / "tree")
    assert (answer.returncode, answer.stdout) == (1, "invalid\n")
    answer = start("version", "parse", "--scheme=semver", "-", cwd=place / "tree")
    assert (answer.returncode, answer.stdout) == (0, "")


def test_help_is_not_the_value_of_an_option(place):
    answer = start("changelog", "add", "--fixed=--help", "--since", "x", cwd=place / "tree", env={"PATH": str(place / "bin"), "HOME": str(place)})
    assert answer.returncode == 2 and "changelog add --fixed does not take --since" in answer.stderr
