"""Asks a forge over its REST interface: bounded, tried again where that is safe, no token said."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import httpx2

from gitops.adapters.forge.place import ForgeError
from proof.bounded_json import bounded_json

# For one read, and for a whole answer.
_SECONDS, _LONGEST_SECONDS = 20.0, 60.0
_TRIES, _LONGEST_WAIT = 3, 30.0
# A page of a hundred pull requests of the longest body is no longer.
_MOST_BYTES = 16 * 1024 * 1024
_LONGEST_SAID = 300


@dataclass(frozen=True, kw_only=True)
class Api:
    """The interface of one forge: its address, who asks, and what that token must be allowed to.

    `scheme` is the word before the token: GitHub and GitLab say Bearer, Gitea says token.
    """

    address: str
    token: str = field(repr=False)
    right: str
    scheme: str = "Bearer"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    pause: Callable[[float], None] = time.sleep
    seconds: float = _LONGEST_SECONDS

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, again: bool = True
    ) -> Any:
        """Return the answer to a request; one that must not reach the forge twice is not `again`.

        Raises:
            ForgeError: it cannot be asked, or refuses.
        """
        url = f"{self.address.rstrip('/')}/{path}"
        answer, content = self._sent(method, url, body)
        for turn in range(_TRIES - 1):
            wait = wait_before(answer, turn, again=again)
            if wait is None:
                break
            self.pause(wait)
            answer, content = self._sent(method, url, body)
        asked = f"{method} {url.partition('?')[0]}"
        if answer.status_code >= 300:
            said, code = self._said(content)
            raise self._refusal(asked, answer, said, code)
        try:
            return bounded_json(content)
        except ValueError:
            raise ForgeError(f"{asked} answered no JSON", "check the address") from None

    def _sent(
        self, method: str, url: str, body: Mapping[str, Any] | None
    ) -> tuple[httpx2.Response, bytes]:
        headers = {"Authorization": f"{self.scheme} {self.token}", **self.headers}
        asked = f"{method} {url.partition('?')[0]}"
        content, until = bytearray(), time.monotonic() + self.seconds
        try:
            # A redirect is not followed: the token is for this address alone.
            with httpx2.stream(method, url, headers=headers, json=body, timeout=_SECONDS) as answer:
                for piece in answer.iter_bytes():
                    content += piece
                    if time.monotonic() >= until:
                        cause = f"{asked} took longer than {self.seconds:.0f} s to answer"
                        raise ForgeError(cause, "check that it is up, and run it again")
                    if len(content) > _MOST_BYTES:
                        cause = f"{asked} answered more than {_MOST_BYTES} bytes"
                        raise ForgeError(cause, "check the address")
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
            cause = f"{asked} failed with {type(error).__name__}"
            raise ForgeError(cause, "check that it is up, and that the address is right") from None
        return answer, bytes(content)

    def _refusal(self, asked: str, answer: httpx2.Response, said: str, code: str) -> ForgeError:
        status = answer.status_code
        cause = f"{asked} answered {status}" + (f": {said}" if said else "")
        if status == 429 or _is_limited(answer):
            return ForgeError(cause, f"wait{_until(answer)}, and run it again", status, code)
        return ForgeError(cause, self._cure(status, said), status, code)

    def _cure(self, status: int, said: str) -> str:
        if status == 413 or "too long" in said or "too large" in said:
            return "the text is longer than this forge accepts: promote fewer models at once"
        if status >= 500:
            return "run it again later: it changes nothing twice"
        return _CURES.get(status, "check the address").format(right=self.right)

    def _said(self, content: bytes) -> tuple[str, str]:
        """Return what a service says of an error, on one line, without the token; and its code."""
        try:
            found = bounded_json(content)
        except ValueError:
            return "", ""
        if not isinstance(found, dict):
            return "", ""
        words = " ".join(" ".join(_texts(found)).split())
        told = (words.replace(self.token, "REDACTED") if self.token else words)[:_LONGEST_SAID]
        code = cast("dict[str, Any]", found).get("error_code")
        return told, code if isinstance(code, str) else ""


_CURES = {
    301: "the repository was renamed: correct the address of the remote",
    302: "the API is at another address: correct --forge-url",
    307: "the repository was renamed: correct the address of the remote",
    308: "the repository was renamed: correct the address of the remote",
    401: "the token is invalid or has expired: use another one",
    403: "the token may not do that: it needs {right}",
    404: "check the repository and the number, and that the token may see it and has {right}",
    409: "another change came first: run it again",
    422: "read what the forge says; the branch must be there, and differ from the one it goes into",
}  # fmt: skip


def _texts(found: Any) -> list[str]:
    """Return the words of an error, under the keys of GitHub and of GitLab."""
    if isinstance(found, str):
        return [found]
    if isinstance(found, list):
        return [text for one in cast("list[Any]", found)[:10] for text in _texts(one)]
    if isinstance(found, dict):
        keys = ("message", "error", "error_description", "errors")
        return [text for key in keys if key in found for text in _texts(found[key])]
    return []


def wait_before(answer: httpx2.Response, turn: int, *, again: bool) -> float | None:
    """Return how long to wait before the same request; None where it is not to be sent again."""
    if (
        answer.status_code != 429
        and not _is_limited(answer)
        and not (again and answer.status_code >= 500)
    ):
        return None
    after = answer.headers.get("retry-after", "")
    if after.isascii() and after.isdigit() and len(after) < 10:
        return float(after) if float(after) <= _LONGEST_WAIT else None
    # A limit that is used up opens again at an hour, which is too long to wait for.
    return None if _is_limited(answer) else float(2**turn)


def _is_limited(answer: httpx2.Response) -> bool:
    if answer.status_code not in (403, 429):
        return False
    return "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"


def _until(answer: httpx2.Response) -> str:
    after, reset = (answer.headers.get(one, "") for one in ("retry-after", "x-ratelimit-reset"))
    if after.isascii() and after.isdigit() and len(after) < 10:
        return f" {int(after)} s"
    if reset.isascii() and reset.isdigit() and len(reset) < 12:
        return f" until {datetime.fromtimestamp(int(reset), UTC):%H:%M} UTC"
    return ""
