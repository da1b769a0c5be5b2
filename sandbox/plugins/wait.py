"""Waiting for the cluster: until an object is ready, or until it is gone."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sandbox.plugins.api import Api
from sandbox.plugins.errors import PluginError
from sandbox.plugins.manifests import annotation, identifier, metadata
from sandbox.plugins.properties import Properties
from sandbox.plugins.readiness import READY, WAIT_FOR, Progress, progress
from sandbox.plugins.reasons import reasons

MINUTES: Final = 60.0
DEFAULT_TIMEOUT: Final = 10 * MINUTES
TIMEOUTS: Final = {"PersistentVolumeClaim": 5 * MINUTES, "Pod": 5 * MINUTES}
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 2.0


class NotReadyError(PluginError):
    """An object did not become ready, or did not go; `live` is its last known state."""

    def __init__(self, message: str, live: Properties, details: list[str]) -> None:
        super().__init__(message)
        self.live = live
        self.details = details


@dataclass(frozen=True, kw_only=True)
class Waiter:
    """Waits on one API server until a deadline; `cancelled` ends every wait at once."""

    api: Api
    cancelled: threading.Event
    clock: Callable[[], float] = time.monotonic

    def ready(self, live: Properties, asked: Properties, timeout: float) -> Properties:
        """Return the live object once it is ready; raises `NotReadyError` with the reasons.

        `asked` is the declaration, whose annotations say whether and how long to wait.
        """
        if skips(asked):
            return live
        deadline = self.clock() + limit(asked, timeout)
        pause = FIRST_PAUSE
        while (now := self.reading(live)).state != "ready":
            if now.state == "failed" or self._over(deadline, pause):
                raise self._failure(live, now, limit(asked, timeout))
            pause = min(pause * 1.5, LONGEST_PAUSE)
            live = self._again(live)
        return live

    def gone(self, live: Properties, asked: Properties, timeout: float) -> None:
        """Return once an object is gone, or another one took its name."""
        uid, seconds = metadata(live).get("uid"), limit(asked, timeout)
        deadline, pause = self.clock() + seconds, FIRST_PAUSE
        while (found := self.api.get(live)) and metadata(found).get("uid") == uid:
            if self._over(deadline, pause):
                finalizers = ", ".join(metadata(found).get("finalizers", [])) or "none"
                text = f"{identifier(live)} was not gone after {seconds:.0f} s"
                raise NotReadyError(text, found, [f"finalizers: {finalizers}"])
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def reading(self, live: Properties) -> Progress:
        """Return how far an object is now, with what only other objects can tell."""
        now = progress(live)
        if now.state == "waiting" and live.get("kind") == "PersistentVolumeClaim":
            return READY if self._waits_for_consumer(live) else now
        return now

    def _waits_for_consumer(self, claim: Properties) -> bool:
        class_name = claim["spec"].get("storageClassName")
        if not class_name or annotation(claim, WAIT_FOR):
            return False
        reference = {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": class_name},
        }
        found = self.api.get(reference) or {}
        return found.get("volumeBindingMode") == "WaitForFirstConsumer"

    def _again(self, live: Properties) -> Properties:
        found = self.api.get(live)
        if found is None:
            raise NotReadyError(f"{identifier(live)} vanished while it was waited for", live, [])
        return found

    def _over(self, deadline: float, pause: float) -> bool:
        left = deadline - self.clock()
        return left <= 0 or self.cancelled.wait(min(pause, left))

    def _failure(self, live: Properties, now: Progress, seconds: float) -> NotReadyError:
        told = reasons(self.api, live)
        if self.cancelled.is_set():
            text = f"waiting for {identifier(live)} was cancelled"
        elif now.state == "failed":
            text = f"{identifier(live)} failed"
        else:
            text = f"{identifier(live)} timed out after {seconds:.0f} s"
        return NotReadyError("; ".join([f"{text}: {now.message}", *told]), live, told)


def skips(asked: Properties) -> bool:
    """Whether a declaration asks not to be waited for."""
    return annotation(asked, "pulumi.com/skipAwait") == "true"


def limit(asked: Properties, timeout: float) -> float:
    """Return the seconds to wait: the resource option, else the annotation, else the default."""
    told = annotation(asked, "pulumi.com/timeoutSeconds")
    if timeout > 0:
        return timeout
    return float(told) if told.isdigit() else TIMEOUTS.get(asked.get("kind", ""), DEFAULT_TIMEOUT)
