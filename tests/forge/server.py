"""What the emulators share: HTTP/1.1 with kept connections, faults, a log of every request, tokens, git over smart HTTP, and an oracle that looks at the state after
every change.

A forge is a subclass with `prefix` (the path of its API), `respond` and `releases`. All of `respond` runs under one lock: what it does is done at once, as a service does
it. `violations` holds what a strict service would not allow and what must never be seen; every test looks at it in the end."""

import argparse
import base64
import collections
import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

from forge.elsewhere import Elsewhere, Server
from forge.git_http import Backend
from forge.traffic import HELD, LIMIT, Body, Coming, Exchange, Faults, Token

__all__ = ["Body", "Emulator", "Exchange", "Faults", "Token", "serve"]

GIT = re.compile(r"/(?P<name>.+?)\.git(?P<path>/(info/refs|git-upload-pack|git-receive-pack|HEAD|objects/.*))\Z")
MARK = re.compile(r"slipway:[^\s>]+")


class Emulator:
    prefix = ""  # of the API's path
    server_name = "emulator"

    def __init__(self, port=0, tls=False):
        self.port, self.tls, self.scratch = port, tls, None
        self.log, self.violations, self.faults = [], [], Faults()
        self.git_log, self.git_faults = [], Faults()  # what git asks, apart: a push is several requests
        self.repositories, self.tokens = {}, {}
        self.lag, self.pause = 0.0, 1
        self.expected = None  # {"commit": id, "assets": {name: sha256}}: what a public release must be, at any instant
        self.lock = threading.RLock()
        self.made_at = {}
        self.elsewhere = Elsewhere(self)

    # ---- what tests arrange ----

    def add_repository(self, name, path):
        self.repositories[name] = Backend(path)

    def add_token(self, text, login="alice", rights=None, uses=None):
        self.tokens[text] = Token(login, rights, uses)

    def url(self, name):
        return f"{self.base}/{name}.git"

    # ---- what a forge says ----

    def respond(self, exchange, query, headers, body):
        """(status, body, headers); body: bytes, str or what becomes JSON; None: empty."""
        raise NotImplementedError

    def releases(self, name):
        """[{id, tag, name, notes, draft, prerelease, assets: [{name, sha256, …}]}], drafts included."""
        raise NotImplementedError

    def pushed(self, name, before, after):
        """Refs of a repository changed by a push."""

    def may_read(self, name, token):
        """May git fetch? token: as `use` gave it, or None."""
        return True

    def may_write(self, name, token):
        return token is not None

    def cut_off(self, exchange):
        """A request whose body ended too early."""

    def limited(self, kind):
        """(status, body, headers) of a refusal for too many requests."""
        headers = {"Retry-After": str(self.pause)} if kind != "429" else {}
        return (403 if kind == "403-secondary" else 429), {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}, headers

    # ---- late visibility ----

    def stamp(self, key):
        self.made_at[key] = time.monotonic()

    def is_seen(self, key):
        """What was made less than `lag` seconds ago is not shown where a service is late."""
        return time.monotonic() - self.made_at.get(key, float("-inf")) >= self.lag

    # ---- tokens ----

    def token_of(self, headers):
        """The text of the token that a request carries, however it is carried."""
        if headers.get("private-token"):
            return headers["private-token"]
        scheme, _, value = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            with contextlib.suppress(ValueError):
                value = base64.b64decode(value).decode().partition(":")[2]
        return value or None

    def use(self, text):
        """Token, or None where it is none, or no longer one."""
        token = self.tokens.get(text)
        if token is None or token.uses == 0:
            return None
        if token.uses is not None:
            token.uses -= 1
        return token

    # ---- the oracle ----

    def wrong_now(self):
        for name in self.repositories:
            releases = self.releases(name)
            drafts = collections.Counter((release["tag"], *MARK.findall(release["notes"] or "")) for release in releases if release["draft"])
            yield from (f"{count} drafts of {marked[0]}" for marked, count in drafts.items() if count > 1 and len(marked) > 1)
            for release in releases:
                if not release["draft"] and self.expected is not None and release["tag"] == self.expected["tag"]:
                    yield from self.wrong_public(name, release)

    def wrong_public(self, name, release):
        assets = {asset["name"]: asset.get("sha256") for asset in release["assets"]}
        if assets != self.expected["assets"]:
            yield f"{release['tag']} is public with {sorted(assets)}, not with what was proven"
        commit = self.repositories[name].peel(f"refs/tags/{release['tag']}")
        if commit != self.expected.get("commit", commit) or commit is None:
            yield f"{release['tag']} is public, and its tag is {commit}"

    def look(self):
        for text in self.wrong_now():
            if text not in self.violations:
                self.violations.append(text)

    # ---- running ----

    def __enter__(self):
        self.scratch = tempfile.mkdtemp(prefix="forge-")
        self.elsewhere.begin()
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.forge = self
        self.port = self.server.server_address[1]
        host = "localhost" if self.tls else "127.0.0.1"
        if self.tls:
            self.certify()
        self.base = f"{'https' if self.tls else 'http'}://{host}:{self.port}"
        self.host = f"{host}:{self.port}"
        self.api = self.base + self.prefix
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.ending = True
        self.server.shutdown()
        self.server.server_close()
        self.elsewhere.end()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def certify(self):
        """A certificate of its own for localhost; self.ca is the file that trusts it."""
        self.ca, key = pathlib.Path(self.scratch) / "cert.pem", pathlib.Path(self.scratch) / "key.pem"
        words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", self.ca, "-days", "2", "-subj", "/CN=localhost", "-addext",
                 "subjectAltName=DNS:localhost,IP:127.0.0.1"]  # fmt: skip
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, wbufsize, disable_nagle_algorithm = "HTTP/1.1", -1, True
    served = 0

    @property
    def forge(self):
        return self.server.forge

    def log_message(self, *_):
        pass

    # ---- a request ----

    def read_body(self):
        body = Coming(self.forge.scratch)
        for part in self.parts_of_body():
            body.add(part)
        return body

    def parts_of_body(self):
        """Chunks are only git's: forges take no uploads of a length that is not told."""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("content-length") or 0)
        while left > 0:
            part = self.rfile.read(min(left, 1 << 20))
            if not part:
                raise ConnectionResetError
            left -= len(part)
            yield part

    def wrong_length(self):
        """(status, message) where a request does not say how long it is; None: it does."""
        lengths = self.headers.get_all("content-length", [])
        if self.headers.get("transfer-encoding") or (self.command in ("POST", "PUT", "PATCH") and not lengths):
            return 411, "Length Required"
        if len(lengths) > 1 or not all(re.fullmatch(r"[0-9]{1,15}", length) for length in lengths):
            return 400, "Bad Content-Length"
        return None

    def reset(self):
        """Ends the connection so that the other side sees a reset, not an end."""
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        self.wfile = open(os.devnull, "wb")  # noqa: SIM115 - the server flushes and closes it

    def handle_request(self):
        forge, headers = self.forge, {name.lower(): value for name, value in self.headers.items()}
        if self.server.ending:
            return self.reset()
        found = GIT.match(self.path.partition("?")[0])
        if found and found["name"] in forge.repositories:
            return self.git(found, headers)
        with forge.lock:
            exchange = Exchange(len(forge.log), self.command, self.path, headers, forge.token_of(headers), reused=self.served > 0)
            forge.log.append(exchange)
            fault = forge.faults.take(exchange)
        self.served += 1
        if fault is not None and fault.kind == "refuse":
            return self.reset()
        if wrong := self.wrong_length():
            exchange.status, self.close_connection = wrong[0], True
            return self.send(wrong[0], {"message": wrong[1]}, {"Connection": "close"}, None)
        try:
            body = self.read_body()
        except OSError:
            with forge.lock:
                forge.cut_off(exchange)
                forge.look()
            raise
        if fault is not None and fault.kind in Faults.BEFORE:
            return self.play(fault.kind, exchange)
        path, _, query = self.path.partition("?")
        with forge.lock:
            try:
                status, answer, more = forge.respond(exchange, query, headers, body)
            except Exception as error:  # its own mistake must not look like a fault of the network
                forge.violations.append(f"the emulator failed at {self.command} {path}: {error!r}")
                status, answer, more = 500, {"message": "the emulator failed"}, {}
            exchange.status = status
            if self.command not in ("GET", "HEAD"):
                forge.look()
        return self.send(status, answer, more, fault.kind if fault is not None else None)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    # ---- an answer ----

    def play(self, kind, exchange):
        """A fault whose request has no effect."""
        forge = self.forge
        exchange.status = int(kind[:3]) if kind[:3].isdigit() else None
        if kind == "stall":
            self.connection.settimeout(60)
            with contextlib.suppress(OSError):
                self.connection.recv(1)  # until the other side has had enough
        if kind in ("reset-before", "stall"):
            return self.reset()
        if kind in ("403-secondary", "429", "429-after"):
            return self.send(*forge.limited(kind), None)
        if kind == "401":
            return self.send(401, {"message": "Bad credentials"}, {}, None)
        if kind == "html":
            return self.send(200, "<!DOCTYPE html><html><body>Please sign in to the network</body></html>", {"Content-Type": "text/html"}, None)
        if kind == "redirect":
            status = 302 if self.command in ("GET", "HEAD") else 307  # 307: whoever follows it sends all of it again
            exchange.status = status
            return self.send(status, None, {"Location": f"{forge.elsewhere.base}{self.path}"}, None)
        return self.send(int(kind), "<html><body>the server had a hiccup</body></html>", {"Content-Type": "text/html"}, None)

    def send(self, status, body, headers, fault):
        if isinstance(body, Body):
            return self.send_file(status, body, headers, fault)
        data = b"" if body is None else body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", **headers}
        if fault == "500":
            status, data = 500, b"<html>an error</html>"
        elif fault == "garbage":
            data = data[: len(data) // 2] + b"\x00}{"
        elif fault == "deep":
            data = b'{"a":' * 100000 + b"1" + b"}" * 100000
        if fault in ("reset-after", "reset-after-reused"):
            return self.reset()
        bodiless = status in (204, 304) or self.command == "HEAD"
        self.send_head(status, headers, None if status in (204, 304) else len(data) + (7 if fault == "wrong-length" else 0))
        if fault == "truncate":
            data = data[: len(data) // 2]
        if not bodiless:
            self.wfile.write(data)
        self.wfile.flush()
        if fault in ("truncate", "wrong-length"):
            self.close_connection = True
        return None

    def send_head(self, status, headers, length):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def send_file(self, status, body, headers, fault):
        """A large answer, a piece at a time; small ones suffer all faults."""
        if body.size <= HELD or fault not in (None, "truncate"):
            return self.send(status, body.content or b"", headers, fault)
        self.send_head(status, headers, body.size)
        for part in body.parts(body.size // 2 if fault == "truncate" else None):
            self.wfile.write(part)
        self.wfile.flush()
        self.close_connection = self.close_connection or fault == "truncate"
        return None

    # ---- git ----

    def git(self, found, headers):
        forge = self.forge
        query = self.path.partition("?")[2]
        writes = found["path"] == "/git-receive-pack" or "service=git-receive-pack" in query
        with forge.lock:
            text = forge.token_of(headers)
            token = forge.use(text)
            exchange = Exchange(len(forge.git_log), self.command, self.path, headers, text, reused=self.served > 0)
            forge.git_log.append(exchange)
            fault = forge.git_faults.take(exchange)
        self.served += 1
        if fault is not None and fault.kind == "refuse":
            return self.reset()
        body = self.read_body()
        if fault is not None and fault.kind in Faults.BEFORE:
            return self.play(fault.kind, exchange)
        with forge.lock:
            exchange.status, data, more = self.git_answer(found, query, headers, body, token, writes, exchange)
        return self.send(exchange.status, data, more, fault.kind if fault is not None else None)

    def git_answer(self, found, query, headers, body, token, writes, exchange):
        """(status, body, headers)"""
        forge, backend, text = self.forge, self.forge.repositories[found["name"]], {"Content-Type": "text/plain"}
        if not (forge.may_write if writes else forge.may_read)(found["name"], token):
            if token is None:
                return 401, "a token is wanted", {"WWW-Authenticate": 'Basic realm="git"', **text}
            return 403, "this token may not do that", text
        if body.size > LIMIT:
            return 413, "the pack is too large for this emulator", text
        before = backend.refs() if found["path"] == "/git-receive-pack" else None
        status, more, data = backend.serve(self.command, found["path"], query, headers, body.content, token.login if token else None)
        if before is not None and (after := backend.refs()) != before:
            exchange.effect = "pushed " + " ".join(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))
            forge.pushed(found["name"], before, after)
            forge.look()
        return status, data, more


def serve(kind):
    """`python3 -m forge.github --repository acme/demo PATH`, to try by hand: until it is stopped."""
    parser = argparse.ArgumentParser(description=f"An emulator of {kind.__name__}.")
    parser.add_argument("--repository", nargs=2, action="append", required=True, metavar=("NAME", "PATH"), help="a bare repository, and what it is called")
    parser.add_argument("--token", action="append", default=[], help="one that may everything")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with kind(port=options.port) as forge:
        for name, path in options.repository:
            forge.add_repository(name, path)
        for token in options.token or ["token"]:
            forge.add_token(token)
        print(f"{forge.api}, tokens: {', '.join(forge.tokens)}", *map(forge.url, forge.repositories), sep="\n", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
        print(*forge.violations, sep="\n")
