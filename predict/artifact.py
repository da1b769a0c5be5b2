"""Brings one model from an MLflow registry, and refuses every byte that was not declared.

MLflow's REST API is asked, with the standard library alone; no redirect is followed, and no proxy
of the environment is used. Nothing but a file of the declared digest ever gets the model's name.
"""

import hashlib
import json
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

from predict.declared import Declared, PredictError

_ANSWER_SECONDS = 30.0
# Metadata of a version, and the list of a folder.
_MOST_METADATA = 4 * 2**20
_CHUNK = 1 << 20
# Anything slower than that, on average, deserves to be noticed.
_SLOWEST, _SLACK_SECONDS = 1_000_000, 120.0
_PROXIED = "mlflow-artifacts"
_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
_LOGIN = "give its user READ on the registered model and on the experiment of its artifacts"
# What MLflow says of a name that it was not told of, in plain text.
_HOST = "Invalid Host header"
_RUNS = "see that it runs and that network policies let this pod call it"


# Neither redirects, which the login would go along with, nor proxies of the environment.
_HANDLERS = (HTTPHandler, HTTPSHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor)


@dataclass(frozen=True, kw_only=True)
class Registry:
    """An MLflow server, and the login that it asks for, if any."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)

    def open(self, path: str, query: Mapping[str, str] | None = None) -> HTTPResponse:
        """Return the answer to a GET.

        Raises:
            PredictError: it cannot be reached, or answers with anything but 200.
        """
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise PredictError(
                f"{self.url!r:.80} is not a valid URL", "write it as http://host:5000"
            )
        asked = f"{self.url.rstrip('/')}{path}{f'?{urlencode(query)}' if query else ''}"
        opener = OpenerDirector()
        for handler in _HANDLERS:
            opener.add_handler(handler())
        try:
            request = Request(asked, headers=self._headers())  # noqa: S310 (http or https)
            return cast("HTTPResponse", opener.open(request, timeout=_ANSWER_SECONDS))
        except HTTPError as error:
            with error:
                raise self._refusal(error.code, _message(error)) from None
        except (OSError, HTTPException, ValueError) as error:
            why = error.reason if isinstance(error, URLError) else error
            raise self._silence(why) from None

    def metadata(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Return the JSON object that answers a GET.

        Raises:
            PredictError: as `open`, or it is no JSON object.
        """
        content = b""
        with self.open(path, query) as answer:
            for chunk in self.chunks(answer, _ANSWER_SECONDS):
                content += chunk
                if len(content) > _MOST_METADATA:
                    break
        try:
            found = json.loads(content) if len(content) <= _MOST_METADATA else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise PredictError(
                f"{self.url} does not answer as MLflow does", "see that it is an MLflow server"
            )
        return cast("dict[str, Any]", found)

    def chunks(self, answer: HTTPResponse, seconds: float) -> Iterator[bytes]:
        """Yield an answer as it comes.

        Raises:
            PredictError: the connection ends or stalls, or it takes longer than so many seconds.
        """
        until, size = time.monotonic() + seconds, 0
        try:
            # What is there, however little: a server that drips would else never be too slow.
            while chunk := answer.read1(_CHUNK):
                size += len(chunk)
                yield chunk
                if time.monotonic() > until:
                    raise PredictError(f"{self.url} is too slow: {size} bytes so far", _RUNS)
        except (OSError, HTTPException) as error:
            raise self._silence(error) from None

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": "localai-gitops", "Accept-Encoding": "identity"}
        if self.user or self.password:
            login = b64encode(f"{self.user}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {login}"
        return headers

    def _silence(self, why: object) -> PredictError:
        words = why.strerror if isinstance(why, OSError) and why.strerror else None
        said = words or (why if isinstance(why, str) else type(why).__name__)
        return PredictError(f"{self.url} cannot be reached: {said}", _RUNS)

    def _refusal(self, status: int, message: str) -> PredictError:
        if status == HTTPStatus.FORBIDDEN and message.startswith(_HOST):
            cure = "call it by one of its allowed hosts, or add this one (MLflow, --allowed-hosts)"
            return PredictError(f"{self.url} refuses its own name (403)", cure)
        if status in (401, 403):
            return PredictError(f"{self.url} refuses the login ({status})", _LOGIN)
        shown = f": {message}" if message else ""
        if status == HTTPStatus.NOT_FOUND:
            cure = "declare a version that it has, with its artifact"
            return PredictError(f"{self.url} does not have it (404){shown}", cure)
        return PredictError(f"{self.url} answers {status}{shown}", "see its log")


def _message(error: HTTPError) -> str:
    """Return what MLflow says of an error, cut."""
    content = b""
    try:
        content = error.read(_MOST_METADATA)
        found: Any = json.loads(content)
    except (OSError, HTTPException):
        return ""
    except (ValueError, RecursionError):
        return _HOST if content.startswith(_HOST.encode()) else ""
    said = cast("dict[str, Any]", found).get("message") if isinstance(found, dict) else None
    return said[:200] if isinstance(said, str) else ""


def fetch(declared: Declared, registry: Registry) -> bool:
    """Bring the model to its path, and return whether that took a download.

    Raises:
        PredictError: there is no such version or artifact, or it is not the declared one.
    """
    if is_there(declared):
        return False
    place = artifact_place(declared, registry)
    listed_size(declared, registry, place)
    path = f"{_ARTIFACTS}/{quote(f'{place}/{declared.path.name}')}"
    partial = declared.path.with_suffix(".partial")
    with registry.open(path) as answer:
        write(declared, registry, answer, partial)
    partial.rename(declared.path)
    return True


def artifact_place(declared: Declared, registry: Registry) -> str:
    """Return the folder of a version's artifact, as the registry's own artifact store names it.

    Raises:
        PredictError: there is no such version, or its artifact is elsewhere.
    """
    which = {"name": declared.model, "version": declared.version}
    api = "/api/2.0/mlflow/model-versions"
    version = _mapping(registry.metadata(f"{api}/get", which).get("model_version"))
    status = version.get("status", "READY")
    if status != "READY":
        raise PredictError(f"{declared.uri} is {status}", "register it again")
    uri = registry.metadata(f"{api}/get-download-uri", which).get("artifact_uri")
    parts = urlsplit(uri if isinstance(uri, str) else "")
    steps = parts.path.strip("/").split("/")
    if parts.scheme != _PROXIED:
        raise PredictError(
            f"{declared.uri} is kept at {parts.scheme or 'no'}://, which this pod cannot read",
            "let MLflow hand out artifacts (--serve-artifacts with --artifacts-destination)",
        )
    if not all(steps) or {".", ".."} & {*steps}:
        raise PredictError(f"{declared.uri} has no place in the registry", "register it again")
    return "/".join(steps)


def listed_size(declared: Declared, registry: Registry, place: str) -> None:
    """Raise PredictError unless the artifact lists the file, and with the declared size."""
    found: Any = registry.metadata(_ARTIFACTS, {"path": place}).get("files")
    files = [_mapping(one) for one in cast("list[Any]", found)] if isinstance(found, list) else []
    sizes = {str(one.get("path")).rpartition("/")[2]: one.get("file_size") for one in files}
    if declared.path.name not in sizes:
        holds = ", ".join(sorted(sizes)[:10]) or "nothing"
        raise PredictError(
            f"{declared.uri} holds no {declared.path.name}, but {holds}",
            "register the model as ONNX, or name its file",
        )
    # MLflow writes 64-bit numbers as text.
    listed = str(sizes[declared.path.name])
    if listed != str(declared.size):
        raise other(declared, f"{listed} bytes", f"{declared.size} bytes")


def write(declared: Declared, registry: Registry, answer: HTTPResponse, partial: Path) -> None:
    """Write an answer to a file.

    Raises:
        PredictError: it is not the declared model; nothing of it stays.
    """
    digest, size = hashlib.sha256(), 0
    seconds = _SLACK_SECONDS + declared.size / _SLOWEST
    try:
        with partial.open("wb") as file:
            for chunk in registry.chunks(answer, seconds):
                size += len(chunk)
                if size > declared.size:
                    raise other(declared, f"more than {declared.size} bytes", "that many")
                digest.update(chunk)
                file.write(chunk)
        if size < declared.size:
            raise other(declared, f"{size} bytes", f"{declared.size} bytes")
        same(declared, digest.hexdigest())
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def is_there(declared: Declared) -> bool:
    """Return whether an earlier start of the pod left the declared model."""
    try:
        with declared.path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == declared.digest
    except FileNotFoundError:
        return False


def model_bytes(declared: Declared) -> bytes:
    """Return the model, which is checked once more: what is hashed is what is loaded.

    Raises:
        PredictError: it is not there, or is not the declared one.
    """
    try:
        content = declared.path.read_bytes()
    except OSError as error:
        cause = f"{declared.path} cannot be read: {error.strerror or type(error).__name__}"
        raise PredictError(cause, "see the log of the container `fetch`") from None
    same(declared, hashlib.sha256(content).hexdigest())
    return content


def same(declared: Declared, digest: str) -> None:
    """Raise PredictError unless a digest is the declared one."""
    if f"sha256:{digest}" != declared.digest:
        raise other(declared, f"sha256:{digest}", declared.digest)


def other(declared: Declared, found: str, expected: str) -> PredictError:
    """Return that an artifact is not the declared one."""
    return PredictError(
        f"{declared.uri} is {found}, and declared is {expected}: nothing of it is served",
        "find out who changed it, or declare the version that is meant",
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
