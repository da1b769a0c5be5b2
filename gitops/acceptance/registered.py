"""Models of a registry: which version of each the server at an address is ready to predict with."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from components.parts.context import Context
from proof.answers import RubbishError, document
from proof.finding import Check, Finding, Verdict
from proof.judge import Answered, failure
from proof.request import Answer, Request
from proof.verified import Ask
from settings.served import ServedVersion

PREFIX = "served-"
# It is ready once it predicted with bytes of the digest that it tells, and not before.
_READY = Request(path="/readyz")
_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class ServedPlace:
    """The address of a served model, and the version that the stack declares."""

    name: str
    url: str
    declared: ServedVersion

    @property
    def server(self) -> str:
        """Return the name of its objects."""
        return f"{PREFIX}{self.name}"


Open = Callable[[ServedPlace], AbstractAsyncContextManager[Ask]]


def unasked(context: Context, asked: Iterable[ServedPlace]) -> tuple[str, ...]:
    """Return the names of the servers that none of the addresses leads to."""
    known = {place.name for place in asked}
    return tuple(f"{PREFIX}{name}" for name in context.settings.served_models if name not in known)


async def ready(places: Sequence[ServedPlace], opened: Open) -> tuple[Finding, ...]:
    """Return what each server says that it is ready with."""

    async def one(place: ServedPlace) -> Finding:
        async with opened(place) as ask:
            return judged(place, await ask(_READY, _SECONDS))

    return tuple(await asyncio.gather(*map(one, places)))


def judged(place: ServedPlace, answered: Answered) -> Finding:
    """Return whether a server is ready with the declared version and the declared bytes."""
    wrong = failure(answered, place.server)
    if wrong is None and isinstance(answered, Answer):
        wrong = _other(place, answered)
    verdict, seconds = (Verdict.FAIL, None) if wrong else (Verdict.PASS, answered_in(answered))
    cause, cure = wrong or (f"{place.declared.semver}, {place.declared.digest}", "")
    return Finding(
        check=Check.ANSWERS, pool=place.server, name=place.name, verdict=verdict, text=cause,
        cure=cure, seconds=seconds,
    )  # fmt: skip


def answered_in(answered: Answered) -> float | None:
    """Return how many seconds an answer took."""
    return answered.seconds if isinstance(answered, Answer) else None


def _other(place: ServedPlace, answered: Answer) -> tuple[str, str] | None:
    """Return what a server is ready with that is not declared."""
    declared = place.declared
    wanted = {
        "model": declared.model or place.name,
        "version": str(declared.version),
        "semver": declared.semver,
        "digest": declared.digest,
    }
    try:
        found = document(answered.content)
    except RubbishError as error:
        return str(error), "check the address"
    for key, value in wanted.items():
        if (told := str(found.get(key))) != value:
            cure = f"{value} is declared: look whether the rollout has ended"
            return f"has {key} {told:.100}", cure
    return None
