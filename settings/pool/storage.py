"""Where a pool keeps its weights and engines."""

from enum import StrEnum
from typing import Any, Self, cast

from pydantic import Field, model_validator

from documents.names import Label, Size
from documents.validation import contradiction
from settings.base import Settings
from settings.names import PoolName


class Access(StrEnum):
    """How many nodes may hold the claim at once: one, or many."""

    ONE_NODE = "ReadWriteOnce"
    MANY_NODES = "ReadWriteMany"


class CacheSettings(Settings):
    """A volume of each pod, filled from the claim when the pod starts, gone with the pod."""

    size: Size = Field(description="Size of the volume of one pod.")
    storage_class: Label | None = Field(
        default=None,
        alias="class",
        description="StorageClass of fast, local volumes; without it, the cluster's default.",
    )


class StorageSettings(Settings):
    """A claim of ours, an existing one that we only use, another pool's, or none at all."""

    size: Size | None = Field(default=None, description="Size of the claim; it can grow in place.")
    storage_class: Label | None = Field(
        default=None, alias="class", description="StorageClass; without it, the cluster's default."
    )
    access: Access = Field(
        default=Access.ONE_NODE, strict=False, description="One node at a time, or many."
    )
    existing: Label | None = Field(
        default=None, description="Name of a claim that exists already; none is created."
    )
    lender: PoolName | None = Field(
        default=None,
        alias="from",
        description="Pool whose claim this one reads, too; that pool's Jobs fetch for both.",
    )
    images: bool = Field(
        default=False, description="Keep nothing: all weights and engines come as image volumes."
    )
    cache: CacheSettings | None = Field(
        default=None, description="Copy the weights from the claim to a volume of each pod."
    )

    @model_validator(mode="before")
    @classmethod
    def _without_a_claim_of_its_own(cls, values: Any) -> Any:
        """Leave the access mode to the pool that lends its claim; images have none."""
        if not isinstance(values, dict):
            return values
        given = cast("dict[str, Any]", values)
        key = next((key for key in ("from", "images") if given.get(key)), None)
        if key is None:
            return given
        if given.keys() & {"class", "access"}:
            raise contradiction(
                f"gives `{key}` and also the class or access of a claim of its own",
                f"delete `class` and `access`, or delete `{key}`",
            )
        return {**given, "access": Access.MANY_NODES}

    @model_validator(mode="after")
    def _one_owner(self) -> Self:
        if self.existing and (self.size or self.storage_class):
            raise contradiction(
                "names an existing claim and also a size or class",
                "delete `existing`, or delete `size` and `class`",
            )
        sources = [bool(self.size or self.existing), bool(self.lender), self.images]
        if not any(sources):
            raise contradiction(
                "has neither a size nor an existing claim", "add `size`, such as 20Gi"
            )
        if sum(sources) > 1:
            raise contradiction(
                "keeps its files in two ways",
                "keep one of `size`, `existing`, `from` and `images`",
            )
        if self.images and self.cache:
            raise contradiction("caches a claim, but has none", "delete `cache`, or `images`")
        return self
