"""The queue behind a broker. One connection a call: a broker that was restarted is found again by itself."""

from __future__ import annotations

import json
import socket
from dataclasses import asdict
from typing import Any

from src.queue.base import QueueError, Task, TaskState

MAX_LINE = 65536
TIMEOUT_SECONDS = 10.0


class BrokerQueue:
    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    def _call(self, op: str, **args: Any) -> Any:
        where = f"broker {self._host}:{self._port}"
        request = json.dumps({"op": op, "args": args}).encode("ascii") + b"\n"
        try:
            with socket.create_connection((self._host, self._port), timeout=TIMEOUT_SECONDS) as connection:
                connection.sendall(request)
                with connection.makefile("rb") as stream:
                    line = stream.readline(MAX_LINE)
            reply = json.loads(line)
            if reply["ok"]:
                return reply["value"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise QueueError(f"{where}: {error}") from error
        raise QueueError(f"{where}: {reply.get('error', 'refused')}")

    def put(self, text: str) -> str:
        return str(self._call("put", text=text))

    def take(self, lease_seconds: int) -> Task | None:
        value = self._call("take", lease_seconds=lease_seconds)
        return None if value is None else Task(**value)

    def finish(self, task: Task, result: str) -> bool:
        return bool(self._call("finish", task=asdict(task), result=result))

    def fail(self, task: Task, reason: str) -> bool:
        return bool(self._call("fail", task=asdict(task), reason=reason))

    def state(self, task_id: str) -> TaskState | None:
        value = self._call("state", task_id=task_id)
        return None if value is None else TaskState(**value)

    def counts(self) -> dict[str, int]:
        return {str(state): int(count) for state, count in self._call("counts").items()}
