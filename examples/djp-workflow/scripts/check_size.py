"""Pre-commit hook: no file above 256 KiB."""

from __future__ import annotations

import os
import sys

LIMIT = 256 * 1024


def main(paths: list[str]) -> int:
    large = [path for path in paths if os.lstat(path).st_size > LIMIT]
    for path in large:
        print(f"{os.fsencode(path).decode('utf-8', 'backslashreplace')}: larger than {LIMIT} bytes")
    return 1 if large else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
