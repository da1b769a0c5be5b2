"""What the stand-in is told by LocalAI's variables; those it does not know have no effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Where the server listens and finds its files; `api_keys` empty means that none is needed."""

    host: str
    port: int
    models: Path
    list_file: Path | None
    backends: Path
    backends_system: Path
    api_keys: frozenset[str]


def read_settings(environment: Mapping[str, str]) -> ServerSettings:
    """Return the settings in an environment, with LocalAI's defaults."""
    host, _, port = environment.get("LOCALAI_ADDRESS", ":8080").rpartition(":")
    listed = environment.get("LOCALAI_MODELS_CONFIG_FILE")
    keys = environment.get("LOCALAI_API_KEY", "").split(",")
    system = environment.get("LOCALAI_BACKENDS_SYSTEM_PATH", "/var/lib/local-ai/backends")
    return ServerSettings(
        host=host,
        port=int(port),
        models=Path(environment.get("LOCALAI_MODELS_PATH", "/models")),
        list_file=Path(listed) if listed else None,
        backends=Path(environment.get("LOCALAI_BACKENDS_PATH", "/backends")),
        backends_system=Path(system),
        api_keys=frozenset(filter(None, keys)),
    )
