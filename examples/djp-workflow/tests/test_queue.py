from pathlib import Path

import pytest

from src.config.settings import Settings
from src.queue import Task, open_queue, worker
from src.queue.broker import answer
from src.queue.client import BrokerQueue
from src.queue.store import SqliteQueue


@pytest.fixture
def queue(tmp_path: Path) -> SqliteQueue:
    return SqliteQueue(str(tmp_path / "var" / "queue.db"), max_attempts=2)


def take(queue: SqliteQueue, lease_seconds: int = 60) -> Task:
    task = queue.take(lease_seconds)
    assert task is not None
    return task


def test_first_in_first_out(queue: SqliteQueue) -> None:
    ids = [queue.put(text) for text in ("a", "b", "c")]
    assert [take(queue).id for _ in ids] == ids
    assert queue.take(60) is None


def test_a_finished_task_keeps_its_result(queue: SqliteQueue) -> None:
    task_id = queue.put("a")
    assert queue.finish(take(queue), "there")
    state = queue.state(task_id)
    assert state is not None and (state.state, state.attempts, state.detail) == ("done", 1, "there")
    assert queue.counts() == {"pending": 0, "leased": 0, "done": 1, "dead": 0}


def test_a_failed_task_is_tried_again_and_then_dead(queue: SqliteQueue) -> None:
    task_id = queue.put("a")
    assert queue.fail(take(queue), "first")
    assert queue.counts()["pending"] == 1
    assert queue.fail(take(queue), "second")
    state = queue.state(task_id)
    assert state is not None and (state.state, state.detail) == ("dead", "second")
    assert queue.take(60) is None


def test_a_task_whose_lease_ran_out_goes_to_another_worker(queue: SqliteQueue) -> None:
    queue.put("a")
    late = take(queue, 0)
    second = take(queue)
    assert (second.id, second.attempt) == (late.id, 2)
    assert not queue.finish(late, "too late")
    assert queue.finish(second, "in time")


def test_a_task_whose_workers_all_went_away_is_dead(queue: SqliteQueue) -> None:
    queue.put("a")
    take(queue, 0)
    take(queue, 0)
    assert queue.take(60) is None
    assert queue.counts()["dead"] == 1


def test_no_such_task(queue: SqliteQueue) -> None:
    assert queue.state("none") is None


def test_open_queue_knows_both_kinds(tmp_path: Path) -> None:
    assert isinstance(open_queue(f"sqlite:{tmp_path}/q.db", 1), SqliteQueue)
    assert isinstance(open_queue("tcp://[::1]:7070", 1), BrokerQueue)


@pytest.mark.parametrize(("op", "args"), [("drop", {}), ("put", {}), ("put", {"text": 1}), ("take", {"lease_seconds": None}), ("finish", {"task": 1})])
def test_requests_that_make_no_sense_are_refused(queue: SqliteQueue, op: str, args: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError)):
        answer(queue, op, args)


def test_the_worker_drains_the_queue(queue: SqliteQueue, tmp_path: Path) -> None:
    ids = [queue.put(f"Shall we go to place {number}?") for number in range(3)]
    settings = Settings(output_dir=str(tmp_path / "out"))
    assert worker.run(queue, settings, worker.Stop(), drain=True, poll=0.0) == 0
    for task_id in ids:
        state = queue.state(task_id)
        assert state is not None and state.state == "done"
        assert (Path(state.detail) / "artifact.json").is_file()


def test_the_worker_reports_a_task_that_fails(queue: SqliteQueue, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    queue.put("Go?")
    assert worker.run(queue, Settings(output_dir=str(tmp_path / "file")), worker.Stop(), drain=True, poll=0.0) == 1
    assert queue.counts()["dead"] == 1
    assert "failed (attempt 2)" in capsys.readouterr().out


def test_a_stopped_worker_takes_nothing(queue: SqliteQueue) -> None:
    queue.put("Go?")
    stop = worker.Stop()
    stop.on_signal(15, None)
    assert worker.run(queue, Settings(), stop, drain=False, poll=0.0) == 0
    assert queue.counts()["pending"] == 1
