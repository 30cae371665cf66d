#!/usr/bin/python3
"""Write release notes: the old command line, now a call of `slipway notes`."""

from __future__ import annotations

import argparse
import sys

import _slipway


def slipway_arguments(argv: list[str]) -> list[str]:
    parser = argparse.ArgumentParser(prog="scripts/release_notes.py", description="write the release notes (calls `slipway notes`)")
    parser.add_argument("--latest", action="store_true", help="of the newest version in CHANGELOG.md")
    parser.add_argument("--output", metavar="F", help="write them to this file (default: print them)")
    options = parser.parse_args(argv)
    arguments = ["notes"]
    arguments += ["--latest"] if options.latest else []
    arguments += ["--output", options.output] if options.output is not None else []
    return arguments


if __name__ == "__main__":
    sys.exit(_slipway.run(slipway_arguments(sys.argv[1:])))
