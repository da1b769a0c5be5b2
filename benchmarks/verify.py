"""How much longer `verify` takes than the models that it asks."""

import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast

from benchmarks.checkouts import large_checkout
from benchmarks.process import Sample, measure, say
from benchmarks.sources import model
from benchmarks.tool import tool

ROOT = Path(__file__).parent.parent
MODELS, SECONDS, RUNS = 20, 1.0, 5


def main() -> None:
    """Measure and print."""
    for active in (MODELS, 4):
        own = SECONDS * MODELS / active
        found = measured(active)
        say(f"verify, {MODELS} models, {active} at once, {SECONDS} s each   {found}")
        say(f"  beyond the models' own {own:.0f} s   {found.median - own:7.2f} s")


def measured(active: int) -> Sample:
    """Return the figures of a stack whose models answer after a while, so many at once."""
    names = [f"model-{number:02d}" for number in range(MODELS)]
    with TemporaryDirectory() as folder, _service(names) as port:
        checkout = Path(folder)
        large_checkout(ROOT, checkout, _stack(names, active))
        for name in names:
            (checkout / "models" / f"{name}.yaml").write_text(model(name), encoding="utf-8")
        return measure(tool("verify", "large", "--url", f"http://127.0.0.1:{port}"), checkout, RUNS)


@contextmanager
def _service(names: Sequence[str]) -> Generator[int]:
    command = [sys.executable, "-m", "benchmarks.slow_service", str(SECONDS), *names]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(cast("IO[str]", process.stdout).readline())
        finally:
            process.terminate()


def _stack(names: Sequence[str], active: int) -> str:
    return (
        "config:\n  localai:namespace: large\n  localai:cluster: large\n"
        "  localai:server: {version: v4.9.0}\n  localai:pools:\n"
        f"    chat: {{models: [{', '.join(names)}], active: {active}, storage: {{size: 20Gi}}}}\n"
    )
