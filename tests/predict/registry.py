"""A registry on the loopback that keeps what MLflow's REST API answers, and can be told to lie.

The answers were taken from MLflow 3.17.2; tests/e2e/test_served.py asks the server itself.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from predict.declared import Declared
from tests.support.loopback import answering

PLACE = "1/models/m-0123/artifacts"
LOGIN = "Basic YWRhOndvcmQ="  # ada:word
_VERSIONS = "/api/2.0/mlflow/model-versions"
_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


@dataclass
class Kept:
    """What the registry has, and whom it lets in."""

    model: bytes
    name: str = "digits"
    version: str = "2"
    status: str = "READY"
    uri: str = f"mlflow-artifacts:/{PLACE}"
    files: dict[str, int] = field(default_factory=dict[str, int])
    login: str = ""
    # Statuses to answer instead, by the start of a path, and where a redirect leads.
    failing: dict[str, int] = field(default_factory=dict[str, int])
    elsewhere: str = ""
    told: bytes = b'{"message": "told to"}'
    # Headers that came with each request, by its path.
    seen: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    """Answers as MLflow does, or as it is told."""

    kept: Kept

    def do_GET(self) -> None:
        parts, login = urlsplit(self.path), self.headers.get("Authorization", "")
        self.kept.seen.append((parts.path, login))
        told = (status for start, status in self.kept.failing.items()
                if parts.path.startswith(start))  # fmt: skip
        if status := next(told, None):
            self.reply(status, self.kept.told)
        elif login != self.kept.login:
            self.reply(401, b"You are not authenticated.")
        elif parts.path.startswith(_VERSIONS):
            self.version(parts.path, dict(parse_qsl(parts.query)))
        else:
            self.artifact(unquote(parts.path))

    def version(self, path: str, query: dict[str, str]) -> None:
        kept = self.kept
        if (query.get("name"), query.get("version")) != (kept.name, kept.version):
            words = f"Model Version (name={query.get('name')}) not found"
            error = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": words}
            self.json(error, 404)
        elif path == f"{_VERSIONS}/get":
            version = {"name": kept.name, "version": kept.version, "status": kept.status}
            self.json({"model_version": {**version, "source": "models:/m-0123"}})
        else:
            self.json({"artifact_uri": kept.uri})

    def artifact(self, path: str) -> None:
        files = self.kept.files or {"MLmodel": 100, "model.onnx": len(self.kept.model)}
        if path == _ARTIFACTS:
            self.json({"files": [
                {"path": name, "is_dir": False, "file_size": size} for name, size in files.items()
            ]})  # fmt: skip
        elif path == f"{_ARTIFACTS}/{PLACE}/model.onnx":
            self.reply(200, self.kept.model)
        else:
            self.json({}, 404)

    def json(self, value: Any, status: int = 200) -> None:
        self.reply(status, json.dumps(value).encode())

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if self.kept.elsewhere and 300 <= status < 400:
            self.send_header("Location", self.kept.elsewhere)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def registry(kept: Kept) -> Generator[Kept]:
    """Give a registry that answers, with its address."""
    handler = type("Told", (Handler,), {"kept": kept})
    with answering(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as place:
        kept.url = f"http://{place}"
        yield kept


def declared(folder: Path, content: bytes, **fields: Any) -> Declared:
    """Return the declaration of a model with this content."""
    made = Declared(
        model="digits",
        version="2",
        semver="1.1.0",
        digest=f"sha256:{sha256(content).hexdigest()}",
        size=len(content),
        path=folder / "model.onnx",
    )
    return replace(made, **fields)
