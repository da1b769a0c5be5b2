"""A rendering: one stack as plain data, the contract between this code and the code of a base.

`render` writes it as `parts.json` beside one YAML file per object; a plan reads two of them.
Readers ignore fields they do not know; a change that older readers would misread raises `VERSION`.
"""

from dataclasses import dataclass, field
from typing import Any

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """One file of weights; `bytes` is an estimate unless `exact`."""

    path: str
    sha256: str
    bytes: int
    exact: bool


@dataclass(frozen=True, kw_only=True)
class ModelRecord:
    """One model of a pool: its facts, and its entry in LocalAI's model list.

    `files` are those on a claim; nodes pull the others in `images`.
    """

    name: str
    kind: str
    license: str
    files: tuple[FileRecord, ...]
    entry: dict[str, Any]
    images: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FitRecord:
    """Whether the active models fit, in bytes; `exact` is false where a size is an estimate."""

    verdict: str
    needed: int
    available: int
    exact: bool


@dataclass(frozen=True, kw_only=True)
class ScalingRecord:
    """What an autoscaler may do: fewest and most pods, its target in words, seconds to warm up.

    `gpus` are whole GPUs of the most pods, of `declared` in the stack; `least_price` is that of the
    fewest.
    """

    least: int
    most: int
    target: str
    warm_up: int
    startup: int
    gpus: int = 0
    declared: int | None = None
    least_price: str | None = None


@dataclass(frozen=True, kw_only=True)
class ShareRecord:
    """How many pods share a GPU, and by what."""

    kind: str
    of: int


@dataclass(frozen=True, kw_only=True)
class PoolRecord:
    """One pool; `gpus` are of one pod, `price` is US dollars per hour for all of them, as text.

    Under an autoscaler `replicas` and `price` are those of the most pods.
    """

    name: str
    claim: str
    deployment: str
    replicas: int
    surge: int
    gpu: str | None
    gpus: int
    price: str | None
    fit: FitRecord
    models: tuple[ModelRecord, ...]
    aliases: dict[str, str]
    scaling: ScalingRecord | None = None
    shared: ShareRecord | None = None
    split: tuple[int, ...] = ()
    device_class: str | None = None
    # Seconds that a new pod may take to be ready once its image is there; 0 if nobody wrote it.
    starting: int = 0


@dataclass(frozen=True, kw_only=True)
class KeyRecord:
    """The API keys of a stack by name: the one that callers use, and all that servers accept."""

    callers: str
    accepted: tuple[str, ...]
    revoke: bool = False


@dataclass(frozen=True, kw_only=True)
class PartRecord:
    """One registration; `object` is in `file` where there is one, else here, without any secret."""

    urn: str
    name: str
    token: str
    parent: str | None
    depends_on: tuple[str, ...] = ()
    retain: bool = False
    timeout: int | None = None
    aliases: tuple[str, ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict[str, Any])
    file: str | None = None
    object: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """One stack."""

    version: int
    stack: str
    namespace: str
    cluster: str
    delivery: str
    server: str
    adopt: bool
    abandon: tuple[str, ...]
    pools: tuple[PoolRecord, ...]
    parts: tuple[PartRecord, ...]
    # None in a rendering by code that did not know of it.
    keys: KeyRecord | None = None
    # What the cluster is bound by; None where any cluster passes.
    cluster_uid: str | None = None
