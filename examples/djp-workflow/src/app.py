"""The HTTP service: health, readiness, and tasks for the queue. `python3 -m src.app`.

GET /health      {"status": "healthy", "version": …}: the process is alive
GET /ready       200 when the queue can be reached and artifacts can be written, else 503 with the reasons
POST /tasks      {"task": TEXT} -> 202 {"id": …}
GET /tasks/ID    the task's state
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from src import __version__, workflow
from src.config.settings import ConfigError, Settings, load
from src.queue import Queue, QueueError, open_queue
from src.service import serve

MAX_BODY = 16384
Answer = tuple[HTTPStatus, dict[str, Any]]


class App(ThreadingHTTPServer):
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.queue: Queue = open_queue(settings.queue_url, settings.max_attempts)
        self.address_family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
        super().__init__((settings.http_host, settings.http_port), _Handler)


def not_ready(queue: Queue, output: Path) -> list[str]:
    """Why no work can be done now."""
    reasons = []
    try:
        queue.counts()
    except QueueError as error:
        reasons.append(f"queue: {error}")
    nearest = next(path for path in (output, *output.absolute().parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        reasons.append(f"output: {nearest} cannot be written")
    return reasons


class _Handler(BaseHTTPRequestHandler):
    server: App
    server_version = f"djp-workflow/{__version__}"
    sys_version = ""
    timeout = 10.0

    def _send(self, answer: Answer) -> None:
        status, document = answer
        body = json.dumps(document).encode("ascii") + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _get(self) -> Answer:
        if self.path == "/health":
            return HTTPStatus.OK, {"status": "healthy", "version": __version__}
        if self.path == "/ready":
            reasons = not_ready(self.server.queue, Path(self.server.settings.output_dir))
            if reasons:
                return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "not ready", "reasons": reasons}
            return HTTPStatus.OK, {"status": "ready"}
        if self.path.startswith("/tasks/"):
            state = self.server.queue.state(self.path.removeprefix("/tasks/"))
            if state is not None:
                return HTTPStatus.OK, asdict(state)
        return HTTPStatus.NOT_FOUND, {"error": "there is nothing here"}

    def _post(self) -> Answer:
        if self.path != "/tasks":
            return HTTPStatus.NOT_FOUND, {"error": "there is nothing here"}
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            return HTTPStatus.LENGTH_REQUIRED, {"error": "Content-Length is needed"}
        if len(length) > 9 or int(length) > MAX_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"at most {MAX_BODY} bytes are taken"}
        try:
            document = json.loads(self.rfile.read(int(length)))
            task = workflow.clean_task(document["task"])
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            return HTTPStatus.BAD_REQUEST, {"error": f'{{"task": TEXT}} is needed: {error}'}
        return HTTPStatus.ACCEPTED, {"id": self.server.queue.put(task)}

    def do_GET(self) -> None:
        try:
            self._send(self._get())
        except QueueError as error:
            self._send((HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(error)}))

    def do_POST(self) -> None:
        self.close_connection = True
        try:
            self._send(self._post())
        except QueueError as error:
            self._send((HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(error)}))

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged: a health check every few seconds would hide what matters."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m src.app", description="health, readiness and tasks over HTTP")
    parser.add_argument("--config", metavar="FILE", help="configuration file")
    options = parser.parse_args(argv)
    try:
        server = App(load(options.config))
    except ConfigError as error:
        print(f"app: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"app: {error}", file=sys.stderr)
        return 1
    return serve(server, "app")


if __name__ == "__main__":
    sys.exit(main())
