"""Asks a source for a file's bytes: over https, each redirect checked, the token kept at home."""

import os
import re
import signal
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from types import FrameType
from typing import cast
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPSHandler, OpenerDirector, Request

from fetch.destination import Network
from fetch.pinned import PinnedHandler, PinnedSecureHandler
from fetch.weight_set import VISIBLE, PassingError, WeightsError, acceptable, public

MAX_HOPS = 10
HUB = "https://huggingface.co"
RANGE = re.compile(r"bytes (?:([0-9]{1,18})-[0-9]{1,18}|\*)/([0-9]{1,18}|\*)")
# A strong validator of one file, as servers write it; nothing else is sent back to them.
ETAG = re.compile(r'"[!#-~]{1,200}"')
DATE = re.compile(r"[A-Z][a-z]{2}, [0-9A-Za-z: ]{1,30}")
DENIED = "private or gated: accept its license and give the weights Job a token Secret (HF_TOKEN)"
STATUS_CURES = {401: DENIED, 403: DENIED, 404: "check the address; a private file needs a token"}


@dataclass(frozen=True, kw_only=True)
class Route:
    """How sources are reached; proxies in the environment are not looked at.

    `proxy` is a host with its port, for https. Hosts in `direct`, and those of its domains (after a
    dot), are reached without it. Addresses that are not public have to be of `networks`.
    """

    proxy: str | None = None
    direct: tuple[str, ...] = ()
    allow_http: bool = False
    networks: tuple[Network, ...] = ()

    def through(self, url: str) -> str | None:
        """Return the proxy for an address, or None where it is reached directly."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        known = any(host == one.lstrip(".") or host.endswith(one) for one in self._domains())
        return None if known or parts.scheme != "https" else self.proxy

    def _domains(self) -> list[str]:
        return [one if one.startswith(".") else f".{one}" for one in self.direct]


def origin(url: str) -> str:
    """Return the scheme, host and port part of an address."""
    return "/".join(url.split("/")[:3])


def authorization(url: str) -> dict[str, str]:
    """Return the token's header for the hub (or HF_ENDPOINT), nothing for any other origin."""
    token = os.environ.get("HF_TOKEN", "").strip()
    hubs = (HUB, os.environ.get("HF_ENDPOINT", HUB))
    if not token or origin(url) not in [origin(hub) for hub in hubs]:
        return {}
    # The HTTP library would quote a malformed header, and so the token, in its error.
    if not VISIBLE.fullmatch(token):
        raise WeightsError("HF_TOKEN holds a blank or a control character: correct the Secret.")
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def within(seconds: float, what: str) -> Generator[None, None, None]:
    """Raise PassingError in what takes longer, whatever drips meanwhile; in the main thread only.

    The time-out of a connection is one of silence: a byte now and then would keep it for ever.
    """

    def late(_number: int, _frame: FrameType | None) -> None:
        raise PassingError(f"{what}: nothing whole came for {seconds:.0f} s.")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def send(
    url: str, offset: int, timeout: float, route: Route, unless_changed: str = ""
) -> HTTPResponse:
    """Send one request, for the bytes from the offset on; follow nothing."""
    proxy = route.through(url)
    opener = OpenerDirector()
    opener.add_handler(PinnedHandler(route.networks))
    # What a name means behind a proxy is the proxy's to say, and to refuse.
    opener.add_handler(HTTPSHandler() if proxy else PinnedSecureHandler(route.networks))
    headers = {"User-Agent": "fetch-weights/1", **authorization(url)}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    if offset and unless_changed:
        headers["If-Range"] = unless_changed
    try:
        request = Request(url, headers=headers)  # noqa: S310 - acceptable() saw it, no file handler
        if proxy:
            # A tunnel: the proxy sees the host, and neither the path nor the token.
            request.set_proxy(proxy, "http")
        with within(timeout, public(url)):
            return cast("HTTPResponse", opener.open(request, timeout=timeout))
    except (OSError, HTTPException, ValueError) as problem:
        cause = problem.reason if isinstance(problem, URLError) else problem
        if isinstance(cause, ssl.SSLCertVerificationError):
            cure = "its certificate is not trusted; SSL_CERT_FILE can name your CA"
            raise WeightsError(f"{public(url)}: {cure}.") from None
        # Only an OSError's text is shown: others may quote the address with its query.
        text = str(cause) if isinstance(cause, OSError) else type(cause).__name__
        way = f" (through the proxy {proxy})" if proxy else ""
        raise PassingError(f"{public(url)}: {text}{way}.") from None


def ask(
    url: str, offset: int, *, timeout: float, route: Route, unless_changed: str = ""
) -> HTTPResponse:
    """Return the answer after redirects, each hop checked; a token never leaves its origin.

    It is of the whole file where that is no longer what `unless_changed` stood for.
    """
    here = url
    for _ in range(MAX_HOPS):
        response = send(here, offset, timeout, route, unless_changed)
        if response.status not in (301, 302, 303, 307, 308):
            return response
        response.close()
        hop = response.headers.get("Location", "")
        with suppress(ValueError):  # what cannot be joined is refused as it is
            hop = urljoin(here, hop)
        allow_http = route.allow_http and here.startswith("http:")
        if not acceptable(hop, allow_http=allow_http, networks=route.networks):
            cause = "redirects to an address that is not plain https, or is not public"
            raise WeightsError(f"{public(url)}: {cause}.")
        here = hop
    raise WeightsError(f"{public(url)}: redirects more than {MAX_HOPS} times: check the address.")


def refuse_failure(response: HTTPResponse, url: str) -> None:
    """Raise on a status that brings no bytes, by whether it may pass."""
    status = response.status
    if status in (408, 425, 429) or status >= 500:
        asked = response.headers.get("Retry-After", "")
        wait = float(asked) if re.fullmatch(r"[0-9]{1,6}", asked) else 0.0
        raise PassingError(f"{public(url)}: answered {status}.", wait)
    if status not in (200, 206, 416):
        cure = STATUS_CURES.get(status, "check the address")
        raise WeightsError(f"{public(url)}: answered {status}: {cure}.")


def validator(response: HTTPResponse) -> str:
    """Return what stands for exactly these bytes (RFC 9110, 8.8), nothing where nothing does."""
    tag, date = (response.headers.get(name, "") for name in ("ETag", "Last-Modified"))
    if ETAG.fullmatch(tag):
        return tag
    return date if DATE.fullmatch(date) and not tag else ""


def span(response: HTTPResponse) -> tuple[int, int | None]:
    """Return where the answer's bytes start and where the file ends; -1 and None if unsaid."""
    if response.status == 200:
        return 0, response.length
    match = RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if not match:
        return -1, None
    end = None if match[2] == "*" else int(match[2])
    start = int(match[1]) if match[1] else end
    return -1 if start is None else start, end
