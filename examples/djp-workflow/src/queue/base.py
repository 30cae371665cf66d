"""The queue's contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class QueueError(Exception):
    """The queue cannot be reached or refuses the request."""


@dataclass(frozen=True)
class Task:
    """A task handed to one worker for a while; `lease` proves that it is still this worker's."""

    id: str
    text: str
    lease: str
    attempt: int


@dataclass(frozen=True)
class TaskState:
    """What is known of a task: state is pending, leased, done or dead; detail is the result or the last error."""

    id: str
    state: str
    attempts: int
    detail: str


class Queue(Protocol):
    """Every method may raise QueueError. A task is delivered at least once: its lease may run out."""

    def put(self, text: str) -> str:
        """Append a task; returns its id."""

    def take(self, lease_seconds: int) -> Task | None:
        """The oldest task that is free, now leased; None when there is none."""

    def finish(self, task: Task, result: str) -> bool:
        """Done. False when the lease ran out and the task went to another worker."""

    def fail(self, task: Task, reason: str) -> bool:
        """Give it back; after the last allowed attempt it is dead. False as for `finish`."""

    def state(self, task_id: str) -> TaskState | None:
        """None when there is no such task."""

    def counts(self) -> dict[str, int]:
        """How many tasks are in which state; also the way to ask whether the queue can be reached."""
