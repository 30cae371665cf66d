"""A second host beside an emulator: what a redirect leads to."""

import http.server
import threading


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 128
    ending = False

    def handle_error(self, request, client_address):
        """Connections end in all ways here."""


class Elsewhere:
    """Another host: a redirect leads to it, and no credential may ever arrive."""

    def __init__(self, forge):
        self.forge, self.requests = forge, []

    def begin(self):
        elsewhere = self

        class Other(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                elsewhere.take(self.command, self.path, dict(self.headers.items()))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        self.server = Server(("127.0.0.1", 0), Other)
        self.base = f"http://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def take(self, method, path, headers):
        self.requests.append((method, path, headers))
        carried = self.forge.token_of({name.lower(): value for name, value in headers.items()})
        for name, value in [*headers.items(), ("the address", path), ("a credential", carried or "")]:
            if any(text in value for text in self.forge.tokens):
                self.forge.violations.append(f"a token went to another host, in {name}")

    def end(self):
        self.server.shutdown()
        self.server.server_close()
