"""The end of a server: every loaded model is waited for, one after the other, then ended."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.localai_standin.loader import STOP_SECONDS, Clock, Loader

SECONDS_EACH = 30.0
LOOK_EVERY = 0.1
FLUSH_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Drained:
    """How a server ended: the models whose answers were cut, and whether an engine was killed."""

    cut: tuple[str, ...]
    killed: bool


def drain(loader: Loader, clock: Clock) -> Drained:
    """Wait up to 30 seconds for each loaded model in turn, then end what is left.

    The server goes on answering meanwhile, and a model that was waited for in vain keeps its engine
    while the next one is waited for.
    """
    for name in loader.names():
        if idle(loader, clock, name, SECONDS_EACH):
            loader.unload(name)
    cut = tuple(name for name in loader.names() if loader.requests(name))
    with loader.lock:
        left = list(loader.memory.residents.values())
    gone = [one.engine.stop(STOP_SECONDS) for one in left if one.engine]
    if all(gone):
        # What the engines ended by themselves is written to the clients before the server ends.
        idle(loader, clock, "", FLUSH_SECONDS)
    return Drained(cut=cut, killed=not all(gone))


def idle(loader: Loader, clock: Clock, name: str, seconds: float) -> bool:
    """Wait until a model, or every one, answers no request; tell whether it came to that."""
    end = clock.now() + seconds
    while loader.requests(name):
        if clock.now() >= end:
            return False
        clock.sleep(LOOK_EVERY)
    return True
