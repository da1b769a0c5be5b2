"""What the stand-in is told by LocalAI's variables; those it does not know have no effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.localai_standin.loader import Limit

# LocalAI reads the suffix M as a million bytes.
MEGABYTE = 1_000_000
COLD_SECONDS = "STAND_IN_COLD_SECONDS"
"""The stand-in's own variable, for tests: how long every load takes at least."""


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
    limit: Limit
    preload: tuple[str, ...]
    upload_bytes: int
    cold_seconds: float


def read_settings(environment: Mapping[str, str]) -> ServerSettings:
    """Return the settings in an environment, with LocalAI's defaults."""
    host, _, port = environment.get("LOCALAI_ADDRESS", ":8080").rpartition(":")
    listed = environment.get("LOCALAI_MODELS_CONFIG_FILE")
    system = environment.get("LOCALAI_BACKENDS_SYSTEM_PATH", "/var/lib/local-ai/backends")
    limit = Limit(
        models=int(environment.get("LOCALAI_MAX_ACTIVE_BACKENDS", "0")),
        retries=int(environment.get("LOCALAI_LRU_EVICTION_MAX_RETRIES", "30")),
    )
    return ServerSettings(
        host=host,
        port=int(port),
        models=Path(environment.get("LOCALAI_MODELS_PATH", "/models")),
        list_file=Path(listed) if listed else None,
        backends=Path(environment.get("LOCALAI_BACKENDS_PATH", "/backends")),
        backends_system=Path(system),
        api_keys=frozenset(words(environment.get("LOCALAI_API_KEY", ""))),
        limit=limit,
        # A limit of exactly one means the old single-backend mode, which loads nothing ahead.
        preload=() if limit.models == 1 else words(environment.get("LOCALAI_LOAD_TO_MEMORY", "")),
        upload_bytes=int(environment.get("LOCALAI_UPLOAD_LIMIT", "15")) * MEGABYTE,
        # A new engine is asked for its health at once and then every two seconds.
        cold_seconds=float(environment.get(COLD_SECONDS, "2")),
    )


def words(text: str) -> tuple[str, ...]:
    """Return what is separated by commas, without what is empty."""
    return tuple(filter(None, text.split(",")))
