"""Prove that a pool serves what a file declares: on its volume, and over its Service.

Prints one line a finding, and leaves the outcome as JSON where Kubernetes shows it. Exits with 0
where all of it holds, with 1 where not.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proof.bounded_json import bounded_json
from proof.expected import Place, place_of
from proof.finding import Check, Finding, Verdict, outcome, passed
from proof.request import MODELS, SETTINGS, Answer, Request, Silence
from proof.transport import Server, opened
from proof.verified import Pause, verified
from proof.volume import Content, Reading, on_volume

_VARIABLE = "LOCALAI_API_KEY"
_SHORT_SECONDS = 10.0
# Kubernetes shows no longer message.
MOST_MESSAGE_BYTES = 4096


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a Job is to prove; `release` is the digest of all that it proves."""

    stack: str
    release: str
    place: Place
    content: Content | None
    # How long a server that cannot be reached yet is asked again.
    patience: float = 300.0


def declared_of(found: Mapping[str, Any]) -> Declared:
    """Return what a file declares."""
    content = found["content"]
    return Declared(
        stack=found["stack"],
        release=found["release"],
        place=place_of(found["place"]),
        content=Content(**content) if content else None,
        patience=found["patience"],
    )


def proven(
    declared: Declared, key: str, reading: Reading, pause: Pause = asyncio.sleep
) -> tuple[Finding, ...]:
    """Return what is found at the servers of a pool and on its volume."""
    (pool,) = declared.place.pools
    volume = on_volume(pool.name, declared.content, reading) if declared.content else ()
    return (*_served(declared, key, pause), *volume)


def _served(declared: Declared, key: str, pause: Pause) -> Iterator[Finding]:
    place = declared.place
    (pool,) = place.pools
    if pool.may_sleep and isinstance(_answer(place, key, MODELS), Silence):
        text = "no server was asked: the pool sleeps"
        yield Finding(
            check=Check.LISTED, pool=pool.name, name="", verdict=Verdict.UNSEEN, text=text
        )
        return
    yield from asyncio.run(
        verified(
            [place], lambda one, _: opened(one.url, key, declared.patience), lambda: None, pause
        )
    )
    found = _answer(place, key, SETTINGS)
    if not isinstance(found, Silence) and found.status == 200:
        yield Finding(
            check=Check.ADDED, pool=pool.name, name="settings", verdict=Verdict.FAIL,
            text="its settings can be read and changed by whoever has the key",
            cure="see which variable of its pods opens them, or what runs in place of LocalAI",
        )  # fmt: skip


def _answer(place: Place, key: str, asked: Request) -> Answer | Silence:
    with closing(Server(url=place.url, key=key)) as server:
        return server.ask(asked, _SHORT_SECONDS)


def message(declared: Declared, found: Sequence[Finding]) -> str:
    """Return the outcome in so few bytes that Kubernetes shows all of it."""
    failed = [f"{one.check} {one.name}: {one.text}" for one in found if one.verdict is Verdict.FAIL]
    unseen = [one.text for one in found if one.check is Check.ANSWERS
              and one.verdict is Verdict.UNSEEN]  # fmt: skip
    why = failed or unseen
    while True:
        text = json.dumps(
            outcome(declared.stack, declared.place.pool, declared.release, found, why)
        )
        if len(text.encode()) <= MOST_MESSAGE_BYTES:
            return text
        why = [*(one[:200] for one in why[: len(why) // 2]), "and more: read the log of the Job"]


def _printable(line: str) -> str:
    """Return one line that steers no terminal and forges no other line: servers say parts of it."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in line)


def main(file: str, log: str) -> int:
    """Prove what a file declares, and return 0 where it holds, 1 where not."""
    declared = declared_of(bounded_json(Path(file).read_bytes()))
    found = proven(declared, os.environ.get(_VARIABLE, ""), Reading())
    for one in found:
        cure = f"; {one.cure}" if one.cure else ""
        line = f"{one.verdict:6} {one.check:8} {one.name or '-'}: {one.text}{cure}"
        sys.stdout.write(f"{_printable(line)}\n")
    Path(log).write_text(message(declared, found), encoding="utf-8")
    return 0 if passed(found) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
