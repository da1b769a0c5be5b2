"""Waiting for a condition, with a deadline and a sentence for when it passes."""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.errors import SandboxError


class WaitError(SandboxError):
    """Something did not happen in time."""


def wait_until(
    condition: Callable[[], bool], what: str, seconds: float = 30, cure: str = ""
) -> None:
    """Return when `condition` holds; raises WaitError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise WaitError(
                f"{what} within {seconds:g} s",
                cure or "Read the logs with `sandbox logs`, then try `sandbox down` and `up`",
            )
        time.sleep(0.05)
