"""The C programs of tests/contract that speak JSON."""

import json
import os
import pathlib
import subprocess

HTTP_CALL = pathlib.Path(os.environ.get("SLIPWAY_BUILD", "build")) / "tests" / "contract-http-call"


def run(calls, env=None, parallel=False, cwd=None):
    """Answers, and the peak of memory in KiB."""
    given = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            given[name] = os.environ[name]
    asked = json.dumps({"calls": calls, "parallel": parallel})
    done = subprocess.run([HTTP_CALL], input=asked, capture_output=True, text=True, timeout=120, env=given | (env or {}), cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    return said["answers"], said["peak"], done.stdout


def call(env=None, **fields):
    """One HTTP call, to this machine."""
    return run([http(**fields)], env)[0][0]


def http(**fields):
    return {"op": "http", "method": "GET", "private": ["*"]} | fields
