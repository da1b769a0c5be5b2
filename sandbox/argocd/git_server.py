"""An https Git server inside a sandbox: it serves a folder of repositories, to all or to a few."""

from __future__ import annotations

import base64
import gzip
import os
import ssl
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.cluster.netns import enter
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until

HOST, PORT = "127.0.0.1", 8444
READY = "ready"
PASSWORD = "password"


@dataclass(frozen=True, kw_only=True)
class GitServer:
    """A running server; a folder below `repositories` is a repository."""

    repositories: Path
    authority: Path

    def url(self, name: str) -> str:
        """Return the address of a repository; it answers inside the sandbox only."""
        return f"https://{HOST}:{PORT}/{name}"

    def only_with(self, password: str) -> None:
        """Ask everybody for a password from now on; for none where it is empty."""
        (self.repositories / PASSWORD).write_text(password)


class Repositories(BaseHTTPRequestHandler):
    """Hands each request to `git http-backend`, by the rules of CGI."""

    protocol_version = "HTTP/1.1"

    def __init__(self, folder: Path, *given: Any) -> None:
        """Serve the repositories of a folder."""
        self.folder = folder
        super().__init__(*given)

    def do_GET(self) -> None:
        """Answer a question for references."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer a question for objects; a long one has no length, but chunks."""
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self._answer(body)

    def _chunks(self) -> Generator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _answer(self, body: bytes) -> None:
        if not self._is_let_in():
            self._reply(401, {"WWW-Authenticate": "Basic"}, b"")
            return
        asked = urlsplit(self.path)
        variables = {
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "PATH_INFO": asked.path,
            "QUERY_STRING": asked.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": HOST,
        }
        command = ["git", "-c", "safe.directory=*", "http-backend"]
        done = subprocess.run(
            command, input=body, env=os.environ | variables, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(message_from_bytes(head).items())
        self._reply(int(headers.pop("Status", "200").split()[0]), headers, content)

    def _is_let_in(self) -> bool:
        path = self.folder / PASSWORD
        password = path.read_text() if path.exists() else ""
        kind, _, said = self.headers.get("Authorization", "").partition(" ")
        if not password:
            return True
        return kind == "Basic" and base64.b64decode(said).endswith(f":{password}".encode())

    def _reply(self, code: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def git_server(sandbox: Sandbox, repositories: Path) -> Generator[GitServer]:
    """Serve a folder to the programs of a sandbox until the end of the block."""
    made = GitServer(repositories=repositories, authority=sandbox.layout.keys / "ca.crt")
    program = (sys.executable, "-m", "sandbox.argocd.git_server")
    words = [*enter(sandbox.netns), *program, str(repositories), str(sandbox.layout.keys)]
    path = sandbox.layout.logs / "git-server.log"
    with path.open("w") as log, subprocess.Popen(words, stdout=log, stderr=log) as process:
        try:
            wait_until(lambda: READY in path.read_text(), "The Git server did not start")
            yield made
        finally:
            process.terminate()


def serve(folder: Path, certificates: Path) -> None:
    """Serve a folder until the process is ended; the API server's certificate names loopback."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    name = certificates / "kube-apiserver"
    context.load_cert_chain(name.with_suffix(".crt"), name.with_suffix(".key"))
    with ThreadingHTTPServer((HOST, PORT), partial(Repositories, folder)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]))
