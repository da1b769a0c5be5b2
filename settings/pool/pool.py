"""A pool: LocalAI pods that serve one list of models on one kind of node."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from documents.validation import contradiction
from settings.base import Settings
from settings.names import Label, LabelKey, LabelValue, ModelName, Size
from settings.pool.address import AddressSettings
from settings.pool.distributed import DistributedSettings, distributed_agrees, no_peer_to_peer
from settings.pool.gpu import GpuClaim, GpuShare, TensorSplit, gpus_agree
from settings.pool.scaling import ScalingSettings, scaling_agrees
from settings.pool.scheduling import SchedulingSettings, scheduling_agrees
from settings.pool.storage import Access, StorageSettings


def _in_order(aliases: dict[str, str]) -> dict[str, str]:
    # The engine hands mappings out in the order of their keys, a file as written: both list alike.
    return dict(sorted(aliases.items()))


class PoolSettings(Settings):
    """One pool of a stack."""

    models: Annotated[tuple[ModelName, ...], Field(min_length=1, max_length=200, strict=False)] = (
        Field(description="Models it serves, by their names in models/.")
    )
    storage: StorageSettings = Field(description="Where its weights and engines are kept.")
    aliases: Annotated[dict[ModelName, ModelName], AfterValidator(_in_order)] = Field(
        default_factory=dict[str, str],
        description="Other names clients may send, each with the model of this pool it means.",
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
        description="Pods the nodes can hold beside `replicas` while a change rolls out.",
    )
    scaling: ScalingSettings | None = Field(
        default=None, description="Let an autoscaler set how many pods serve."
    )
    scheduling: SchedulingSettings = Field(
        default_factory=SchedulingSettings, description="What the scheduler is told beside that."
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
        default_factory=dict[str, str], description="Node labels beside those of the GPU profile."
    )
    addresses: dict[Label, AddressSettings] = Field(
        default_factory=dict[str, AddressSettings],
        description="Further Services at which it answers, such as that of an earlier deployment.",
    )
    distributed: DistributedSettings | None = Field(
        default=None, description="Let workers on other nodes compute for the pods that serve."
    )

    _no_peer_to_peer = model_validator(mode="before")(no_peer_to_peer)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        self._claim_suits_the_pods()
        self._names_are_distinct()
        for agreement in (gpus_agree, scaling_agrees, scheduling_agrees, distributed_agrees):
            agreement(self)
        if self.gpus is not None and self.gpu is None:
            raise contradiction("counts gpus but names no gpu profile", "add `gpu`")
        if self.active is not None and self.active > len(self.models):
            raise contradiction(
                f"keeps {self.active} models active but lists {len(self.models)}",
                f"use at most {len(self.models)}, or delete `active`",
            )
        return self

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

    def _claim_suits_the_pods(self) -> None:
        if self.storage.access is Access.ONE_NODE and (self.replicas > 1 or self.surge):
            pods = f"{self.replicas} replicas" + (f" and surge {self.surge}" if self.surge else "")
            raise contradiction(
                f"has {pods}, but one node at a time can hold its claim",
                "use storage.access ReadWriteMany, or replicas 1 and no surge",
            )

    def _names_are_distinct(self) -> None:
        twice = sorted({name for name in self.models if self.models.count(name) > 1})
        if twice:
            raise contradiction(f"lists {twice[0]} twice", "delete one of the two")
        for alias in self.aliases:
            if alias in self.models:
                raise contradiction(f"has {alias} as a model and as an alias", "rename the alias")
