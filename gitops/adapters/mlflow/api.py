"""Asks MLflow over its REST interface; what it is told with is never said."""

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

import httpx2

from gitops.adapters.forge.api import Api
from gitops.adapters.forge.place import ForgeError
from gitops.adapters.process import OutsideError

_ROOT = "api/2.0"
_MOST_PAGES = 50
_UPLOAD_SECONDS = 120.0
# Codes of errors.
ABSENT, TAKEN = "RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_INSIDE = (".svc", ".svc.cluster.local", ".localhost")


class RegistryError(OutsideError):
    """A registry could not be asked, or refused, with its status or 0, and the code it gave."""

    def __init__(self, cause: str, cure: str, status: int = 0, code: str = "") -> None:
        super().__init__(cause, cure)
        self.status, self.code = status, code


@dataclass(frozen=True, kw_only=True)
class Server:
    """A tracking server, by its address, and who asks it; without a user there is no login."""

    address: str
    user: str = ""
    password: str = field(default="", repr=False)
    pause: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        """Refuse an address that would give the password away.

        Raises:
            RegistryError: it is no address, holds a login, or is neither https nor near.
        """
        try:
            found = urlsplit(self.address)
            host, _ = found.hostname or "", found.port
        except ValueError:
            found, host = urlsplit(""), ""
        if found.scheme not in ("http", "https") or not host or found.query or found.fragment:
            cause = (
                f"the registry's address {_without_login(self.address)!r:.200} is not a valid URL"
            )
            raise RegistryError(cause, "write it like https://mlflow.example.org")
        if found.username or found.password:
            cure = "take it out: variables hold user and password"
            raise RegistryError("the registry's address contains a user name or a password", cure)
        near = host in _LOOPBACK or host.endswith(_INSIDE)
        if self.user and found.scheme == "http" and not near:
            cause = f"{host} would get the password in plain text"
            raise RegistryError(cause, "use https, or `kubectl port-forward` and 127.0.0.1")

    def pages(
        self, path: str, more: Mapping[str, str], key: str, most: int
    ) -> list[dict[str, Any]]:
        """Return the members of a list, of which a page holds so many.

        Raises:
            RegistryError: the server does not answer, refuses, or the list does not end.
        """
        rows: list[dict[str, Any]] = []
        token = ""
        for _ in range(_MOST_PAGES):
            query = {**more, "max_results": most, **({"page_token": token} if token else {})}
            found = self.ask("GET", f"{path}?{urlencode(query)}", None, again=True)
            rows += found.get(key, [])
            token = found.get("next_page_token", "")
            if not token:
                return rows
        cause = f"the registry lists more than {most * _MOST_PAGES} of these"
        raise RegistryError(cause, "delete versions that nothing serves")

    def unless_absent(self, path: str) -> dict[str, Any] | None:
        try:
            return self.ask("GET", path, None, again=True)
        except RegistryError as error:
            if error.code == ABSENT:
                return None
            raise

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, *, again: bool = False
    ) -> dict[str, Any]:
        api = Api(address=f"{self.address.rstrip('/')}/{_ROOT}", token=self._token, right="",
                  scheme="Basic", pause=self.pause)  # fmt: skip
        try:
            found = api.ask(method, path, body, again=again)
        except ForgeError as error:
            if not error.status:
                raise RegistryError(error.cause, error.cure) from None
            raise self._refused(error.cause, error.status, error.code) from None
        if not isinstance(found, dict):
            raise RegistryError(f"{self.address} did not answer as MLflow does", NOT_MLFLOW)
        return cast("dict[str, Any]", found)

    @property
    def _token(self) -> str:
        return b64encode(f"{self.user}:{self.password}".encode()).decode() if self.user else ""

    def put(self, path: str, content: bytes) -> None:
        url = f"{self.address.rstrip('/')}/{_ROOT}/{quote(path)}"
        headers = {"Authorization": f"Basic {self._token}"} if self.user else {}
        try:
            answer = httpx2.put(url, content=content, headers=headers, timeout=_UPLOAD_SECONDS)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            cause = f"the upload failed with {type(error).__name__}"
            raise RegistryError(cause, "check that the registry is up, and run it again") from None
        if answer.status_code >= 300:
            cause = f"the upload was answered {answer.status_code}"
            raise self._refused(cause, answer.status_code, "")

    def _refused(self, cause: str, status: int, code: str) -> RegistryError:
        for secret in (self._token, self.password):
            cause = cause.replace(secret, "REDACTED") if secret else cause
        if status == 404 and not code:
            return RegistryError(cause, NOT_MLFLOW, status)
        if status >= 500:
            return RegistryError(cause, _DOWN, status, code)
        return RegistryError(cause, _CODES.get(code) or _CURES.get(status, _UP), status, code)


_UP = "check that it is up, and that the address is right"
NOT_MLFLOW = "check the address: it must be that of an MLflow tracking server, without a path"
_DOWN = "look at the registry, its database and its artifact store; then run it again"
_CODES = {
    ABSENT: "list what exists: `localai-gitops registry list`",
    TAKEN: "it was made meanwhile: run it again",
    "INVALID_PARAMETER_VALUE": "read what the registry says",
}  # fmt: skip
_CURES = {
    400: "read what the registry says",
    401: "the login is missing or wrong: set the variables that --user-variable and "
    "--password-variable name",
    403: "the user may not do that, or the server does not know this host: grant the right on the "
    "registered model and its experiment, or list the host in --allowed-hosts",
    404: "list what exists: `localai-gitops registry list`",
    409: "another change came first: run it again",
    413: "the file is larger than what stands before the registry takes: raise its limit",
    429: "wait, and run it again",
}  # fmt: skip


def _without_login(address: str) -> str:
    return address.rpartition("@")[2]
