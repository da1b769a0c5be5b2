"""The memory of a command and of all processes that it starts, at its peak."""

import hashlib
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from benchmarks.checkouts import STACK, large_checkout, stack_file
from benchmarks.peers.contest import (
    Command,
    Contender,
    MissingPeerError,
    Objects,
    grouped,
    in_turn,
    plot,
    ratio,
)
from benchmarks.peers.renderers import cdk8s, helm, kustomize
from benchmarks.process import FailedRunError, say

_PAUSE = 0.02
_PAGE = os.sysconf("SC_PAGE_SIZE")


def peak(command: Command, stream: Path) -> float:
    """Run a command, write its stream to a file, and return its largest memory in MiB.

    What processes share is counted for each of them.

    Raises:
        FailedRunError: it ended with an error.
    """
    largest = 0
    with stream.open("wb") as out:
        child = subprocess.Popen(
            command.argv, cwd=command.folder, stdout=out, stderr=subprocess.DEVNULL,
            env={**os.environ, **command.environment},
        )  # fmt: skip
        while child.poll() is None:
            largest = max(largest, sum(_resident(one) for one in _descendants(child.pid)))
            time.sleep(_PAUSE)
    if child.returncode:
        raise FailedRunError(f"{' '.join(command.argv)} ended with {child.returncode}")
    if command.output:
        stream.write_bytes(command.output.read_bytes())
    return largest / 2**20


def _descendants(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        parent = _parent(place)
        children.setdefault(parent, []).append(int(place.parent.name))
    waiting = [root]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += children.get(one, [])


def _parent(place: Path) -> int:
    try:
        # The name before it, in brackets, may hold spaces.
        return int(place.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0


def objects_in(stream: Path) -> list[dict[str, Any]]:
    """Return the objects of a stream."""
    with stream.open(encoding="utf-8") as text:
        return [one for one in yaml.load_all(text, Loader=yaml.CSafeLoader) if one]


def digest(objects: list[dict[str, Any]]) -> str:
    """Return the sha256 of a set of objects, whatever their order and that of their keys."""
    lines = sorted(json.dumps(one, sort_keys=True) for one in objects)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "render.svg"
SIZES = (10, 50, 200, 500, 1000)
RUNS = 5
OURS = "render"
PEERS: Mapping[str, Callable[[Objects, Path], Command]] = {
    "kubectl kustomize": kustomize,
    "cdk8s": cdk8s,
    "helm template": helm,
}
# kustomize's time grows with the square of the objects: a thousand pools would take an hour.
LARGEST = {"kubectl kustomize": 200}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How render is meant to stand beside a peer: the ratio of their times, at most."""

    peer: str
    pools: int
    ratio: float


WANTED = (
    Wanted(peer="kubectl kustomize", pools=200, ratio=0.1),
    Wanted(peer="cdk8s", pools=1000, ratio=0.5),
    Wanted(peer="helm template", pools=1000, ratio=1.5),
)


def main(sizes: Sequence[int] = SIZES, runs: int = RUNS) -> None:
    """Measure and print, and draw the picture of the documentation."""
    say("median wall time (range) of runs taken in turn, processor time, memory of all processes\n")
    blocks = {size: _block(size, runs) for size in sizes}
    lines = {
        name: {size: block[name].seconds for size, block in blocks.items() if name in block}
        for name in (OURS, *PEERS)
    }
    for name in (OURS, *PEERS):
        _say_exponent(name, blocks)
    for wanted in WANTED:
        _say_ratio(blocks.get(wanted.pools, {}), wanted)
    drawn = {name: line for name, line in lines.items() if line}
    PICTURE.write_text(plot("Seconds of render and of its peers", drawn), encoding="utf-8")


def _block(size: int, runs: int) -> dict[str, Contender]:
    """Measure all tools at one size."""
    with TemporaryDirectory() as place:
        contenders = _contenders(size, Path(place))
        in_turn(contenders, runs)
    return contenders


def _contenders(size: int, place: Path) -> dict[str, Contender]:
    """Return the tools that make the very objects that render does."""
    checkout, stream = place / "checkout", place / "stream"
    large_checkout(ROOT, checkout, stack_file(size))
    ours = Command(
        argv=[sys.executable, "-m", "gitops", "render", STACK, "--stream"], folder=checkout
    )
    contenders = {OURS: Contender(command=ours, mebibytes=peak(ours, stream))}
    objects = objects_in(stream)
    known = digest(objects)
    say(f"{size} pools, {len(objects)} objects, sha256 of the set {known[:12]}")
    groups = grouped(objects, namespace=STACK)
    for name, make in PEERS.items():
        if size > LARGEST.get(name, size):
            continue
        folder = place / name.replace(" ", "-")
        folder.mkdir()
        try:
            command = make(groups, folder)
        except MissingPeerError as error:
            say(f"  SKIP {name}: {error}")
            continue
        memory = peak(command, stream)
        if digest(objects_in(stream)) != known:
            say(f"  SKIP {name}: it makes other objects")
            continue
        contenders[name] = Contender(command=command, mebibytes=memory)
    return contenders


def _say_exponent(name: str, blocks: Mapping[int, Mapping[str, Contender]]) -> None:
    low, high = 200, 1000
    ends = [blocks.get(size, {}).get(name) for size in (low, high)]
    if ends[0] and ends[1]:
        wall = _exponent(ends[0].seconds, ends[1].seconds, high / low)
        used = _exponent(ends[0].processor, ends[1].processor, high / low)
        say(f"exponent of {name} over {low} to {high} pools: {wall:.2f} (processors {used:.2f})")


def _exponent(low: float, high: float, growth: float) -> float:
    return math.log(high / low) / math.log(growth)


def _say_ratio(block: Mapping[str, Contender], wanted: Wanted) -> None:
    if wanted.peer not in block:
        return
    say(
        f"{wanted.pools} pools, render / {wanted.peer}: "
        f"{ratio(block[OURS], block[wanted.peer])}, wanted {wanted.ratio} at most"
    )
