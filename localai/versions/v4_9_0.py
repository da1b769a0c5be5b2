"""LocalAI v4.9.0: what changed since v4.8.2, and what was seen when it ran.

The newest release; 22 commits later (82c191af) no variable, option, route or flag differs.
"""

from dataclasses import replace
from types import MappingProxyType

from localai.tables.known_issues_4_8 import KNOWN_ISSUES
from localai.tables.server_4_8 import DISTRIBUTED
from localai.versions import v4_8_2

_BEFORE = v4_8_2.SERVER
_RUN = "run: v4.9.0, built from source, with the variables, paths and rights of a rendered pod"
_WORKED = "run: a front end and a worker of v4.9.0 with PostgreSQL 15 and NATS"
_NEW_VARIABLES = """
    ARTIFACT_DOWNLOAD_CONCURRENCY DISTRIBUTED_DISK_HEADROOM_CHECK MAX_CONCURRENT_BACKEND_REQUESTS
    MODEL_LOAD_WAIT NATS_MODEL_LOAD_TIMEOUT WEBRTC_UDP_PORT
"""
_RAN = {
    **DISTRIBUTED.sources,
    **dict.fromkeys(("verb", "file_port", "grpc_port", "readiness", "liveness"), _WORKED),
    **dict.fromkeys(("front_end", "worker"), _WORKED),
}

SERVER = replace(
    _BEFORE,
    version="v4.9.0",
    paths=replace(_BEFORE.paths, source=_RUN),
    environment=_BEFORE.environment | {f"LOCALAI_{name}" for name in _NEW_VARIABLES.split()},
    model_fields=_BEFORE.model_fields
    | {"compression", "parameters.pooling", "parameters.pooling_half_life_tokens"},
    health=replace(_BEFORE.health, source=_RUN),
    metrics=replace(_BEFORE.metrics, source=_RUN),
    known_issues=KNOWN_ISSUES,
    distributed=replace(DISTRIBUTED, sources=MappingProxyType(_RAN)),
    sources=MappingProxyType(
        {
            **_BEFORE.sources,
            "version": "read: github.com/mudler/LocalAI/releases/tag/v4.9.0",
            "port": _RUN,
            "environment": "read: core/cli at v4.9.0",
            "closed_doors": _RUN,
            "model_fields": "read: core/config/model_config.go at v4.9.0",
        }
    ),
)
