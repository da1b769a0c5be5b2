"""The models' side of the chat, over a transport that stands in for the network."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from apps.chat.asking import Models
from apps.chat.declared import declared
from apps.chat.metrics import Metrics
from apps.chat.page import asked, login
from apps.chat.words import CUT_OFF, MARK, TOO_LONG, UNREACHABLE
from tests.apps.chat.test_declared import TOLD

Handler = Callable[[httpx2.Request], httpx2.Response]
MODELS = {"data": [{"id": "tiny"}, {"id": "embedder"}]}


@pytest.fixture(autouse=True)
def _http(monkeypatch: pytest.MonkeyPatch):
    # The application has httpx; the tests' own packages have its successor.
    monkeypatch.setitem(sys.modules, "httpx", httpx2)


def streamed(*texts: str, end: bool = True) -> httpx2.Response:
    events = [json.dumps({"choices": [{"delta": {"content": one}}]}) for one in texts]
    lines = [*events, *(["[DONE]"] if end else [])]
    return httpx2.Response(200, text="".join(f"data: {one}\n\n" for one in lines))


def served(answer: Callable[[dict[str, Any]], httpx2.Response]) -> Handler:
    def handle(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/models"):
            return httpx2.Response(200, json=MODELS)
        return answer(json.loads(request.content))

    return handle


def models(handler: Handler, **fields: Any) -> Models:
    told = replace(declared({**TOLD, "CHAT_KEY": "key", "CHAT_MODELS": "tiny"}), **fields)
    return Models(told, Metrics(), httpx2.MockTransport(handler))


def answered(found: Models, question: str = "hello", model: str | None = "tiny") -> list[str]:
    """Return every state that the page shows of an answer."""

    async def run() -> list[str]:
        return [text async for text in asked(found, 1000)(question, [], model)]

    return asyncio.run(run())


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\r"])
def test_what_ends_a_line_of_text_ends_no_event(sign: str):
    event = json.dumps({"choices": [{"delta": {"content": f"one{sign}two"}}]}, ensure_ascii=False)
    body = f"data: {event}\r\n\r\ndata: [DONE]\r\n\r\n".encode()

    found = answered(models(served(lambda _: httpx2.Response(200, content=body))))

    assert found[-1].replace(sign, "") == "onetwo"


def test_an_answer_grows_and_is_counted():
    sent: list[dict[str, Any]] = []
    found = models(served(lambda body: sent.append(body) or streamed("Par", "is")))

    states = answered(found)

    assert states[0] == "Par"
    assert states[-1] == "Paris"
    assert sent == [
        {"model": "tiny", "stream": True, "messages": [{"role": "user", "content": "hello"}]}
    ]
    assert found.metrics.answers == {"whole": 1}
    assert "chat_first_part_seconds_count 1" in found.metrics.text()


def test_what_came_before_the_connection_was_cut_stays_and_the_cut_is_told():
    found = models(served(lambda _: streamed("half", end=False)))

    assert answered(found)[-1] == f"half\n\n{MARK}{CUT_OFF}"
    assert found.metrics.answers == {"cut off": 1}


def test_models_out_of_reach_are_told_and_are_found_again():
    away = True

    def handle(request: httpx2.Request) -> httpx2.Response:
        if away:
            raise httpx2.ConnectError("no")
        return served(lambda _: streamed("back"))(request)

    found = models(handle)
    assert answered(found) == [f"{MARK}{UNREACHABLE}"]
    assert answered(found, model=None) == [f"{MARK}{UNREACHABLE}"]
    assert (found.wrong, found.answered) == (UNREACHABLE, False)
    away = False
    assert answered(found)[-1] == "back"


def test_a_silence_that_is_too_long_is_told():
    def handle(_: dict[str, Any]) -> httpx2.Response:
        raise httpx2.ReadTimeout("no")

    assert "No answer came in 7 s" in answered(models(served(handle), wait_seconds=7))[-1]


def test_questions_that_are_empty_or_too_long_are_not_sent():
    def refuse(_: dict[str, Any]) -> httpx2.Response:
        raise AssertionError("it was sent")

    found = models(served(refuse))
    assert "empty" in answered(found, " \n")[-1]
    assert answered(found, "a" * 1001) == [f"{MARK}{TOO_LONG}"]
    assert answered(models(served(refuse), request_bytes=50), "a" * 40) == [f"{MARK}{TOO_LONG}"]


def test_whoever_stops_listening_ends_the_answer():
    found = models(served(lambda _: streamed("one", "two")))

    async def run() -> None:
        stream: Any = asked(found, 1000)("hello", [], "tiny")
        assert await anext(stream) == "one"
        await stream.aclose()

    asyncio.run(run())
    assert found.metrics.in_progress == 0


def test_only_the_models_that_are_served_are_offered_and_a_refused_key_is_told():
    assert asyncio.run(models(served(lambda _: streamed())).listed()) == ["tiny"]
    refused = models(lambda _: httpx2.Response(401))
    assert asyncio.run(refused.listed()) == []
    assert "key" in refused.wrong
    assert "chat_models_reachable 0" in refused.metrics.text()


def test_a_login_is_the_user_and_the_password():
    allowed = login(declared(TOLD))

    assert allowed("a", "secret")
    assert not any((allowed("a", "Secret"), allowed("b", "secret"), allowed("", ""),
                    allowed("ä", "ö")))  # fmt: skip
