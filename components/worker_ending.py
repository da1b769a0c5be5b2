"""How a worker ends: it asks a front end for no more requests, then ends those it has.

The registry sends requests to a worker until it is drained, and a worker ends its engines at once
after SIGTERM. Its registration token suffices to ask: no worker holds the key of the stack.
"""

from pathlib import Path

from lightkube.models.core_v1 import ExecAction, Lifecycle, LifecycleHandler

from components.distributed import mode
from components.ending import pause
from components.pool import Pool

_SCRIPT = Path(__file__).parent / "scripts" / "drain_worker.sh"


def worker_lifecycle(pool: Pool) -> Lifecycle:
    """Return what a worker does before it is told to end."""
    script = _SCRIPT.read_text(encoding="utf-8")
    seconds = str(pause(pool.context.settings))
    command = ["/bin/sh", "-c", script, _SCRIPT.stem, mode(pool).own_path, seconds]
    return Lifecycle(preStop=LifecycleHandler(exec=ExecAction(command=command)))
