"""Streams are read as they come; whatever else comes is an answer or a reason, without the key."""

import asyncio
import ssl

import pytest
from aiohttp import web

from gitops.adapters.service import Streamed
from gitops.adapters.streams import streaming
from proof.request import Reason, Request, Silence
from tests.gitops.acceptance.streamed import Misbehave, Streams, cut, echoes, never, says, streams
from tests.proof.served import KEY, events

TLS = ssl.create_default_context()
BODY = b'{"model": "m", "messages": [{"role": "user", "content": "?"}]}'
ASKED = Request(path="/v1/chat/completions", body=BODY)


def ask(served: Streams, key: str = KEY, seconds: float = 5.0) -> Streamed | Silence:
    async def once() -> Streamed | Silence:
        async with streams(served), streaming(served.url, key, TLS) as stream:
            return await stream(ASKED, seconds)

    return asyncio.run(once())


def misbehaving(wrong: Misbehave) -> Streams:
    return Streams(wrong=wrong, after=0, first=0.0)


def test_each_piece_has_the_time_at_which_it_came():
    found = ask(Streams(first=0.05, between=0.02, tokens=3))
    assert isinstance(found, Streamed)
    assert found.answer.content == events("m", " Paris", " Paris", " Paris")
    times = [when for when, _ in found.pieces]
    assert times == sorted(times)
    assert [size for _, size in found.pieces][-1] == len(found.answer.content)
    assert found.answer.seconds >= 0.05 + 4 * 0.02
    assert found.ended >= times[-1]


def test_a_stream_that_is_cut_is_no_answer():
    found = ask(misbehaving(cut))
    assert isinstance(found, Silence)
    assert found.reason in (Reason.PROTOCOL, Reason.CONNECTION)


def test_a_server_that_never_answers_is_left_in_time():
    found = ask(misbehaving(never), seconds=0.1)
    assert isinstance(found, Silence)
    assert found.reason is Reason.TIME


def test_nobody_at_the_address_is_a_reason():
    async def once() -> Streamed | Silence:
        async with streams(Streams()) as served:
            pass
        async with streaming(served.url, KEY, TLS) as stream:
            return await stream(ASKED, 5.0)

    found = asyncio.run(once())
    assert isinstance(found, Silence)
    assert (found.reason, found.text) == (Reason.CONNECTION, "Connection refused")


@pytest.mark.parametrize("status", [302, 401, 429, 500])
def test_a_status_is_an_answer_and_nothing_is_followed(status: int):
    served = misbehaving(says(status, Location="/elsewhere"))
    found = ask(served)
    assert isinstance(found, Streamed)
    assert found.answer.status == status
    assert len(served.asked) == 1


def test_a_key_that_comes_back_is_masked_and_moves_no_byte():
    found = ask(misbehaving(echoes))
    assert isinstance(found, Streamed)
    assert KEY.encode() not in found.answer.content
    assert b"bad key REDACTEDREDACTEDREDACT" in found.answer.content
    assert found.pieces[-1][1] == len(found.answer.content)


def test_an_answer_without_end_is_left(monkeypatch: pytest.MonkeyPatch):
    async def floods(_: Streams, request: web.Request, _name: str) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 1000)

    monkeypatch.setattr("gitops.adapters.streams.MOST_BYTES", 10_000)
    found = ask(misbehaving(floods))
    assert isinstance(found, Silence)
    assert found.reason is Reason.SIZE


def test_no_proxy_of_the_environment_sees_the_key(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert isinstance(ask(Streams(first=0.0, between=0.0, tokens=1)), Streamed)
