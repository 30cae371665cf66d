"""What makes a mistake in memory harder to use: looked for in the built program and in each object that it is made of, not in the build's options alone."""

import json
import os
import pathlib
import platform
import re
import subprocess

import pytest

PROGRAM = pathlib.Path(os.environ["SLIPWAY_FAULT"])
BUILD = PROGRAM.parent
X86 = platform.machine() in ("x86_64", "i686")


def readelf(*words):
    return subprocess.run(["readelf", "-W", *map(str, words)], check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def program_facts():
    headers, dynamic, symbols = readelf("-h", "-l", PROGRAM), readelf("-d", PROGRAM), readelf("--dyn-syms", PROGRAM)
    return {
        "any address (PIE)": re.search(r"Type:\s+DYN", headers) and re.search(r"FLAGS_1.*\bPIE\b", dynamic),
        "relocations are read-only": "GNU_RELRO" in headers,
        "all of them (now)": re.search(r"\(FLAGS\).*\bBIND_NOW\b|FLAGS_1.*\bNOW\b", dynamic),
        "no relocations in the text": "TEXTREL" not in dynamic,
        "no code on the stack": re.search(r"GNU_STACK.*\sRW\s", headers),
        "no search path of its own": not re.search(r"\((RPATH|RUNPATH)\)", dynamic),
        "stack protector": "__stack_chk_fail" in symbols,
        "checked copies (fortify)": "__memcpy_chk" in symbols,
    }


@pytest.mark.parametrize("fact", list(program_facts()))
def test_the_program(fact):
    assert program_facts()[fact], f"{PROGRAM}: {fact}"


def commands():
    """The command of each source of the program itself."""
    rows = json.loads((BUILD / "compile_commands.json").read_text("utf-8"))
    return {row["file"].split("/src/")[1]: row["command"].split() for row in rows if "/src/" in row["file"]}


FLAGS = ["-fstack-protector-strong", "-fstack-clash-protection", "-D_FORTIFY_SOURCE=3"] + (["-fcf-protection=full"] if X86 else [])


@pytest.mark.parametrize("flag", FLAGS)
def test_every_source_has_it_the_one_in_cpp_too(flag):
    rows = commands()
    assert "changelog/template.cc" in rows and "cli/main.c" in rows and len(rows) > 300
    assert [name for name, words in rows.items() if flag not in words] == []


@pytest.mark.skipif(not X86, reason="CET is of x86")
def test_every_object_is_marked_for_cet():
    """The program as a whole is not: the linker marks it where all objects are, and the C library's own start files (crt1.o) are not."""
    objects = sorted((BUILD / "src").rglob("*.o"))
    assert len(objects) > 300
    parts = re.split(r"^File: ", readelf("-n", *objects), flags=re.MULTILINE)[1:]
    assert len(parts) == len(objects)
    assert [part.split("\n", 1)[0] for part in parts if "IBT, SHSTK" not in part] == []
