"""A stand-in of MLflow's registry, as far as the tool uses it; its answers are those of 3.17.2.

tests/e2e/registry asks a real server the same.
"""

import json
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.loopback import answering

USER, PASSWORD = "registrar", "a-password-of-the-test"
Answer = tuple[int, Any]
_ABSENT = "RESOURCE_DOES_NOT_EXIST"


@dataclass
class Service:
    """What a registry holds; `first` are answers in front of its own, by status and body."""

    models: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    versions: dict[str, list[dict[str, Any]]] = field(
        default_factory=dict[str, list[dict[str, Any]]]
    )
    experiments: dict[str, str] = field(default_factory=dict[str, str])
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    first: list[Answer] = field(default_factory=list[Answer])
    requests: list[str] = field(default_factory=list[str])
    # How a server that hands out no artifacts names their place.
    scheme: str = "mlflow-artifacts:/"
    loses: bool = False
    # What is not allowed once something else was asked, both as the beginning of a request.
    refuses: str = "nothing"
    until: str = ""
    # Tags of versions that another run registers first.
    rivals: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    address: str = ""
    lock: Lock = field(default_factory=Lock)

    def add(self, name: str, tags: dict[str, str], source: str = "") -> None:
        """Have one more version of a model."""
        self.models.setdefault(name, {"name": name, "description": "", "aliases": []})
        rows = self.versions.setdefault(name, [])
        rows.append({
            "name": name, "version": str(len(rows) + 1), "status": "READY", "description": "",
            "source": source, "creation_timestamp": 1_795_903_200_000 + len(rows),
            "tags": [{"key": key, "value": one} for key, one in tags.items()],
        })  # fmt: skip


def _absent(what: str) -> Answer:
    return 404, {"error_code": _ABSENT, "message": f"{what} not found"}


def _made(body: dict[str, Any], service: Service) -> Answer:
    name = body["name"]
    if name in service.models:
        taken = {"error_code": "RESOURCE_ALREADY_EXISTS", "message": f"({name}) already exists."}
        return 400, taken
    service.models[name] = {"name": name, "description": "", "aliases": []}
    service.versions[name] = []
    return 200, {"registered_model": service.models[name]}


def _got(body: dict[str, Any], service: Service) -> Answer:
    found = service.models.get(body["name"])
    if found is None:
        return _absent(f"Registered Model with name={body['name']}")
    return 200, {"registered_model": found}


def _listed(body: dict[str, Any], service: Service) -> Answer:
    return _page(list(service.models.values()), body, "registered_models")


def _searched(body: dict[str, Any], service: Service) -> Answer:
    name = body["filter"].removeprefix("name='").removesuffix("'")
    rows: list[Any] = [
        {**one, "aliases": list[Any]()} for one in reversed(service.versions.get(name, []))
    ]
    return _page(rows, body, "model_versions")


def _page(rows: list[Any], body: dict[str, Any], key: str) -> Answer:
    start, size = int(body.get("page_token", "0")), int(body["max_results"])
    more = {"next_page_token": str(start + size)} if start + size < len(rows) else {}
    # As MLflow: a list without members is no key.
    found = rows[start : start + size]
    return 200, {**({key: found} if found else {}), **more}


def _version(body: dict[str, Any], service: Service) -> dict[str, Any] | None:
    rows = service.versions.get(body["name"], [])
    return next((one for one in rows if one["version"] == str(body["version"])), None)


def _one(body: dict[str, Any], service: Service) -> Answer:
    found = _version(body, service)
    return (200, {"model_version": found}) if found else _absent("Model Version")


def _place(body: dict[str, Any], service: Service) -> Answer:
    found = _version(body, service)
    if found is None:
        return _absent("Model Version")
    model = found["source"].removeprefix("models:/")
    return 200, {"artifact_uri": f"{service.scheme}1/models/{model}/artifacts"}


def _experiment(body: dict[str, Any], service: Service) -> Answer:
    number = service.experiments.get(body["experiment_name"])
    return (200, {"experiment": {"experiment_id": number}}) if number else _absent("Experiment")


def _created(body: dict[str, Any], service: Service) -> Answer:
    return 200, {"experiment_id": service.experiments.setdefault(body["name"], "1")}


def _logged(body: dict[str, Any], service: Service) -> Answer:
    number = f"m-{len(service.files) + 1:032x}"
    place = f"{service.scheme}{body['experiment_id']}/models/{number}/artifacts"
    return 200, {"model": {"info": {"model_id": number, "artifact_uri": place}}}


