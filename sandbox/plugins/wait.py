"""Waiting for the cluster: until an object is ready, or until it is gone."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sandbox.plugins.api import Api
from sandbox.plugins.errors import PluginError
from sandbox.plugins.manifests import annotation, identifier, metadata, name
from sandbox.plugins.properties import Properties
from sandbox.plugins.readiness import Progress
from sandbox.plugins.reasons import reasons
from sandbox.plugins.related import Settling
from sandbox.plugins.settings import SETTLE_SECONDS
from sandbox.plugins.watching import Watch

MINUTES: Final = 60.0
DEFAULT_TIMEOUT: Final = 10 * MINUTES
# No option or annotation makes the provider wait longer for these to be ready.
LONGEST: Final = {"PersistentVolumeClaim": 5 * MINUTES, "ResourceQuota": MINUTES}
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
    settle: float = SETTLE_SECONDS

    def ready(
        self, live: Properties, asked: Properties, timeout: float, *, created: bool
    ) -> Properties:
        """Return the live object once it is ready; raises `NotReadyError` with the reasons.

        `asked` is the declaration, whose annotations say whether and how long to wait.
        """
        if skips(asked):
            return live
        seconds = until_ready(asked, timeout)
        began, pause = self.clock(), FIRST_PAUSE
        settling = Settling(seconds=self.settle, began=began)
        watch = Watch(api=self.api, created=created, settling=settling)
        while (now := watch.reading(live, self.clock())).state != "ready":
            if now.state == "failed" or self._over(began + seconds, pause):
                if now.enough:
                    return live
                raise self._failure(live, now, seconds)
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
        elif live.get("kind") == "PersistentVolumeClaim":
            text = f"Timeout occurred polling for '{name(live)}' after {seconds:.0f} s"
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
    return float(told) if told.isdigit() else DEFAULT_TIMEOUT


def until_ready(asked: Properties, timeout: float) -> float:
    """Return the seconds to wait until an object is ready."""
    seconds = limit(asked, timeout)
    return min(seconds, LONGEST.get(asked.get("kind", ""), seconds))
