"""Everything this program knows about one LocalAI version."""

from collections.abc import Mapping
from dataclasses import dataclass

from localai.accelerator import Accelerator
from localai.engine import Engine
from localai.fact import Health, Hole, Metrics, Paths


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server version.

    `image_suffixes` follow the version in the tag of `repository`, `architectures` are the
    processors each image is built for, in the words of `kubernetes.io/arch`. `environment` holds
    the names it reads, `closed_doors` the settings under which nothing but Git changes what it
    serves, and `never_set` the switches that open a guarded door. `model_fields` are the keys of a
    model entry, dotted where nested (a group without nested names is not told apart further).
    `sources` says where the plain fields were read, by field name.
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
    never_set: frozenset[str]
    model_fields: frozenset[str]
    usecases: frozenset[str]
    health: Health
    metrics: Metrics
    holes: tuple[Hole, ...]
    sources: Mapping[str, str]
