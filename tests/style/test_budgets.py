"""What a reader can hold in mind: short files and functions, shallow nesting, no goto, no conditional compilation outside base/."""

import ast
import re

import house
import pytest

FILE_LINES, FUNCTION_LINES, PARAMETERS, DEPTH = 500, 60, 6, 4
TEST_FILE_LINES = 800  # one suite of tests is one list, read by looking up
CONDITIONAL = re.compile(r"^[ \t]*#[ \t]*(if|elif|ifdef|ifndef)\b[ \t]*(.*)$", re.MULTILINE)
ROW_MACRO = re.compile(r"^([A-Z][A-Z0-9_]*)\(", re.MULTILINE)
# Never in our code: unbounded, not thread-safe, dependent on the locale, or given to a shell.
BANNED = re.compile(
    r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|system|popen|tmpnam|tempnam|mktemp|alloca|g_alloca|asctime|ctime|localtime|gmtime|"
    r"isalpha|isdigit|isalnum|isspace|isupper|islower|isprint|ispunct|toupper|tolower|strcasecmp|strncasecmp|strtod|setenv|putenv|g_setenv|chdir|g_chdir)\s*\("
)
WHERE_BANNED_IS_RIGHT = {"src/cli/main.c": {"setenv", "g_setenv", "chdir", "g_chdir"}}  # before any thread is there


def file_lines(name):
    return TEST_FILE_LINES if name.startswith("tests/") and name.rsplit("/", 1)[1].startswith("test_") else FILE_LINES


def c_problems(name, text, row_macros):
    found = []
    if text.count("\n") > file_lines(name):
        found.append(f"{name}: {text.count(chr(10))} lines")
    for one in house.functions(text):
        if one.lines > FUNCTION_LINES:
            found.append(f"{name}:{one.first}: {one.name} has {one.lines} lines")
        if one.params > PARAMETERS:
            found.append(f"{name}:{one.first}: {one.name} has {one.params} parameters")
        if one.depth > DEPTH:
            found.append(f"{name}:{one.first}: {one.name} is nested {one.depth} deep")
    code = house.without_noise(text)
    if re.search(r"\bgoto\b", code):
        found.append(f"{name}: goto")
    if not name.startswith("src/base/"):
        found += [f"{name}: #{match[1]} {match[2]}" for match in CONDITIONAL.finditer(code) if not of_a_table(match, row_macros)]
    if name.endswith(".h") and not re.search(r"^#pragma once$", code, re.MULTILINE):
        found.append(f"{name}: no #pragma once")
    calls = {match[1] for match in BANNED.finditer(code)} - WHERE_BANNED_IS_RIGHT.get(name, set())
    return found + [f"{name}: {call}()" for call in sorted(calls) if name.startswith("src/")]


def of_a_table(match, row_macros):
    return match[1] in ("ifdef", "ifndef") and match[2].strip() in row_macros


def python_problems(name, text):
    found = [f"{name}: {text.count(chr(10))} lines"] if text.count("\n") > file_lines(name) else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno - node.lineno >= FUNCTION_LINES:
            found.append(f"{name}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines")
    return found


def macros_of_tables():
    return {macro for path in house.files("src", endings=[".def"]) for macro in ROW_MACRO.findall(house.without_noise(house.read(path)))}


def is_python(path):
    return path.suffix == ".py" or (path.suffix == "" and house.read(path).startswith("#!/usr/bin/python3"))


def test_c_keeps_the_budgets():
    macros = macros_of_tables()
    paths = house.files("src", "tests", endings=[".c", ".h", ".def"])
    assert [problem for path in paths for problem in c_problems(house.shown(path), house.read(path), macros)] == []


def test_python_keeps_the_budgets():
    paths = [path for path in house.files("tests", "tools") if is_python(path)]
    assert [problem for path in paths for problem in python_problems(house.shown(path), house.read(path))] == []


GOOD = "#pragma once\n/* goto system() */\nstatic int f(int a) {\n    return a;\n}\n"


@pytest.mark.parametrize(
    "name, text",
    [
        ("src/git/a.h", GOOD + "\n" * 500),
        ("src/git/a.h", GOOD + "void f(void) {\n" + "    x();\n" * 60 + "}\n"),
        ("src/git/a.h", GOOD + "void f(int a, int b, int c, int d, int e, int f, int g) {\n}\n"),
        ("src/git/a.h", GOOD + "void f(void) { if (a) if (b) for (;;) while (c) if (d) x(); }\n"),
        ("src/git/a.h", GOOD + "void f(void) { goto end; }\n"),
        ("src/git/a.h", GOOD + "#if 1\n#endif\n"),
        ("src/git/a.h", GOOD + "#ifdef __linux__\n#endif\n"),
        ("src/git/a.h", "int a;\n"),
        ("src/git/a.c", "void f(void) { system(0); }\n"),
        ("src/git/a.c", "int f(int c) { return isalpha (c); }\n"),
    ],
)
def test_what_breaks_a_budget_is_seen(name, text):
    assert len(c_problems(name, text, {"STEP"})) == 1


def test_what_keeps_them_is_left_alone():
    assert c_problems("src/git/a.h", GOOD + "#ifndef STEP\n#define STEP(x)\n#endif\nint b = g_ascii_isalpha(1);\n", {"STEP"}) == []
    assert c_problems("src/base/a.h", GOOD + "#if 1\n#endif\n", set()) == []
    assert c_problems("src/git/a.h", GOOD + "void f(void) {\n" + "    x();\n" * 58 + "}\n", set()) == []


def test_long_python_is_seen():
    assert python_problems("a.py", "def f():\n" + "    x()\n" * 60) == ["a.py:1: f has 61 lines"]
    assert python_problems("a.py", "\n" * 501) == ["a.py: 501 lines"]
    assert python_problems("tests/unit/test_a.py", "\n" * 801) and not python_problems("tests/unit/test_a.py", "\n" * 501)
    assert python_problems("a.py", "def f():\n" + "    x()\n" * 59) == []
