"""Asking one service: its answers as they are, within bounds, and its key nowhere else."""

import asyncio
import ssl

import pytest

from gitops.adapters.head import Answer, Reason, Silence
from gitops.adapters.service import opened
from proof.request import MODELS
from tests.proof.served import KEY, Served, error, says, serving, status

TLS = ssl.create_default_context()


def ask(served: Served, key: str = KEY) -> Answer | Silence:
    async def once() -> Answer | Silence:
        async with opened(served.url, key, TLS, 1) as asking:
            return await asking(MODELS, 5)

    return asyncio.run(once())


def test_a_redirect_is_an_answer_and_nobody_else_gets_the_key():
    with serving(Served(names=[], key="")) as elsewhere:
        leads = status(307, Location=f"{elsewhere.url}/v1/models")
        with serving(Served(names=[], behaviors={"/v1/models": leads})) as served:
            found = ask(served)
    assert isinstance(found, Answer)
    assert (found.status, elsewhere.asked) == (307, [])


def test_a_proxy_of_the_environment_gets_nothing(monkeypatch: pytest.MonkeyPatch):
    with serving(Served(names=[])) as proxy, serving(Served(names=["a"])) as served:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        found = ask(served)
    assert isinstance(found, Answer)
    assert proxy.asked == []


def test_the_key_is_in_no_answer_and_in_no_representation():
    echo = status(400, error(f"no {KEY}"), X_Echo=KEY)
    with serving(Served(names=[], behaviors={"/v1/models": echo})) as served:
        found = ask(served)
    assert isinstance(found, Answer)
    assert b"no REDACTED" in found.content
    assert KEY not in repr((found, found.headers, found.content))


def test_a_short_key_changes_no_answer():
    with serving(Served(names=["a"], key="a")) as served:
        found = ask(served, "a")
    assert isinstance(found, Answer)
    assert b'"data"' in found.content


def test_an_answer_without_an_end_is_left():
    with serving(Served(names=[], behaviors={"/v1/models": says(b" " * 5_000_000)})) as served:
        found = ask(served)
    assert isinstance(found, Silence)
    assert found.reason is Reason.SIZE
