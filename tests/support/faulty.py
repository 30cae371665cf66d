"""HTTP servers that do what they are told, also what none should: one thread a connection, every request on record."""

import dataclasses
import re
import socket
import ssl
import struct
import threading


@dataclasses.dataclass
class Request:
    method: str
    target: str
    headers: dict
    body_size: int
    body: bytes
    connection: int  # number of the connection, from 1
    number: int      # of the request in its connection, from 1
    whole: bool      # the body came to its end
    socket: object = dataclasses.field(default=None, repr=False)


class Reset(Exception):
    """The connection is cut off, with RST."""


class Close(Exception):
    """The connection is closed, without another byte."""


def answer(status=200, body=b"", headers=(), length=None, close=False):
    """The bytes of an answer; `length` may lie."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name}: {value}" for name, value in headers] + (["Connection: close"] if close else [])
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Server:
    """`act(request)` gives the bytes that are answered, or raises Reset or Close; a list is sent piece by piece."""

    def __init__(self, act, tls=None, keep=1 << 20, before=None):
        self.act, self.tls, self.keep, self.before = act, tls, keep, before
        self.requests, self.connections, self.lock, self.open = [], 0, threading.Lock(), []
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for connection in self.open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def url(self, path="/"):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}{path}"

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self.open.append(connection)
                number = self.connections
            threading.Thread(target=self.serve, args=(connection, number), daemon=True).start()

    def serve(self, connection, number):
        try:
            if self.before:
                self.before()
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            stream = connection.makefile("rb")
            count = 0
            while request := self.read(stream, number, count + 1):
                count += 1
                request.socket = connection
                pieces = self.act(request)
                for piece in pieces if isinstance(pieces, list) else [pieces]:
                    piece() if callable(piece) else connection.sendall(piece)
                if request.method == "CONNECT" or b"Connection: close" in (pieces if isinstance(pieces, bytes) else b""):
                    break
        except Reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except (Close, OSError, ssl.SSLError):
            pass
        finally:
            try:
                stream.close()
            except (NameError, OSError):
                pass
            connection.close()

    def read(self, stream, connection, number):
        first = stream.readline(65536).decode("latin-1").split()
        if len(first) < 2:
            return None
        headers = {}
        while line := stream.readline(65536).decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        size, kept, left = 0, bytearray(), int(headers.get("content-length", 0))
        while left > 0 and (piece := stream.read1(min(left, 1 << 18))):
            size, left = size + len(piece), left - len(piece)
            kept += piece[: self.keep - len(kept)]
        request = Request(first[0], first[1], headers, size, bytes(kept), connection, number, left == 0)
        with self.lock:
            self.requests.append(request)
        if left > 0:
            raise Close
        return request

    def effects(self):
        """How many changes came whole."""
        return sum(request.whole and request.method not in ("GET", "HEAD", "CONNECT") for request in self.requests)


def form_file(body):
    """The name and content of the one file of a multipart body."""
    head, _, rest = body.partition(b"\r\n\r\n")
    boundary = head.split(b"\r\n", 1)[0]
    name = re.search(rb'name="([^"]*)"; filename="([^"]*)"', head)
    return name.group(1).decode(), name.group(2).decode(), rest.rsplit(b"\r\n" + boundary, 1)[0]
