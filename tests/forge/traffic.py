"""What goes between an emulator and its clients: requests in a log, their bodies, tokens, and faults that are played."""

import dataclasses
import hashlib
import os
import re
import tempfile

LIMIT = 64 << 20  # bytes of a request that are given as one text
HELD = 1 << 20  # bytes of one that are kept in memory


@dataclasses.dataclass
class Exchange:
    """One request: what came, what it changed (a word or None), what was answered and which fault was played."""

    number: int
    method: str
    path: str
    headers: dict
    token: str | None = None
    status: int | None = None
    effect: str | None = None
    fault: str | None = None
    reused: bool = False


@dataclasses.dataclass
class Token:
    login: str
    rights: object
    uses: int | None = None  # how often it still works; None: always


@dataclasses.dataclass
class Fault:
    kind: str
    match: object
    nth: int
    forever: bool
    seen: int = 0
    fired: int = 0

    def fits(self, exchange):
        if callable(self.match):
            return self.match(exchange)
        return re.search(self.match, f"{exchange.method} {exchange.path}") is not None


class Faults(list):
    """reset-after-reused happens only to a request on a connection that has served another; it is then that its effect is done and its answer lost."""

    KINDS = ("refuse", "reset-before", "reset-after", "reset-after-reused", "truncate", "wrong-length", "500", "502", "503", "401", "403-secondary", "429", "429-after",
             "stall", "html", "garbage", "deep", "redirect")  # fmt: skip
    BEFORE = ("refuse", "reset-before", "502", "503", "401", "403-secondary", "429", "429-after", "stall", "html", "redirect")

    def add(self, kind, match=".", nth=1, forever=False):
        assert kind in self.KINDS, kind
        self.append(Fault(kind, match, nth, forever))
        return self[-1]

    def take(self, exchange):
        for fault in self:
            if not fault.fits(exchange) or (fault.kind == "reset-after-reused" and not exchange.reused):
                continue
            fault.seen += 1
            if fault.seen == fault.nth or (fault.forever and fault.seen > fault.nth):
                fault.fired += 1
                exchange.fault = fault.kind
                return fault
        return None


@dataclasses.dataclass
class Body:
    """Of a request: content is None where it is too much to be given at once."""

    size: int
    sha256: str
    content: bytes | None

    def parts(self, end=None):
        """Up to `end`; for several readers at once."""
        yield (self.content or b"")[:end]


class Coming(Body):
    """One that is still read: hashed as it comes, and what is large in a file without a name."""

    def __init__(self, folder):
        self.folder, self.size, self.digest, self.held, self.file = folder, 0, hashlib.sha256(), bytearray(), None

    def add(self, part):
        self.size += len(part)
        self.digest.update(part)
        if self.file is None and self.size > HELD:
            self.file = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115 - it lives as long as the body
            self.file.write(self.held)
            self.held = bytearray()
        if self.file is None:
            self.held += part
        else:
            self.file.write(part)

    @property
    def sha256(self):
        return self.digest.hexdigest()

    @property
    def content(self):
        return b"".join(self.parts()) if self.size <= LIMIT else None

    def parts(self, end=None):
        end = self.size if end is None else end
        if self.file is None:
            yield bytes(self.held[:end])
            return
        self.file.flush()
        for at in range(0, end, HELD):
            yield os.pread(self.file.fileno(), min(end - at, HELD), at)
