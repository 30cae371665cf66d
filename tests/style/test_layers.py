"""Includes only lead down: src/LAYERS lists the folders bottom to top; folders that share a line never include each other."""

import re

import house
import pytest

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?:"([^"\n]*)"|<([^>\n]*)>)', re.MULTILINE)


def layers(text):
    """Folder → line number, counted from the bottom."""
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {name: height for height, names in enumerate(lines) for name in names}


def include_problem(folder, target, angled, height):
    """What is wrong with one include, or None."""
    part = target.split("/")[0]
    if angled:
        return f"<{target}>: ours are written with quotes" if "/" in target and part in height else None
    if target.count("/") != 1:
        return f'"{target}": written as "folder/file.h"'
    if part not in height:
        return f'"{target}": {part} is not in src/LAYERS'
    if part != folder and height[part] == height[folder]:
        return f'"{target}": {part} stands beside {folder}'
    if height[part] > height[folder]:
        return f'"{target}": {part} stands above {folder}'
    return None


def problems(sources, height):
    """sources: {"folder/file.c": text}."""
    found = []
    for name, text in sources.items():
        folder = name.split("/")[0]
        if folder not in height or name.count("/") != 1:
            found.append(f"{name}: {folder} is not in src/LAYERS")
            continue
        for match in INCLUDE.finditer(text):
            target = match[1] if match[1] is not None else match[2]
            if problem := include_problem(folder, target, match[1] is None, height):
                found.append(f"{name}: {problem}")
            elif match[1] is not None and match[1] not in sources:
                found.append(f'{name}: "{target}" is not there')
    return found


def rings(sources):
    """Rings of includes between the headers of one folder."""
    edges = {
        name: {match[1] for match in INCLUDE.finditer(text) if match[1] and match[1].split("/")[0] == name.split("/")[0]}
        for name, text in sources.items()
        if name.endswith(".h")
    }
    found = set()

    def walk(node, path):
        if node in path:
            ring = path[path.index(node) :]
            first = ring.index(min(ring))
            found.add(" → ".join([*ring[first:], *ring[:first], ring[first]]))
            return
        for target in sorted(edges.get(node, ())):
            walk(target, [*path, node])

    for node in sorted(edges):
        walk(node, [])
    return sorted(found)


def sources():
    src = house.ROOT / "src"
    return {house.shown(path, src): house.read(path) for path in house.files("src", endings=[".c", ".h", ".def"])}


HEIGHT = layers("# words\nbase\ngit forge\nengine\n")


def test_includes_lead_down():
    assert problems(sources(), layers(house.read(house.ROOT / "src" / "LAYERS"))) == []


def test_no_ring_inside_a_folder():
    assert rings(sources()) == []


def test_layers_are_the_folders():
    listed = set(layers(house.read(house.ROOT / "src" / "LAYERS")))
    assert listed == {path.name for path in (house.ROOT / "src").iterdir() if path.is_dir()}


@pytest.mark.parametrize(
    "line, why",
    [
        ('#include "engine/x.h"', "stands above"),
        ('#include "forge/x.h"', "stands beside"),
        ('#include "x.h"', "folder/file.h"),
        ('#include "../base/x.h"', "folder/file.h"),
        ('#include "web/x.h"', "not in src/LAYERS"),
        ("#include <base/x.h>", "with quotes"),
        ('  # include "base/gone.h"', "is not there"),
    ],
)
def test_a_wrong_include_is_seen(line, why):
    rest = {"base/x.h": "", "forge/x.h": "", "engine/x.h": "", "git/x.h": ""}
    assert why in problems({"git/a.c": line, **rest}, HEIGHT)[0]


def test_right_includes_are_left_alone():
    lines = '#include "git/a.h"\n#include "base/b.h"\n#include <glib.h>\n#include <sys/stat.h>\n'
    assert problems({"git/a.c": lines, "git/a.h": "", "base/b.h": ""}, HEIGHT) == []


def test_an_unknown_folder_is_seen():
    assert problems({"web/a.c": ""}, HEIGHT) and problems({"git/deep/a.c": ""}, HEIGHT)


def test_a_ring_is_seen():
    ring = {"git/a.h": '#include "git/b.h"', "git/b.h": '#include "git/c.h"', "git/c.h": '#include "git/a.h"'}
    assert rings(ring) == ["git/a.h → git/b.h → git/c.h → git/a.h"]
    assert rings({"git/a.h": '#include "git/a.h"'}) == ["git/a.h → git/a.h"]
    assert rings({"git/a.h": '#include "git/b.h"', "git/b.h": "", "git/b.c": '#include "git/a.h"'}) == []
