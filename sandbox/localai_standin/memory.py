"""Which models are in memory or on their way there, and which of them have to make room."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from typing import Protocol


class Engine(Protocol):
    """The process that has one model in memory."""

    @property
    def address(self) -> str:
        """Where it answers."""
        ...

    def alive(self) -> bool:
        """Tell whether it still runs."""
        ...

    def stop(self, seconds: float) -> bool:
        """End it, by force after a while; tell whether it went by itself."""
        ...


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How many models may be in memory at once (0: any number), and how often to look for room."""

    models: int = 0
    retries: int = 30
    interval: float = 1.0


@dataclass(kw_only=True)
class Resident:
    """A model that is in memory, or loading while it has no engine yet.

    `evicted` is set when it has to go; a model that is still loading then goes once it is loaded.
    """

    name: str
    last_used: float
    engine: Engine | None = None
    requests: int = 0
    evicted: bool = False
    loaded: Event = field(default_factory=Event)


@dataclass(kw_only=True)
class Memory:
    """The models that count for the limit, by name, and the loads under way.

    A load under way has an entry in both, so it counts twice: that is how LocalAI counts. An
    evicted model counts no longer, while its load is still under way.
    """

    residents: dict[str, Resident] = field(default_factory=dict[str, Resident])
    loading: dict[str, Resident] = field(default_factory=dict[str, Resident])

    def ready(self, name: str) -> Resident | None:
        """Return a model whose engine runs; one whose engine has ended is forgotten."""
        found = self.residents.get(name)
        if found is None or found.engine is None:
            return None
        if found.engine.alive():
            return found
        del self.residents[name]
        return None

    def surplus(self, limit: Limit, pending: int) -> int:
        """Return how many models have to go before one more is loaded."""
        return len(self.residents) + pending + 1 - limit.models if limit.models > 0 else 0

    def evict(self, limit: Limit, pending: int) -> tuple[list[Resident], bool]:
        """Take out the idle models that were not used for longest, as many as have to go.

        Returns:
            Those models, and whether more would have to go but are busy.
        """
        surplus = self.surplus(limit, pending)
        oldest = sorted(self.residents.values(), key=lambda one: one.last_used)
        idle = [one for one in oldest if not one.requests][: max(surplus, 0)]
        for one in idle:
            one.evicted = True
            del self.residents[one.name]
        return idle, len(idle) < surplus and bool(self.residents)
