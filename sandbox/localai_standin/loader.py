"""Loading models at their first request, and evicting others for them, as LocalAI does."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock

from sandbox.localai_standin.clock import Clock
from sandbox.localai_standin.cooldown import Cooldown
from sandbox.localai_standin.memory import Engine, Limit, Memory, Resident
from sandbox.localai_standin.model_list import Entry

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
