"""How a pod ends: it serves on while nothing new reaches it, then the process has time to leave.

A server is whole during preStop and stops its engines soon after SIGTERM, so the wait for answers
under way is preStop, and the longest answer long.
"""

from lightkube.models.core_v1 import Lifecycle, LifecycleHandler, SleepAction

from settings.stack import StackSettings

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
