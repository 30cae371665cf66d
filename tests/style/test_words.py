"""Texts: no paths of one machine, no unfinished marks, Debian's Python, no waiting in the dark, links that lead somewhere."""

import pathlib
import re
import urllib.parse

import house
import pytest

MACHINE = re.compile(r"(?<![\w.%}{~>-])/(?:work|root|home/(?!you\b|ana\b|USER\b)[a-z]\w*|tmp/(?:brief|house))/")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|WI" r"P)\b")
# A directive of TAP, placeholders that release guides use and the words that docs.todo looks for are data, not marks of ours.
MAY_NAME_MARKS = ("examples/", "tests/", "src/changelog/", "src/docs/", "src/project/config.def", "docs/", "LICENSE")
SLEEP = re.compile(r"\btime\.sleep\(|\bg_usleep\(|\busleep\(|\bsleep\(\d")
BINARY = {".png", ".gz", ".whl", ".zip", ".ico", ".db"}


def text_problems(name, text):
    found = [f"{name}: {match[0]}" for match in MACHINE.finditer(text)]
    if not name.startswith(MAY_NAME_MARKS):
        found += [f"{name}: {match[0]}" for match in UNFINISHED.finditer(text)]
    return found


def sleep_problems(name, text):
    """A test that sleeps says why, on the line or on the one before."""
    mark = "#" if name.endswith(".py") else "/*"
    lines = text.split("\n")
    return [
        f"{name}:{number + 1}: sleeps without a reason"
        for number, line in enumerate(lines)
        if SLEEP.search(line.split(mark)[0]) and mark not in line and mark not in (lines[number - 1] if number else "")
    ]


def first_line_problems(name, text):
    first = text.split("\n", 1)[0]
    if first.startswith("#!") and "python" in first and first != "#!/usr/bin/python3":
        return [f"{name}: {first}"]
    return []


FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)


def heading_anchors(text):
    """The anchors that a reader on a forge has, by its rule: lower case, blanks to dashes, other marks gone."""
    found = set()
    for heading in re.findall(r"^#+\s+(.*?)\s*#*$", FENCE.sub("", text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        stem = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = 0
        anchor = stem
        while anchor in found:
            number += 1
            anchor = f"{stem}-{number}"
        found.add(anchor)
    return found


def link_problems(path, root):
    """Relative links of one Markdown file that lead nowhere."""
    found = []
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", house.read(path)))
    for match in LINK.finditer(text):
        link = match[1] or match[2]
        if re.match(r"[a-z][a-z+.-]*:", link):
            continue
        place, _, anchor = urllib.parse.unquote(link).partition("#")
        target = (path.parent / place) if place else path
        if not target.exists() or root not in [target.resolve(), *target.resolve().parents]:
            found.append(f"{house.shown(path, root)}: {link} is not there")
        elif anchor and target.suffix == ".md" and anchor not in heading_anchors(house.read(target)):
            found.append(f"{house.shown(path, root)}: {link}: no such heading")
    return found


def each(check, *folders, endings=None):
    paths = [path for path in house.files(*folders, endings=endings) if path.suffix not in BINARY and path != pathlib.Path(__file__).resolve()]
    return [problem for path in paths for problem in check(house.shown(path), house.read(path))]


def test_texts():
    assert each(text_problems) == []


def test_nothing_sleeps_without_a_reason():
    assert each(sleep_problems, "tests", endings=[".py", ".c"]) == []


def test_scripts_use_debians_python():
    assert each(first_line_problems, "tests", "tools", ".ci") == []


def test_links_lead_somewhere():
    paths = [*house.ROOT.glob("*.md"), *house.files("docs", endings=[".md"])]
    assert [problem for path in paths for problem in link_problems(path, house.ROOT)] == []


@pytest.mark.parametrize("text", ["see /wo" "rk/main", '"/ro' 'ot/x"', "(/ho" "me/someone/x)", "x = 1 # TO" "DO", "/* FIX" "ME: */"])
def test_a_bad_text_is_seen(text):
    assert len(text_problems("src/a.c", text)) == 1


@pytest.mark.parametrize("text", ["%s/wo" "rk/x", "homework/main/", "/home/you/x", "wip toDo", "my/ro" "ot/x"])
def test_a_good_text_is_left_alone(text):
    assert text_problems("src/a.c", text) == []


def test_a_blind_sleep_is_seen():
    assert sleep_problems("a.py", "x\ntime.sleep(1)\n") and sleep_problems("a.c", "g_usleep(10);\n")
    assert sleep_problems("a.py", "# the server has no sign of being ready\ntime.sleep(1)\n") == []
    assert sleep_problems("a.c", "g_usleep(10); /* the clock must move on */\n") == []


def test_another_python_is_seen():
    assert first_line_problems("a", "#!/usr/bin/env python3\n") and first_line_problems("a", "#!/usr/bin/python3 -u\n")
    assert first_line_problems("a", "#!/usr/bin/python3\n#!python") == [] and first_line_problems("a", "#!/bin/sh\n") == []


def test_a_dead_link_is_seen(tmp_path):
    (tmp_path / "b.md").write_text("# Two words, `x` & [a](b)\n\n## Again\n\n## Again\n", "utf-8")
    page = tmp_path / "a.md"
    page.write_text("[x](gone.md) [y](b.md#nothing) [z](../../etc/passwd)\n[w]: other.md\n```\n[q](fenced.md)\n```\n", "utf-8")
    assert len(link_problems(page, tmp_path)) == 4
    page.write_text('[x](b.md "b") [y](b.md#two-words-x--a) [z](b.md#again-1) [u](https://example.org/x) `[n](none.md)`\n', "utf-8")
    assert link_problems(page, tmp_path) == []
