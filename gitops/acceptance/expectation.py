"""The addresses that are asked, and what is expected at each."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from components.parts.context import Context
from components.pool.pool import Pool
from components.server.verification import expected
from documents.problem import Problem, RefusedError
from gitops.acceptance.registered import PREFIX, ServedPlace
from proof.expected import Place

_OPTION = "--url"


def places(context: Context, pools: Sequence[Pool], urls: Sequence[str]) -> tuple[Place, ...]:
    """Return the addresses to ask, each given as `URL` or as `POOL=URL`.

    Raises:
        RefusedError: one is no address, or does not say whose it is.
    """
    found = [_place(context, pools, text) for text in urls]
    names = [place.pool for place in found]
    if len(set(names)) < len(names):
        raise _refused("names one pool twice", "give one address of each pool")
    if "" in names and len(found) > 1:
        raise _refused("names the router and single pools", "ask them in two runs")
    return tuple(found)


def served_places(
    context: Context, urls: Sequence[str]
) -> tuple[tuple[ServedPlace, ...], tuple[str, ...]]:
    """Return the addresses of served models, each given as `served-NAME=URL`, and all others.

    Raises:
        RefusedError: one is no address, or is given twice.
    """
    known = {f"{PREFIX}{name}": name for name in context.settings.served_models}
    found, others = list[ServedPlace](), list[str]()
    for text in urls:
        server, _, url = text.partition("=")
        if server not in known:
            others.append(text)
            continue
        declared = context.settings.served_models[known[server]]
        if any(place.server == server for place in found):
            raise _refused("names one served model twice", "give one address of each")
        found.append(ServedPlace(name=known[server], url=_address(text, url), declared=declared))
    return tuple(found), tuple(others)


def left_out(pools: Sequence[Pool], asked: Sequence[Place]) -> tuple[str, ...]:
    """Return the pools that none of the addresses leads to."""
    known = {pool.name for place in asked for pool in place.pools}
    return tuple(pool.name for pool in pools if pool.name not in known)


def _place(context: Context, pools: Sequence[Pool], text: str) -> Place:
    name, given, url = text.partition("=")
    if not given or "/" in name:
        name, url = "", text
    address = _address(text, url)
    if name:
        return expected(context, [_named(pools, name)], address)
    if context.settings.router:
        return expected(context, pools, address, routed=True)
    if len(pools) > 1:
        known = " ".join(f"{_OPTION} {pool.name}=http://…" for pool in pools)
        cause = f"does not say whose address it is: {context.stack} has {len(pools)} pools"
        raise _refused(cause, f"write {known}")
    return expected(context, pools, address)


def _named(pools: Sequence[Pool], name: str) -> Pool:
    for pool in pools:
        if pool.name == name:
            return pool
    known = ", ".join(pool.name for pool in pools)
    raise _refused(f"{name!r:.80} is not a pool", f"use one of {known}")


def _address(given: str, url: str) -> str:
    if why := _fault(url):
        # Before an @ there may be a password, and behind a ? a key.
        shown = given if not set("@?#") & set(url) else given.removesuffix(url) + "…"
        cause = f"{shown!r:.80} is not an address: {why}"
        raise _refused(cause, "write it as https://host/path")
    parts = urlsplit(url)
    if "@" in parts.netloc:
        cure = "leave it out; the key is read from --key-file, or from LOCALAI_API_KEY"
        raise _refused("carries a user name or a password", cure)
    if parts.query or parts.fragment:
        raise _refused("has more than a path", "end it before the ? or the #")
    # People copy the address that clients use.
    return url.rstrip("/").removesuffix("/v1")


def _fault(url: str) -> str:
    """Return why a text is not an address; nothing where it is one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "its host is not valid"
    if parts.scheme not in ("http", "https"):
        return "it does not start with http:// or https://"
    if not parts.hostname:
        return "it has no host"
    try:
        has_port = parts.port != 0
    except ValueError:
        has_port = False
    if not has_port:
        return "its port is not a number from 1 to 65535"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "it has a space or a sign that is not ASCII"
    return ""


def _refused(cause: str, cure: str) -> RefusedError:
    return RefusedError([Problem(file=_OPTION, path=(), cause=cause, cure=cure)])
