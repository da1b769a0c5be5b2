"""GitHub's interface for the comments of pull requests, as far as the tool uses it.

It keeps to the REST reference: pages of comments, oldest first, an answer of 201 to a new one, and
401 to any token but its own.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from tests.support.loopback import answering

TOKEN = "a-token-of-the-test"
BOT = "github-actions[bot]"
COMMIT = "1f" * 20
HEAD = "someone:change"


@dataclass
class Service:
    """Comments of pull request 12 of `team/models`, and every request that came."""

    comments: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    files: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    requests: list[str] = field(default_factory=list[str])
    address: str = ""

    def write(self, author: str, text: str) -> None:
        """Add a comment as its author would."""
        number = len(self.comments) + 1
        self.comments.append({"id": number, "user": {"login": author}, "body": text})

    def texts(self) -> list[str]:
        """Return the text of every comment."""
        return [one["body"] for one in self.comments]


class Handler(BaseHTTPRequestHandler):
    """Answers for the service its server carries."""

    @property
    def service(self) -> Service:
        return cast("Server", self.server).service

    def log_message(self, format: str, *args: Any) -> None:
        del format, args

    def _handle(self) -> None:
        self.service.requests.append(f"{self.command} {urlsplit(self.path).path}")
        length = int(self.headers.get("Content-Length") or 0)
        body: dict[str, Any] = json.loads(self.rfile.read(length) or b"{}")
        code, answer = self._answer(body)
        data = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = _handle  # noqa: N815 (the library's names)

    def _answer(self, body: dict[str, Any]) -> tuple[int, Any]:
        split = urlsplit(self.path)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}
        if split.path == "/repos/team/models/pulls/12":
            return 200, {"number": 12, "head": {"sha": COMMIT}}
        if split.path == "/repos/team/models/pulls":
            ours = parse_qs(split.query)["head"] == [HEAD]
            return 200, [{"number": 12}] if ours else []
        if split.path == "/repos/team/models/pulls/12/files":
            return 200, self._page(self.service.files)
        path = split.path.removeprefix("/repos/team/models/issues/")
        if path == "12/comments" and self.command == "POST":
            self.service.write(BOT, body["body"])
            return 201, self.service.comments[-1]
        if path == "12/comments":
            return 200, self._page(self.service.comments)
        if path.startswith("comments/") and self.command == "PATCH":
            found = self.service.comments[int(path.removeprefix("comments/")) - 1]
            found["body"] = body["body"]
            return 200, found
        return 404, {"message": "Not Found"}

    def _page(self, rows: list[Any]) -> list[Any]:
        query = parse_qs(urlsplit(self.path).query)
        size, page = (int(query[key][0]) for key in ("per_page", "page"))
        return rows[(page - 1) * size : page * size]


class Server(ThreadingHTTPServer):
    """A server that carries what it serves."""

    def __init__(self, service: Service) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.service = service


@contextmanager
def github() -> Generator[Service]:
    """Give a running service on the loopback."""
    service = Service()

    server = Server(service)
    with answering(server) as host:
        service.address = f"http://{host}"
        yield service
