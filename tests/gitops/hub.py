"""A hub on the loopback, as far as HEAD of its files shows it, over TLS.

It keeps to what huggingface_hub reads: a redirect that tells size and digest, error codes in a
header, and 401 for what a token would open.
"""

import re
import ssl
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.loopback import answering


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as the server saw it."""

    method: str
    path: str
    host: str
    authorization: str | None


@dataclass
class Hub:
    """Answers by path, as status and headers; what is not there is 404; every request that came."""

    answers: dict[str, tuple[int, Mapping[str, str]]] = field(
        default_factory=dict[str, tuple[int, Mapping[str, str]]]
    )
    bodies: dict[str, bytes] = field(default_factory=dict[str, bytes])
    requests: list[Seen] = field(default_factory=list[Seen])
    address: str = ""

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self.address.rpartition(":")[2])

    def file(self, path: str, size: int, sha256: str) -> str:
        """Have a large file as the hub shows it, and return its address."""
        self.answers[path] = (302, {
            "Location": f"https://cdn.invalid{path}?signature=hush",
            "Content-Length": "1058",
            "X-Linked-Size": str(size),
            "X-Linked-ETag": f'"{sha256}"',
            "X-Repo-Commit": "0" * 40,
        })  # fmt: skip
        return f"{self.address}{path}"


def certificate(folder: Path) -> tuple[Path, Path]:
    """Return the files of a key and of a certificate of names and addresses on the loopback."""
    key, cert = folder / "key.pem", folder / "certificate.pem"
    names = "DNS:hub.test,DNS:localhost,IP:127.0.0.1,IP:127.0.0.2,IP:::1"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    made += ["-nodes", "-days", "3650", "-subj", "/CN=hub.test", "-addext"]
    made += [f"subjectAltName={names}", "-keyout", str(key), "-out", str(cert)]
    try:
        subprocess.run(made, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        pytest.skip(f"openssl cannot make a certificate: {problem}")
    return key, cert


@contextmanager
def hub(key: Path, cert: Path, host: str = "127.0.0.1") -> Generator[Hub]:
    """Give a running hub."""
    known = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            del format, args

        def _handle(self) -> None:
            seen = Seen(
                method=self.command,
                path=self.path,
                host=self.headers.get("Host", ""),
                authorization=self.headers.get("Authorization"),
            )
            known.requests.append(seen)
            if self.command == "GET" and self.path in known.bodies:
                self._body(known.bodies[self.path])
                return
            status, headers = known.answers.get(
                self.path, (404, {"X-Error-Code": "EntryNotFound", "Content-Length": "15"})
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def _body(self, whole: bytes) -> None:
            """Answer as a content network does: with the part that is asked for."""
            said = re.fullmatch(r"bytes=0-([0-9]+)", self.headers.get("Range", ""))
            part = whole[: int(said[1]) + 1] if said else whole
            self.send_response(206 if said else 200)
            if said:
                self.send_header("Content-Range", f"bytes 0-{len(part) - 1}/{len(whole)}")
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            self.wfile.write(part)

        do_HEAD = do_GET = do_POST = _handle  # noqa: N815 (the library's names)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: clients leave as they like."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = Server((host, 0), Handler)
    # The handshake belongs to the connection's own thread.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    known.address = f"https://{host}:{server.server_address[1]}"
    with answering(server):
        yield known
