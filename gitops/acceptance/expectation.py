"""What is expected at the addresses that are asked: names, models, limits, and one version."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from components.parts.context import Context
from components.pool import durations
from components.pool.pool import Pool
from components.server.model_list import preloaded
from documents.problem import Problem, RefusedError
from models.definition import Definition, Kind

_OPTION = "--url"


@dataclass(frozen=True, kw_only=True, eq=False)
class Name:
    """One name that clients may send to a pool: a model, or an alias of one.

    `limit` is how many seconds its answer may take.
    """

    name: str
    model: Definition
    pool: Pool
    limit: float

    @property
    def is_alias(self) -> bool:
        """Return whether it is another name of a model."""
        return self.name != self.model.name

    @property
    def kind(self) -> Kind:
        """Return what it is for."""
        return self.model.kind


@dataclass(frozen=True, kw_only=True, eq=False)
class Place:
    """One address, up to what comes before /v1, and the pools that answer there.

    `routed` is whether the stack's router answers, in front of every pool.
    """

    url: str
    pools: tuple[Pool, ...]
    routed: bool

    @property
    def pool(self) -> str:
        """Return the name of its pool; empty where the router answers."""
        return "" if self.routed else self.pools[0].name

    @property
    def is_open(self) -> bool:
        """Return whether a key would cross networks that everybody shares as it is."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        with suppress(ValueError):
            return parts.scheme == "http" and not ip_address(host).is_private
        inside = "." not in host or host.endswith((".svc", ".cluster.local"))
        return parts.scheme == "http" and not inside

    @property
    def names(self) -> tuple[Name, ...]:
        """Return what is declared to be served there: the names of each pool, models first."""
        return tuple(name for pool in self.pools for name in _names(pool))


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


def left_out(pools: Sequence[Pool], asked: Sequence[Place]) -> tuple[str, ...]:
    """Return the pools that none of the addresses leads to."""
    known = {pool.name for place in asked for pool in place.pools}
    return tuple(pool.name for pool in pools if pool.name not in known)


def _place(context: Context, pools: Sequence[Pool], text: str) -> Place:
    name, given, url = text.partition("=")
    if not given or "/" in name:
        name, url = "", text
    address = _address(url)
    if name:
        return Place(url=address, pools=(_named(pools, name),), routed=False)
    if context.settings.router:
        return Place(url=address, pools=tuple(pools), routed=True)
    if len(pools) > 1:
        known = " ".join(f"{_OPTION} {pool.name}=http://…" for pool in pools)
        cause = f"does not say whose address it is: {context.stack} has {len(pools)} pools"
        raise _refused(cause, f"write {known}")
    return Place(url=address, pools=tuple(pools), routed=False)


def _named(pools: Sequence[Pool], name: str) -> Pool:
    for pool in pools:
        if pool.name == name:
            return pool
    known = ", ".join(pool.name for pool in pools)
    raise _refused(f"{name!r:.80} is not a pool", f"use one of {known}")


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise _refused("is not an address", "write it as https://host/path") from None
    if not sound or not url.isascii() or not url.isprintable() or " " in url:
        raise _refused("is not an address", "write it as https://host/path")
    if "@" in parts.netloc:
        cure = "leave it out; the key is read from --key-file, or from LOCALAI_API_KEY"
        raise _refused("carries a user name or a password", cure)
    if parts.query or parts.fragment:
        raise _refused("has more than a path", "end it before the ? or the #")
    # People copy the address that clients use.
    return url.rstrip("/").removesuffix("/v1")


def _refused(cause: str, cure: str) -> RefusedError:
    return RefusedError([Problem(file=_OPTION, path=(), cause=cause, cure=cure)])


def _names(pool: Pool) -> Iterator[Name]:
    models = {model.name: model for model in pool.models}
    aliases = {alias: models[target] for alias, target in pool.settings.aliases.items()}
    for name, model in (models | aliases).items():
        yield Name(name=name, model=model, pool=pool, limit=_limit(pool, name, model))


def _limit(pool: Pool, name: str, model: Definition) -> float:
    """Return how long an answer may take: one that is not in memory yet is read first."""
    stack = pool.context.settings
    routes = stack.router.models if stack.router else {}
    own = routes[name].timeout if name in routes else None
    waits = 0
    if model not in preloaded(pool):
        waits = durations.reading(sum(file.size.most for file in model.files))
    return (own or stack.server.longest_answer) + waits
