"""Chats are begun when they are due, whatever the server does, and read by when they were due."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from gitops.acceptance.expectation import places
from gitops.acceptance.load import Load, Loaded, Stream, loaded, loads
from gitops.adapters.service import Streamed
from proof.expected import Place
from proof.finding import Check, Verdict
from proof.request import Answer, Reason, Request, Silence
from proof.verified import Ask
from tests.gitops.acceptance.virtual import VirtualLoop, run
from tests.proof.served import events
from tests.samples import pool_fields, stack

NAME = "assistant"
Wait = Callable[[int], Awaitable[None]]


def declared(**fields: Any) -> tuple[Load, ...]:
    load = {"chatsPerMinute": 6000, "seconds": 2, "firstTokenMilliseconds": 100, **fields}
    pools = {"chat": pool_fields(aliases={NAME: "qwen3-0.6b"})}
    return declared_at(["http://h"], pools, {NAME: load})


def declared_at(urls: list[str], pools: Any, load: Any, **fields: Any) -> tuple[Load, ...]:
    context, found = stack(pools, acceptance={"load": load}, **fields)
    acceptance = context.settings.acceptance
    assert acceptance
    return loads(places(context, found, urls), acceptance.load)


async def soon(_: int) -> None:
    await asyncio.sleep(0.05)


async def smoke(asked: Request, _: float) -> Answer:
    del asked
    return Answer(url="http://h", status=200, headers={}, content=events(NAME, "Paris"))


@asynccontextmanager
async def answering(_place: Place, _many: int) -> AsyncGenerator[Ask]:
    yield smoke


def loading(wait: Wait = soon, ask: Any = answering, name: str = NAME, **fields: Any) -> Loaded:
    """Return what a load finds at a server that waits so before its first of three tokens."""
    asked = 0

    async def stream(_: Request, seconds: float) -> Streamed | Silence:
        nonlocal asked
        asked, number, clock = asked + 1, asked, asyncio.get_running_loop().time
        content = events(name, "Pa", "ris", "!")
        ends = [len(content[: content.index(word)]) + 60 for word in (b"Pa", b"ris", b'"!')]
        pieces: list[tuple[float, int]] = []
        try:
            async with asyncio.timeout(seconds):
                await wait(number)
        except TimeoutError:
            return Silence(url="http://h", reason=Reason.TIME)
        for end in ends:
            pieces.append((clock(), end))
            await asyncio.sleep(0.01)
        pieces.append((clock(), len(content)))
        answer = Answer(url="http://h", status=200, headers={}, content=content)
        return Streamed(answer=answer, pieces=tuple(pieces), ended=clock())

    @asynccontextmanager
    async def streams(_: Place) -> AsyncGenerator[Stream]:
        yield stream

    (found,) = run(loaded(declared(**fields), ask, streams, lambda: None))
    return found


def verdicts(found: Loaded) -> dict[Check, Verdict]:
    return {one.check: one.verdict for one in found.findings}


def test_a_load_is_read_to_the_millisecond():
    found = loading()
    assert set(verdicts(found).values()) == {Verdict.PASS}
    assert found.figures
    assert found.figures["begun"] == 200
    assert found.figures["rate"]["begun"] == pytest.approx(100, rel=0.01)
    # The wait, and what a timer of the loop may be late.
    assert found.figures["first_token"]["p95"] == pytest.approx(50, rel=0.02)
    assert found.figures["between_tokens"]["p50"] == pytest.approx(10, rel=0.01)
    assert found.figures["whole_answer"]["p50"] == pytest.approx(80, rel=0.02)


def test_a_server_that_stalls_slows_no_chat_and_each_tells_the_wait_it_had():
    # A generator that waits for answers would see one slow answer of 200, and pass.
    stalled = 1001.05

    async def stalls(_: int) -> None:
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.05, stalled - clock()))

    found = loading(stalls)
    assert found.figures
    assert found.figures["rate"]["begun"] == pytest.approx(100, rel=0.01)
    assert found.figures["first_token"]["p50"] == pytest.approx(50, rel=0.1)
    assert found.figures["first_token"]["p90"] == pytest.approx(800, rel=0.05)
    assert verdicts(found)[Check.FIRST_TOKEN] is Verdict.FAIL


def test_a_generator_that_is_held_up_refuses_to_tell_latencies():
    async def holds_up(number: int) -> None:
        if number in (50, 100):
            cast("VirtualLoop", asyncio.get_running_loop()).busy(0.3)
        await soon(number)

    found = loading(holds_up)
    assert verdicts(found) == {
        Check.ANSWERS: Verdict.PASS, Check.FAILING: Verdict.PASS,
        Check.RATE: Verdict.UNSEEN, Check.FIRST_TOKEN: Verdict.UNSEEN,
    }  # fmt: skip
    assert found.figures
    assert found.figures["first_token"] is None


def test_a_server_that_never_answers_fails_by_its_limit():
    async def never(_: int) -> None:
        await asyncio.Event().wait()

    found = loading(never, seconds=1)
    assert verdicts(found)[Check.FAILING] is Verdict.FAIL
    assert found.figures
    (kind,) = found.figures["failed"]
    assert kind.startswith("did not answer within ")


def test_more_chats_than_a_machine_holds_are_told_and_not_begun(monkeypatch: pytest.MonkeyPatch):
    async def long(_: int) -> None:
        await asyncio.sleep(1e9)

    monkeypatch.setattr("gitops.acceptance.load.MOST_OPEN", 150)
    found = loading(long)
    assert found.figures
    assert found.figures["failed"]["was not begun: 150 chats were open"] == 50


def test_a_name_that_does_not_answer_is_not_loaded():
    async def wrong(_: Request, _seconds: float) -> Answer:
        return Answer(url="http://h", status=401, headers={})

    @asynccontextmanager
    async def refusing(_place: Place, _many: int) -> AsyncGenerator[Ask]:
        yield wrong

    found = loading(ask=refusing)
    assert (verdicts(found), found.figures) == ({Check.ANSWERS: Verdict.FAIL}, None)


def test_answers_of_another_model_fail():
    found = loading(name="liar")
    assert found.figures
    assert found.figures["failed"] == {"was answered by 'liar'": 200}


def test_a_name_is_loaded_once_at_a_router_and_once_at_each_pool_without():
    pools = {name: pool_fields() for name in ("one", "two")}
    load = {"qwen3-0.6b": {"chatsPerMinute": 60}}
    alone = declared_at(["one=http://a", "two=http://b"], pools, load)
    assert [place.pool for place, _, _ in alone] == ["one", "two"]
    routed = declared_at(["http://a"], pools, load, router={"loadBalance": True})
    assert [name.name for _, name, _ in routed] == ["qwen3-0.6b"]
    assert declared_at(["http://a"], {"one": pool_fields(replicas=0)}, load) == ()
