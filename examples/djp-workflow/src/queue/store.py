"""The queue in a SQLite file. Safe for several processes and threads: each call is one transaction of its own."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from src.queue.base import QueueError, Task, TaskState

_SCHEMA = """
CREATE TABLE IF NOT EXISTS task (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'leased', 'done', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    lease TEXT NOT NULL DEFAULT '',
    lease_until REAL NOT NULL DEFAULT 0,
    detail TEXT NOT NULL DEFAULT ''
)
"""


class SqliteQueue:
    def __init__(self, path: str, max_attempts: int) -> None:
        self._path = Path(path)
        self._max_attempts = max_attempts

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=10.0, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise QueueError(f"{self._path}: {error}") from error
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_SCHEMA)
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise QueueError(f"{self._path}: {error}") from error
        finally:
            connection.close()

    def put(self, text: str) -> str:
        task_id = secrets.token_hex(8)
        with self._transaction() as connection:
            connection.execute("INSERT INTO task (id, text) VALUES (?, ?)", (task_id, text))
        return task_id

    def take(self, lease_seconds: int) -> Task | None:
        now = time.time()
        lease = secrets.token_hex(8)
        with self._transaction() as connection:
            connection.execute(
                "UPDATE task SET state = 'dead', detail = 'the worker went away' WHERE state = 'leased' AND lease_until <= ? AND attempts >= ?",
                (now, self._max_attempts),
            )
            row = connection.execute(
                "UPDATE task SET state = 'leased', attempts = attempts + 1, lease = ?, lease_until = ? WHERE number = ("
                " SELECT number FROM task WHERE state = 'pending' OR (state = 'leased' AND lease_until <= ?) ORDER BY number LIMIT 1"
                ") RETURNING id, text, attempts",
                (lease, now + lease_seconds, now),
            ).fetchone()
        return None if row is None else Task(id=row[0], text=row[1], lease=lease, attempt=row[2])

    def _settle(self, task: Task, state: str, detail: str) -> bool:
        with self._transaction() as connection:
            changed = connection.execute(
                "UPDATE task SET state = ?, detail = ?, lease = '', lease_until = 0 WHERE id = ? AND state = 'leased' AND lease = ?",
                (state, detail, task.id, task.lease),
            ).rowcount
        return changed == 1

    def finish(self, task: Task, result: str) -> bool:
        return self._settle(task, "done", result)

    def fail(self, task: Task, reason: str) -> bool:
        return self._settle(task, "dead" if task.attempt >= self._max_attempts else "pending", reason)

    def state(self, task_id: str) -> TaskState | None:
        with self._transaction() as connection:
            row = connection.execute("SELECT id, state, attempts, detail FROM task WHERE id = ?", (task_id,)).fetchone()
        return None if row is None else TaskState(*row)

    def counts(self) -> dict[str, int]:
        with self._transaction() as connection:
            rows = connection.execute("SELECT state, count(*) FROM task GROUP BY state").fetchall()
        return {"pending": 0, "leased": 0, "done": 0, "dead": 0} | {str(state): int(count) for state, count in rows}
