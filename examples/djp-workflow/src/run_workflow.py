"""Run the workflow once: `python3 -m src.run_workflow --task "Shall we …?"`."""

from __future__ import annotations

import os
import sys

if not __package__:
    # Started as a file: the folder that holds the package must be on the path, and src/ itself must not be,
    # because src/queue would hide the standard library's module of that name.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

import argparse
from pathlib import Path

from src import __version__, artifacts, workflow
from src.config.settings import ConfigError, load


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="djp-workflow", description="debate -> judge -> publish, with local agents")
    parser.add_argument("--task", required=True, metavar="TEXT", help="the question to debate")
    parser.add_argument("--dry-run", action="store_true", help="debate and judge, but publish nothing")
    parser.add_argument("--output", metavar="DIR", help="folder for artifacts (default: from the configuration)")
    parser.add_argument("--config", metavar="FILE", help="configuration file (default: config/djp.toml if it is there)")
    parser.add_argument("--version", action="version", version=f"djp-workflow {__version__}")
    return parser


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    try:
        settings = load(options.config)
        record = workflow.decide(options.task, settings.debaters, settings.rounds)
    except (ConfigError, workflow.TaskError) as error:
        print(f"djp-workflow: {error}", file=sys.stderr)
        return 2
    output = Path(options.output or settings.output_dir)
    print(f"debate:  {len(record['transcript'])} arguments in {record['rounds']} rounds")
    print(f"judge:   {record['verdict']['winner']}: {record['verdict']['recommendation']}")
    if options.dry_run:
        print(f"publish: dry run, {output / record['id']} not written")
        return 0
    try:
        print(f"publish: {artifacts.publish(record, output)}")
    except OSError as error:
        print(f"djp-workflow: cannot publish: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
