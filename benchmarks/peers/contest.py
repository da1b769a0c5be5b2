"""What is measured side by side: the objects of a stack, and the commands that make them."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
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


Line = Mapping[int, float]

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 600, 30, 360
_COLORS = ("#1a7f37", "#0969da", "#9a6700", "#cf222e", "#8250df")
_STYLE = """\
  <style>
    text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
    .page { fill: #ffffff; }
    .grid { stroke: #d0d7de; }
    .line { fill: none; stroke-width: 2; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .page { fill: #0d1117; }
      .grid { stroke: #30363d; }
    }
  </style>
"""  # noqa: E501 (the fonts of a browser)


def plot(title: str, lines: Mapping[str, Line]) -> str:
    """Return the drawing of lines, by name: seconds by number of pools."""
    return _Plot(lines).svg(title)


class _Plot:
    """A drawing; both scales run over whole powers of ten of what is drawn."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        self.lines = lines
        pools = [pools for line in lines.values() for pools in line]
        seconds = [seconds for line in lines.values() for seconds in line.values()]
        self.pools = (_floor(min(pools)), _ceiling(max(pools)))
        self.seconds = (_floor(min(seconds)), _ceiling(max(seconds)))

    def svg(self, title: str) -> str:
        return "".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
                f'role="img" aria-labelledby="title">\n',
                f'  <title id="title">{escape(title)}</title>\n',
                _STYLE,
                f'  <rect class="page" width="{_WIDTH}" height="{_HEIGHT}"/>\n',
                *self.grid(),
                *self.curves(),
                "</svg>\n",
            ]
        )

    def grid(self) -> Iterator[str]:
        for power in range(self.pools[0], self.pools[1] + 1):
            x = self.x(10**power)
            yield f'  <path class="grid" d="M{x:.1f} {_TOP}V{_BOTTOM}"/>\n'
            yield _text(x, _BOTTOM + 20, f"{10**power:,}", "middle")
        for power in range(self.seconds[0], self.seconds[1] + 1):
            y = self.y(10**power)
            yield f'  <path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>\n'
            yield _text(_LEFT - 8, y + 4, f"{10**power:g} s", "end")
        yield _text((_LEFT + _RIGHT) / 2, _BOTTOM + 45, "pools, about ten objects each", "middle")

    def curves(self) -> Iterator[str]:
        for (name, line), color in zip(self.lines.items(), _COLORS, strict=False):
            points = [(self.x(pools), self.y(line[pools])) for pools in sorted(line)]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            yield f'  <polyline class="line" stroke="{color}" points="{path}"/>\n'
            for x, y in points:
                yield f'  <circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>\n'
            x, y = points[-1]
            yield _text(x + 10, y + 4, name, "start")

    def x(self, pools: float) -> float:
        return _between(math.log10(pools), self.pools, _LEFT, _RIGHT)

    def y(self, seconds: float) -> float:
        return _between(math.log10(seconds), self.seconds, _BOTTOM, _TOP)


def _between(value: float, ends: tuple[int, int], low: float, high: float) -> float:
    return low + (value - ends[0]) / (ends[1] - ends[0]) * (high - low)


def _floor(value: float) -> int:
    return math.floor(math.log10(value))


def _ceiling(value: float) -> int:
    return math.ceil(math.log10(value))


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'  <text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>\n'
