"""The interface of forges, called as steps and effects call it: tests/contract/forge_call.c, which says what there is to call."""

import json
import os
import pathlib
import subprocess

FORGE_CALL = pathlib.Path(os.environ.get("SLIPWAY_BUILD", "build")) / "tests" / "contract-forge-call"


class Failed(Exception):
    """What a call failed with: code, what, why, state, fix."""

    def __init__(self, error):
        super().__init__(error)
        self.error = error
        self.code, self.what, self.why = (error or {}).get("code"), (error or {}).get("what"), (error or {}).get("why")


class Driver:
    """One process with one forge open, as one effect has it: what it knows is forgotten with it."""

    def __init__(self, params, **env):
        given = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        given |= {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS") if name in os.environ}
        self.process = subprocess.Popen([FORGE_CALL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=given | env)
        self.said = ""  # all that it ever answered
        if params is not None:
            self.call("open", params=params)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        _, errors = self.process.communicate(timeout=120)
        if kind is None:
            assert self.process.returncode == 0, errors
            assert errors == "", errors

    def call(self, name, /, **fields):
        self.process.stdin.write(json.dumps({"call": name, **fields}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.said += line
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer["ok"]

    def fails(self, name, /, **fields):
        """The error that a call must end with."""
        try:
            came = self.call(name, **fields)
        except Failed as failed:
            return failed
        raise AssertionError(f"{name} did not fail: {came}")

    def tries(self, name, /, **fields):
        """None, or the error that a call may end with."""
        try:
            self.call(name, **fields)
        except Failed as failed:
            return failed
        return None


def params_of(forge, project="acme/demo", kind=None, **more):
    """What opens an emulator's forge for a project: as its kind locates it, and whose host it is, as project/forges.c says."""
    with Driver(None) as driver:
        located = driver.call("locate", kind=kind or type(forge).__name__.lower(), remote=forge.url(project))
    return {**located, "remote_host": forge.host, "patience": 1, "pace": 0, **more}
