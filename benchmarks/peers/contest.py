"""What is measured side by side: the objects of a stack, and the commands that make them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, cast

from benchmarks.process import Run, once, say

Manifest = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Value:
    """Stands in a template where pools differ."""

    name: str


Node = str | int | float | bool | None | Value | list["Node"] | dict[str, "Node"]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Pools whose objects differ in values alone: their template, and the values of each pool."""

    name: str
    template: tuple[dict[str, Node], ...]
    pools: tuple[Mapping[str, Any], ...]


def shapes(pools: Iterable[Sequence[Manifest]]) -> tuple[Shape, ...]:
    """Return the shapes of pools, each given as its objects, in the order of their first pools."""
    groups: dict[str, list[list[Any]]] = {}
    for objects in pools:
        leaves: list[Any] = []
        skeleton = json.dumps(_skeleton([dict(one) for one in objects], leaves))
        groups.setdefault(skeleton, []).append(leaves)
    return tuple(
        _shape(f"shape{number}", skeleton, rows)
        for number, (skeleton, rows) in enumerate(groups.items())
    )


def _skeleton(node: Node, leaves: list[Any]) -> Node:
    if isinstance(node, dict):
        return {key: _skeleton(one, leaves) for key, one in node.items()}
    if isinstance(node, list):
        return [_skeleton(one, leaves) for one in node]
    leaves.append(node)
    return None


def _shape(name: str, skeleton: str, rows: list[list[Any]]) -> Shape:
    names: dict[str, str] = {}
    template: list[Node] = []
    pools: list[dict[str, Any]] = [{} for _ in rows]
    for column in zip(*rows, strict=True):
        # Written out, since 1 and true are equal.
        words = [json.dumps(value) for value in column]
        if len(set(words)) == 1:
            template.append(column[0])
            continue
        value = Value(name=names.setdefault("\n".join(words), f"value{len(names)}"))
        template.append(value)
        for pool, one in zip(pools, column, strict=True):
            pool[value.name] = one
    filled = _filled(json.loads(skeleton), iter(template))
    objects = cast("list[dict[str, Node]]", filled)
    return Shape(name=name, template=tuple(objects), pools=tuple(pools))


def _filled(node: Node, leaves: Iterator[Node]) -> Node:
    if isinstance(node, dict):
        return {key: _filled(one, leaves) for key, one in node.items()}
    if isinstance(node, list):
        return [_filled(one, leaves) for one in node]
    return next(leaves)


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


@dataclass(kw_only=True)
class Contender:
    """One tool at one size: its command, its peak of memory in MiB, and its runs."""

    command: Command
    mebibytes: float
    runs: list[Run] = field(default_factory=list[Run])

    @property
    def seconds(self) -> float:
        """Return the median of the wall seconds."""
        return median(run.seconds for run in self.runs)

    @property
    def processor(self) -> float:
        """Return the median of the processor seconds, which a busy machine changes less."""
        return median(run.processor for run in self.runs)

    def __str__(self) -> str:
        """Return median, range, processor time and memory."""
        times = [run.seconds for run in self.runs]
        return (
            f"{self.seconds:8.2f} s  ({min(times):.2f} to {max(times):.2f})  "
            f"processors {self.processor:6.2f} s  {self.mebibytes:5.0f} MiB"
        )


def in_turn(contenders: Mapping[str, Contender], runs: int) -> None:
    """Run every command once, then every one again, and print what was measured."""
    for _ in range(runs):
        for one in contenders.values():
            command = one.command
            one.runs.append(once(command.argv, command.folder, command.environment))
    for name, one in contenders.items():
        say(f"  {name:<24} {one}")


def ratio(ours: Contender, theirs: Contender) -> str:
    """Return the median of the ratios of runs that were neighbors, their range, and processors'."""
    pairs = zip(ours.runs, theirs.runs, strict=True)
    ratios = [one.seconds / other.seconds for one, other in pairs]
    used = ours.processor / theirs.processor
    return f"{median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}; processors {used:.3f})"
