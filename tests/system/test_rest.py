"""What the forges on servers share: pages, limits, ETags, refusals, what a lost answer means; and where tokens come from and go to."""

import calendar
import json
import re
import shlex
import stat
import time

import pytest

from support import driver, faulty
from support.faulty import Close, Reset, answer

TOKEN = "canary-5f2e7a91c0"
SECOND = "second-1b44d0a9e7"


def as_json(value, status=200, headers=()):
    return answer(status, json.dumps(value), [("Content-Type", "application/json"), *headers])


def params(server, **more):
    host = f"127.0.0.1:{server.port}"
    return {"api": f"http://{host}/api", "remote_host": host, "url": f"http://{host}/acme/demo", "project": "acme/demo", "pace": 0, "patience": 1} | more


def rest(server, op, path="/x", env=None, given=None, **fields):
    return many(server, [{"op": op, "path": path} | fields], env, given)[0]


def many(server, calls, env=None, given=None, parallel=False):
    host = f"127.0.0.1:{server.port}"
    env = {"TEST_TOKEN": TOKEN, "TEST_HOST": host} if env is None else env
    answers, _, raw = driver.run([{"params": given or params(server)} | each for each in calls], env, parallel)
    assert TOKEN not in raw and SECOND not in raw
    return answers


# ---- reads ----


def test_members_and_what_is_not_there():
    def act(request):
        return as_json({"a": 1}) if request.target == "/api/x" else answer(404, '{"message": "Not Found"}')

    with faulty.Server(act) as server:
        assert rest(server, "get")["value"] == {"a": 1}
        assert server.requests[0].headers["private-token"] == TOKEN and server.requests[0].headers["x-own"] == "header"
        assert rest(server, "get", "/y")["value"] is None
        assert rest(server, "get", server.url("/api/x"))["value"] == {"a": 1}
        came = rest(server, "get", "https://other.example/api/x")
        assert came["error"]["code"] == "ADDRESS" and len(server.requests) == 3


@pytest.mark.parametrize("status, code", [(401, "PERMISSION"), (403, "PERMISSION"), (410, "ANSWER"), (422, "ANSWER"), (501, "NETWORK")])
def test_refusals_of_reads(status, code):
    with faulty.Server(lambda _: as_json({"message": "Bad \x1b[31mcredentials", "errors": [{"field": "tag", "code": "gone"}]}, status)) as server:
        for op in ("get", "list", "read"):
            came = rest(server, op)
            assert came["error"]["code"] == code and "Bad" in came["error"]["why"] and "field tag; code gone" in came["error"]["why"], came
            assert "\x1b" not in came["text"]
        if status == 401:
            assert "TEST_TOKEN" in came["error"]["what"] and "TEST_TOKEN" in came["error"]["fix"] and "run the same command again" in came["error"]["fix"]
            assert came["error"]["exit"] == 7
            anonymous = rest(server, "get", given=params(server, anonymous=True))
            assert "wants a token" in anonymous["error"]["what"] and "private-token" not in server.requests[-1].headers


WORDS = {
    "text": ({"message": "text"}, "text"),
    "fields": ({"message": {"name": ["is taken", "is short"]}}, "name is taken, is short"),
    "list": ({"message": ["one", "two"]}, "one, two"),
    "error": ({"error": "tag_name is missing"}, "tag_name is missing"),
    "described": ({"error": "invalid_token", "error_description": "it was revoked"}, "invalid_token: it was revoked"),
    "nothing": ({}, "does not say why"),
    "long": ({"message": "x" * 5000}, "x" * 500 + "…"),
}


@pytest.mark.parametrize("name", WORDS)
def test_the_words_of_a_refusal(name):
    body, words = WORDS[name]
    with faulty.Server(lambda _: as_json(body, 422)) as server:
        came = rest(server, "change", method="POST", json={})["value"]
        assert came["outcome"] == "refused" and came["status"] == 422 and came["answer"] == body
        assert came["error"]["code"] == "CONFLICT" and words in came["error"]["why"]


