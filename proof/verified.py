"""Asks each address what it serves: models at once, as far as their pool holds them in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from proof.expected import CHAT, EMBEDDINGS, Name, Place
from proof.finding import Check, Finding, Verdict
from proof.judge import Answered, answers, engines, leads, listing, unseen, version
from proof.request import METRICS, MODELS, SYSTEM, VERSION, Answer, Request, request

Ask = Callable[[Request, float], Awaitable[Answered]]
# Gives what asks a place, over so many connections at once.
Open = Callable[[Place, int], AbstractAsyncContextManager[Ask]]
Pause = Callable[[float], Awaitable[None]]

# For what needs no model.
_SHORT_SECONDS = 10.0
_TRIES, _LONGEST_PAUSE, _PAUSE = 3, 30.0, 1.0
# LocalAI counts neither rerankings nor images nor recordings.
_COUNTED = (CHAT, EMBEDDINGS)
# A server counts an answer when it has ended, so perhaps a little later than the client sees it.
_COUNT_PAUSES = (0.0, 0.05, 0.2, 0.5, 1.0)


async def verified(
    places: Sequence[Place], opened: Open, told: Callable[[], None], pause: Pause = asyncio.sleep
) -> tuple[Finding, ...]:
    """Return what was found at each address; `told` is called after each name."""
    found = await asyncio.gather(*(_place(place, opened, told, pause) for place in places))
    return tuple(finding for findings in found for finding in findings)


def asked(place: Place) -> tuple[Name, ...]:
    """Return the names that are asked: those of pools that are not parked."""
    return tuple(name for pool in place.pools if not pool.parked for name in pool.names)


async def _place(
    place: Place, opened: Open, told: Callable[[], None], pause: Pause
) -> list[Finding]:
    names = asked(place)
    async with opened(place, max(2, sum(pool.active for pool in place.pools))) as ask:
        models, told_version, system = await asyncio.gather(
            *(patient(ask, wanted, _SHORT_SECONDS, pause) for wanted in (MODELS, VERSION, SYSTEM))
        )
        found = [version(place, told_version), engines(place, system), *listing(place, models)]
        if not (isinstance(models, Answer) and models.status == 200):
            text = "was not asked: the list of models did not come"
            return [*found, *(unseen(Check.ANSWERS, name, text) for name in names)]
        turns = {pool.name: asyncio.Semaphore(pool.active) for pool in place.pools}

        async def one(name: Name) -> Finding:
            async with turns[name.pool]:
                found = await answered(place, name, ask, pause)
            told()
            return found

        found += await asyncio.gather(*(one(name) for name in names if not name.is_alias))
    aliases = [name for name in names if name.is_alias]
    # One connection, so that the pod that answers is the one whose counters are read.
    async with opened(place, 1) as ask:
        for name in aliases:
            found += await _alias(place, name, ask, pause)
            told()
    return found


async def answered(place: Place, name: Name, ask: Ask, pause: Pause = asyncio.sleep) -> Finding:
    """Return whether a name answers one request of its kind."""
    wanted = request(name.model, name.name)
    return answers(place, name, await patient(ask, wanted, name.limit, pause))


async def patient(
    ask: Ask, wanted: Request, seconds: float, pause: Pause = asyncio.sleep
) -> Answered:
    """Return an answer; where a server says when to ask again, wait for that a few times."""
    found = await ask(wanted, seconds)
    for _ in range(_TRIES - 1):
        wait = _wait(found)
        if wait is None:
            break
        await pause(wait)
        found = await ask(wanted, seconds)
    return found


def _wait(found: Answered) -> float | None:
    """Return how long a server asks to wait; nothing where it does not, or for too long."""
    if not isinstance(found, Answer) or found.status not in (429, 503):
        return None
    after = found.headers.get("retry-after", "")
    if after.isascii() and after.isdigit() and len(after) < 10:
        return float(after) if float(after) <= _LONGEST_PAUSE else None
    return _PAUSE if found.status == 429 else None


async def _alias(place: Place, name: Name, ask: Ask, pause: Pause) -> list[Finding]:
    """Return how an alias answers, and where it leads."""
    blind = "the router does not tell; ask the address of its pool" if place.routed else ""
    if name.kind not in _COUNTED:
        blind = f"LocalAI does not count what a model for {name.kind} answers"
    found = unseen(Check.ANSWERS, name, "was not asked")
    for _ in range(_TRIES):
        before = await ask(METRICS, _SHORT_SECONDS) if not blind else None
        found = await answered(place, name, ask, pause)
        if before is None or found.verdict is not Verdict.PASS:
            return [found, unseen(Check.LEADS, name, blind or "it did not answer")]
        for wait in _COUNT_PAUSES:
            await pause(wait)
            if lead := leads(name, before, await ask(METRICS, _SHORT_SECONDS)):
                return [found, lead]
    return [found, unseen(Check.LEADS, name, "its server counted none, or others asked meanwhile")]
