"""The HTTP client through proxies, TLS and HTTP/2."""

import shutil
import socket
import subprocess
import threading
import time

import pytest

from support import certificates, driver, faulty
from support.driver import call, http
from support.faulty import answer

TOKEN = "canary-5f2e7a91c0"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return certificates.Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def good(authority):
    return authority.context("good")


# ---- TLS ----


def test_a_certificate_that_is_trusted(authority, good, tmp_path):
    with faulty.Server(lambda _: answer(200, "fine"), tls=good) as server:
        came = call({"SSL_CERT_FILE": str(authority.ca)}, url=server.url(), token=TOKEN, scheme="Bearer")
        assert came["ok"] and came["body"] == "fine"
        hashed = tmp_path / "certs"
        hashed.mkdir()
        shutil.copy(authority.ca, hashed / "own.pem")
        subprocess.run(["openssl", "rehash", hashed], check=True)
        assert call({"SSL_CERT_DIR": str(hashed)}, url=server.url())["body"] == "fine"
        answers = driver.run([http(url=server.url(), method=m, text="{}") for m in ("POST", "PUT")], {"SSL_CERT_FILE": str(authority.ca)})[0]
        assert [a["status"] for a in answers] == [200, 200]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_that_is_not(authority, good, method):
    with faulty.Server(lambda _: answer(200, "fine"), tls=good) as server:
        for env in ({}, {"SSL_CERT_FILE": "/nonexistent"}):
            came = call(env, url=server.url(), method=method, token=TOKEN, budget=20)
            assert came["error"]["code"] == "NETWORK" and came["sent"] == "no", came
            assert "cert" in came["error"]["why"].lower() and TOKEN not in str(came)
        assert "SSL_CERT_FILE" in call(url=server.url())["error"]["fix"]
        came = call({"SSL_CERT_FILE": str(authority.ca)}, url=server.url().replace("127.0.0.1", "localhost"), method=method)
        assert came["error"]["code"] == "NETWORK" and came["sent"] == "no"
        assert server.requests == []


DATES = {"not valid yet": {"begin": "20900101000000Z"}, "no longer valid": {"begin": "20200101000000Z", "end": "20210101000000Z"}}


@pytest.mark.parametrize("words", DATES)
def test_the_clock(authority, words):
    context = authority.context(words.replace(" ", "-"), **DATES[words])
    with faulty.Server(lambda _: answer(200, "fine"), tls=context) as server:
        came = call({"SSL_CERT_FILE": str(authority.ca)}, url=server.url(), method="POST", text="{}")
        assert came["error"]["code"] == "NETWORK" and came["sent"] == "no"
        assert words in came["error"]["why"] and "clock" in came["error"]["why"] and "timedatectl" in came["error"]["fix"], came


def test_what_speaks_no_tls():
    with faulty.Server(lambda _: answer(200, "fine")) as server:
        came = call(url=server.url().replace("http:", "https:"), method="POST", text="{}", connect=1)
        assert came["error"]["code"] in ("NETWORK", "TIMEOUT") and came["sent"] == "no", came


# ---- proxies ----


def relay(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for each in (source, target):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def proxy(port):
    """A proxy that connects to this machine's `port`, whatever it is asked for; what is asked for plainly it answers itself."""
    def act(request):
        if request.method != "CONNECT":
            return answer(200, "by the proxy")

        def tunnel():
            target = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=relay, args=(target, request.socket), daemon=True).start()
            relay(request.socket, target)

        return [b"HTTP/1.1 200 Connected\r\n\r\n", tunnel]

    return faulty.Server(act)


def test_through_a_proxy(authority, good):
    with faulty.Server(lambda _: answer(200, "fine"), tls=good) as server, proxy(server.port) as way:
        env = {"SSL_CERT_FILE": str(authority.ca), "https_proxy": f"http://user:proxy-password@127.0.0.1:{way.port}"}
        calls = [http(url="https://forge.example/x", method=m, token=TOKEN, scheme="Bearer", private=[], text="{}") for m in ("GET", "POST")]
        answers = driver.run(calls, env)[0]
        assert [a.get("body") for a in answers] == ["fine", "fine"], answers
        assert [r.method for r in way.requests] == ["CONNECT", "CONNECT"] and way.requests[0].target == "forge.example:443"
        assert TOKEN not in str(way.requests) and "proxy-password" not in str(server.requests)
        assert "proxy-authorization" in way.requests[0].headers and "proxy-authorization" not in server.requests[0].headers


def test_a_plain_proxy_and_whom_it_is_not_for():
    with proxy(1) as way, faulty.Server(lambda _: answer(200, "direct")) as server:
        env = {"http_proxy": f"127.0.0.1:{way.port}"}
        assert call(env, url="http://docs.example/x", private=[])["body"] == "by the proxy"
        assert way.requests[0].target == "http://docs.example/x"
        assert call(env, url=server.url())["body"] == "direct", "this machine is not asked through another"
        assert call(env, url="http://10.1.2.3/", private=[])["error"]["code"] == "ADDRESS"
        assert call(env | {"no_proxy": ".example"}, url="http://docs.example/x", private=[], connect=1)["ok"] is False


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_refuses(status):
    with faulty.Server(lambda _: answer(status, "no", [("Proxy-Authenticate", 'Basic realm="x"')])) as way:
        env = {"https_proxy": f"http://user:proxy-password@127.0.0.1:{way.port}"}
        came = call(env, url="https://forge.example/x", method="POST", text="{}", token=TOKEN)
        assert came["error"]["code"] == "NETWORK" and came["sent"] == "no", came
        assert "proxy-password" not in str(came)
    came = call(env, url="https://forge.example/x", method="POST", text="{}", token=TOKEN)
    assert came["error"]["code"] == "NETWORK" and came["sent"] == "no" and "proxy-password" not in str(came), came


# ---- HTTP/2 ----


@pytest.fixture
def nghttpd(authority, tmp_path):
    """A server that speaks nothing but HTTP/2."""
    if not shutil.which("nghttpd"):
        pytest.skip("needs nghttpd (Debian's nghttp2-server)")
    key, cert = authority.sign("h2-" + tmp_path.name.replace("_", "-")[:40])
    (tmp_path / "page").write_text("by HTTP/2")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = open(tmp_path / "log", "wb")
    server = subprocess.Popen(["nghttpd", "-v", "--address=127.0.0.1", f"--htdocs={tmp_path}", str(port), key, cert], stdout=log, stderr=log)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.02)  # until it listens
    yield f"https://127.0.0.1:{port}/page", tmp_path / "log"
    server.kill()
    server.wait()
    log.close()


def test_reads_speak_http_2(authority, nghttpd):
    url, log = nghttpd
    env = {"SSL_CERT_FILE": str(authority.ca)}
    answers = driver.run([http(url=url) for _ in range(4)], env)[0]
    assert [a.get("body") for a in answers] == ["by HTTP/2"] * 4, answers
    assert log.read_text(errors="replace").count("The negotiated protocol: h2") == 1, "one connection for all"
    came = call(env, url=url, method="POST", text="{}")
    assert came["ok"] is False, "changes do not: a server of HTTP/2 may have them sent again"
