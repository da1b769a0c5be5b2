"""`make faults`: breaks updates on purpose, many times, and reports what came of it (root)."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from sandbox.cluster.layout import Layout, layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.programs import etcd, kube_apiserver
from sandbox.cluster.sandbox import Sandbox
from sandbox.errors import SandboxError
from tests.e2e.admission import objects_of, pods_of, strict_namespace
from tests.e2e.program import running
from tests.e2e.weakened import WEAKENED
from tests.faults import faults
from tests.faults.attempt import Attempt, table
from tests.faults.trial import Trial, trial

STACK = "dev"
LONGEST_WORDS = 400


def options() -> argparse.Namespace:
    """Return how often to do what, and where the report goes."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    number = partial(parser.add_argument, type=int, metavar="N")
    number("--kills", default=20, help="times the engine is killed, and times two of them meet")
    number("--crashes", default=50, help="times the API server is killed, and times etcd is")
    parser.add_argument("--report", type=Path, help="file for the report, which is printed as well")
    return parser.parse_args()


def faults_of(places: Layout, kills: int, crashes: int) -> Mapping[str, tuple[int, faults.Fault]]:
    """Return each fault by name with its repetitions."""
    return {
        "engine killed in a change": (kills, faults.killed),
        "engine killed in the first update": (kills, faults.killed_at_first),
        "API server killed, back within 3 s": (crashes, faults.crashed(kube_apiserver(places))),
        "etcd killed, back within 3 s": (crashes, faults.crashed(etcd(places))),
        "two updates at once": (kills, faults.met),
    }


def inject(sandbox: Sandbox, chosen: argparse.Namespace, found: dict[str, list[Attempt]]) -> None:
    """Inject every fault into one stack and add what came of each attempt to `found`."""
    with tempfile.TemporaryDirectory() as folder, running(sandbox, Path(folder), STACK) as made:
        tried = trial(made)
        unbroken = Attempt(recovered=True, seconds=tried.unbroken, seen="nothing was broken")
        found["none, the same change"] = [unbroken]
        wanted = faults_of(sandbox.layout, chosen.kills, chosen.crashes)
        for name, (times, fault) in wanted.items():
            found[name] = []
            for number in range(times):
                made_of = attempt(tried, fault)
                found[name].append(made_of)
                said = f"{made_of.seen}, {made_of.seconds:.1f} s"
                sys.stderr.write(f"{name} {number + 1}/{times}: {said}\n")


def attempt(tried: Trial, fault: faults.Fault) -> Attempt:
    """Return what came of one fault, whatever it was."""
    try:
        return fault(tried)
    except (SandboxError, AssertionError, subprocess.TimeoutExpired) as error:
        told = " ".join(str(error).split())[:LONGEST_WORDS]
        return Attempt(recovered=False, seconds=0, seen=told.replace("|", " "))


def admitted(sandbox: Sandbox) -> list[str]:
    """Return the weaknesses with which a pod was let in."""
    pods = pods_of(objects_of("production"))
    with strict_namespace(sandbox) as admission:
        found = [
            name
            for name, weakness in WEAKENED.items()
            if len(admission.refusals(pods, weakness)) < len(pods)
        ]
        debugging = [] if admission.refusals_of_debugging(pods[0]) else ["a debugging container"]
    return [*found, *debugging]


def main() -> int:
    """Run all on a cluster of its own; return 1 where something was not as it should be."""
    chosen = options()
    places = layout(f"faults-{os.getpid()}")
    attempts: dict[str, list[Attempt]] = {}
    weak: list[str] = []
    try:
        sandbox = up(places)
        weak += admitted(sandbox)
        inject(sandbox, chosen, attempts)
    finally:
        down(places)
        # What was seen until a failure is worth more than nothing.
        publish(f"{table(attempts)}\n\n{admission(weak)}\n", chosen.report)
    fine = all(one.recovered for found in attempts.values() for one in found)
    return 0 if fine and not weak else 1


def admission(weak: list[str]) -> str:
    """Return in words how many weakened pods were refused."""
    tried = len(WEAKENED) + 1
    names = f"; not: {', '.join(weak)}" if weak else ""
    return f"{tried - len(weak)} of {tried} weakened pods were refused{names}."


def publish(report: str, path: Path | None) -> None:
    """Print the report, and write it to a file if asked."""
    sys.stdout.write(report)
    if path:
        path.write_text(report)


sys.exit(main())
