"""A stack file: everything one stack declares."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from documents.names import Label, label
from documents.validation import form
from settings.acceptance import AcceptanceSettings
from settings.access.downloads import HubSettings, ProxySettings, TrustSettings
from settings.access.network import NetworkSettings
from settings.access.registry import RegistrySettings
from settings.anythingllm import AnythingLlmSettings
from settings.base import Settings
from settings.chart import ChartSettings
from settings.chat import ChatSettings
from settings.exposure import ExposureSettings
from settings.keys import ApiKeySettings
from settings.mlflow import MlflowSettings
from settings.monitoring import MonitoringSettings
from settings.names import Digest, ImageReference, PoolName, SecretReference
from settings.pool.pool import PoolSettings
from settings.pool.scaling import StackScaling
from settings.promotion import PromotionSettings
from settings.quota import QuotaSettings, read_quota, word_or_mapping
from settings.router import RouterSettings
from settings.served import ServedModel
from settings.stack.delivery import Delivery
from settings.stack.server import ServerSettings
from settings.stack.waivers import WaiverSettings


class Pinning(StrEnum):
    """Whether a stack serves models/*.yaml as they are, or what its release file holds."""

    FLOATS = "floats"
    PINNED = "pinned"


class ClusterSettings(Settings):
    """Which cluster a stack is in, and what shows that a kubeconfig leads to that one."""

    name: Label = Field(description="Name of the cluster; another one means a new home.")
    uid: (
        Annotated[
            str,
            form(
                r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
                "0b9e2c9e-6f0f-4f6a-9a53-3c1f4a1a7c11",
            ),
        ]
        | None
    ) = Field(
        default=None,
        description="UID of its Namespace `kube-system`; no other cluster is updated.",
    )


def _cluster(value: Any) -> Any:
    """Return the mapping that a bare name stands for, and anything else as it is."""
    return {"name": label(value)} if isinstance(value, str) else value


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
    cluster: Annotated[ClusterSettings, BeforeValidator(_cluster)] = Field(
        description="Name of the cluster, or a mapping that binds it; another name is a new home."
    )
    server: ServerSettings = Field(description="The LocalAI server.")
    pools: Annotated[dict[PoolName, PoolSettings], Field(min_length=1, max_length=2000)] = Field(
        description="Pools, by name."
    )
    delivery: Delivery = Field(
        default=Delivery.OPERATOR, strict=False, description="Who applies the stack."
    )
    api_key: ApiKeySettings | None = Field(
        default=None, description="Where the API key comes from; one is generated if absent."
    )
    hub_token: SecretReference | None = Field(
        default=None, description="Secret with a Hugging Face token, for gated weights."
    )
    hub: HubSettings | None = Field(
        default=None, description="A mirror of the Hugging Face hub; the hub itself if absent."
    )
    registry: RegistrySettings = Field(
        default_factory=RegistrySettings, description="Where images are pulled from."
    )
    proxy: ProxySettings | None = Field(
        default=None, description="Web proxy of the Jobs that download; none if absent."
    )
    trust: TrustSettings | None = Field(
        default=None, description="Certificate authorities that downloads trust, too."
    )
    network: NetworkSettings = Field(
        default_factory=NetworkSettings, description="Who may talk to whom."
    )
    router: RouterSettings | None = Field(
        default=None, description="One address for all pools; each has its own if absent."
    )
    exposure: ExposureSettings | None = Field(
        default=None,
        description="How it is reached from outside the cluster; not at all if absent.",
    )
    served_models: dict[PoolName, ServedModel] = Field(
        default_factory=dict[str, ServedModel],
        max_length=200,
        description="Models of a registry, each served by pods of its own; none if absent.",
    )
    chat: ChatSettings | None = Field(
        default=None, description="A chat over its models, in the browser; none if absent."
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
    scaling: StackScaling | None = Field(default=None, description="What its pools can grow into.")
    verify: bool = Field(
        default=True,
        description="Prove by a Job of each pool, after every change, that it serves what it says.",
    )
    monitoring: MonitoringSettings | None = Field(
        default=None, description="Metrics, alerts and a dashboard; none if absent."
    )
    mlflow: MlflowSettings | None = Field(
        default=None, description="A registry of models; none if absent."
    )
    anythingllm: AnythingLlmSettings | None = Field(
        default=None, description="A chat application over documents; none if absent."
    )
    quota: Annotated[QuotaSettings | None, BeforeValidator(read_quota)] = Field(
        default=None,
        description="Limit the namespace to what is declared: `declared`, or a mapping with room.",
        json_schema_extra=word_or_mapping,
    )
    budget: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        default=None,
        description="Most that its GPUs may list at, in whole US dollars an hour; none if absent.",
    )
    promotion: PromotionSettings | None = Field(
        default=None, description="What must hold before a release is promoted into it."
    )
    release: Pinning | None = Field(
        default=None,
        strict=False,
        description="`floats` where it has no release file on purpose, `pinned` where it must.",
    )
    acceptance: AcceptanceSettings | None = Field(
        default=None, description="What `accept` asks of the running stack; nothing if absent."
    )
    waivers: tuple[WaiverSettings, ...] = Field(
        default=(), strict=False, max_length=50, description="Rules of `check` that it breaks."
    )

    @property
    def unsized_claims(self) -> tuple[str, ...]:
        """Return the claims of the namespace whose size the file does not say, each once."""
        existing = (pool.storage.existing for pool in self.pools.values())
        return tuple(dict.fromkeys([*(claim for claim in existing if claim), *self.claims.abandon]))
