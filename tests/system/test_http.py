"""The HTTP client against servers that fail in every way: what is repeated, what goes out once, what is sent to whom, and what is bounded."""

import functools
import ipaddress
import os
import socket
import time

import pytest

from support import driver, faulty
from support.driver import call, http
from support.faulty import Close, Reset, answer

TOKEN = "canary-5f2e7a91c0"


def once(fault, then=None):
    """Fails the first request as `fault` does, answers the others."""
    state = {"left": 1}

    def act(request):
        if state["left"] > 0:
            state["left"] -= 1
            return fault(request)
        return then or answer(200, "fine")

    return act


def reset(_request):
    raise Reset


def close(_request):
    raise Close


def stall(_request):
    time.sleep(4)  # longer than the client waits
    raise Close


HTML = answer(200, "<html>hello</html>", [("Content-Type", "text/html")])
# A fault, and whether a read gets over it.
FAULTS = {
    "reset": (reset, True),
    "closed": (close, True),
    "truncated": (lambda _: [answer(200, "half", length=400), reset_later], True),
    "chunks cut off": (lambda _: [b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", close_later], True),
    "no HTTP": (lambda _: [b"SSH-2.0-OpenSSH_9.2p1\r\n", close_later], True),
    "half a header": (lambda _: [b"HTTP/1.1 200 X\r\nContent-Le", close_later], True),
    "429": (lambda _: answer(429, "slow down", [("Retry-After", "0")]), True),
    "500": (lambda _: answer(500, "oops"), True),
    "502": (lambda _: answer(502, "oops"), True),
    "503": (lambda _: answer(503, "oops"), True),
    "504": (lambda _: answer(504, "oops"), True),
}


def reset_later():
    raise Reset


def close_later():
    raise Close


# ---- reads ----


@pytest.mark.parametrize("name", FAULTS)
def test_a_read_is_repeated(name):
    with faulty.Server(once(FAULTS[name][0])) as server:
        came = call(url=server.url(), budget=20, seconds=10)
        assert came["ok"] and came["status"] == 200 and came["body"] == "fine", came
        assert came["tries"] == 2 and len(server.requests) == 2


@pytest.mark.parametrize("name", FAULTS)
def test_without_a_budget_it_is_not(name):
    with faulty.Server(once(FAULTS[name][0])) as server:
        came = call(url=server.url(), seconds=10)
        assert len(server.requests) == 1
        assert came["status"] >= 429 if came["ok"] else came["error"]["code"] == "NETWORK", came
        assert came["ok"] or came["error"]["why"], came


def test_silence_is_a_timeout():
    with faulty.Server(stall) as server:
        came = call(url=server.url(), stall=1, seconds=3)
        assert came["error"]["code"] == "TIMEOUT", came
        whole = call(url=server.url(), stall=10, seconds=1)
        assert whole["error"]["code"] == "TIMEOUT", whole


def test_a_read_that_is_refused_tells_why_and_is_bounded():
    with faulty.Server(reset) as server:
        url = server.url("/secret-path?token=hidden")
    began = time.monotonic()
    came = call(url=url, budget=2)
    assert came["error"]["code"] == "NETWORK" and "refused" in came["error"]["why"].lower() or "connect" in came["error"]["why"], came
    assert came["sent"] == "no" and "hidden" not in came["text"] and "127.0.0.1" in came["error"]["what"]
    assert time.monotonic() - began < 10


def test_a_reset_before_anything_was_read():
    state = {"left": 1}

    def before():
        state["left"] -= 1
        if state["left"] >= 0:
            raise Reset

    with faulty.Server(lambda _: answer(200, "fine"), before=before) as server:
        came = call(url=server.url(), budget=20)
        assert came["ok"] and came["tries"] == 2 and len(server.requests) == 1
        state["left"] = 1
        came = call(url=server.url(), method="POST", text="{}", budget=20)
        assert came["error"]["code"] == "NETWORK" and server.effects() == 0 and server.connections == 3


def test_who_takes_no_connection():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = []
        for _ in range(8):  # fills the queue: then the next one gets no answer
            each = socket.socket()
            each.setblocking(False)
            each.connect_ex(full.getsockname())
            waiting.append(each)
        came = call(url=f"http://127.0.0.1:{full.getsockname()[1]}/", method="POST", text="{}", connect=1)
        assert came["error"]["code"] == "TIMEOUT" and came["sent"] == "no" and came["error"]["state"] == "nothing was sent", came
        for each in waiting:
            each.close()


def test_no_name():
    came = call(url="https://nowhere.invalid/", budget=0)
    assert came["error"]["code"] == "NETWORK" and came["sent"] == "no"


@pytest.mark.parametrize("status", [200, 204, 301, 304, 400, 401, 403, 404, 409, 422, 501])
def test_other_answers_are_not_repeated(status):
    with faulty.Server(lambda _: answer(status, b"" if status in (204, 304) else b"x")) as server:
        came = call(url=server.url(), budget=20)
        assert came["ok"] and came["status"] == status and len(server.requests) == 1


def test_retry_after_is_obeyed_and_what_is_too_long_is_not_waited_for():
    with faulty.Server(once(lambda _: answer(503, "x", [("Retry-After", "1")]))) as server:
        began = time.monotonic()
        came = call(url=server.url(), budget=20)
        assert came["tries"] == 2 and time.monotonic() - began >= 1
    with faulty.Server(lambda _: answer(503, "x", [("Date", "Wed, 25 Nov 2026 10:00:00 GMT"), ("Retry-After", "Wed, 25 Nov 2026 10:30:00 GMT")])) as server:
        came = call(url=server.url(), budget=5)
        assert came["status"] == 503 and came["retry_after"] == 1800 and came["tries"] == 1


def test_reads_reuse_their_connection():
    with faulty.Server(lambda _: answer(200, "fine")) as server:
        answers = driver.run([http(url=server.url(f"/{i}")) for i in range(5)])[0]
        assert [a["body"] for a in answers] == ["fine"] * 5
        assert server.connections == 1 and [r.number for r in server.requests] == [1, 2, 3, 4, 5]


def test_many_threads_read():
    with faulty.Server(lambda r: answer(200, r.target)) as server:
        answers = driver.run([http(url=server.url(f"/{i}")) for i in range(24)], parallel=True)[0]
        assert [a["body"] for a in answers] == [f"/{i}" for i in range(24)]
        assert server.connections <= 24


def test_a_body_that_is_taken_begins_again():
    half = faulty.answer(200, "half", length=400)
    with faulty.Server(once(lambda _: [half, reset_later])) as server:
        came = call(url=server.url(), take=True, restart=True, budget=20)
        assert came["ok"] and came["taken"] == "fine" and came["restarts"] == 1
    with faulty.Server(once(lambda _: [half, reset_later])) as server:
        came = call(url=server.url(), take=True, budget=20)
        assert came["error"]["code"] == "NETWORK" and came["taken_size"] == 4 and len(server.requests) == 1
    with faulty.Server(lambda _: answer(404, "not there")) as server:
        came = call(url=server.url(), take=True)
        assert came["body"] == "not there" and came["taken"] == ""


def test_it_can_be_stopped():
    with faulty.Server(stall) as server:
        for method, sent in (("GET", None), ("POST", "maybe")):
            came = call(url=server.url(), method=method, cancel=200)
            assert came["error"]["code"] == "INTERRUPTED" and sent in (None, came["sent"]), came
    with faulty.Server(lambda _: answer(503, "x", [("Retry-After", "20")])) as server:
        began = time.monotonic()
        came = call(url=server.url(), budget=60, cancel=200)
        assert came["error"]["code"] == "INTERRUPTED" and time.monotonic() - began < 15, "it does not wait to the end"


# ---- changes ----


@pytest.mark.parametrize("name", FAULTS)
def test_a_change_goes_out_once(name):
    """Also where the server did it and the answer was lost; also where a read used a connection to it before."""
    def act(request):
        return answer(200, "warm") if request.method == "GET" else FAULTS[name][0](request)

    with faulty.Server(act) as server:
        answers = driver.run([http(url=server.url()), http(url=server.url(), method="POST", text='{"a": 1}', budget=30, redirects=5, seconds=10)])[0]
        assert server.effects() == 1 and len(server.requests) == 2
        assert server.requests[0].connection != server.requests[1].connection and server.requests[1].number == 1
        assert answers[1]["sent"] == "maybe"
        assert answers[1].get("status", 0) >= 429 or answers[1]["error"]["code"] == "NETWORK", answers[1]


def test_a_change_that_dies_on_a_connection_that_others_used():
    """Where libcurl sends a POST again by itself: the server serves one request a connection and cuts the second off after it acted on it."""
    def act(request):
        if request.method == "POST" and request.number > 1:
            raise Close
        return answer(200, "fine")

    with faulty.Server(act) as server:
        calls = [http(url=server.url()) if i % 2 == 0 else http(url=server.url(), method="POST", text="{}") for i in range(6)]
        answers = driver.run(calls)[0]
        assert all(a["ok"] for a in answers) and server.effects() == 3
        assert {r.number for r in server.requests if r.method == "POST"} == {1}
    with faulty.Server(lambda r: answer(200, "fine") if r.number == 1 else close(r)) as server:
        answers = driver.run([http(url=server.url(), budget=10) for _ in range(3)])[0]
        assert all(a["ok"] for a in answers), "a read that met a dead connection is asked again"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_a_change_sends(method):
    with faulty.Server(lambda _: answer(201, "made")) as server:
        came = call(url=server.url("/x"), method=method, text='{"a": 1}', headers=["X-Own: 1"], token=TOKEN, scheme="Bearer")
        seen = server.requests[0]
        assert came["status"] == 201 and seen.method == method and seen.body == b'{"a": 1}'
        assert seen.headers["content-type"] == "application/json" and seen.headers["x-own"] == "1"
        assert seen.headers["authorization"] == f"Bearer {TOKEN}"
        assert "expect" not in seen.headers and "transfer-encoding" not in seen.headers
    with faulty.Server(lambda _: answer(204)) as server:
        assert call(url=server.url("/x"), method=method)["status"] == 204
        seen = server.requests[0]
        assert seen.body == b"" and "content-type" not in seen.headers and "transfer-encoding" not in seen.headers


def test_a_refused_connection_was_not_sent():
    with faulty.Server(reset) as server:
        url = server.url()
    came = call(url=url, method="POST", text="{}")
    assert came["sent"] == "no" and came["error"]["code"] == "NETWORK"


def test_a_change_is_not_redirected():
    with faulty.Server(lambda r: answer(307, "", [("Location", "/other")])) as server:
        came = call(url=server.url("/x"), method="POST", text="{}", redirects=5)
        assert came["status"] == 307 and [r.target for r in server.requests] == ["/x"]


# ---- redirects, and who gets what ----


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name, scheme", [("Authorization", "Bearer"), ("PRIVATE-TOKEN", None), ("X-Registry-Auth", None)])
def test_nothing_secret_goes_to_another_host(status, name, scheme):
    with faulty.Server(lambda _: answer(200, "elsewhere")) as other:
        def act(request):
            return answer(status, "", [("Location", "/b" if request.target == "/a" else other.url("/c"))])

        with faulty.Server(act) as server:
            url = server.url("/a").replace("http://", "http://user:password@")
            came = call(url=url, redirects=5, token=TOKEN, credential=name, scheme=scheme, headers=["X-Own: own", "PRIVATE-TOKEN: header-token"])
            assert came["ok"] and came["body"] == "elsewhere" and came["url"] == other.url("/c")
            for request in server.requests:
                assert TOKEN in request.headers[name.lower()] and request.headers["x-own"] == "own"
            seen = other.requests[0]
            assert set(seen.headers) <= {"host", "accept", "user-agent"}, seen.headers
            assert TOKEN not in str(seen) and "header-token" not in str(seen) and "password" not in str(seen)


def test_redirects_are_bounded():
    with faulty.Server(lambda r: answer(302, "", [("Location", r.target + "x")])) as server:
        came = call(url=server.url("/"), redirects=4)
        assert came["error"]["code"] == "NETWORK" and "redirect" in came["error"]["what"] and len(server.requests) == 5
        assert call(url=server.url("/"))["status"] == 302


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:70/x", "http://10.0.0.1/x", "http://[::1]:1/x", "http://localhost:1/x"])
def test_where_a_redirect_may_lead(to):
    with faulty.Server(lambda _: answer(302, "", [("Location", to)])) as server:
        came = call(url=server.url(), redirects=4, private=[f"127.0.0.1:{server.port}"])
        assert came["error"]["code"] == "ADDRESS", came


def test_a_name_that_leads_to_this_machine_is_refused():
    """By what it leads to, not by how it looks: the name of this machine looks like any other."""
    name = socket.gethostname()
    try:
        address = ipaddress.ip_address(socket.gethostbyname(name))
    except OSError:
        pytest.skip("this machine's name leads nowhere")
    if address.is_global:
        pytest.skip("this machine's name leads to where anybody may go")
    with faulty.Server(lambda _: answer(200, "fine")) as server:
        came = call(url=f"http://{name}:{server.port}/", private=[])
        assert came["error"]["code"] == "ADDRESS" and server.requests == [], came


def test_private_addresses_are_refused():
    with faulty.Server(lambda _: answer(200, "fine")) as server:
        assert call(url=server.url(), private=[])["error"]["code"] == "ADDRESS"
        assert server.requests == []
        first, second = driver.run([http(url=server.url()), http(url=server.url(), private=[])])[0]
        assert first["ok"] and second["error"]["code"] == "ADDRESS", "an open connection is no permission"


@pytest.mark.parametrize("url", ["http://forge.example/x", "http://10.1.2.3/", "http://127.0.0.1.example.org/", "http://localhost.example.org/"])
def test_a_token_does_not_go_over_http(url):
    came = call(url=url, token=TOKEN, seconds=2)
    assert came["error"]["code"] == "ADDRESS" and "in clear" in came["error"]["why"] and TOKEN not in str(came) and came["sent"] == "no"


@pytest.mark.parametrize("url", ["", "x", "/x", "ftp://a/x", "http://", "http://a b/", "https://exa\nmple.org/"])
def test_what_is_no_address(url):
    assert call(url=url)["error"]["code"] == "ADDRESS"


# ---- bounds ----


def test_answers_are_bounded():
    large = answer(200, b"x" * 500_000)
    with faulty.Server(lambda _: large) as server:
        assert call(url=server.url(), limit=1000)["size"] == 1000
        came = call(url=server.url(), limit=1000, whole=True, budget=5)
        assert came["error"]["code"] == "TOO_LARGE" and "1000" in came["error"]["why"]
        assert call(url=server.url(), limit=500_000, whole=True)["size"] == 500_000
        came = call(url=server.url(), limit=1000, take=True)
        assert came["ok"] and came["taken_size"] == 1000
        came = call(url=server.url(), take=True, enough=10)
        assert came["error"]["code"] == "INTERRUPTED"


def test_headers_are_bounded():
    for headers in ([("X-Long", "y" * 90_000)] * 3, [("X-Many", "y")] * 30_000, [("X-One", "y" * 1_000_000)]):
        with faulty.Server(lambda _, headers=headers: answer(200, "fine", headers)) as server:
            came = call(url=server.url(), budget=3)
            assert came["error"]["code"] == "TOO_LARGE" and len(server.requests) == 1, came


def test_a_body_without_end_is_cut():
    def act(_request):
        return [b"HTTP/1.1 200 X\r\n\r\n"] + [b"x" * 65536] * 2000

    with faulty.Server(act) as server:
        answers, peak, _ = driver.run([http(url=server.url(), limit=100_000), http(url=server.url(), limit=100_000, whole=True)])
        assert answers[0]["size"] == 100_000 and answers[1]["error"]["code"] == "TOO_LARGE"


def test_headers_that_come_twice_and_interim_answers():
    raw = b"HTTP/1.1 103 X\r\nLink: <early>\r\n\r\n" + answer(200, "fine", [("X-A", "1"), ("x-a", "2"), ("Link", "<https://a/?page=2>; rel=next")])
    with faulty.Server(lambda _: raw) as server:
        came = call(url=server.url())
        assert came["headers"]["x-a"] == "1, 2" and came["headers"]["link"] == "<https://a/?page=2>; rel=next"


# ---- bodies from disk ----


@functools.cache
def sparse(folder, size):
    path = os.path.join(folder, "large.bin")
    with open(path, "wb") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize("form", [None, "attachment"])
def test_a_large_file_is_never_held(tmp_path, form):
    """300 MB; nothing here depends on the size, so that 2 GiB behaves the same (a piece of 256 KiB at a time)."""
    size = 300 * 1000 * 1000
    small = tmp_path / "small.bin"
    small.write_bytes(b"\0\xff\r\n--x" * 100)
    with faulty.Server(lambda _: answer(201, "stored")) as server:
        upload = functools.partial(http, url=server.url("/up"), method="POST", type="application/octet-stream", form=form, file="a.bin")
        answers, baseline, _ = driver.run([upload(path=str(small))])
        assert answers[0]["status"] == 201
        body = server.requests[0].body
        if form:
            assert faulty.form_file(body) == (form, "a.bin", small.read_bytes())
        assert form or body == small.read_bytes()
        answers, peak, _ = driver.run([upload(path=sparse(str(tmp_path), size))])
        assert answers[0]["status"] == 201, answers
        seen = server.requests[1]
        assert int(seen.headers["content-length"]) == seen.body_size and 0 <= seen.body_size - size < 1000
        assert "transfer-encoding" not in seen.headers and "expect" not in seen.headers
        assert peak - baseline < 64 * 1024, f"{peak - baseline} KiB"


def test_a_large_body_is_taken_as_it_comes():
    pieces = [b"HTTP/1.1 200 X\r\nContent-Length: 200000000\r\n\r\n"] + [bytes(1_000_000)] * 200
    with faulty.Server(lambda r: pieces if r.target == "/large" else answer(200, "fine")) as server:
        baseline = driver.run([http(url=server.url("/"), take=True)])[1]
        answers, peak, _ = driver.run([http(url=server.url("/large"), take=True, limit=1 << 40)])
        assert answers[0]["taken_size"] == 200_000_000 and peak - baseline < 64 * 1024


@pytest.mark.parametrize("form", [None, "attachment"])
@pytest.mark.parametrize("change", ["shorter", "longer", "other"])
def test_a_file_that_changes_meanwhile_is_never_sent_whole(tmp_path, form, change):
    path = tmp_path / "changing.bin"
    path.write_bytes(bytes(30_000_000))

    def before():
        time.sleep(0.3)  # libcurl has filled the socket's buffer by then and waits
        if change == "other":
            os.utime(path, ns=(0, 0))
        else:
            os.truncate(path, 1000 if change == "shorter" else 40_000_000)

    with faulty.Server(lambda _: answer(201, "stored"), before=before) as server:
        came = call(url=server.url(), method="PUT", path=str(path), form=form, file="a")
        assert came["error"]["code"] == "IO" and ("shorter" if change == "shorter" else "changed") in came["error"]["why"], came
        assert server.effects() == 0 and len(server.requests) <= 1  # a server that is late saw the connection break


def test_files_that_cannot_be_sent(tmp_path):
    with faulty.Server(lambda _: answer(201, "stored")) as server:
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path / "missing", tmp_path, tmp_path / "pipe"):
            came = call(url=server.url(), method="PUT", path=str(path))
            assert came["error"]["code"] == "IO" and came["sent"] == "no"
        (tmp_path / "empty").write_bytes(b"")
        assert call(url=server.url(), method="PUT", path=str(tmp_path / "empty"))["status"] == 201
        assert [r.headers["content-length"] for r in server.requests] == ["0"]