@pytest.mark.parametrize("body", ["<html>login</html>", "", "{", "[1,", '{"a": 1} x', "[" * 100 + "]" * 100, '"\xff"'])
def test_what_is_no_json(body):
    with faulty.Server(lambda _: answer(200, body.encode("latin-1"))) as server:
        for op in ("get", "list"):
            came = rest(server, op)
            assert came["error"]["code"] == "ANSWER", came
        came = rest(server, "change", method="POST", json={})["value"]
        assert came["outcome"] == ("done" if body == "" else "lost"), came


def test_an_api_does_not_lead_elsewhere():
    with faulty.Server(lambda _: as_json({"evil": 1})) as other:
        def act(request):
            return answer(302, "", [("Location", other.url("/api/x") if request.target == "/api/away" else "/api/moved")]) if "moved" not in request.target else as_json({"here": 5})

        with faulty.Server(act) as server:
            came = rest(server, "get", "/away")
            assert came["error"]["code"] == "ANSWER" and f"127.0.0.1:{other.port}" in came["error"]["what"]
            assert TOKEN not in str(other.requests)
            assert rest(server, "get", "/here")["value"] == {"here": 5}
            assert rest(server, "read", "/away")["value"]["size"] == 11, "a body may be stored elsewhere"
            assert all("private-token" not in r.headers and "x-own" not in r.headers for r in other.requests)


def test_etags():
    state = {"body": [1], "tag": '"one"'}

    def act(request):
        if request.headers.get("if-none-match") == state["tag"]:
            return answer(304, b"", [("ETag", state["tag"])])
        return as_json(state["body"], headers=[("ETag", state["tag"]), ("Link", f'<{server.url("/api/x?page=2")}>; rel="next"')] if "per_page" in request.target else [])

    with faulty.Server(act) as server:
        answers = many(server, [{"op": "list", "path": "/x"} for _ in range(3)])
        assert [a["value"] for a in answers] == [[1, 1]] * 3
        sent = [r.headers.get("if-none-match") for r in server.requests]
        assert sent == [None, None, '"one"', None, '"one"', None]
        other = driver.run([{"op": "get", "path": "/x", "params": params(server)} | ({"params": params(server, anonymous=True)} if i else {}) for i in range(2)],
                           {"TEST_TOKEN": TOKEN, "TEST_HOST": f"127.0.0.1:{server.port}"})[0]
        assert [a["value"] for a in other] == [[1], [1]] and server.requests[-1].headers.get("if-none-match") is None, "it is another's answer"


# ---- pages ----


def pages(count, how, size=2, total=None, empty_after=None):
    """Serves 0 … count-1 in pages of `size`, whatever was asked."""
    def act(request):
        number = int((re.search(r"[?&]page=(\d+)", request.target) or [0, 1])[1])
        part = list(range(count))[(number - 1) * size: number * size]
        if empty_after and number > empty_after:
            part = []
        more = number * size < count
        link = [("Link", f'<http://{request.headers["host"]}/api/x?per_page=2&page={number + 1}>; rel="next"' if more else '<http://a/>; rel="first"')]
        headers = {"link": link, "number": [("X-Next-Page", str(number + 1) if more else "")], "count": [("X-Total-Count", str(count if total is None else total))], "none": []}
        return as_json(part, headers=headers[how])

    return act


