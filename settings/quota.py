"""What a stack's namespace may take: what is declared, and something on top."""

from typing import Any

from pydantic import Field
from pydantic.config import JsonDict

from documents.names import Size
from settings.base import Settings

DECLARED = "declared"


class QuotaSettings(Settings):
    """A quota computed from what the stack declares, with room for what it does not."""

    extra_cpu: int = Field(default=0, ge=0, le=10_000, description="Cores for other pods.")
    extra_memory: Size | None = Field(default=None, description="Memory for other pods.")
    extra_gpus: int = Field(
        default=0, ge=0, le=10_000, description="GPUs for other pods, of each kind in use."
    )
    extra_claims: int = Field(default=0, ge=0, le=10_000, description="Other claims.")
    extra_storage: Size | None = Field(default=None, description="Size of those claims together.")


def read_quota(value: Any) -> Any:
    """Return what the word `declared` stands for, and anything else as it is."""
    return {} if value == DECLARED else value


def word_or_mapping(schema: JsonDict) -> None:
    """Let the schema of the key admit the word in place of the mapping."""
    reference = schema.pop("$ref")
    schema["anyOf"] = [{"enum": [DECLARED]}, {"$ref": reference}]
