"""The running application, as other programs of its pods ask it; the standard library alone."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

_ANSWER_SECONDS = 900


class ApplicationError(Exception):
    """What the application does not do; `code` is the status of its answer, 0 where it has none."""

    def __init__(self, said: str, code: int = 0) -> None:
        super().__init__(said)
        self.code = code


def ask(address: str, path: str, body: object = None, token: str = "", method: str = "") -> Any:
    """Return what it answers to a GET, or to a POST of a body; raises ApplicationError."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    sent = None if body is None else json.dumps(body).encode()
    verb = method or ("GET" if sent is None else "POST")
    asked = urllib.request.Request(f"{address}{path}", sent, headers, method=verb)  # noqa: S310 (ours)
    try:
        with urllib.request.urlopen(asked, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310 (ours)
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        said = error.read(300).decode(errors="replace")
        raise ApplicationError(f"{path} answers {error.code}: {said}", error.code) from None


def answers(address: str) -> bool:
    """Tell whether anything that is well is there."""
    try:
        with urllib.request.urlopen(address, timeout=5):  # noqa: S310 (ours)
            return True
    except OSError:
        return False


def waited(address: str, seconds: float) -> None:
    """Return once it answers; raises ApplicationError when it does not in that time."""
    end = time.monotonic() + seconds
    while True:
        try:
            ask(address, "/api/ping")
            return
        except (OSError, ApplicationError) as error:
            if time.monotonic() > end:
                raise ApplicationError(f"the application does not answer ({error})") from None
            time.sleep(2)


def has_users(address: str) -> bool:
    """Tell whether it has users of its own."""
    return bool(ask(address, "/api/system/multi-user-mode").get("multiUserMode"))


def logged_in(address: str, login: Mapping[str, str]) -> str:
    """Return the token of a login; raises ApplicationError with the reason that it gives."""
    answer = ask(address, "/api/request-token", dict(login))
    if not answer.get("token"):
        who = login.get("username", "everybody")
        said = answer.get("message")
        raise ApplicationError(f"the password of {who} in the Secret is refused: {said}", 401)
    return answer["token"]
