#!/usr/bin/python3
"""Show or raise the version: the old command line, now a call of `slipway version`."""

from __future__ import annotations

import argparse
import sys

import _slipway


def slipway_arguments(argv: list[str]) -> list[str]:
    parser = argparse.ArgumentParser(prog="scripts/version.py", description="show the version, or raise it (calls `slipway version`)")
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--patch", action="store_true", help="raise Z of X.Y.Z")
    change.add_argument("--minor", action="store_true", help="raise Y of X.Y.Z")
    change.add_argument("--major", action="store_true", help="raise X of X.Y.Z")
    change.add_argument("--set", metavar="X.Y.Z", help="take exactly this version")
    parser.add_argument("--dry-run", action="store_true", help="show what would change")
    parser.add_argument("--no-commit", action="store_true", help="change the files, commit nothing")
    options = parser.parse_args(argv)
    arguments = ["version"]
    arguments += [f"--{name}" for name in ("patch", "minor", "major") if getattr(options, name)]
    arguments += ["--set", options.set] if options.set is not None else []
    arguments += ["--dry-run"] if options.dry_run else []
    arguments += ["--no-commit"] if options.no_commit else []
    return arguments


if __name__ == "__main__":
    sys.exit(_slipway.run(slipway_arguments(sys.argv[1:])))
