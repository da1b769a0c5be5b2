"""Time that passes only when somebody waits, and engines that are no processes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.localai_standin.loader import Clock, LoadError
from sandbox.localai_standin.model_list import Entry


@dataclass(kw_only=True)
class FakeTime:
    """Seconds that pass by sleeping; what is planned for a moment is done when it comes."""

    seconds: float = 0.0
    planned: list[tuple[float, Callable[[], object]]] = field(
        default_factory=list[tuple[float, Callable[[], object]]]
    )

    def at(self, moment: float, do: Callable[[], object]) -> None:
        self.planned.append((moment, do))

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for one in [one for one in self.planned if one[0] <= self.seconds]:
            self.planned.remove(one)
            one[1]()

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.seconds, sleep=self.sleep)


@dataclass(kw_only=True)
class FakeEngine:
    """An engine that runs until it is stopped; a stubborn one has to be killed."""

    address: str
    stubborn: bool = False
    running: bool = True
    on_stop: Callable[[], object] = lambda: None

    def alive(self) -> bool:
        return self.running

    def stop(self, seconds: float) -> bool:
        del seconds
        self.running = False
        self.on_stop()
        return not self.stubborn


@dataclass(kw_only=True)
class FakeStarter:
    """Starts an engine for every entry but the broken ones, and keeps what it started."""

    broken: set[str] = field(default_factory=set[str])
    started: list[str] = field(default_factory=list[str])
    engines: dict[str, FakeEngine] = field(default_factory=dict[str, FakeEngine])
    before: Callable[[Entry], object] = lambda _: None

    def __call__(self, entry: Entry) -> FakeEngine:
        self.started.append(entry.name)
        self.before(entry)
        if entry.name in self.broken:
            raise LoadError(f"{entry.name} is broken")
        made = FakeEngine(address=f"http://{entry.name}/{len(self.started)}")
        self.engines[entry.name] = made
        return made
