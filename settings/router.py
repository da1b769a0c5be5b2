"""The router of a stack: one OpenAI-compatible address in front of every pool."""

import re
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from documents.names import Label, Size
from documents.validation import Moved, contradiction
from settings.access.network import Database
from settings.base import FOLLOWS_THE_ANSWER, Settings
from settings.names import ClientName, ImageReference, SecretReference


class RouterKeySettings(SecretReference):
    """A key of a Secret, the models it opens, and how much of them."""

    models: Annotated[tuple[ClientName, ...], Field(strict=False, max_length=500)] = Field(
        default=(), description="Models and aliases it opens; every one if absent."
    )
    rpm: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="Requests a minute, counted by each pod of the router."
    )
    tpm: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = Field(
        default=None, description="Tokens a minute, counted by each pod of the router."
    )


# The newest release whose proxy was run with what we write for it (tests/e2e/test_router.py).
IMAGE = "ghcr.io/berriai/litellm-non_root:v1.106.2"
# The name in its objects and of its address, which no pool may have.
ROUTER_NAME = "router"
Seconds = Annotated[int, Field(ge=1, le=3600)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]


def _pinned(image: str) -> str:
    tag = image.rpartition(":")[2]
    if not re.search(r"[0-9]+\.[0-9]+\.[0-9]+", tag):
        raise contradiction(f"has the tag {tag}, which moves", f"use a release, such as {IMAGE}")
    return image


class RouteSettings(Settings):
    """What one model, or one alias, gets at the router instead of the router's defaults."""

    timeout: Seconds | None = Field(
        default=None, description="Seconds for a whole answer; at most the longest answer."
    )
    stream_timeout: Seconds | None = Field(
        default=None, description="Seconds until a streamed answer goes on."
    )
    rpm: Count | None = Field(
        default=None, description="Requests a minute, counted by each pod of the router."
    )
    tpm: Count | None = Field(
        default=None, description="Tokens a minute, counted by each pod of the router."
    )


class HealthCheckSettings(Settings):
    """Small real requests to every model; each loads a model that is not in memory."""

    interval: Annotated[int, Field(ge=30, le=86_400)] = Field(
        default=300, description="Seconds between two checks of a model."
    )


class RouterSettings(Settings):
    """One address for all pools: routes, keys, limits and fallbacks."""

    image: Annotated[ImageReference, AfterValidator(_pinned)] = Field(
        default=IMAGE, description="Image of LiteLLM; `digests` can pin it."
    )
    replicas: int = Field(default=2, ge=1, le=50, description="Pods of the router.")
    cpu: int = Field(default=1, ge=1, le=64, description="Whole cores of a pod.")
    memory: Size = Field(default="1Gi", description="Memory of a pod.")
    master_key: SecretReference | None = Field(
        default=None, description="Secret with the key of operators; one is generated if absent."
    )
    keys: dict[Label, RouterKeySettings] = Field(
        default_factory=dict[str, RouterKeySettings],
        max_length=200,
        description="Keys of clients, by client; each is in a Secret.",
    )
    virtual_keys: bool = Field(
        default=False,
        description="Let operators hand out keys at the router; it keeps them in a database.",
    )
    database: Database | None = Field(
        default=None, description="The PostgreSQL database that virtualKeys needs."
    )
    stream_timeout: Seconds = Field(
        default=120,
        description="Seconds until a streamed answer goes on; at most the longest answer.",
    )
    retries: int = Field(
        default=1, ge=0, le=10, description="Times a failed request is tried again."
    )
    models: dict[ClientName, RouteSettings] = Field(
        default_factory=dict[str, RouteSettings],
        description="Time limits and rate limits of single models and aliases.",
    )
    fallbacks: dict[ClientName, Annotated[tuple[ClientName, ...], Field(strict=False)]] = Field(
        default_factory=dict[str, tuple[str, ...]],
        description="Models that answer, in this order, where one fails.",
    )
    load_balance: bool = Field(
        default=False, description="Let several pools serve one name, and spread its requests."
    )
    health_checks: HealthCheckSettings | None = Field(
        default=None,
        description="Ask every model at intervals whether it answers; never if absent.",
    )
    direct: bool = Field(
        default=False,
        description="Let clients call the addresses of pools too, while they move to the router.",
    )

    moved: ClassVar[Moved] = {
        "timeout": FOLLOWS_THE_ANSWER,
        "databaseUrl": (
            "is not a key here: it does not say where the database is, and pods may call only that",
            "write `database: {url: …, namespace: …}`, or `networks` in place of the namespace",
        ),
    }

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        self._keys_have_a_home()
        self._fallbacks_end()
        return self

    def _keys_have_a_home(self) -> None:
        if self.virtual_keys and self.database is None:
            raise contradiction(
                "sets virtualKeys, which the router keeps in a database, but names none",
                "add `database: {url: …, namespace: …}`, or declare `keys` instead",
            )
        if self.database and not self.virtual_keys:
            raise contradiction(
                "names a database that nothing uses", "set virtualKeys, or delete database"
            )
        if self.virtual_keys and self.keys:
            raise contradiction(
                "declares keys and lets operators hand them out as well", "use one of the two"
            )

    def _fallbacks_end(self) -> None:
        for model, others in self.fallbacks.items():
            if not others:
                raise contradiction(f"has no fallbacks for {model}", "name one, or delete the line")
            if round_trip := _round_trip(self.fallbacks, model):
                raise contradiction(
                    f"falls back in a circle: {' -> '.join(round_trip)}", "take one of them out"
                )


def _round_trip(fallbacks: dict[str, tuple[str, ...]], start: str) -> tuple[str, ...]:
    """Return a way from a model through fallbacks to itself, or nothing."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = set[str]()
    while ways:
        way = ways.pop()
        for after in fallbacks.get(way[-1], ()):
            if after == start:
                return (*way, after)
            if after not in seen:
                seen.add(after)
                ways.append((*way, after))
    return ()
