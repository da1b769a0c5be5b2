"""The small facts a server version is made of; each says where it was read, or what was run."""

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
    scratch: tuple[str, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """How the server tells that it lives and is ready; neither asks for a key.

    `stop_seconds` is how long it waits for the requests of each loaded model after SIGTERM, one
    model after the other; then it cuts them, and a stream ends as if it were whole.
    """

    readiness: str
    liveness: str
    stop_seconds: int
    source: str


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """What the server counts, under the Prometheus names; some appear once they count something."""

    path: str
    needs_key: bool
    names: frozenset[str]
    source: str
