"""Check the configuration: `python3 -m src.config.validate [FILE]`; exit 1 when it cannot be used."""

from __future__ import annotations

import argparse
import sys

from src.config.settings import ConfigError, describe, find_file, load


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m src.config.validate", description="check the configuration")
    parser.add_argument("file", nargs="?", help="configuration file (default: as for every other command)")
    parser.add_argument("--show", action="store_true", help="print the settings that apply")
    options = parser.parse_args(argv)
    try:
        settings = load(options.file)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    if options.show:
        print("\n".join(describe(settings)))
    print(f"configuration is valid ({find_file(options.file) or 'built-in defaults'})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
