"""Render beside kustomize, cdk8s and Helm: the same objects, all to one stream, taken in turn."""

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.checkouts import STACK, large_checkout, stack_file
from benchmarks.peers.cdk8s import cdk8s
from benchmarks.peers.contest import Command, MissingPeerError, Objects, grouped
from benchmarks.peers.helm import helm
from benchmarks.peers.kustomize import kustomize
from benchmarks.peers.plot import plot
from benchmarks.peers.streams import digest, objects_in
from benchmarks.peers.tree import peak
from benchmarks.peers.turns import Contender, in_turn, ratio
from benchmarks.say import say

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
