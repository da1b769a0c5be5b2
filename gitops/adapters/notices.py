"""Posts a notice to an address that is a secret: bounded in time and tries, and never said."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2

from gitops.adapters.forge.api import wait_before

_SECONDS = 10.0
_TRIES = 3
_LONGEST_ADDRESS = 2048
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# With them the receiver itself says that it took nothing; a gateway before it does not know.
_NOT_TAKEN = (429, 500, 503)


class NoticeError(Exception):
    """A notice was not sent, as far as is known; neither cause nor cure has the address."""

    def __init__(self, cause: str, cure: str) -> None:
        """Keep why, and what to do."""
        self.cause, self.cure = cause, cure
        super().__init__(cause)


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """Who takes notices; `dedupes` is whether one that comes twice counts once there.

    `seconds` is the longest that one try takes, answer and all.
    """

    address: str = field(repr=False)
    dedupes: bool
    seconds: float = _SECONDS
    pause: Callable[[float], None] = time.sleep

    def post(self, content: bytes, key: str) -> None:
        """Post JSON; where it may have been taken, it is sent again only to who dedupes.

        Raises:
            NoticeError: it was not taken.
        """
        if not _is_address(self.address):
            raise NoticeError(
                "is no https address", "set it to the whole address, on one line, without spaces"
            )
        cause = ""
        for turn in range(_TRIES):
            answer = asyncio.run(self._sent(content, key))
            if isinstance(answer, Exception):
                cause = f"the receiver did not answer: {type(answer).__name__}"
                safe = isinstance(answer, httpx2.ConnectError)
                wait = float(2**turn) if self.dedupes or safe else None
            elif answer.is_success:
                return
            else:
                cause = f"the receiver answered {answer.status_code}"
                again = self.dedupes or answer.status_code in _NOT_TAKEN
                wait = wait_before(answer, turn, again=again)
            if wait is None:
                break
            if turn + 1 < _TRIES:
                self.pause(wait)
        raise NoticeError(cause, "look at the receiver, and whether the address is still right")

    async def _sent(self, content: bytes, key: str) -> httpx2.Response | Exception:
        """Return the answer without its body, or why there is none; a redirect is an answer."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            async with (
                asyncio.timeout(self.seconds),
                httpx2.AsyncClient(timeout=self.seconds) as client,
                client.stream("POST", self.address, content=content, headers=headers) as answer,
            ):
                return answer
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            return error


def _is_address(address: str) -> bool:
    if not (0 < len(address) <= _LONGEST_ADDRESS and address.isascii() and address.isprintable()):
        return False
    try:
        found = urlsplit(address)
        host, _ = found.hostname or "", found.port
    except ValueError:
        return False
    safe = found.scheme == "https" or (found.scheme == "http" and host in _LOOPBACK)
    return safe and bool(host) and " " not in address
