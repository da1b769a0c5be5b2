"""Updates that are killed, or that meet another one, and the way back."""

import os
import signal
import subprocess
import time

from gitops.planning.declared import declared
from sandbox.cluster.netns import enter
from sandbox.engine import Engine
from tests.e2e.program import edit

UPDATE = ("up", "--yes", "--skip-preview")


def begun(made: Engine) -> subprocess.Popen[str]:
    """Start an update in a process group of its own."""
    return subprocess.Popen(
        [*enter(made.sandbox.netns), *made.command(*UPDATE)],
        env={**os.environ, **made.sandbox.environment, **made.variables()},
        start_new_session=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kill an update with all its children after a while; tell whether it was still at it."""
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


def recover(made: Engine) -> bool:
    """Do what a person does after an update broke off; tell whether it took adopting.

    Adopting is needed where an object was created but not yet written down.
    """
    made.run("cancel", "--yes")
    made.do("refresh", "--yes", "--skip-preview")
    done = made.run(*UPDATE)
    if not done.returncode:
        return False
    assert "already exists" in done.stdout, done.stdout
    edit(made, claims={"adopt": True})
    made.up()
    return True


def declared_names(made: Engine) -> set[str]:
    """Return `Kind/name` of each object that the stack file declares in its namespace."""
    (head,) = declared(made.program, [made.stack])
    found = [part.object for part in head.parts if part.object]
    return {
        f"{one['kind']}/{one['metadata']['name']}"
        for one in found
        if one["metadata"]["namespace"] == head.namespace
    }


def two_at_once(made: Engine) -> list[tuple[int, str]]:
    """Start two updates at one moment and return the exit code and words of each."""
    both = [begun(made) for _ in range(2)]
    deadline = time.monotonic() + 120
    told = [process.communicate(timeout=deadline - time.monotonic())[0] for process in both]
    return [(process.returncode, text) for process, text in zip(both, told, strict=True)]
