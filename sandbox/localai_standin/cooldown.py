"""How long a model that did not load is left alone: ten seconds, doubling to five minutes."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.localai_standin.clock import Clock

FIRST, LONGEST = 10.0, 300.0


@dataclass(kw_only=True)
class Cooldown:
    """How often each model failed to load in a row, and until when it is left alone."""

    clock: Clock
    failures: dict[str, int] = field(default_factory=dict[str, int])
    until: dict[str, float] = field(default_factory=dict[str, float])

    def failed(self, name: str) -> None:
        """Count a load that failed."""
        self.failures[name] = self.failures.get(name, 0) + 1
        seconds = FIRST * 2 ** (self.failures[name] - 1)
        self.until[name] = self.clock.now() + min(seconds, LONGEST)

    def loaded(self, name: str) -> None:
        """Forget the failures of a model that has loaded."""
        self.failures.pop(name, None)
        self.until.pop(name, None)

    def left(self, name: str) -> float:
        """Return for how many more seconds a model is left alone; 0 when it may be tried."""
        return max(0.0, self.until.get(name, 0.0) - self.clock.now())
