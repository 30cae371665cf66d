"""A web server on the loopback with the faults of the real ones: what it does is in the path."""

import http.server
import socket
import threading
import time


class Web:
    """with Web() as web: web.url("ok") …; web.asked is [(method, path)] in order of arrival."""

    def __enter__(self):
        self.asked, self.lock, self.busy, self.most = [], threading.Lock(), 0, 0
        self.released = threading.Event()
        handler = type("Handler", (Handler,), {"web": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        self.port = self.server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def url(self, path):
        return f"http://{self.host}/{path}"

    def count(self, path, method=None):
        return sum(1 for how, what in self.asked if what == f"/{path}" and method in (None, how))


class Handler(http.server.BaseHTTPRequestHandler):
    web, here = None, 0

    def log_message(self, *_):
        pass

    def leave(self):
        """Before the answer goes out: whoever has it may call again at once."""
        with self.web.lock:
            self.web.busy -= self.here
            self.here = 0

    def answer(self, status, **headers):
        self.leave()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def handle_one(self, method):
        web, path = self.web, self.path
        with web.lock:
            web.asked.append((method, path))
            web.busy += 1
            self.here = 1
            web.most = max(web.most, web.busy)
            earlier = sum(1 for _, what in web.asked if what == path)
        try:
            self.act(path.lstrip("/").split("?")[0], method, earlier)
        finally:
            self.leave()

    def act(self, name, method, earlier):
        if name.isdigit():
            self.answer(int(name))
        elif name == "no-head":
            self.answer(405 if method == "HEAD" else 200)
        elif name == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()
        elif name == "hang":
            self.web.released.wait(60)
        elif name == "loop":
            self.answer(302, Location="/loop")
        elif name == "moved":
            self.answer(301, Location="/ok")
        elif name == "moved-gone":
            self.answer(301, Location="/404")
        elif name == "inside":
            self.answer(302, Location="http://localhost:1/secret")
        elif name == "busy-once":
            self.answer(429, Retry_After="1") if earlier == 1 else self.answer(200)
        elif name == "busy-long":
            self.answer(429, Retry_After="3600")
        elif name == "shaky":
            self.answer(503) if earlier <= 2 else self.answer(200)
        elif name == "slow":
            # reason: two calls of one host at once could only be seen while one lasts
            time.sleep(0.05)
            self.answer(200)
        else:
            self.answer(200)

    def do_HEAD(self):
        self.handle_one("HEAD")

    def do_GET(self):
        self.handle_one("GET")
