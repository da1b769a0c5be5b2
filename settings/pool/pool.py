"""A pool: LocalAI pods that serve one list of models on one kind of node."""

from typing import Annotated, Any, cast

from pydantic import AfterValidator, Field, model_validator

from documents.names import Label, LabelKey, LabelValue, Size
from documents.validation import contradiction, form
from settings.base import Settings
from settings.names import ClientName, ModelName
from settings.pool.distributed import DistributedSettings
from settings.pool.gpu import GpuClaim, GpuShare, TensorSplit
from settings.pool.scaling import ScalingSettings
from settings.pool.scheduling import SchedulingSettings
from settings.pool.storage import StorageSettings

ClusterAddress = Annotated[str, form(r"^[0-9a-fA-F.:]+$", "10.96.1.2", max_length=45)]


class AddressSettings(Settings):
    """One further Service: its port, and the cluster address it keeps."""

    port: int = Field(default=8080, ge=1, le=65535, description="Port at which clients call it.")
    cluster_ip: ClusterAddress | None = Field(
        default=None,
        alias="clusterIP",
        description="Address it has already; without it, a new Service gets one by itself.",
    )


_PEER_TO_PEER = ("p2p", "federated", "federation", "swarm")


def _in_order(aliases: dict[str, str]) -> dict[str, str]:
    # The engine hands mappings out in the order of their keys, a file as written: both list alike.
    return dict(sorted(aliases.items()))


class PoolSettings(Settings):
    """One pool of a stack."""

    models: Annotated[tuple[ModelName, ...], Field(min_length=1, max_length=200, strict=False)] = (
        Field(description="Models it serves, by their names in models/.")
    )
    storage: StorageSettings = Field(description="Where its weights and engines are kept.")
    aliases: Annotated[dict[ClientName, ModelName], AfterValidator(_in_order)] = Field(
        default_factory=dict[str, str],
        description="Other names clients may send, such as Owner/Model, with the model each means.",
    )
    gpu: Label | None = Field(
        default=None, description="GPU profile of its nodes; without it, it runs on CPUs."
    )
    gpus: int | None = Field(
        default=None, ge=1, le=16, description="GPUs a pod takes; 1 if absent."
    )
    gpu_memory: Size | None = Field(
        default=None, description="Memory of one GPU, where the profile does not know it."
    )
    gpu_share: GpuShare | None = Field(
        default=None, description="Take shares of GPUs that several pods use at once."
    )
    gpu_claim: GpuClaim | None = Field(
        default=None, description="Claim GPUs from a DRA driver instead of a device plugin."
    )
    tensor_split: TensorSplit | None = Field(
        default=None, description="Parts of each model its GPUs hold, such as [1, 1]."
    )
    replicas: int = Field(
        default=1, ge=0, le=1000, description="Pods that serve; 0 parks the pool."
    )
    surge: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Pods the nodes can hold in addition to `replicas` while a change rolls out.",
    )
    scaling: ScalingSettings | None = Field(
        default=None, description="Let an autoscaler set how many pods serve."
    )
    scheduling: SchedulingSettings = Field(
        default_factory=SchedulingSettings, description="What the scheduler is told in addition."
    )
    active: int | None = Field(
        default=None,
        ge=1,
        le=200,
        description="Models in memory at once; all of them if absent.",
    )
    cpu: int = Field(default=4, ge=1, le=256, description="Whole cores of a pod, and its threads.")
    memory: Size | None = Field(
        default=None, description="Memory of a pod; computed from its models if absent."
    )
    runtime_class: Label | None = Field(
        default=None, description="RuntimeClass of the pods; instead of the profile's."
    )
    node_selector: dict[LabelKey, LabelValue] = Field(
        default_factory=dict[str, str],
        description="Node labels in addition to those of the GPU profile.",
    )
    addresses: dict[Label, AddressSettings] = Field(
        default_factory=dict[str, AddressSettings],
        description="Further Services at which it answers, such as that of an earlier deployment.",
    )
    distributed: DistributedSettings | None = Field(
        default=None, description="Let workers on other nodes compute for the pods that serve."
    )

    @model_validator(mode="before")
    @classmethod
    def _no_peer_to_peer(cls, values: Any) -> object:
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

    @property
    def gpus_each(self) -> int:
        """Return how many GPUs, slices or shares one pod takes; none without a profile."""
        if self.gpu is None:
            return 0
        return self.gpu_claim.count if self.gpu_claim else self.gpus or 1

    @property
    def largest(self) -> int:
        """Return how many pods serve at most."""
        return self.scaling.max if self.scaling else self.replicas

    @property
    def computing(self) -> int:
        """Return how many pods take its GPUs at most: the workers, where it has some."""
        return self.distributed.workers if self.distributed and self.replicas else self.largest

    @property
    def holding(self) -> int:
        """Return how many pods hold its GPUs at most, while a change rolls out.

        A worker goes before its successor comes; front ends hold none.
        """
        return self.computing if self.distributed else self.most

    @property
    def most(self) -> int:
        """Return how many pods may run at once, while a change rolls out."""
        return self.largest + self.surge
