"""Where a pool keeps its weights and engines."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from documents.validation import contradiction
from settings.names import Label, Size
from settings.settings import Settings


class Access(StrEnum):
    """How many nodes may hold the claim at once: one, or many."""

    ONE_NODE = "ReadWriteOnce"
    MANY_NODES = "ReadWriteMany"


class StorageSettings(Settings):
    """A claim of ours, or an existing one that we only use."""

    size: Size | None = Field(default=None, description="Size of the claim; it can grow in place.")
    storage_class: Label | None = Field(
        default=None, alias="class", description="StorageClass; without it, the cluster's default."
    )
    access: Access = Field(
        default=Access.ONE_NODE, strict=False, description="One node at a time, or many."
    )
    existing: Label | None = Field(
        default=None, description="Name of a claim that somebody else owns; nothing is created."
    )

    @model_validator(mode="after")
    def _one_owner(self) -> Self:
        if self.existing and (self.size or self.storage_class):
            raise contradiction(
                "names an existing claim and also a size or class",
                "delete `existing`, or delete `size` and `class`",
            )
        if not self.existing and not self.size:
            raise contradiction(
                "has neither a size nor an existing claim", "add `size`, such as 20Gi"
            )
        return self