@pytest.mark.parametrize("how", ["link", "number", "count"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_all_pages_are_read(how, count):
    with faulty.Server(pages(count, how)) as server:
        assert rest(server, "list", "/x?a=b")["value"] == list(range(count))
        assert server.requests[0].target == "/api/x?a=b&per_page=2"
        assert len(server.requests) == max(1, (count + 1) // 2)


def test_pages_that_lie():
    with faulty.Server(pages(5, "count", total=100, empty_after=2)) as server:
        assert rest(server, "list")["value"] == [0, 1, 2, 3] and len(server.requests) == 3
    with faulty.Server(pages(10_001, "link", size=500)) as server:
        assert rest(server, "list")["error"]["code"] == "TOO_LARGE"
    with faulty.Server(pages(10_000, "link", size=500)) as server:
        assert len(rest(server, "list")["value"]) == 10_000
    circle = [("Link", "<?per_page=2>; rel=next")]
    with faulty.Server(lambda _: as_json([1], headers=circle)) as server:
        came = rest(server, "list")
        assert came["error"]["code"] == "ANSWER" and "circle" in came["error"]["what"] and len(server.requests) == 1
    away = [("Link", "<https://evil.example/x?page=2>; rel=next")]
    with faulty.Server(lambda _: as_json([1], headers=away)) as server:
        assert rest(server, "list")["error"]["code"] == "ADDRESS"
    with faulty.Server(lambda r: as_json([1], headers=[("Link", "<?page=2>; rel=next")]) if "per_page" in r.target else answer(404)) as server:
        assert rest(server, "list")["error"]["code"] == "ANSWER", "half a list is none"
    with faulty.Server(lambda _: as_json({"total_count": 2, "items": [1, 2]})) as server:
        assert rest(server, "list", key="items")["value"] == [1, 2]
        assert "no list others" in rest(server, "list", key="others")["error"]["what"]
        assert rest(server, "list")["error"]["code"] == "ANSWER"
    with faulty.Server(lambda _: answer(404)) as server:
        assert rest(server, "list")["value"] is None


# ---- changes ----

LOST = {
    "reset": lambda _: reset(),
    "closed": lambda _: close(),
    "truncated": lambda _: answer(201, '{"id": 1', length=100, close=True),
    "500": lambda _: as_json({"message": "oops"}, 500),
    "503": lambda _: answer(503, "x", [("Retry-After", "1")]),
    "html": lambda _: answer(201, "<html>"),
    "redirect": lambda _: answer(307, "", [("Location", "/api/y")]),
}


def reset():
    raise Reset


def close():
    raise Close


@pytest.mark.parametrize("name", LOST)
def test_a_lost_answer(name):
    with faulty.Server(LOST[name]) as server:
        came = rest(server, "change", method="POST", json={"a": 1})["value"]
        assert came["outcome"] == "lost" and came["error"]["code"] in ("NETWORK", "ANSWER"), came
        assert server.effects() == 1
        came = rest(server, "change", method="POST", json={"a": 1}, lost=True)["value"]
        assert came["error"]["code"] == "UNKNOWN_STATE" and "not known" in came["error"]["what"] and came["error"]["fix"] == "run the same command again"


def test_done_refused_and_not_sent():
    with faulty.Server(lambda r: answer(204) if r.method == "DELETE" else as_json({"id": 7}, 201)) as server:
        came = rest(server, "change", method="POST", json={"b": 1, "a": 2})["value"]
        assert came["outcome"] == "done" and came["answer"] == {"id": 7} and server.requests[0].body == b'{"a":2,"b":1}'
        came = rest(server, "change", method="DELETE")["value"]
        assert came["outcome"] == "done" and came["status"] == 204 and came["answer"] is None
        came = rest(server, "change", server.url("/api/x"), method="DELETE")["value"]
        assert came["outcome"] == "done"
        came = rest(server, "change", "http://127.0.0.1:1/api/x", method="POST")["value"]
        assert came["outcome"] == "failed" and came["error"]["code"] == "ADDRESS"
        gone = params(server)
    came = rest(server, "change", method="POST", given=gone)["value"]
    assert came["outcome"] == "failed" and came["error"]["code"] == "NETWORK"
    for status in (401, 403):
        with faulty.Server(lambda _, status=status: as_json({"message": "no"}, status)) as server:
            came = rest(server, "change", method="POST")["value"]
            assert came["outcome"] == "failed" and came["error"]["code"] == "PERMISSION" and server.effects() == 1


def test_an_upload(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 100_000)
    with faulty.Server(lambda _: as_json({"state": "uploaded"}, 201)) as server:
        came = rest(server, "change", method="POST", file=str(path))["value"]
        assert came["outcome"] == "done" and server.requests[0].body == path.read_bytes()
        came = rest(server, "change", method="POST", file=str(tmp_path / "missing"))["value"]
        assert came["outcome"] == "failed" and came["error"]["code"] == "IO"


LIMITS = {"429": (429, [("Retry-After", "1")]), "403": (403, [("Retry-After", "1")]), "at once": (429, [("Retry-After", "0")])}


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("op", ["get", "read", "ask", "change"])
def test_limits_are_obeyed(name, op):
    status, headers = LIMITS[name]
    state = {"left": 1}

    def act(_request):
        state["left"] -= 1
        return answer(status, '{"message": "slow down"}', headers) if state["left"] >= 0 else as_json({"fine": 1})

    with faulty.Server(act) as server:
        began = time.monotonic()
        came = rest(server, op, method="POST", json={})
        assert came["ok"], came
        assert op != "change" or came["value"]["outcome"] == "done"
        assert len(server.requests) == 2 and (name == "at once" or time.monotonic() - began >= 1)


@pytest.mark.parametrize("op", ["get", "list", "read", "ask", "change"])
def test_a_limit_that_is_too_long(op):
    with faulty.Server(lambda _: answer(403, '{"message": "API rate limit exceeded"}', [("Retry-After", "1800")])) as server:
        came = rest(server, op, method="POST", json={})
        came = came["value"] if op == "change" else came
        assert came["error"]["code"] == "LIMITED" and len(server.requests) == 1, came
        until = re.search(r"before (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)", came["error"]["what"])
        assert until and until[1] in came["error"]["fix"] and came["error"]["why"] == "API rate limit exceeded"
        assert op != "change" or came["outcome"] == "failed"


HOUR = "Sun, 01 Jan 2006 12:00:00 GMT"  # by no clock that runs now
RESETS = {
    "by its own clock": ([("Date", HOUR), ("X-Reset", "1136116800")], 0, "done"),
    "long past": ([("Date", HOUR), ("X-Reset", "5")], 0, "done"),
    "in an hour": ([("Date", HOUR), ("X-Reset", str(1136116800 + 3600))], 3600, "LIMITED"),
    "never": ([("X-Reset", str(2**63 - 1))], 365 * 24 * 3600, "LIMITED"),
    "never, from the year one": ([("Date", "Mon, 01 Jan 0001 00:00:00 GMT"), ("X-Reset", str(2**63 - 1))], 365 * 24 * 3600, "LIMITED"),
}


@pytest.mark.parametrize("name", RESETS)
def test_until_when_a_limit_holds_is_by_the_clock_of_the_server(name):
    headers, seconds, end = RESETS[name]
    state = {"left": 1}

    def act(_request):
        state["left"] -= 1
        return answer(403, '{"message": "slow down"}', headers) if state["left"] >= 0 else as_json({"fine": 1})

    with faulty.Server(act) as server:
        came = rest(server, "get")
        assert came["ok"] == (end == "done"), came
        if end == "LIMITED":
            assert came["error"]["code"] == "LIMITED", came
            until = time.strptime(re.search(r"before (\S+Z)", came["error"]["what"])[1], "%Y-%m-%dT%H:%M:%SZ")
            assert abs(calendar.timegm(until) - time.time() - seconds) < 300


def test_changes_are_paced():
    moments = []

    def act(_request):
        moments.append(time.monotonic())
        return as_json({})

    with faulty.Server(act) as server:
        given = params(server, pace=200)
        many(server, [{"op": "change", "path": "/x", "method": "POST", "params": given} for _ in range(4)], parallel=True)
        moments.sort()
        assert moments[-1] - moments[0] >= 0.5
        moments.clear()
        many(server, [{"op": "get", "path": "/x", "params": given} for _ in range(4)])
        assert len(moments) == 4


# ---- tokens ----


def found(given, env=None, cwd=None):
    answers, _, raw = driver.run([{"op": "token", "path": "/", "params": given}], env or {}, cwd=cwd)
    assert TOKEN not in raw and SECOND not in raw
    return answers[0]


def at(host, **more):
    return {"api": f"https://{host}/api", "remote_host": host, "url": f"https://{host}/acme/demo", "project": "acme/demo"} | more


ENVIRONMENT = [
    ("forge.example", {"TEST_TOKEN": TOKEN}, "TEST_TOKEN"),
    ("FORGE.example", {"TEST_TOKEN": TOKEN}, "TEST_TOKEN"),
    ("other.example", {"TEST_TOKEN": TOKEN}, None),
    ("forge.example.evil.com", {"TEST_TOKEN": TOKEN}, None),
    ("xforge.example", {"TEST_TOKEN": TOKEN}, None),
    ("forge.example:8443", {"TEST_TOKEN": TOKEN}, None),
    ("forge.example", {"TEST_TOKEN": ""}, None),
    ("other.example", {"TEST_TOKEN": TOKEN, "TEST_HOST": "other.example"}, "TEST_TOKEN"),
    ("other.example", {"TEST_TOKEN": TOKEN, "TEST_HOST": "https://other.example/x"}, "TEST_TOKEN"),
    ("other.example:8443", {"TEST_TOKEN": TOKEN, "TEST_HOST": "https://other.example:8443"}, "TEST_TOKEN"),
    ("other.example:8443", {"TEST_TOKEN": TOKEN, "TEST_HOST": "https://other.example"}, None),
    ("a.example.com", {"SECOND_TOKEN": SECOND, "TEST_TOKEN": TOKEN}, "SECOND_TOKEN"),
    ("example.com", {"SECOND_TOKEN": SECOND}, None),
]


@pytest.mark.parametrize("host, env, source", ENVIRONMENT)
def test_tokens_of_the_environment(host, env, source):
    came = found(at(host), env)
    assert came["ok"] and came["value"] == {"from": source, "there": source is not None}, came


def test_a_token_is_not_for_another_host():
    for api in ("https://evil.example/api", "https://api.forge.example/api", "https://forge.example.evil.com/api"):
        came = found(at("forge.example", api=api), {"TEST_TOKEN": TOKEN})
        assert came["error"]["code"] == "CONFIG" and "TEST_TOKEN" in came["error"]["what"] and "forge.example" in came["error"]["why"], came
        assert found(at("forge.example", api=api))["value"]["there"] is False
    assert found(at("github.com", api="https://api.github.com"), {"TEST_TOKEN": TOKEN, "TEST_HOST": "github.com"})["value"]["there"]
    assert found(at("ssh.github.com", api="https://api.github.com"), {"TEST_TOKEN": TOKEN, "TEST_HOST": "github.com"})["value"]["there"]
    assert found(at("forge.example", anonymous=True), {"TEST_TOKEN": TOKEN})["value"]["there"] is False
    came = found(at("forge.example"), {"TEST_TOKEN": "two\nlines"})
    assert came["error"]["code"] == "CONFIG" and "TEST_TOKEN" in came["error"]["what"]


def allowed(*pairs):
    """What the user says in git's configuration."""
    env = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for i, (name, value) in enumerate(pairs):
        env |= {f"GIT_CONFIG_KEY_{i}": f"slipway.{name}", f"GIT_CONFIG_VALUE_{i}": str(value)}
    return env


def test_what_a_repository_names_is_allowed_by_the_user(tmp_path):
    """Its slipway.yaml, and a plan from elsewhere: else a hostile one has a file sent to its own server, or runs a program."""
    path, other, marker = tmp_path / "token", tmp_path / "other", tmp_path / "ran"
    for each in (path, other):
        each.write_text(TOKEN)
        each.chmod(0o600)
    file = at("evil.example", token_file=str(path))
    for env in ({}, allowed(("token-file", other)), allowed(("token-command", path)), {"SLIPWAY__FORGE__TOKEN_FILE": str(other)}):
        came = found(file, env)
        assert came["error"]["code"] == "CONFIG" and "not allowed" in came["error"]["what"] and "evil.example" in came["error"]["why"], came
        assert f"git config --global --add slipway.token-file '{path}'" in came["error"]["fix"], came
    assert found(file, allowed(("token-file", other), ("token-file", path)))["value"]["there"]
    assert found(file, {"SLIPWAY__FORGE__TOKEN_FILE": str(path)})["value"]["there"]
    words = ["sh", "-c", f"touch {marker}; cat {path}"]
    command = at("evil.example", token_command=words)
    for env in ({}, allowed(("token-command", " ".join(words))), allowed(("token-command", "sh")), allowed(("token-command", "'"))):
        came = found(command, env)
        assert came["error"]["code"] == "CONFIG" and "not allowed" in came["error"]["what"], came
        assert not marker.exists()
    fix = shlex.split(came["error"]["fix"].split(": ", 1)[1])
    assert fix[:5] == ["git", "config", "--global", "--add", "slipway.token-command"] and shlex.split(fix[5]) == words
    assert found(command, allowed(("token-command", fix[5])))["value"]["there"] and marker.exists()


def test_a_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(f"  {TOKEN}\n")
    path.chmod(0o600)
    given = at("any.example", token_file=str(path))
    mine = allowed(("token-file", path))
    assert found(given, mine)["value"] == {"from": f"forge.token-file {path}", "there": True}
    assert found(at("any.example", token_file="~/token"), {"HOME": str(tmp_path)} | mine)["value"]["there"]
    assert found(given, {"HOME": str(tmp_path)} | allowed(("token-file", "~/token")))["value"]["there"]
    for mode in (0o640, 0o604, 0o620, 0o666):
        path.chmod(mode)
        came = found(given, mine)
        assert came["error"]["code"] == "CONFIG" and "others" in came["error"]["why"] and "chmod 600" in came["error"]["fix"], came
    path.chmod(0o600)
    for text in ("", "\n", "two\nlines", "x" * 70_000):
        path.write_text(text)
        came = found(given, mine)
        assert came["error"]["code"] == "CONFIG" and ("holds no token" in came["error"]["what"] or "64 KiB" in came["error"]["why"]), came
    for other, why in ((tmp_path, "is not used"), (tmp_path / "missing", "cannot be read"), ("/dev/zero", "is not used")):
        came = found(at("any.example", token_file=str(other)), allowed(("token-file", other)))
        assert came["error"]["code"] == "CONFIG" and came["error"]["what"].endswith(why), came
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_command(tmp_path):
    def command(script, **env):
        return found(at("any.example", token_command=["sh", "-c", script]), env | allowed(("token-command", shlex.join(["sh", "-c", script]))))

    assert command(f"echo {TOKEN}; echo more")["value"] == {"from": "forge.token-command", "there": True}
    forges = ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN"]
    came = command("printf %s " + " ".join(f'"${name}"' for name in forges), **{name: TOKEN for name in forges})
    assert came["error"]["code"] == "CONFIG" and "holds no token" in came["error"]["what"], "it gets no token of a forge"
    assert command('printf %s "$VAULT_TOKEN"', VAULT_TOKEN=TOKEN)["value"]["there"], "it gets what its own store of secrets asks for"
    came = command(f"echo {TOKEN}; echo locked >&2; exit 3")
    assert came["error"]["code"] == "CONFIG" and "exit 3: locked" in came["error"]["why"]
    assert found(at("any.example", token_command=["no-such-program"]), allowed(("token-command", "no-such-program")))["error"]["code"] == "PROGRAM_MISSING"
    marker = tmp_path / "ran"
    words = ["echo", "x;", f"touch {marker}"]
    assert found(at("any.example", token_command=words), allowed(("token-command", shlex.join(words))))["ok"]
    assert not marker.exists()


def test_gits_credential_helper(tmp_path):
    log = tmp_path / "asked"
    helper = tmp_path / "helper"
    helper.write_text(f'#!/bin/sh\ncat >{log}\ntest "$1" = get && echo username=me && echo password={TOKEN}\n')
    helper.chmod(0o700)
    env = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "credential.helper", "GIT_CONFIG_VALUE_0": str(helper)}
    given = at("any.example:8443")
    assert found(given, env)["value"] == {"from": "git's credential helper", "there": True}
    asked = log.read_text()
    assert "protocol=https\n" in asked and "host=any.example:8443\n" in asked
    assert found(at("any.example"), env | {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_1": "credential.useHttpPath", "GIT_CONFIG_VALUE_1": "true"})["value"]["there"]
    assert "path=acme/demo\n" in log.read_text()


def test_programs_are_asked_once(tmp_path):
    script = f"echo asked >>{tmp_path}/log; echo {TOKEN}"
    mine = allowed(("token-command", shlex.join(["sh", "-c", script])))
    given = [at(host, token_command=["sh", "-c", script]) for host in ("a.example", "a.example", "b.example", "a.example")]
    answers = driver.run([{"op": "token", "path": "/", "params": each} for each in given], mine, parallel=True)[0]
    assert all(each["value"]["there"] for each in answers)
    assert (tmp_path / "log").read_text().count("asked") == 2, "once for each host"


def test_nobody_is_asked(tmp_path):
    asks = tmp_path / "ask"
    asks.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\necho {TOKEN}\n")
    asks.chmod(0o700)
    env = {"GIT_ASKPASS": str(asks), "SSH_ASKPASS": str(asks), "DISPLAY": ":1", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.askPass", "GIT_CONFIG_VALUE_0": str(asks)}
    assert found(at("any.example"), env)["value"] == {"from": None, "there": False}
    assert not (tmp_path / "asked").exists()
