"""A pool of many nodes: front ends that hold no model, and workers that compute for them.

LocalAI's distributed mode: PostgreSQL holds the registry of workers, NATS carries their orders.
Neither is run by this program.
"""

from typing import Annotated

from pydantic import Field

from documents.validation import form
from settings.access.network import Database, Place
from settings.base import Settings
from settings.names import SecretReference

# Without a user name: that would be a password in a file.
NatsAddress = Annotated[
    str,
    form(
        r"^(nats|tls)://[a-z0-9]([a-z0-9.-]*[a-z0-9])?:[1-9][0-9]{0,4}$",
        "nats://nats.messaging.svc:4222",
        max_length=253,
    ),
]


class Nats(Place):
    """A NATS server outside of the stack, with accounts that sign."""

    address: NatsAddress = Field(description="Its address, without user name.")
    account_seed: SecretReference = Field(description="Secret that signs what workers may do.")
    service_jwt: SecretReference = Field(description="Secret with the front ends' own credential.")
    service_seed: SecretReference = Field(description="Secret with the seed of that credential.")

    @property
    def port(self) -> int:
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
