"""A pool: LocalAI pods that serve one list of models on one kind of node."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from documents.validation import contradiction
from settings.names import Label, LabelKey, LabelValue, ModelName, Size
from settings.settings import Settings
from settings.storage import Access, StorageSettings


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
    replicas: int = Field(
        default=1, ge=0, le=1000, description="Pods that serve; 0 parks the pool."
    )
    surge: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Pods the nodes can hold beside `replicas` while a change rolls out.",
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

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        self._claim_suits_the_pods()
        self._names_are_distinct()
        if self.gpus is not None and self.gpu is None:
            raise contradiction("counts gpus but names no gpu profile", "add `gpu`")
        if self.active is not None and self.active > len(self.models):
            raise contradiction(
                f"keeps {self.active} models active but lists {len(self.models)}",
                f"use at most {len(self.models)}, or delete `active`",
            )
        return self

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
