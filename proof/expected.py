"""What is expected at an address: its version, engines, names, and how long each may take."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

CHAT, EMBEDDINGS, RERANK = "chat", "embeddings", "rerank"
IMAGE, TRANSCRIPTION = "image", "transcription"


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model: what it is for, what a chat model is asked, and a word of its answer.

    `dimensions` are those of its vectors, where they are declared.
    """

    name: str
    kind: str
    ask: str
    expect: str
    dimensions: int | None = None


@dataclass(frozen=True, kw_only=True)
class Name:
    """One name that clients may send to a pool: a model, or an alias of one.

    `limit` is how many seconds its answer may take.
    """

    name: str
    model: Model
    pool: str
    limit: float

    @property
    def is_alias(self) -> bool:
        """Return whether it is another name of a model."""
        return self.name != self.model.name

    @property
    def kind(self) -> str:
        """Return what it is for."""
        return self.model.kind


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What one pool serves, how many models are in memory at once, and its engines.

    `engines` is None where they are with its workers. A parked pool has no server; one that may
    sleep has none at times.
    """

    name: str
    servers: str
    names: tuple[Name, ...]
    active: int
    engines: tuple[str, ...] | None
    parked: bool = False
    may_sleep: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """One address, up to what comes before /v1, the pools that answer there, and their version.

    `routed` is whether the stack's router answers, in front of every pool.
    """

    url: str
    pools: tuple[Pool, ...]
    version: str
    routed: bool = False

    @property
    def pool(self) -> str:
        """Return the name of its pool; empty where the router answers."""
        return "" if self.routed else self.pools[0].name

    @property
    def servers(self) -> str:
        """Return whose log tells more."""
        return "the router" if self.routed else self.pools[0].servers

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
        return tuple(name for pool in self.pools for name in pool.names)


def place_of(found: Mapping[str, Any]) -> Place:
    """Return the place that plain values describe, as `dataclasses.asdict` makes them."""
    pools: dict[str, Any] = {"pools": tuple(map(_pool, found["pools"]))}
    return Place(**{**found, **pools})


def _pool(found: Mapping[str, Any]) -> Pool:
    engines = found["engines"]
    read: dict[str, Any] = {
        "names": tuple(map(_name, found["names"])),
        "engines": None if engines is None else tuple(engines),
    }
    return Pool(**{**found, **read})


def _name(found: Mapping[str, Any]) -> Name:
    model: dict[str, Any] = {"model": Model(**found["model"])}
    return Name(**{**found, **model})
