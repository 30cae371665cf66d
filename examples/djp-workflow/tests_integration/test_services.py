"""Broker, worker and app as processes, each with the others' real counterparts."""

import json
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from src import __version__
from src.queue import QueueError, open_queue


def request(url: str, document: Any = None) -> tuple[int, Any]:
    data = None if document is None else json.dumps(document).encode("ascii")
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def app(start: Any, **variables: str) -> str:
    _, line = start("src.app", **variables)
    return "http://" + line.rpartition(" ")[2]


def broker(start: Any) -> tuple[subprocess.Popen[str], str]:
    process, line = start("src.queue.broker", "--listen", "127.0.0.1:0")
    return process, "tcp://" + line.rpartition(" ")[2]


def test_health_and_readiness(start: Any) -> None:
    url = app(start)
    assert request(url + "/health") == (200, {"status": "healthy", "version": __version__})
    assert request(url + "/ready") == (200, {"status": "ready"})
    assert request(url + "/other")[0] == 404


def test_an_app_without_its_broker_is_healthy_but_not_ready(start: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = app(start, DJP_QUEUE_URL=f"tcp://127.0.0.1:{closed.getsockname()[1]}")
        assert request(url + "/health")[0] == 200
        status, document = request(url + "/ready")
        assert status == 503 and document["reasons"][0].startswith("queue: broker 127.0.0.1:")
        assert request(url + "/tasks", {"task": "Go?"})[0] == 503


def test_an_app_that_cannot_write_is_not_ready(start: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    url = app(start, DJP_OUTPUT_DIR=str(tmp_path / "file"))
    assert request(url + "/ready")[1]["reasons"] == [f"output: {tmp_path}/file cannot be written"]


@pytest.mark.parametrize(("document", "status"), [({"task": " "}, 400), ({"text": "x"}, 400), ([], 400), ({"task": 1}, 400), ({"task": "x" * 20000}, 413)])
def test_wrong_tasks_are_refused(start: Any, document: Any, status: int) -> None:
    assert request(app(start) + "/tasks", document)[0] == status


def test_the_broker_serves_many_clients_each_task_once(start: Any) -> None:
    queue = open_queue(broker(start)[1], 3)
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(queue.put, (f"Task {number}?" for number in range(40))))
        tasks = list(pool.map(lambda _: queue.take(60), range(45)))
    taken = [task.id for task in tasks if task is not None]
    assert sorted(taken) == sorted(ids)
    assert all(queue.finish(task, "done") for task in tasks if task is not None)
    assert queue.counts()["done"] == 40


def test_the_broker_survives_nonsense(start: Any) -> None:
    _, url = broker(start)
    host, _, port = url.removeprefix("tcp://").rpartition(":")
    for line in (b"{\n", b"[]\n", b'{"op": "put"}\n', b'{"op": "put", "args": 1}\n', b"[" * 50000 + b"\n", b"x" * 70000 + b"\n"):
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(line)
            with connection.makefile("rb") as stream:
                assert json.loads(stream.readline())["ok"] is False
    assert open_queue(url, 3).counts()["pending"] == 0


def test_the_queue_outlives_its_broker(start: Any) -> None:
    process, url = broker(start)
    task_id = open_queue(url, 3).put("Shall we go?")
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    with pytest.raises(QueueError):
        open_queue(url, 3).counts()
    state = open_queue(broker(start)[1], 3).state(task_id)
    assert state is not None and state.state == "pending"


def test_a_worker_stops_in_order(start: Any) -> None:
    worker, line = start("src.queue.worker", "--poll", "0.05")
    assert line.startswith("worker: waiting for tasks from sqlite:")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(5) == 0


def test_worker_check_says_what_is_there(start: Any) -> None:
    start("src.queue.worker", "--submit", "Shall we go?")
    process, line = start("src.queue.worker", "--check")
    assert line == "worker: 1 pending, 0 leased, 0 done, 0 dead"
    assert process.wait(5) == 0
