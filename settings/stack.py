"""A stack file: everything one stack declares."""

from enum import StrEnum
from ipaddress import ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from documents.validation import contradiction
from settings.chart import ChartSettings
from settings.names import Digest, ImageReference, Label, PoolName, SecretKey
from settings.pool import PoolSettings
from settings.settings import Settings


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise contradiction(f"{text!r:.60} is not a network", "write it as 10.1.0.0/16") from None


Network = Annotated[str, AfterValidator(_network)]


class Delivery(StrEnum):
    """Who applies the stack: the Pulumi operator, or Argo CD from rendered manifests."""

    OPERATOR = "operator"
    RENDERED = "rendered"


class EngineSource(StrEnum):
    """How engines reach a pod: installed into the claim by a Job, or copied from image volumes."""

    CLAIM = "claim"
    IMAGE_VOLUME = "image-volume"


class ServerSettings(Settings):
    """The LocalAI server and how its engines arrive."""

    version: Annotated[str, Field(pattern=r"^v[0-9]+\.[0-9]+\.[0-9]+$")] = Field(
        description="LocalAI version that this program knows, such as v4.9.0."
    )
    engines: EngineSource = Field(
        default=EngineSource.CLAIM,
        strict=False,
        description="claim works everywhere; image-volume wants Kubernetes 1.35 (1.33 by gate).",
    )


class SecretReference(Settings):
    """A key of a Secret that exists in the stack's namespace."""

    secret: Label = Field(description="Name of the Secret.")
    key: SecretKey = Field(description="Key in it.")


class NetworkSettings(Settings):
    """Who may call the servers, and where weights and engines may be fetched from."""

    clients: tuple[Label, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Namespaces whose pods may call the servers, beside the stack's own.",
    )
    sources: tuple[Network, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Networks to fetch from; every public address if absent.",
    )


class ClaimSettings(Settings):
    """What may happen to claims that hold data."""

    adopt: bool = Field(
        default=False,
        description="Take over objects that exist already, such as claims kept by a destroy.",
    )
    abandon: tuple[Label, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Claims a change may leave behind; without it, such a change is refused.",
    )


class StackSettings(Settings):
    """One stack: `localai:<key>` under `config` in Pulumi.<stack>.yaml."""

    namespace: Label = Field(description="Namespace of everything in it; it exists already.")
    cluster: Label = Field(description="Identity of the cluster; another one means a new home.")
    server: ServerSettings = Field(description="The LocalAI server.")
    pools: Annotated[dict[PoolName, PoolSettings], Field(min_length=1, max_length=2000)] = Field(
        description="Pools, by name."
    )
    delivery: Delivery = Field(
        default=Delivery.OPERATOR, strict=False, description="Who applies the stack."
    )
    api_key: SecretReference | None = Field(
        default=None, description="Secret with the API key; one is generated if absent."
    )
    hub_token: SecretReference | None = Field(
        default=None, description="Secret with a Hugging Face token, for gated weights."
    )
    network: NetworkSettings = Field(
        default_factory=NetworkSettings, description="Who may talk to whom."
    )
    claims: ClaimSettings = Field(
        default_factory=ClaimSettings, description="What may happen to claims."
    )
    charts: dict[PoolName, ChartSettings] = Field(
        default_factory=dict[str, ChartSettings], description="Third-party charts of this stack."
    )
    digests: dict[ImageReference, Digest] = Field(
        default_factory=dict[str, str], description="Digests that images are pinned to, by image."
    )

    @model_validator(mode="after")
    def _delivery_can_carry_it(self) -> Self:
        if self.delivery is Delivery.RENDERED and self.api_key is None:
            raise contradiction(
                "delivers rendered manifests but names no apiKey, and no file may hold one",
                "add `localai:apiKey: {secret: …, key: …}`",
            )
        if self.delivery is Delivery.RENDERED and self.claims.adopt:
            raise contradiction(
                "sets claims.adopt, which only the operator can do", "delete `adopt`"
            )
        return self
