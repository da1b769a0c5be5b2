"""The engine's update, no-op and live preview, beside kubectl on the same objects."""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.checkouts import STACK, large_checkout, small_pools
from benchmarks.process import Run, once, say
from sandbox.cluster.sandbox import Sandbox
from sandbox.engine import Engine, engine

ROOT = Path(__file__).parent.parent
RUNS = 3


def run(sandbox: Sandbox, folder: Path, pools: int) -> None:
    """Measure one size and print its block."""
    large_checkout(ROOT, folder / "ours", small_pools(pools, f"ours-{pools}", rendered=False))
    large_checkout(ROOT, folder / "theirs", small_pools(pools, f"theirs-{pools}", rendered=True))
    for name in ("ours", "theirs"):
        namespace(sandbox, f"{name}-{pools}")
    made = engine(sandbox, folder / "engine", folder / "ours", STACK)
    objects = rendered(folder / "theirs", folder / "objects")
    say(f"\n{pools} pools, {len(objects)} objects")
    first = _up(made)
    say(f"  first up                        {first.seconds:8.1f}   {_state(made, first)}")
    inside = ["nsenter", f"--net=/run/netns/{sandbox.netns}", sandbox.tools.program("kubectl")]
    apply = [*inside, "apply", "--server-side", f"--filename={folder / 'objects'}"]
    theirs = _kubectl(sandbox, folder, apply)
    say(f"  kubectl apply --server-side     {theirs.seconds:8.1f}   does not wait for pods")
    wait = [*inside, "wait", f"--namespace=theirs-{pools}", "--all", "--timeout=15m"]
    whole = theirs.seconds + sum(
        _kubectl(sandbox, folder, [*wait, f"--for=condition={state}", kind]).seconds
        for kind, state in (("jobs", "Complete"), ("deployments", "Available"))
    )
    say(f"  the same plus kubectl wait      {whole:8.1f}   ratio {first.seconds / whole:.1f}")
    _edit(made, folder, pools)
    diff = [*inside, "diff", "--server-side", f"--filename={folder / 'objects'}"]
    # `kubectl diff` ends with 1 when there is a difference, which a benchmark takes for failure.
    differs = ["sh", "-c", '"$@"; test $? -le 1', "sh", *diff]
    _beside(
        "one change, live",
        [
            ("preview --refresh", lambda: _preview(made)),
            ("kubectl diff", lambda: _kubectl(sandbox, folder, differs)),
        ],
    )
    _up(made)
    _beside(
        "no change",
        [("up", lambda: _up(made)), ("kubectl apply", lambda: _kubectl(sandbox, folder, apply))],
    )


def namespace(sandbox: Sandbox, name: str) -> None:
    """Make a namespace that takes only pods that obey the strictest rules."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    sandbox.apply(
        [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}]
    )


def rendered(checkout: Path, out: Path) -> list[Path]:
    """Render the stack of a checkout for kubectl and Argo CD, and return its objects."""
    shutil.rmtree(out, ignore_errors=True)
    once([sys.executable, "-m", "gitops", "render", STACK, "--out", str(out)], checkout)
    (out / "parts.json").unlink()
    return sorted(out.glob("*.yaml"))


def _beside(title: str, sides: Sequence[tuple[str, Callable[[], Run]]]) -> None:
    """Run both sides in turn and print their medians and the ratio."""
    seconds: dict[str, list[float]] = {name: [] for name, _ in sides}
    for _ in range(RUNS):
        for name, measured in sides:
            seconds[name].append(measured().seconds)
    (ours, a), (theirs, b) = ((name, median(runs)) for name, runs in seconds.items())
    say(f"  {title:<18} {ours:>18} {a:6.1f}   {theirs} {b:.1f}   ratio {a / b:.1f}")


def _inside(made: Engine, *words: str) -> Run:
    argv = ["nsenter", f"--net=/run/netns/{made.sandbox.netns}", *made.command(*words)]
    return once(argv, made.program, {**made.sandbox.environment, **made.variables()})


def _up(made: Engine) -> Run:
    return _inside(made, "up", "--yes", "--skip-preview")


def _preview(made: Engine) -> Run:
    return _inside(made, "preview", "--refresh", "--json")


def _kubectl(sandbox: Sandbox, folder: Path, command: list[str]) -> Run:
    return once(command, folder, sandbox.environment)


def _edit(made: Engine, folder: Path, pools: int) -> None:
    path = made.program / f"Pulumi.{STACK}.yaml"
    salt = "".join(line for line in path.open() if line.startswith("encryptionsalt"))
    path.write_text(salt + small_pools(pools, f"ours-{pools}", rendered=False, cpu=2))
    changed = folder / "theirs" / f"Pulumi.{STACK}.yaml"
    changed.write_text(small_pools(pools, f"theirs-{pools}", rendered=True, cpu=2))
    rendered(folder / "theirs", folder / "objects")


def _state(made: Engine, first: Run) -> str:
    """Say how large the state is, as it would be without compression, and what was written."""
    size = len(json.dumps(made.state(), separators=(",", ":"))) / 2**20
    return (
        f"state {size:.1f} MiB, {first.written:.0f} MiB written: {first.written / size:.0f} times"
    )
