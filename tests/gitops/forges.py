"""The interfaces of GitHub, GitLab and Gitea for pull requests, as far as the tool uses them.

They keep to the REST references: who has no token gets 401, a second pull request from a branch 422
on GitHub and 409 on the others, and GitLab has its own names. Answers can be put in front.
"""

import json
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from gitops.adapters.forge.place import Kind
from tests.support.loopback import answering

TOKEN = "a-token-of-the-test"
AUTHOR = "promoter"
REPOSITORY = "team/models"
LONGEST = 65_536


@dataclass
class Service:
    """The open pull requests of `team/models`, and every request that came.

    `first` are answers that are given before its own: a status, headers and a body. `remote` is
    the repository whose branches it shows; without one every branch is at the same commit.
    """

    kind: Kind
    remote: Path | None = None
    pulls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    reviews: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    first: list[tuple[int, Mapping[str, str], Any]] = field(
        default_factory=list[tuple[int, Mapping[str, str], Any]]
    )
    requests: list[str] = field(default_factory=list[str])
    # What a request for the list answers once although there is one: two runs at the same time.
    blind: int = 0
    address: str = ""
    lock: Lock = field(default_factory=Lock)

    def commit(self, branch: str) -> str:
        """Return the commit that a branch is at."""
        if self.remote is None:
            return "1f" * 20
        command = ["git", "rev-parse", f"refs/heads/{branch}"]
        done = subprocess.run(command, cwd=self.remote, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def pull(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a new pull request in the form of the forge."""
        number = len(self.pulls) + 1
        if self.kind is Kind.GITLAB:
            return {
                "iid": number, "web_url": f"{self.address}/{number}",
                "sha": self.commit(body["source_branch"]), "source_branch": body["source_branch"],
                "target_branch": body["target_branch"], "source_project_id": 7,
                "target_project_id": 7, "title": body["title"],
                "description": body["description"], "author": {"username": AUTHOR},
            }  # fmt: skip
        return {
            "number": number, "html_url": f"{self.address}/{number}",
            "head": {"ref": body["head"], "sha": self.commit(body["head"]), "repo_id": 7,
                     "repo": {"id": 7}},
            "base": {"ref": body["base"], "repo_id": 7, "repo": {"id": 7}},
            "title": body["title"], "body": body["body"], "user": {"login": AUTHOR},
        }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """Answers for the service its server carries."""

    @property
    def service(self) -> Service:
        return cast("Server", self.server).service

    def log_message(self, format: str, *args: Any) -> None:
        del format, args

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body: dict[str, Any] = json.loads(self.rfile.read(length) or b"{}")
        with self.service.lock:
            self.service.requests.append(f"{self.command} {self.path}")
            first = self.service.first
            code, headers, answer = first.pop(0) if first else (*self._answer(body),)
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_PUT = _handle  # noqa: N815 (the library's names)

    def _answer(self, body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        scheme = "token" if self.service.kind is Kind.GITEA else "Bearer"
        if self.headers.get("Authorization") != f"{scheme} {TOKEN}":
            return 401, {}, {"message": "Bad credentials"}
        path = urlsplit(self.path).path
        gitlab = self.service.kind is Kind.GITLAB
        top = "/projects/team%2Fmodels/merge_requests" if gitlab else "/repos/team/models/pulls"
        if not path.startswith(top):
            return 404, {}, {"message": "Not Found"}
        if len(body.get("body", "")) > LONGEST:
            error = {
                "field": "body",
                "message": f"body is too long (maximum is {LONGEST} characters)",
            }
            return 422, {}, {"message": "Validation Failed", "errors": [error]}
        steps = path.removeprefix(top).strip("/").split("/")
        if steps == [""]:
            return self._create(body) if self.command == "POST" else (200, {}, self._list())
        if steps[1:] == ["reviews"]:
            return 200, {}, self.service.reviews
        if steps[1:] == ["approvals"]:
            return 200, {}, {"approved_by": self.service.reviews}
        found = self.service.pulls[int(steps[0]) - 1]
        method = "PUT" if gitlab else "PATCH"
        if self.command != method:
            return 404, {}, {"message": "Not Found"}
        found.update(body)
        return 200, {}, found

    def _create(self, body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        made = self.service.pull(body)
        if any(_branch(one) == _branch(made) for one in self.service.pulls):
            status = 422 if self.service.kind is Kind.GITHUB else 409
            return status, {}, {"message": "A pull request already exists"}
        self.service.pulls.append(made)
        return 201, {}, made

    def _list(self) -> list[Any]:
        query = parse_qs(urlsplit(self.path).query)
        if self.service.blind:
            self.service.blind -= 1
            return []
        rows = self.service.pulls
        for one in rows if self.service.remote else ():
            place = one if self.service.kind is Kind.GITLAB else one["head"]
            place["sha"] = self.service.commit(_branch(one))
        if self.service.kind is Kind.GITHUB:
            wanted = query["head"][0].removeprefix("team:")
            rows = [one for one in rows if _branch(one) == wanted]
        if self.service.kind is Kind.GITLAB:
            rows = [one for one in rows if _branch(one) == query["source_branch"][0]]
        size = int(query["per_page"][0]) if "per_page" in query else 20
        page = int(query.get("page", ["1"])[0])
        return rows[(page - 1) * size : page * size]


def _branch(one: Mapping[str, Any]) -> str:
    return one["source_branch"] if "source_branch" in one else one["head"]["ref"]


class Server(ThreadingHTTPServer):
    """A server that carries what it serves."""

    def __init__(self, service: Service) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.service = service


@contextmanager
def service(kind: Kind, remote: Path | None = None) -> Generator[Service]:
    """Give a running forge on the loopback."""
    found = Service(kind=kind, remote=remote)
    server = Server(found)
    with answering(server) as host:
        found.address = f"http://{host}"
        yield found
