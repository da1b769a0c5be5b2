"""A pool of many nodes: front ends that hold no model, and workers that compute for them.

LocalAI's distributed mode: PostgreSQL holds the registry of workers, NATS carries their orders.
Neither is run by this program.
"""

from typing import TYPE_CHECKING, Annotated, Any, Self, cast

from pydantic import Field, model_validator

from documents.validation import contradiction
from settings.access.network import Network
from settings.base import Settings
from settings.names import Label, SecretReference
from settings.pool.storage import Access

if TYPE_CHECKING:
    from settings.pool.pool import PoolSettings
    from settings.stack.stack import StackSettings

# Without a user name: that would be a password in a file.
NatsAddress = Annotated[
    str,
    Field(
        pattern=r"^(nats|tls)://[a-z0-9]([a-z0-9.-]*[a-z0-9])?:[1-9][0-9]{0,4}$",
        max_length=253,
        examples=["nats://nats.messaging.svc:4222"],
    ),
]
_PEER_TO_PEER = ("p2p", "federated", "federation", "swarm")


class Place(Settings):
    """Where something runs that a pool depends on: nothing else may be called."""

    namespace: Label | None = Field(default=None, description="Its namespace in this cluster.")
    networks: tuple[Network, ...] = Field(
        default=(), strict=False, max_length=20, description="Its networks outside of the cluster."
    )

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if not self.namespace and not self.networks:
            raise contradiction(
                "is nowhere, and pods may call only what is named", "add `namespace` or `networks`"
            )
        return self


class Database(Place):
    """A PostgreSQL database that somebody else runs."""

    url: SecretReference = Field(description="Secret with its URL, user and password included.")
    port: int = Field(default=5432, ge=1, le=65535, description="Its port.")


class Nats(Place):
    """A NATS server that somebody else runs, with accounts that sign."""

    address: NatsAddress = Field(description="Its address, without user name.")
    account_seed: SecretReference = Field(description="Secret that signs what workers may do.")
    service_jwt: SecretReference = Field(description="Secret with the front ends' own credential.")
    service_seed: SecretReference = Field(description="Secret with the seed of that credential.")

    @property
    def port(self) -> int:
        """Return the port in its address."""
        return int(self.address.rpartition(":")[2])


class DistributedSettings(Settings):
    """Workers of a pool, and what they and the front ends share."""

    workers: int = Field(ge=1, le=1000, description="Pods that compute; they take the GPUs.")
    database: Database = Field(description="Where the registry of workers is.")
    nats: Nats = Field(description="What carries orders to workers.")
    registration_token: SecretReference = Field(
        description="Secret with the token without which no worker is let in."
    )
    hash_secret: SecretReference = Field(
        description="Secret by which front ends hash keys; one for all of them."
    )


def distributed_agrees(pool: "PoolSettings") -> None:
    """Refuse what cannot go together with workers on many nodes."""
    if pool.distributed is None:
        return
    if pool.storage.access is Access.ONE_NODE:
        raise contradiction(
            "is distributed, but one node at a time can hold its claim",
            "use storage.access ReadWriteMany",
        )
    if pool.storage.cache:
        raise contradiction(
            "is distributed and copies its weights into each pod, front ends too",
            "delete storage.cache",
        )
    if pool.scaling:
        raise contradiction(
            "is distributed, and an autoscaler would count front ends, which compute nothing",
            "delete `scaling`; set distributed.workers",
        )


def registries_are_apart(stack: "StackSettings") -> None:
    """Refuse two pools with one registry: each would send requests to the other's workers."""
    owners: dict[tuple[str, str], str] = {}
    for name, pool in stack.pools.items():
        if pool.distributed is None:
            continue
        url = pool.distributed.database.url
        owner = owners.setdefault((url.secret, url.key), name)
        if owner != name:
            raise contradiction(
                f"pools {owner} and {name} share a registry of workers in {url.secret}",
                "give each pool a database of its own",
            )


def no_peer_to_peer(values: Any) -> object:
    """Refuse every key of LocalAI's peer-to-peer modes, before it is called unknown."""
    named: list[Any] = list(cast("dict[Any, Any]", values)) if isinstance(values, dict) else []
    for key in named:
        if str(key).lower().startswith(_PEER_TO_PEER):
            raise contradiction(
                f"asks for peer-to-peer ({key}): whoever has its token joins, from anywhere, "
                "and no network policy or registry says who serves",
                "use `distributed`",
            )
    return cast("object", values)
