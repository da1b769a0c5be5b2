"""A served model counts as served once its server is ready with the declared bytes."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from documents.problem import RefusedError
from gitops.acceptance.evidence import evidence, problems
from gitops.acceptance.expectation import served_places
from gitops.acceptance.registered import judged, ready, unasked
from gitops.acceptance.result import Result
from predict.app import App
from proof.finding import Check, Finding, Verdict
from proof.request import Answer, Reason, Request, Silence
from proof.verified import Ask
from tests.components.addons.served.stacks import DIGEST, MODEL
from tests.predict.test_app import ask, told
from tests.samples import pool_fields, stack

DECLARED = stack({"chat": pool_fields()}, servedModels={"digits": MODEL})
URL = "http://served-digits.ml.svc:8080"
((PLACE,), _) = served_places(DECLARED[0], [f"served-digits={URL}"])
READY = {"ready": True, "model": "digits", "version": "2", "semver": "1.1.0", "digest": DIGEST}


def answer(status: int = 200, **fields: Any) -> Answer:
    content = json.dumps({**READY, **fields}).encode()
    return Answer(url=URL, status=status, headers={}, content=content, seconds=0.01)


def test_one_that_is_ready_with_what_is_declared_passes():
    found = judged(PLACE, answer())
    assert (found.verdict, found.check, found.pool, found.name) == (
        "pass", "answers", "served-digits", "digits",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (answer(digest="sha256:" + "b" * 64), "has digest sha256:bbbb"),
        (answer(version="1"), "has version 1"),
        (answer(semver="1.0.0"), "has semver 1.0.0"),
        (answer(model="letters"), "has model letters"),
        (answer(503, ready=False), "answered 503"),
        (Answer(url=URL, status=200, headers={}, content=b"<html>"), "not JSON"),
        (Answer(url=URL, status=200, headers={}, content=b"{}"), "has model None"),
        (Silence(url=URL, reason=Reason.CONNECTION, text="refused"), "cannot be reached: refused"),
    ],
)
def test_anything_else_fails_and_says_why(seen: Answer | Silence, words: str):
    found = judged(PLACE, seen)
    assert found.verdict == "fail"
    assert words in found.text
    assert found.cure


def test_the_model_server_itself_says_what_is_looked_at():
    app = App(told, {key: value for key, value in READY.items() if isinstance(value, str)}, 1)

    async def run() -> list[tuple[int, str, Any]]:
        early = await ask(app, "/readyz")
        await app.start()
        return [early, await ask(app, "/readyz")]

    seen = [
        judged(PLACE, Answer(url=URL, status=status, headers={}, content=text.encode())).verdict
        for status, text, _ in asyncio.run(run())
    ]
    assert seen == ["fail", "pass"]


def test_each_is_asked_once_whether_it_is_ready():
    asked: list[tuple[str, str]] = []

    @asynccontextmanager
    async def opened(place: Any) -> AsyncGenerator[Ask]:
        async def ask(request: Request, seconds: float) -> Answer:
            assert seconds == 10.0
            asked.append((place.url, request.path))
            return answer()

        yield ask

    (found,) = asyncio.run(ready([PLACE], opened))
    assert found.verdict == "pass"
    assert asked == [(URL, "/readyz")]


def test_addresses_of_pools_are_left_to_pools_and_one_that_is_missing_is_named():
    found, others = served_places(DECLARED[0], ["http://h", "chat=http://h"])
    assert (found, others) == ((), ("http://h", "chat=http://h"))
    assert unasked(DECLARED[0], found) == ("served-digits",)
    assert unasked(DECLARED[0], [PLACE]) == ()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["served-digits=ftp://h"], "'served-digits=ftp://h' is not an address: it does not start"),
        (["served-digits=http://a", "served-digits=http://b"], "names one served model twice"),
    ],
)
def test_what_is_no_address_of_one_is_refused(given: list[str], words: str):
    with pytest.raises(RefusedError, match=words):
        served_places(DECLARED[0], given)


def test_evidence_without_it_does_not_count():
    chat = Finding(
        check=Check.ANSWERS, pool="chat", name="qwen3-0.6b", verdict=Verdict.PASS, text="Paris"
    )
    now = datetime(2026, 11, 29, tzinfo=UTC)
    whole = evidence(*DECLARED, Result(findings=(chat, judged(PLACE, answer()))), now)
    part = evidence(*DECLARED, Result(findings=(chat,)), now)
    assert [one.cause for one in problems(whole, "e.json", *DECLARED)] == []
    assert [one.cause for one in problems(part, "e.json", *DECLARED)] == [
        "does not show that served-digits is ready"
    ]
