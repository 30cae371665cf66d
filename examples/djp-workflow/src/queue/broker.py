"""The broker: the SQLite queue for workers on other machines. `python3 -m src.queue.broker --listen HOST:PORT`.

The protocol is one JSON object a line in each direction: {"op": NAME, "args": {…}} is answered by
{"ok": true, "value": …} or {"ok": false, "error": TEXT}. There is no authentication: let it listen
only where its clients are (docs/OPERATIONS.md).
"""

from __future__ import annotations

import argparse
import json
import socket
import socketserver
import sys
from dataclasses import asdict
from typing import Any

from src.config.settings import ConfigError, load
from src.queue.base import QueueError, Task
from src.queue.store import SqliteQueue
from src.service import serve

MAX_LINE = 65536
IDLE_SECONDS = 30.0


def answer(queue: SqliteQueue, op: str, args: dict[str, Any]) -> Any:
    """What one request gives; raises KeyError and TypeError for a request that makes no sense."""
    if op == "put":
        return queue.put(_text(args["text"]))
    if op == "take":
        task = queue.take(int(args["lease_seconds"]))
        return None if task is None else asdict(task)
    if op == "finish":
        return queue.finish(_task(args["task"]), _text(args["result"]))
    if op == "fail":
        return queue.fail(_task(args["task"]), _text(args["reason"]))
    if op == "state":
        state = queue.state(_text(args["task_id"]))
        return None if state is None else asdict(state)
    if op == "counts":
        return queue.counts()
    raise KeyError(op)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is needed")
    return value


def _task(value: Any) -> Task:
    return Task(id=_text(value["id"]), text=_text(value["text"]), lease=_text(value["lease"]), attempt=int(value["attempt"]))


class Broker(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], queue: SqliteQueue) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.queue = queue
        super().__init__(address, _Connection)


class _Connection(socketserver.StreamRequestHandler):
    timeout = IDLE_SECONDS
    server: Broker

    def handle(self) -> None:
        try:
            while line := self.rfile.readline(MAX_LINE + 1):
                reply = self._reply(line)
                self.wfile.write(json.dumps(reply).encode("ascii") + b"\n")
                if len(line) > MAX_LINE:
                    return
        except OSError:
            return  # the client went away or stayed silent too long; it will come back

    def _reply(self, line: bytes) -> dict[str, Any]:
        if len(line) > MAX_LINE:
            return {"ok": False, "error": f"a request is longer than {MAX_LINE} bytes"}
        try:
            request = json.loads(line)
            return {"ok": True, "value": answer(self.server.queue, request["op"], request.get("args", {}))}
        except QueueError as error:
            return {"ok": False, "error": str(error)}
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            return {"ok": False, "error": f"the request makes no sense: {type(error).__name__}: {error}"}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m src.queue.broker", description="serve the task queue on a socket")
    parser.add_argument("--listen", default="127.0.0.1:7070", metavar="HOST:PORT", help="port 0: any free one (default: %(default)s)")
    parser.add_argument("--database", default="var/queue.db", metavar="FILE", help="where tasks are kept (default: %(default)s)")
    options = parser.parse_args(argv)
    host, _, port = options.listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit():
        parser.error("--listen needs HOST:PORT")
    try:
        queue = SqliteQueue(options.database, load().max_attempts)
        queue.counts()
        server = Broker((host.strip("[]"), int(port)), queue)
    except (ConfigError, QueueError, OSError, OverflowError) as error:
        print(f"broker: {error}", file=sys.stderr)
        return 1
    return serve(server, "broker")


if __name__ == "__main__":
    sys.exit(main())
