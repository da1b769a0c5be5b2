"""`make bench`: figures of this machine; without a name, those that need nothing but this checkout.

`make bench ARGS="peers checks"` measures render and check beside other tools, and installs those
into the user's cache; `make bench ARGS=live` measures the sandbox, the engine and Argo CD, as root.
"""

import os
import platform
import sys

from benchmarks import bundle, copies, live, predict, sources, tool, verify
from benchmarks.peers import checks
from benchmarks.peers import run as peers
from benchmarks.process import say

BENCHMARKS = {
    "tool": tool.main,
    "peers": peers.main,
    "checks": checks.main,
    "sources": sources.main,
    "verify": verify.main,
    "predict": predict.main,
    "bundle": bundle.main,
    "copies": copies.main,
    "live": live.main,
}


def main(names: list[str]) -> int:
    """Measure and print; return the exit code."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"{unknown[0]} is no benchmark: use {' or '.join(BENCHMARKS)}\n")
        return 2
    say(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for name in names or ["tool"]:
        BENCHMARKS[name]()
    return 0


sys.exit(main(sys.argv[1:]))
