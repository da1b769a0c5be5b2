"""A stack file: everything one stack declares."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from settings.agreement import AGREEMENTS
from settings.chart import ChartSettings
from settings.claims import ClaimSettings
from settings.delivery import Delivery
from settings.names import Digest, ImageReference, Label, PoolName
from settings.network import NetworkSettings
from settings.pool import PoolSettings
from settings.secret_reference import SecretReference
from settings.server import ServerSettings
from settings.settings import Settings


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
    def _agrees_with_itself(self) -> Self:
        for agreement in AGREEMENTS:
            agreement(self)
        return self
