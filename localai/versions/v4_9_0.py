"""LocalAI v4.9.0: what changed since v4.8.2."""

from dataclasses import replace
from types import MappingProxyType

from localai.versions import v4_8_2

_CHANGES = MappingProxyType(
    {
        **v4_8_2.SERVER.sources,
        "version": "github.com/mudler/LocalAI/releases/tag/v4.9.0",
        "environment": "core/cli at v4.9.0, beside the names of v4.8.2",
        "model_fields": "core/config/model_config.go at v4.9.0, beside the names of v4.8.2",
    }
)

SERVER = replace(
    v4_8_2.SERVER,
    version="v4.9.0",
    environment=v4_8_2.SERVER.environment | {"LOCALAI_MAX_CONCURRENT_BACKEND_REQUESTS"},
    model_fields=v4_8_2.SERVER.model_fields
    | {"compression", "parameters.pooling", "parameters.pooling_half_life_tokens"},
    sources=_CHANGES,
)
