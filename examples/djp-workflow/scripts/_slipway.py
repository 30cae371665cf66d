"""Find and run slipway for the scripts that keep an old command line alive."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def run(arguments: list[str]) -> int:
    """Run slipway ($SLIPWAY, else the one on PATH) and give its exit status; 127 when there is none."""
    program = os.environ.get("SLIPWAY") or shutil.which("slipway")
    if not program:
        print("slipway is not installed: put it on PATH, or name it in $SLIPWAY", file=sys.stderr)
        return 127
    try:
        status = subprocess.run([program, *arguments], check=False).returncode
    except OSError as error:
        print(f"cannot start {program}: {error.strerror}", file=sys.stderr)
        return 127
    return status if status >= 0 else 128 - status
