"""Updates that are killed, or that meet another one, and the way back."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gitops.planning.checkout import declared
from sandbox.cluster.netns import enter
from sandbox.cluster.sandbox import Sandbox
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
    """Do what docs/runbooks/state.md tells a person to do after an update broke off."""
    for line in documented("An engine was killed"):
        follow(made, line)


def follow(made: Engine, line: str) -> None:
    """Run a line of the page; a person is asked whether to go on, and says yes."""
    words = shlex.split(line.replace("<stack>", made.stack))
    given = [word for word in words if re.fullmatch("[A-Z0-9_]+=.*", word)]
    program, *rest = words[len(given) :]
    if program == "localai-gitops":
        done = tool(made, *rest)
        assert done.returncode == 0, done.stdout + done.stderr
        return
    # The engine of a test names its stack itself.
    rest = [word for word in rest if word not in ("--stack", made.stack)]
    variables = dict(one.split("=", 1) for one in given)
    one = replace(made, environment={**made.environment, **variables})
    one.do(*rest, *(("--yes",) if rest[0] in ("up", "refresh") else ()))


def tool(made: Engine, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb of the tool in the folder of an engine's program, to its end."""
    command = ["env", "-C", str(made.program), sys.executable, "-m", "gitops", *words]
    path = os.pathsep.join([str(Path(made.sandbox.tools.program("kubectl")).parent),
                            made.variables()["PATH"]])  # fmt: skip
    variables = {**made.variables(), "PYTHONPATH": str(CHECKOUT), "PATH": path}
    return made.sandbox.run(command, environment=variables, timeout=120)


def documented(title: str, block: int = 0) -> list[str]:
    """Return the lines of one of the blocks under a title of docs/runbooks/state.md."""
    text = (CHECKOUT / "docs/runbooks/state.md").read_text(encoding="utf-8")
    section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return section.split("```sh\n")[block + 1].partition("```")[0].splitlines()


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


@contextmanager
def unschedulable(cluster: Sandbox) -> Generator[None]:
    """Let no new pod start, so that whatever waits for one goes on waiting."""
    nodes = cluster.kubectl("get", "nodes", "--output=name").split()
    cluster.kubectl("cordon", *nodes)
    try:
        yield
    finally:
        cluster.kubectl("uncordon", *nodes)
