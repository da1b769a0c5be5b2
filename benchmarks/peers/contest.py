"""What is measured side by side: the objects of a stack, and the commands that make them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers.shapes import Manifest

POOL = "localai.gitops/pool"


class MissingPeerError(Exception):
    """A peer cannot be had on this machine; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Objects:
    """The objects of a stack: those of each pool, by its name, and those of the stack itself."""

    namespace: str
    pools: Mapping[str, Sequence[Manifest]]
    stack: Sequence[Manifest]


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command and where its stream is: in a file, or else on its standard output."""

    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    output: Path | None = None


def grouped(manifests: Sequence[Manifest], namespace: str) -> Objects:
    """Return objects by the pool that their label names."""
    pools: dict[str, list[Manifest]] = {}
    stack: list[Manifest] = []
    for one in manifests:
        labels: Mapping[str, Any] = one["metadata"].get("labels", {})
        pools.setdefault(labels[POOL], []).append(one) if POOL in labels else stack.append(one)
    return Objects(namespace=namespace, pools=pools, stack=stack)
