"""One file and one row: every row of every table has its source, its test data and its line of help; every source file is built, every test is run."""

import json
import os
import re
import subprocess

import house
import pytest

# Table → (macro of its rows, folder of test data below tests/contract/data or None).
TABLES = {
    "manifest/formats.def": ("MANIFEST_FORMAT", "formats"),
    "forge/forges.def": ("FORGE", "forges"),
    "package/kinds.def": ("PACKAGE_KIND", None),
    "effects/effects.def": ("EFFECT_KIND", "effects"),
    "effects/installers.def": ("INSTALLER", None),
    "builder/builders.def": ("BUILDER", "builders"),
    "steps/steps.def": ("STEP", None),
    "cli/commands.def": ("COMMAND", None),
}
EXIT_STATUSES = {1, 2, 3, 4, 5, 6, 7, 130}


def rows(text, macro):
    """First words of a table's rows, in order, each once."""
    return list(dict.fromkeys(re.findall(rf"^{macro}\(\s*(\w+)", house.without_noise(text), re.MULTILINE)))


def row_problems(table, text, macro, data, exists):
    """exists(pattern): is there a file of this name? A row needs its source file, and test data where the table has a folder for it."""
    folder, found = table.split("/")[0], []
    names = rows(text, macro)
    if not names:
        found.append(f"{table}: no rows")
    for name in names:
        if not exists(f"src/{folder}/{name}.c"):
            found.append(f"{table}: {name}: src/{folder}/{name}.c is missing")
        if data and not exists(f"tests/contract/data/{data}/{name}*"):
            found.append(f"{table}: {name}: tests/contract/data/{data}/{name}* is missing")
    return found


def doc_problems(name, text):
    """A kind of effect says in a line what it is, and how it is undone."""
    return [f"{name}: .{member} is missing" for member in ("doc", "undo_note") if not re.search(rf'\.{member}\s*=\s*"[^"]', text)]


# How the sources read a parameter of an effect.
PARAMETER = re.compile(r'(?:\w*params|wish|wanted|package|row|first|previous|release|forge|one), "([\w-]+)"|effects_path\((?:\w|->)+, "([\w-]+)"')
# Results of effects, which such rows are as well; what stands in none of a plan's parameters.
NO_PARAMETERS = {"is", "ok", "planned", "number", "why", "targets", "dependencies", "none"}


