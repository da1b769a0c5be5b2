"""Loading models at their first request, and evicting others for them, as LocalAI does."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, RLock
from typing import Protocol

from sandbox.localai_standin.model_list import Entry


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


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Seconds since some moment, and a way to let some pass."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


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


STOP_SECONDS = 15.0
REFUSED = (
    "rpc error: code = Unavailable desc = connection error: desc = "
    '"transport: Error while dialing: connect: connection refused"'
)


class LoadError(Exception):
    """A model could not be loaded; the text is what a client is told."""


class CoolingError(LoadError):
    """A model failed to load a moment ago and is left alone for some more seconds."""

    def __init__(self, name: str, seconds: float) -> None:
        """Say which model, and for how long."""
        super().__init__(f"model {name} failed to load recently, retry in {seconds:.0f}s")
        self.seconds = seconds


@dataclass(kw_only=True)
class Loader:
    """The models in memory; `start` gives the running engine of an entry or raises LoadError."""

    start: Callable[[Entry], Engine]
    limit: Limit = field(default_factory=Limit)
    clock: Clock = field(default_factory=Clock)
    memory: Memory = field(default_factory=Memory, init=False)
    lock: RLock = field(default_factory=RLock, init=False)
    cooldown: Cooldown = field(init=False)

    def __post_init__(self) -> None:
        """Wait by the same clock everywhere."""
        self.cooldown = Cooldown(clock=self.clock)

    @contextmanager
    def using(self, entry: Entry) -> Generator[str]:
        """Give the address of a model's engine, which is busy until the end of the block.

        Raises:
            LoadError: it could not be loaded, or had to make room before it answered.
        """
        resident = self.resident(entry)
        try:
            yield resident.engine.address if resident.engine else ""
        finally:
            with self.lock:
                resident.requests -= 1
                resident.last_used = self.clock.now()

    def resident(self, entry: Entry) -> Resident:
        """Return a model in memory, counting one more request to it; raises as `using` does."""
        found = self.taken(entry.name)
        if found is not None:
            return found
        # Before anything is known of the model: one that cannot load evicts others all the same.
        self.make_room()
        return self.load(entry, fresh=True)

    def taken(self, name: str) -> Resident | None:
        """Return a model that is in memory, counting one more request to it."""
        with self.lock:
            found = self.memory.ready(name)
            if found is not None:
                found.requests += 1
                found.last_used = self.clock.now()
            return found

    def make_room(self) -> None:
        """Evict idle models until one more fits; load beside busy ones after all the tries."""
        with self.lock:
            pending = len(self.memory.loading)
        for attempt in range(self.limit.retries):
            with self.lock:
                gone, busy = self.memory.evict(self.limit, pending)
            for one in gone:
                # One that is still loading cannot be ended before it has loaded.
                one.loaded.wait()
                end(one)
            if not busy:
                return
            if attempt < self.limit.retries - 1:
                self.clock.sleep(self.limit.interval)

    def load(self, entry: Entry, *, fresh: bool) -> Resident:
        """Load a model, or wait for another request that loads it; raises as `using` does."""
        with self.lock:
            found = self.taken(entry.name)
            if found is not None:
                return found
            left = self.cooldown.left(entry.name)
            if fresh and left:
                raise CoolingError(entry.name, left)
            under_way = self.memory.loading.get(entry.name)
            mine = Resident(name=entry.name, last_used=self.clock.now())
            if under_way is None:
                self.memory.loading[entry.name] = self.memory.residents[entry.name] = mine
        if under_way is None:
            return self.started(entry, mine)
        under_way.loaded.wait()
        # Who has waited tries once more by itself when the load failed or was for nothing.
        return self.taken(entry.name) or self.load(entry, fresh=False)

    def started(self, entry: Entry, mine: Resident) -> Resident:
        """Start the engine of a model that this request loads; raises as `using` does."""
        try:
            mine.engine = self.start(entry)
        except LoadError:
            with self.lock:
                self.cooldown.failed(entry.name)
                self.forget(mine)
            raise
        finally:
            with self.lock:
                del self.memory.loading[entry.name]
                mine.requests += 1
                evicted = mine.evicted
            mine.loaded.set()
        self.cooldown.loaded(entry.name)
        if evicted:
            raise LoadError(REFUSED)
        return mine

    def forget(self, one: Resident) -> None:
        """Count a model no longer."""
        if self.memory.residents.get(one.name) is one:
            del self.memory.residents[one.name]

    def unload(self, name: str) -> bool:
        """End the engine of a model; tell whether it was in memory."""
        with self.lock:
            found = self.memory.ready(name)
            if found is None:
                return False
            del self.memory.residents[name]
        end(found)
        return True

    def names(self) -> list[str]:
        """Return the models whose engines run."""
        with self.lock:
            return [name for name in list(self.memory.residents) if self.memory.ready(name)]

    def requests(self, name: str = "") -> int:
        """Return how many requests a model is answering, or all of them."""
        with self.lock:
            found = self.memory.residents.values()
            return sum(one.requests for one in found if name in ("", one.name))


def end(one: Resident) -> None:
    """End the engine of a model that counts no longer."""
    if one.engine is not None:
        one.engine.stop(STOP_SECONDS)
