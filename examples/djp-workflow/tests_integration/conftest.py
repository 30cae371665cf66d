"""Real processes on free loopback ports."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJP_") and name not in ("SLIPWAY", "SOURCE_DATE_EPOCH")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "DJP_HTTP_PORT": "0",
        "DJP_OUTPUT_DIR": str(tmp_path / "out"),
        "DJP_QUEUE_URL": f"sqlite:{tmp_path}/queue.db",
    }


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str]) -> Iterator[Start]:
    """start(module, *arguments, **variables) runs `python3 -m module` and gives it with its first line of output."""
    running: list[subprocess.Popen[str]] = []

    def run(module: str, *arguments: str, **variables: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", module, *arguments]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment | variables, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield run
    for process in running:
        process.kill()
        process.communicate()
