"""Updates that are killed, or that meet another one, and the way back."""

import os
import shlex
import signal
import subprocess
import time

from gitops.planning.checkout import declared
from sandbox.cluster.netns import enter
from sandbox.engine import Engine
from tests.e2e.program import CHECKOUT

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


def recover(made: Engine) -> None:
    """Do what docs/troubleshooting.md tells a person to do after an update broke off."""
    for words in documented():
        # A person is asked whether to go on, and says yes.
        made.do(*words, *(() if "config" in words or "--yes" in words else ("--yes",)))


def documented() -> list[list[str]]:
    """Return the commands under `The stack is locked`, without the stack's name."""
    text = (CHECKOUT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    section = text.partition("## The stack is locked\n")[2].partition("\n## ")[0]
    block = section.partition("```sh\n")[2].partition("```")[0]
    lines = [line.removesuffix(" --stack <stack>") for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines]


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
