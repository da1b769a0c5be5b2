"""Everything this program knows about one LocalAI version; each fact says where it was read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Accelerator(StrEnum):
    """One kind of hardware; every server image and every engine image is built for exactly one."""

    CPU = "cpu"
    CUDA_12 = "cuda-12"
    CUDA_13 = "cuda-13"
    ROCM = "rocm"
    INTEL = "intel"
    VULKAN = "vulkan"
    L4T = "l4t"
    L4T_CUDA_13 = "l4t-cuda-13"


_FORM = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


class MalformedVersionError(ValueError):
    """A text that is no LocalAI version, such as `latest` or `4.9`."""


def parse(version: str) -> tuple[int, int, int]:
    """Return major, minor and patch of a version.

    Raises:
        MalformedVersionError: the text is not of the form v4.9.0.
    """
    match = _FORM.fullmatch(version)
    if match is None:
        raise MalformedVersionError(f"{version!r} is not a version; write one such as v4.9.0")
    major, minor, patch = match.groups()
    return int(major), int(minor), int(patch)


def at_least(version: str, minimum: str) -> bool:
    """Return whether a version is the minimum or newer.

    Raises:
        MalformedVersionError: one of the two is not of the form v4.9.0.
    """
    return parse(version) >= parse(minimum)


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


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One engine of one server version.

    `variants` are the accelerators it is built for, each with that part of the image tag (empty
    where the tag names none). `options` are the names its `options:` list understands; empty where
    they were not looked up.
    """

    name: str
    variants: Mapping[Accelerator, str]
    source: str
    options: frozenset[str] = frozenset()
    options_source: str = ""


LIMIT = "LOCALAI_MAX_ACTIVE_BACKENDS"
# Names by commas. They load one after the other, and only then the listener opens.
PRELOAD = "LOCALAI_LOAD_TO_MEMORY"
# A model that answers is not evicted: once a second this often, then the new one loads anyway.
RETRIES = "LOCALAI_LRU_EVICTION_MAX_RETRIES"


# Before each load it evicts, as long as models that are registered (those that load included),
# loads under way and one more are above the limit. So a model that loads counts twice. Run at
# v4.9.0 with one and two models; v4.8.2 has the same code (read).
def roomy(models: int) -> int:
    """Return the lowest limit at which so many models, all asked for at once, evict none."""
    return 2 * models + 1


def preloads(limit: int) -> bool:
    """Return whether a server with a limit reads PRELOAD: at exactly 1 it does not.

    1 is the old mode of a single backend.
    """
    return limit != 1


@dataclass(frozen=True, kw_only=True)
class Distributed:
    """The distributed mode of one version.

    A worker takes gRPC ports from `grpc_port` upwards, one for each model it runs, and gives files
    out at `file_port`, where it also tells its health. At a front end it speaks for itself below
    `own_path`, with the registration token alone. `front_end` and `worker` are the variables
    that each of them reads, `scratch` the directories a worker writes beside those of a server.
    """

    verb: str
    file_port: int
    grpc_port: int
    readiness: str
    liveness: str
    scratch: tuple[str, ...]
    own_path: str
    front_end: frozenset[str]
    worker: frozenset[str]
    sources: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a stack declares of one pool, as far as known issues ask.

    `models` and `kinds` are what it serves, `penalized` the models that set a presence penalty,
    `active` how many models are in memory at once, and `pods` how many pods serve at most.
    `direct` is whether callers from outside of the namespace reach its servers past the router,
    `outside` whether they come from outside of the cluster. `checked` is whether something asks its
    servers which models they serve.
    """

    models: tuple[str, ...]
    penalized: frozenset[str]
    kinds: frozenset[str]
    active: int
    pods: int
    distributed: bool
    routed: bool
    direct: bool
    outside: bool
    monitored: bool
    checked: bool


@dataclass(frozen=True, kw_only=True)
class KnownIssue:
    """What a version does that a reader would not expect, and the cure.

    Either this repository applies the cure, in the file `met_by`; or nobody but its readers can,
    and `check` notes it for every pool that it `applies` to.
    """

    id: str
    sentence: str
    cure: str
    source: str
    met_by: str = ""
    applies: Callable[[Circumstances], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server version.

    `image_suffixes` follow the version in the tag of `repository`, `architectures` are the
    processors each image is built for, in the words of `kubernetes.io/arch`. `environment` holds
    the names it reads, and `closed_doors` the settings under which nothing but Git changes what it
    serves. `model_fields` are the keys of a model entry, dotted where nested (a group without
    nested names is not told apart further). `distributed` is None where nobody has looked up how
    the version runs on many nodes. `sources` says of every plain field where it was read, or that
    it was run, by field name.
    """

    version: str
    repository: str
    image_suffixes: Mapping[Accelerator, str]
    architectures: Mapping[Accelerator, tuple[str, ...]]
    engine_repository: str
    engines: Mapping[str, Engine]
    binary: str
    port: int
    paths: Paths
    environment: frozenset[str]
    closed_doors: Mapping[str, str]
    model_fields: frozenset[str]
    health: Health
    metrics: Metrics
    known_issues: tuple[KnownIssue, ...]
    distributed: Distributed | None
    sources: Mapping[str, str]
