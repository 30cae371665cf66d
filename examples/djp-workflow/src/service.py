"""What the long-running programs share: one line when they are ready, and an orderly end on SIGTERM."""

from __future__ import annotations

import signal
import socketserver
import sys
from types import FrameType


def _stop(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)


def serve(server: socketserver.TCPServer, what: str) -> int:
    """Serve until SIGTERM or Ctrl-C; says where it listens, so that port 0 can be used."""
    signal.signal(signal.SIGTERM, _stop)
    host, port = server.server_address[:2]
    print(f"{what} listening on {str(host)}:{port}", flush=True)
    with server:
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            return 130
    return 0
