"""Pre-commit hook: a file is executable if, and only if, it begins with a shebang. Changes nothing."""

from __future__ import annotations

import os
import sys


def problem(path: str) -> str:
    """What is wrong with the file's mode, or nothing."""
    with open(path, "rb") as file:
        shebang = file.read(2) == b"#!"
    executable = bool(os.stat(path).st_mode & 0o100)
    if shebang == executable:
        return ""
    return "has a shebang but is not executable" if shebang else "is executable but has no shebang"


def main(paths: list[str]) -> int:
    found = [(path, text) for path in paths if (text := problem(path))]
    for path, text in found:
        print(f"{os.fsencode(path).decode('utf-8', 'backslashreplace')}: {text}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
