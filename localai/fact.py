"""The small facts a server version is made of; each says where it was read."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Directories of the server in its container.

    `scratch` are those it creates or writes at start, so they must be writable by its user.
    """

    models: str
    backends: str
    backends_system: str
    data: str
    configuration: str
    tmp: str
    scratch: tuple[str, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """How the server tells that it lives and is ready; neither asks for a key.

    Where `listener_opens_after_preload` holds, probes are refused until models are read.
    `stop_seconds` is how long it waits for the requests of each loaded model after SIGTERM, one
    model after the other; then it cuts them, and a stream ends as if it were whole.
    """

    readiness: str
    liveness: str
    listener_opens_after_preload: bool
    readiness_proves_models: bool
    stop_seconds: int
    source: str


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """What the server counts, under the Prometheus names.

    `tells_errors` and `tells_model_latency`: whether an error rate, or a latency per model, can be
    computed from them at all.
    """

    path: str
    needs_key: bool
    names: frozenset[str]
    tells_errors: bool
    tells_model_latency: bool
    source: str


@dataclass(frozen=True, kw_only=True)
class Hole:
    """A known trap of a server version: what happens, and what to do about it."""

    id: str
    sentence: str
    cure: str
    source: str
