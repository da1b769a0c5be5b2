"""Everything this program knows about one LocalAI version."""

from collections.abc import Mapping
from dataclasses import dataclass

from localai.accelerator import Accelerator
from localai.distributed import Distributed
from localai.engine import Engine
from localai.fact import Health, Metrics, Paths
from localai.known_issue import KnownIssue


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
