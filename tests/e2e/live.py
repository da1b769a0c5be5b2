"""Where the engine, looking at the cluster, sees something else than the plan."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from gitops.adapters.process import Finished
from gitops.adapters.pulumi import live_steps
from gitops.planning.checkout import declared
from gitops.planning.live import live_differences
from gitops.planning.plan import stack_plan
from gitops.planning.rendering.rendering import Rendering
from sandbox.engine import Engine


def differences(made: Engine, base: Rendering | None = None) -> list[str]:
    """Return what the engine would do otherwise than a plan against a base, or without a change."""

    def run(
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        given: bytes = b"",
    ) -> Finished:
        del environment, given
        words = [*command, "--cwd", str(folder)]
        done = made.sandbox.run(words, environment=made.variables(), timeout=120)
        return Finished(code=done.returncode, output=done.stdout.encode(), errors=done.stderr)

    (head,) = declared(made.program, [made.stack])
    plan = stack_plan(base or head, head)
    steps = live_steps(run, made.program, made.stack)
    return [str(one) for one in live_differences(plan, steps)]
