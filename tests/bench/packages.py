"""`slipway verify` against twine, and its hashing against `openssl speed sha256`, in the same run."""

import hashlib
import os
import re
import statistics
import subprocess
import time
import zipfile

from support import distributions as made
from support.project import environment

TWINE = "/usr/bin/twine"
HALF_MB = 500_000
LARGE = 256 << 20


def once(words, cwd):
    """Seconds on the clock, and seconds of processor."""
    began = time.perf_counter()
    child = subprocess.Popen(words, cwd=cwd, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    taken = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    assert status == 0, words
    return taken, usage.ru_utime + usage.ru_stime


def median(words, cwd, rounds):
    times = [once(words, cwd) for _ in range(rounds)]
    return statistics.median(clock for clock, _ in times), statistics.median(used for _, used in times)


def openssl_bytes_a_second():
    """Blocks of 16 KiB, as `openssl speed` has them by default at most."""
    done = subprocess.run(["openssl", "speed", "-seconds", "1", "-bytes", "16384", "-mr", "-evp", "sha256"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    return float(re.search(r"^\+F:[^:]*:[^:]*:([0-9.]+)$", done.stdout, re.MULTILINE)[1])


def half_mb_each(folder):
    """What does not compress: a wheel and a source archive of 0.5 MB in 40 modules each, with a Markdown description."""
    files = {f"data/{number}.bin": os.urandom(HALF_MB // 40) for number in range(40)}
    made.wheel(folder / made.WHEEL, made.metadata(), {f"demo/{name}": data for name, data in files.items()})
    made.sdist(folder / made.SDIST, made.metadata(), {made.TOP + f"demo/{name}": data for name, data in files.items()})
    return [made.WHEEL, made.SDIST]


def large_stored(folder):
    """A wheel whose one large member is stored, so that reading it is reading and hashing. And the same bytes as a file with SHA256SUMS beside."""
    data = os.urandom(1 << 20) * (LARGE >> 20)
    path = made.wheel(folder / made.WHEEL, made.metadata(), {"demo/large.bin": data})
    with zipfile.ZipFile(path) as packed:
        members = {info: packed.read(info) for info in packed.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for info, content in members.items():
            archive.writestr(zipfile.ZipInfo(info.filename, info.date_time), content)
    plain = folder / "plain"
    plain.mkdir()
    (plain / "large.bin").write_bytes(data)
    (plain / "SHA256SUMS").write_text(f"{hashlib.sha256(data).hexdigest()}  large.bin\n")
    return path, plain


def compare_once(title, own_words, peer_words, folder, rounds):
    own, own_used = median(own_words, folder, rounds)
    peer, peer_used = median(peer_words, folder, 5)
    print(f"slipway verify, {title:<30} {own * 1000:7.1f} ms   {own / peer:6.3f} x twine check ({peer * 1000:.0f} ms); processor {own_used * 1000:.1f} and {peer_used * 1000:.0f} ms")


def compare_twine(slipway, scratch):
    folder = scratch / "half"
    folder.mkdir()
    files = half_mb_each(folder)
    for title, names in (("wheel + sdist of 0.5 MB each", files), ("wheel of 0.5 MB", files[:1]), ("sdist of 0.5 MB", files[1:])):
        compare_once(title, [slipway, "verify", "--strict", *names], [TWINE, "check", "--strict", *names], folder, 40)
    made.wheel(folder / made.WHEEL, made.metadata(change=[("Description-Content-Type", "text/x-rst")], body="Title\n=====\n\nText.\n"))
    compare_once("a wheel with reStructuredText", [slipway, "verify", "--strict", made.WHEEL], [TWINE, "check", "--strict", made.WHEEL], folder, 5)


def compare_hashing(slipway, scratch):
    """Processor time, as `openssl speed` counts it."""
    folder = scratch / "large"
    folder.mkdir()
    path, plain = large_stored(folder)
    _, start = median([slipway, "--version"], folder, 9)
    speed = openssl_bytes_a_second()
    for title, words in (("a file against SHA256SUMS", [slipway, "verify", str(plain / "large.bin")]), ("a stored member against RECORD", [slipway, "verify", str(path)])):
        own = LARGE / (min(used for _, used in (once(words, folder) for _ in range(5))) - start)
        print(f"slipway verify, hashing {title:<31} {own / 1e6:7.0f} MB/s   {own / speed:5.1%} of openssl speed sha256 ({speed / 1e6:.0f} MB/s)")


def compare(slipway, scratch):
    compare_twine(slipway, scratch)
    compare_hashing(slipway, scratch)
