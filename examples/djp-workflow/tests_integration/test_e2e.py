"""From a request to its artifact, with every program as its users start it."""

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 20.0


def call(url: str, document: Any = None) -> Any:
    data = None if document is None else json.dumps(document).encode("ascii")
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=5) as answer:
        return json.load(answer)


def validate(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "validate_artifacts.py"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("how", [["-m", "src.run_workflow"], [str(ROOT / "src" / "run_workflow.py")]], ids=["module", "file"])
def test_the_command_line(how: list[str], tmp_path: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, *how, "--task", "Shall we paint the boat?"]
    dry = subprocess.run([*command, "--dry-run"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert dry.stdout.splitlines()[2].startswith("publish: dry run")
    assert not (tmp_path / "out").exists()
    real = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert real.stdout.splitlines()[:2] == dry.stdout.splitlines()[:2]
    done = validate(tmp_path / "out")
    assert (done.returncode, done.stdout) == (0, "1 artifacts checked, 0 wrong\n")


def test_from_a_request_to_its_artifact(start: Any, tmp_path: Path) -> None:
    queue = "tcp://" + start("src.queue.broker", "--listen", "127.0.0.1:0")[1].rpartition(" ")[2]
    url = "http://" + start("src.app", DJP_QUEUE_URL=queue)[1].rpartition(" ")[2]
    start("src.queue.worker", "--poll", "0.05", DJP_QUEUE_URL=queue)
    assert call(url + "/ready") == {"status": "ready"}
    task_id = call(url + "/tasks", {"task": "Shall we sail to the island?"})["id"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (state := call(f"{url}/tasks/{task_id}"))["state"] != "done" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert state["state"] == "done"
    assert "island" in (Path(state["detail"]) / "artifact.md").read_text(encoding="utf-8")
    assert validate(tmp_path / "out").returncode == 0


def test_a_damaged_artifact_is_noticed(tmp_path: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "src.run_workflow", "--task", "Shall we go?"]
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    record = next((tmp_path / "out").glob("*/artifact.json"))
    record.write_text(record.read_text(encoding="utf-8").replace("Shall we go?", "Shall we stay?"), encoding="utf-8")
    done = validate(tmp_path / "out")
    assert done.returncode == 1
    assert "the digest does not match the record" in done.stderr
