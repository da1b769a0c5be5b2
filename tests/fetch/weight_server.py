"""A loopback HTTP server of weights that can be told to misbehave, one answer at a time."""

import re
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How to answer one request; the default is to do it right.

    `heedless` goes on with a file that is another one by now.
    `raw` writes all of the answer itself, until it ends or the client has gone.
    `keep` sends so many body bytes and then drops the connection, after `hold` if that is given.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    keep: int | None = None
    hold: threading.Event | None = None
    ignore_range: bool = False
    shift: int = 0
    chunked: bool = False
    heedless: bool = False
    raw: Callable[[Callable[[bytes], object]], object] | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as the server saw it."""

    path: str
    range: str | None
    authorization: str | None
    condition: str | None


class WeightServer(ThreadingHTTPServer):
    """Serves `files` by path, once `answers` and `versions` are used up.

    `sent` counts body bytes by path.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), WeightHandler)
        self.scheme = "http"
        self.files: dict[str, bytes] = {}
        self.answers: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self.versions: defaultdict[str, deque[bytes]] = defaultdict(deque)
        self.seen: list[Seen] = []
        self.sent: defaultdict[str, int] = defaultdict(int)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"{self.scheme}://{host}:{self.server_address[1]}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients are killed on purpose."""


class WeightHandler(BaseHTTPRequestHandler):
    """Answers GET as the server's plan says."""

    server: WeightServer  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer one request."""
        path, asked = self.path.partition("?")[0], self.headers["Range"]
        token = self.headers["Authorization"]
        self.server.seen.append(
            Seen(path=path, range=asked, authorization=token, condition=self.headers["If-Range"])
        )
        plan = self.server.answers[path]
        answer = plan.popleft() if plan else Answer()
        versions = self.server.versions[path]
        content = versions.popleft() if versions else self.server.files.get(path)
        if answer.raw:
            with suppress(OSError):
                answer.raw(self.wfile.write)
            self.close_connection = True
            return
        self.close_connection = True
        if answer.status or content is None:
            self.head(answer.status or 404, {"Content-Length": "0"} | answer.headers)
            return
        known = (None, answer.headers.get("ETag"), answer.headers.get("Last-Modified"))
        same = answer.heedless or self.headers["If-Range"] in known
        found = (
            None if answer.ignore_range or not same else re.fullmatch(r"bytes=(\d+)-", asked or "")
        )
        start = int(found[1]) + answer.shift if found else 0
        if start >= len(content):
            self.head(416, {"Content-Range": f"bytes */{len(content)}", "Content-Length": "0"})
            return
        self.body(content, start, answer, partial=found is not None)

    def head(self, status: int, headers: dict[str, str]) -> None:
        """Send the status line and the headers."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def body(self, content: bytes, start: int, answer: Answer, *, partial: bool) -> None:
        """Send the content from start on, or as much of it as the answer keeps."""
        rest = content[start:]
        size = {"Transfer-Encoding": "chunked"} if answer.chunked else {"Content-Length": len(rest)}
        headers = {name: str(value) for name, value in size.items()} | answer.headers
        if partial:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.head(206 if partial else 200, headers)
        kept = rest if answer.keep is None else rest[: answer.keep]
        self.server.sent[self.path.partition("?")[0]] += len(kept)
        whole = answer.keep is None
        if answer.chunked:
            kept = b"%x\r\n%b\r\n" % (len(kept), kept) + (b"0\r\n\r\n" if whole else b"")
        self.wfile.write(kept)
        self.wfile.flush()
        if answer.hold:
            answer.hold.wait(30)


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Generator[WeightServer, None, None]:
    """Run a server on an ephemeral port, over TLS where a context is given."""
    server = WeightServer()
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
