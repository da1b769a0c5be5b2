"""Begins chats at a steady rate, however slowly they are answered, and reads when tokens come.

A generator that waits for answers before it asks again asks a slow server less: its percentiles
leave out the waits that clients would have had. Here each chat has a time at which it is due, and
everything is measured from then.
"""

import asyncio
import json
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from gitops.acceptance.figures import Chatted, Tally, judged
from gitops.adapters.service import Streamed
from proof.answers import RubbishError, chat
from proof.expected import Name, Place
from proof.finding import Finding, Verdict
from proof.judge import failure, other
from proof.request import Request, Silence
from proof.verified import Open, answered, asked
from settings.acceptance import LoadSettings

# More open streams than most machines have files for.
MOST_OPEN = 4000
# How often the lateness of the event loop itself is read, in seconds.
_TICK = 0.01
# Time for the first chats to be made.
_LEAD = 0.05

Stream = Callable[[Request, float], Awaitable[Streamed | Silence]]
OpenStreams = Callable[[Place], AbstractAsyncContextManager[Stream]]
Load = tuple[Place, Name, LoadSettings]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What was found of one load: findings, and its figures and its course where it ran."""

    findings: tuple[Finding, ...]
    figures: dict[str, Any] | None = None
    course: Sequence[dict[str, Any]] = ()


def loads(places: Sequence[Place], declared: Mapping[str, LoadSettings]) -> tuple[Load, ...]:
    """Return what is declared to be loaded at these places: a name once at each of them."""
    found: dict[tuple[str, str], Load] = {}
    for place in places:
        for name in asked(place):
            if name.name in declared:
                found.setdefault((place.pool, name.name), (place, name, declared[name.name]))
    return tuple(found.values())


async def loaded(
    wanted: Sequence[Load], opened: Open, streams: OpenStreams, told: Callable[[], None]
) -> tuple[Loaded, ...]:
    """Return what was found of each load, one after another; `told` is called after each chat.

    A name that does not answer one chat is not loaded.
    """
    found: list[Loaded] = []
    for place, name, load in wanted:
        async with opened(place, 1) as ask:
            answer = await answered(place, name, ask)
        if answer.verdict is not Verdict.PASS:
            found.append(Loaded(findings=(answer,)))
            continue
        async with streams(place) as stream:
            tally = await _run(place, name, load, stream, told)
        figures = tally.figures(place.pool, name.name)
        findings = (answer, *judged(figures, load))
        found.append(Loaded(findings=findings, figures=figures, course=tally.course()))
    return tuple(found)


async def _run(
    place: Place, name: Name, load: LoadSettings, stream: Stream, told: Callable[[], None]
) -> Tally:
    """Begin each chat when it is due, and return what came of all of them."""
    clock, tally = asyncio.get_running_loop().time, Tally(load=load)
    start, chats = clock() + _LEAD, set[asyncio.Task[None]]()

    async def one(number: int, due: float, *, full: bool) -> None:
        late = clock() - due
        came = None if full else await stream(_request(name, load, number), name.limit)
        ended = came.ended if isinstance(came, Streamed) else clock()
        begun = Chatted(due=due - start, late=late, whole=ended - due)
        tally.add(_chatted(place, name, came, begun, due))
        told()

    ticks = asyncio.create_task(_ticks(tally))
    for number in range(load.count):
        due = start + number / load.rate
        # Also where it is late already: those that are begun have to get their turn.
        await asyncio.sleep(max(0.0, due - clock()))
        task = asyncio.create_task(one(number, due, full=len(chats) >= MOST_OPEN))
        chats.add(task)
        task.add_done_callback(chats.discard)
    ticks.cancel()
    await asyncio.gather(*chats)
    return tally


async def _ticks(tally: Tally) -> None:
    """Read how late the event loop itself is while chats are begun, however few they are."""
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + _TICK
        await asyncio.sleep(_TICK)
        tally.late.add(clock() - due)


def _chatted(
    place: Place, name: Name, came: Streamed | Silence | None, begun: Chatted, due: float
) -> Chatted:
    """Return what came of a chat that was due then, on the clock of the loop."""
    if came is None:
        return replace(begun, wrong=f"was not begun: {MOST_OPEN} chats were open")
    answer = came.answer if isinstance(came, Streamed) else came
    if wrong := failure(answer, place.servers, name):
        return replace(begun, wrong=wrong[0])
    if isinstance(came, Silence):
        return replace(begun, wrong="did not answer")
    try:
        said = chat(came.answer.content)
    except RubbishError as error:
        return replace(begun, wrong=f"its answer {error}")
    if wrong := other(place, name, said.model, came.answer.headers):
        return replace(begun, wrong=wrong[0])
    times = _times(came, said.ends)
    gaps = tuple(after - before for before, after in pairwise(times))
    return replace(begun, first=times[0] - due, gaps=gaps)


def _times(came: Streamed, ends: Sequence[int]) -> list[float]:
    """Return when each event with words was there: with the piece that brought its last byte."""
    sizes = [size for _, size in came.pieces]
    return [came.pieces[bisect_left(sizes, end)][0] for end in ends]


def _request(name: Name, load: LoadSettings, number: int) -> Request:
    # The number comes first: a server would else read a prompt that it has read already.
    fields = {
        "model": name.name,
        "messages": [{"role": "user", "content": f"{number}. {load.ask}"}],
        "max_tokens": load.tokens,
        "stream": True,
    }
    return Request(path="/v1/chat/completions", body=json.dumps(fields).encode())
