"""The task queue: a SQLite file used directly, or the same behind a small socket broker."""

from __future__ import annotations

from src.queue.base import Queue, QueueError, Task, TaskState
from src.queue.client import BrokerQueue
from src.queue.store import SqliteQueue

__all__ = ["Queue", "QueueError", "Task", "TaskState", "open_queue"]


def open_queue(url: str, max_attempts: int) -> Queue:
    """The queue behind `sqlite:PATH` or `tcp://HOST:PORT` (checked before by the configuration's rules)."""
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":
        return SqliteQueue(rest, max_attempts)
    host, _, port = rest.removeprefix("//").rpartition(":")
    return BrokerQueue(host.strip("[]"), int(port))
