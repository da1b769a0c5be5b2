"""How a pod ends: it serves on for the longest answer, then its process has time to stop.

Where another pod is ready, nothing new reaches it meanwhile.

A server is whole during preStop and stops its engines soon after SIGTERM, so the wait for answers
under way is preStop, and the longest answer long.
"""

from pathlib import Path

from lightkube.models.core_v1 import ExecAction, Lifecycle, LifecycleHandler, SleepAction

from components.pool.pool import Pool
from components.server.distributed import mode
from settings.stack.stack import StackSettings

# Time for the process to be killed in order, and for what precedes the wait.
MARGIN = 30


def pause(settings: StackSettings) -> int:
    """Return for how many seconds a pod that goes still answers."""
    return settings.server.longest_answer


def grace(settings: StackSettings, stopping: int = 0) -> int:
    """Return how many seconds a pod has from the wish to its end.

    `stopping` is the time that its process may take after SIGTERM.
    """
    return pause(settings) + stopping + MARGIN


def lifecycle(settings: StackSettings) -> Lifecycle:
    """Return the wait of a pod that endpoints alone lead to: it is withdrawn from them first."""
    return Lifecycle(preStop=LifecycleHandler(sleep=SleepAction(seconds=pause(settings))))


_SCRIPT = Path(__file__).with_name("drain_worker.sh")


def worker_lifecycle(pool: Pool) -> Lifecycle:
    """Return what a worker does before it is told to end."""
    script = _SCRIPT.read_text(encoding="utf-8")
    seconds = str(pause(pool.context.settings))
    command = ["/bin/sh", "-c", script, _SCRIPT.stem, mode(pool).own_path, seconds]
    return Lifecycle(preStop=LifecycleHandler(exec=ExecAction(command=command)))
