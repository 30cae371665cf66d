"""Git over smart HTTP, by git's own `git http-backend`."""

import os
import pathlib
import subprocess


class Backend:
    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()

    def git(self, *words):
        done = subprocess.run(["git", "-C", self.path, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def refs(self):
        lines = (self.git("for-each-ref", "--format=%(objectname) %(refname)") or "").splitlines()
        return {name: identity for identity, name in (line.split(" ", 1) for line in lines)}

    def peel(self, ref):
        """The commit's id; None: there is no such ref."""
        return self.git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")

    def serve(self, method, path, query, headers, body, user):
        """(status, headers, body)."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        env.update(
            GIT_PROJECT_ROOT=str(self.path.parent), GIT_HTTP_EXPORT_ALL="1", PATH_INFO=f"/{self.path.name}{path}", REQUEST_METHOD=method, QUERY_STRING=query,
            CONTENT_TYPE=headers.get("content-type", ""), CONTENT_LENGTH=str(len(body or b"")), HTTP_CONTENT_ENCODING=headers.get("content-encoding", ""),
            GIT_PROTOCOL=headers.get("git-protocol", ""), REMOTE_ADDR="127.0.0.1", **({"REMOTE_USER": user} if user else {}),
        )  # fmt: skip
        done = subprocess.run(["git", "http-backend"], input=body or b"", env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
        status = int(fields.pop("Status", "200").split(" ")[0])
        return status, fields, content
