#!/usr/bin/python3
"""Validate artifacts: those below the given folders, or without any, a fresh one and those of the output folder.

A fresh one is always made without arguments, so that the check never passes for having found nothing to check.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from src import artifacts, workflow  # noqa: E402
from src.config.settings import ConfigError, Settings, load  # noqa: E402

PROBE = "Shall we release the next version of the workflow this week?"


def check(folder: Path) -> bool:
    problems = artifacts.validate(folder)
    for problem in problems:
        print(f"{folder}: {problem}", file=sys.stderr)
    return not problems


def check_all(output: Path) -> tuple[int, int]:
    """How many artifacts there are below a folder, and how many of them are wrong."""
    found = artifacts.folders(output)
    return len(found), sum(not check(folder) for folder in found)


def check_fresh(settings: Settings) -> tuple[int, int]:
    with tempfile.TemporaryDirectory(prefix="djp-validate-") as scratch:
        workflow.run(PROBE, settings.debaters, settings.rounds, Path(scratch))
        return check_all(Path(scratch))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/validate_artifacts.py", description="validate published artifacts")
    parser.add_argument("folder", nargs="*", type=Path, help="output folders (default: a fresh artifact, and the configured folder)")
    options = parser.parse_args(argv)
    if options.folder:
        results = [check_all(folder) for folder in options.folder]
    else:
        try:
            settings = load()
        except ConfigError as error:
            print(error, file=sys.stderr)
            return 2
        results = [check_fresh(settings), check_all(Path(settings.output_dir))]
    count = sum(found for found, _ in results)
    wrong = sum(bad for _, bad in results)
    print(f"{count} artifacts checked, {wrong} wrong")
    return 0 if count and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
