"""Pre-commit hook: Python, TOML, JSON and YAML files can be read. Changes nothing."""

from __future__ import annotations

import ast
import json
import os
import sys
import tomllib
from collections.abc import Callable
from typing import Any

import yaml

_READERS: dict[str, Callable[[str], Any]] = {
    ".json": json.loads,
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
}


def problem(path: str) -> str:
    """What is wrong with the file, or nothing."""
    reader = _READERS[os.path.splitext(path)[1]]
    try:
        with open(path, encoding="utf-8") as file:
            reader(file.read())
    except (ValueError, SyntaxError, yaml.YAMLError) as error:
        return " ".join(str(error).split())
    return ""


def main(paths: list[str]) -> int:
    found = [(path, text) for path in paths if (text := problem(path))]
    for path, text in found:
        print(f"{os.fsencode(path).decode('utf-8', 'backslashreplace')}: {text}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