def names_in(value):
    """All names of members, however deep."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {*(value if isinstance(value, dict) else ()), *(name for member in inner for name in names_in(member))}


def unshown(source, data):
    """Parameters that a kind reads and that its data has not: nothing would see that they are hidden."""
    read = {first or second for first, second in PARAMETER.findall(source)}
    return sorted(read - NO_PARAMETERS - names_in(data.get("params")) - names_in(data.get("more")))


def error_problems(text):
    found, pattern = [], re.compile(r'^ERROR_ROW\((\w+), (\d+), (?:true|false), ("(?:[^"\\]|\\.)*")\)$')
    lines = [line for line in text.splitlines() if line.startswith("ERROR_ROW(")]
    for line in lines:
        match = pattern.match(line)
        if not match:
            found.append(f"not a row: {line}")
        elif match[3] == '""' or int(match[2]) not in EXIT_STATUSES:
            found.append(f"{match[1]}: it needs a fix and a known exit status")
    return found if lines else ["no rows"]


def key_problems(text):
    """A key of the configuration says what it means, and a whole number says from where to where it goes."""
    found, pattern = [], re.compile(r'^CONFIG_KEY\("[a-z*][a-z0-9.*\[\]-]*", [A-Z]+, "(?:[^"\\]|\\.)*", "(?:[^"\\]|\\.)+"((?:, \.\w+ = [^,]+)*)\)$')
    lines = [line for line in text.splitlines() if line.startswith("CONFIG_KEY(")]
    found += [f"a whole number without its range: {line}" for line in lines if ", INT, " in line and not re.search(r"\.least = \d+, \.most = \d+", line)]
    return found + [f"not a row: {line}" for line in lines if not pattern.match(line)] if lines else ["no rows"]


def preset_problems(text, exists):
    """A gate that is detected has an example of a project in which it is."""
    names = dict.fromkeys(re.findall(r'^GATE_PRESET\("([^"]+)"', text, re.MULTILINE))
    wanted = [f"tests/contract/data/presets/{name}*" for name in names]
    return [f"{pattern} is missing" for pattern in wanted if not exists(pattern)] if names else ["no rows"]


def check_problems(text, code, tests):
    """What can be found in a package is found by some code, and its code stands in a test."""
    found = re.findall(r'^PACKAGE_CHECK\((\w+), "([^"]+)", (?:PROBLEM|WARNING|NOTE), [A-Z_| ]+\)$', text, re.MULTILINE)
    lines = [line for line in text.splitlines() if line.startswith("PACKAGE_CHECK(")]
    odd = [f"{len(lines) - len(found)} lines are no rows"] if len(found) != len(lines) or not found else []
    unused = [f"{name}: nothing reports it" for name, _ in found if not re.search(rf"\bPACKAGE_CHECK_{name}\b", code)]
    return odd + unused + [f"{word}: no test names it" for _, word in found if word not in tests]


def unbuilt(paths, meson, from_tables):
    """Source files that the build does not name. paths: "folder/name"."""
    parts = dict(re.findall(r"^  '(\w+)': \[(.*?)\]", meson, re.MULTILINE | re.DOTALL))
    named = {f"{folder}/{name}" for folder, names in parts.items() for name in re.findall(r"'(\w+)'", names)}
    return [path for path in paths if path not in named and path not in from_tables and path != "cli/main"]


def exists_here(pattern):
    return any(house.ROOT.glob(pattern))


def table_text(table):
    return house.read(house.ROOT / "src" / table)


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_its_files(table):
    macro, data = TABLES[table]
    assert row_problems(table, table_text(table), macro, data, exists_here) == []


def test_every_table_is_known():
    known = {*TABLES, "package/secrets.def", "base/errors.def", "base/limits.def", "share/travels.def", "base/process_env.def", "gate/empty.def", "gate/presets.def", "package/checks.def", "package/fields.def", "package/spdx.def", "project/config.def"}
    assert {house.shown(path, house.ROOT / "src") for path in house.files("src", endings=[".def"])} == known


def test_every_effect_kind_says_what_it_does():
    names = rows(table_text("effects/effects.def"), "EFFECT_KIND")
    texts = {f"effects/{name}.c": house.read(house.ROOT / "src" / "effects" / f"{name}.c") for name in names}
    assert [problem for name, text in texts.items() for problem in doc_problems(name, text)] == []


def test_every_error_has_a_fix():
    assert error_problems(table_text("base/errors.def")) == []


def test_every_check_of_packages_is_made_and_tested():
    code = "".join(house.read(path) for path in house.files("src", endings=[".c"]))
    tests = "".join(house.read(path) for path in house.files("tests", endings=[".c", ".py"]))
    assert check_problems(table_text("package/checks.def"), code, tests) == []
    assert len(check_problems('PACKAGE_CHECK(A, "b/c", NOTE, SPEC)\nPACKAGE_CHECK(B, "b/d", OTHER, SPEC)\n', "PACKAGE_CHECK_AB", '"b/x"')) == 3


def test_every_preset_has_its_example():
    assert preset_problems(table_text("gate/presets.def"), exists_here) == []


def test_every_key_says_what_it_means():
    assert key_problems(table_text("project/config.def")) == []


@pytest.mark.parametrize("name", rows(table_text("cli/commands.def"), "COMMAND"))
def test_every_command_has_help(name):
    command = name.replace("_", "-")
    answer = subprocess.run([os.environ["SLIPWAY"], command, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, cwd="/")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert f"slipway {command}" in answer.stdout and re.search(r"^example", answer.stdout, re.IGNORECASE | re.MULTILINE)
    overview = subprocess.run([os.environ["SLIPWAY"], "--help"], stdout=subprocess.PIPE, text=True, timeout=60, cwd="/", check=True).stdout
    assert re.search(rf"^ +{re.escape(command)} +\S", overview, re.MULTILINE)


def test_every_source_is_built():
    src = house.ROOT / "src"
    paths = [house.shown(path, src)[:-2] for path in house.files("src", endings=[".c"])]
    from_tables = {f"{table.split('/')[0]}/{name}" for table, (macro, _) in TABLES.items() for name in rows(table_text(table), macro)}
    assert unbuilt(paths, house.read(src / "meson.build"), from_tables) == []


def test_every_test_program_is_built():
    paths = [f"{path.parent.name}/{path.stem.removeprefix('test_')}" for path in house.files("tests/unit", "tests/contract", endings=[".c"]) if path.stem.startswith("test_")]
    assert unbuilt(paths, house.read(house.ROOT / "tests" / "meson.build"), set()) == []


def test_rows_are_read():
    assert rows('/* STEP(no) */\nSTEP(a)\nSTEP(\n  b, "x")\nSTEP(a, 2)\nOTHER(c)\n', "STEP") == ["a", "b"]


def test_a_row_without_its_files_is_seen():
    there = {"src/steps/a.c", "tests/contract/data/steps/a*", "src/steps/b.c"}
    assert row_problems("steps/steps.def", "STEP(a)\n", "STEP", "steps", there.__contains__) == []
    assert len(row_problems("steps/steps.def", "STEP(a)\nSTEP(b)\nSTEP(c)\n", "STEP", "steps", there.__contains__)) == 3
    assert row_problems("steps/steps.def", "", "STEP", "steps", there.__contains__) == ["steps/steps.def: no rows"]


def test_a_kind_without_words_is_seen():
    assert len(doc_problems("a", '.doc = "", .undo_note = "x"')) == 1 and len(doc_problems("a", "")) == 2


def test_a_bad_error_row_is_seen():
    assert error_problems('ERROR_ROW(A, 1, true, "x")') == []
    for text in ("", 'ERROR_ROW(A, 1, true, "")', 'ERROR_ROW(A, 9, true, "x")', "ERROR_ROW(A, 1, true)"):
        assert len(error_problems(text)) == 1


def test_a_preset_without_its_example_is_seen():
    there = {"tests/contract/data/presets/a*"}.__contains__
    assert preset_problems('GATE_PRESET("a", NULL)\nGATE_PRESET("b", NULL)\n', there) == ["tests/contract/data/presets/b* is missing"]
    assert preset_problems("", there) == ["no rows"]


def test_a_bad_key_row_is_seen():
    assert key_problems('CONFIG_KEY("a.*.b[]", WORDS, "", "what \\"it\\" is")') == []
    assert key_problems('CONFIG_KEY("a", INT, "1", "b", .least = 0, .most = 9)') == []
    for text in ("", 'CONFIG_KEY("a", STRING, "1", "")', 'CONFIG_KEY("a", WORDS, "1")', 'CONFIG_KEY("a", INT, "1", "b")'):
        assert len(key_problems(text)) == 1


def test_an_unbuilt_file_is_seen():
    meson = "parts = {\n  'base': ['fs',\n    'text'],\n  'git': [],\n}\n"
    assert unbuilt(["base/fs", "base/text", "git/git", "cli/main", "steps/a"], meson, {"steps/a"}) == ["git/git"]


def test_each_key_stands_once():
    """A merge by union leaves the old row beside the new one."""
    keys = re.findall(r'^CONFIG_KEY\("([^"]*)"', table_text("project/config.def"), re.MULTILINE)
    assert sorted(keys) == sorted(set(keys))


def test_each_parameter_of_an_effect_has_data():
    data = {path.stem: json.loads(path.read_text()) for path in (house.ROOT / "tests/contract/data/effects").glob("*.json")}
    everything = {"params": [row["params"] for row in data.values()], "more": [row.get("more") for row in data.values()]}
    found = {path.stem: unshown(path.read_text(), data.get(path.stem, everything)) for path in (house.ROOT / "src/effects").glob("*.c")}
    assert len(data) > 30 and {stem: names for stem, names in found.items() if names} == {}


def test_a_parameter_without_data_is_seen():
    source = 'jsonx_string(run->params, "a"); effects_path(run, "b", error); json_object_get(params, "c")'
    assert unshown(source, {"params": {"a": [{"b": 1}]}}) == ["c"] and unshown(source, {"more": {"a": 1, "b": 2, "c": 3}}) == []
