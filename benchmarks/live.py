"""The sandbox, the engine and Argo CD, beside kubectl on the same objects; it needs root.

The Kubernetes provider is the stand-in where the official plugin cannot be had; the lines say so.
"""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import convergence, updates
from benchmarks.process import say
from sandbox.argocd.start import repositories_folder, start
from sandbox.cluster.layout import Layout, layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.nodes import FakeNode
from sandbox.cluster.sandbox import Sandbox
from sandbox.errors import SandboxError

# About ten objects a pool.
POOLS = (1, 10, 100)
NODES = tuple(FakeNode(name=f"large-{number}", cpu="500", memory="2Ti") for number in range(8))


def main() -> None:
    """Measure and print."""
    try:
        _main()
    except SandboxError as error:
        sys.stderr.write(f"SKIP live: {error}\n")


def _main() -> None:
    say("wall seconds; every line of one block saw the same objects\n")
    places = layout(f"bench-{os.getpid()}")
    try:
        seconds = [_up(places), _up(places), _up(places)]
        say(
            "cluster up, control plane and 8 fake nodes   " + ", ".join(f"{s:.1f}" for s in seconds)
        )
        sandbox = up(places, nodes=NODES)
        for pools in POOLS:
            _block(sandbox, pools)
    finally:
        down(places)


def _up(places: Layout) -> float:
    before = time.perf_counter()
    up(places, nodes=NODES)
    taken = time.perf_counter() - before
    down(places)
    return taken


def _block(sandbox: Sandbox, pools: int) -> None:
    with TemporaryDirectory() as folder:
        updates.run(sandbox, Path(folder), pools)
    argocd = start(sandbox, repositories_folder(sandbox))
    with TemporaryDirectory() as folder:
        convergence.run(argocd, Path(folder), pools)