def _registered(body: dict[str, Any], service: Service) -> Answer:
    if body["name"] not in service.models:
        return _absent("Registered Model")
    while service.rivals:
        service.add(body["name"], service.rivals.pop())
    tags = {one["key"]: one["value"] for one in body["tags"]}
    service.add(body["name"], tags, body["source"])
    service.versions[body["name"]][-1]["description"] = body["description"]
    return 200, {"model_version": service.versions[body["name"]][-1]}


def _described(body: dict[str, Any], service: Service) -> Answer:
    found = _version(body, service) if "version" in body else service.models.get(body["name"])
    if found is None:
        return _absent("Registered Model")
    found["description"] = body["description"]
    return 200, {}


def _pointed(body: dict[str, Any], service: Service) -> Answer:
    if _version(body, service) is None:
        return _absent("Model Version")
    _unpointed(body, service)
    alias = {"alias": body["alias"], "version": str(body["version"])}
    service.models[body["name"]]["aliases"].append(alias)
    return 200, {}


def _unpointed(body: dict[str, Any], service: Service) -> Answer:
    aliases = service.models[body["name"]]["aliases"]
    aliases[:] = [one for one in aliases if one["alias"] != body["alias"]]
    return 200, {}


def _deleted(body: dict[str, Any], service: Service) -> Answer:
    found = _version(body, service)
    if found is None:
        return _absent("Model Version")
    service.versions[body["name"]].remove(found)
    aliases = service.models[body["name"]]["aliases"]
    aliases[:] = [one for one in aliases if one["version"] != found["version"]]
    return 200, {}


def _directory(body: dict[str, Any], service: Service) -> Answer:
    folder = f"{body['path']}/"
    found = [{"path": path.removeprefix(folder), "is_dir": False, "file_size": str(len(content))}
             for path, content in service.files.items() if path.startswith(folder)]  # fmt: skip
    return 200, {"files": found} if found else {}


_ANSWERS = {
    "POST mlflow/registered-models/create": _made,
    "GET mlflow/registered-models/get": _got,
    "GET mlflow/registered-models/search": _listed,
    "PATCH mlflow/registered-models/update": _described,
    "POST mlflow/registered-models/alias": _pointed,
    "DELETE mlflow/registered-models/alias": _unpointed,
    "GET mlflow/model-versions/search": _searched,
    "GET mlflow/model-versions/get": _one,
    "GET mlflow/model-versions/get-download-uri": _place,
    "POST mlflow/model-versions/create": _registered,
    "PATCH mlflow/model-versions/update": _described,
    "DELETE mlflow/model-versions/delete": _deleted,
    "GET mlflow/experiments/get-by-name": _experiment,
    "POST mlflow/experiments/create": _created,
    "POST mlflow/logged-models": _logged,
    "GET mlflow-artifacts/artifacts": _directory,
}


class Handler(BaseHTTPRequestHandler):
    """Answers for the service its server carries."""

    def log_message(self, format: str, *args: Any) -> None:
        del format, args

    def _handle(self) -> None:
        service = cast("Server", self.server).service
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with service.lock:
            service.requests.append(f"{self.command} {self.path}")
            status, answer = service.first.pop(0) if service.first else self._own(service, content)
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815 (the library's names)

    def _own(self, service: Service, content: bytes) -> Answer:
        login = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            return 401, b"You are not authenticated."
        before = any(one.startswith(service.until) for one in service.requests[:-1])
        if before and service.requests[-1].startswith(service.refuses):
            return 403, {"error_code": "PERMISSION_DENIED", "message": "Permission denied"}
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/api/2.0/")
        if self.command == "PUT":
            place = unquote(path.removeprefix("mlflow-artifacts/artifacts/"))
            service.files[place] = content[:1] if service.loses else content
            return 200, b""
        if self.command == "PATCH" and path.startswith("mlflow/logged-models/"):
            return 200, {"model": {}}
        answer = _ANSWERS.get(f"{self.command} {path}")
        if answer is None:
            return 404, b"<!doctype html><title>404 Not Found</title>"
        query = {key: one[0] for key, one in parse_qs(parts.query).items()}
        return answer({**query, **json.loads(content or b"{}")}, service)


class Server(ThreadingHTTPServer):
    """A server that carries what it serves."""

    def __init__(self, service: Service) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.service = service


@contextmanager
def mlflow() -> Generator[Service]:
    """Give a running registry on the loopback."""
    found = Service()
    with answering(Server(found)) as host:
        found.address = f"http://{host}"
        yield found
