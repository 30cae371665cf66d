"""Pre-commit hook: UTF-8, LF, no trailing white space, one newline at the end, no conflict markers. Changes nothing."""

from __future__ import annotations

import os
import sys

_MARKERS = (b"<<<<<<< ", b">>>>>>> ", b"||||||| ")


def problems(data: bytes) -> list[str]:
    found = []
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        found.append(f"not UTF-8 at byte {error.start}")
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.endswith(b"\r"):
            found.append(f"{number}: ends with CR LF")
        elif line != line.rstrip():
            found.append(f"{number}: white space at the end")
        if line.startswith(_MARKERS):
            found.append(f"{number}: conflict marker")
    if data and not data.endswith(b"\n"):
        found.append("no newline at the end")
    if data.endswith(b"\n\n"):
        found.append("empty lines at the end")
    return found


def main(paths: list[str]) -> int:
    wrong = False
    for path in paths:
        with open(path, "rb") as file:
            for problem in problems(file.read()):
                print(f"{os.fsencode(path).decode('utf-8', 'backslashreplace')}:{problem}")
                wrong = True
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
