"""Whose address is which, what is expected there, and for how long it is waited for."""

from collections.abc import Sequence

import pytest

from documents.problem import RefusedError
from gitops.acceptance.expectation import left_out, places
from tests.samples import pool_fields, stack

TWO = {"chat": pool_fields(), "second": pool_fields(models=["llama-3.2-1b-instruct"])}
ROUTER: dict[str, object] = {"router": {}}


def urls(found: Sequence[str], **fields: object) -> list[tuple[str, str]]:
    return [(place.pool, place.url) for place in places(*stack(TWO, **fields), found)]


def test_the_router_answers_for_every_pool_and_each_pool_for_itself():
    assert urls(["https://ai.example.com/ai/v1/"], **ROUTER) == [("", "https://ai.example.com/ai")]
    given = ["chat=http://localhost:8080", "second=http://localhost:8081/v1"]
    assert urls(given) == [("chat", "http://localhost:8080"), ("second", "http://localhost:8081")]


def test_pools_that_no_address_leads_to_are_named():
    context, pools = stack(TWO)
    assert left_out(pools, places(context, pools, ["second=http://h"])) == ("chat",)


@pytest.mark.parametrize(
    ("given", "words"),
    {
        "http://h": "does not say whose address it is: test has 2 pools",
        "third=http://h": "'third' is not a pool; use one of chat, second",
        "foo": "'foo' is not an address: it does not start with http:// or https://; write it as",
        "chat=ftp://h": "'chat=ftp://h' is not an address: it does not start with http://",
        "chat=h:8080": "'chat=h:8080' is not an address: it does not start with http://",
        "chat=": "'chat=' is not an address: it does not start with http://",
        "chat=http://": "'chat=http://' is not an address: it has no host",
        "chat=http://h:99999": "its port is not a number from 1 to 65535",
        "chat=http://h:0": "its port is not a number from 1 to 65535",
        "chat=http://h:a": "its port is not a number from 1 to 65535",
        "chat=http://[::1": "'chat=http://[::1' is not an address: its host is not valid",
        "chat=http://h/ä": "it has a space or a sign that is not ASCII",
        "chat=ftp://me:pass@h": "'chat=…' is not an address",
        "chat=http://me:pass@h": "carries a user name or a password",
        "chat=http://h/?key=abc": "has more than a path",
    }.items(),
)
def test_what_is_no_address_of_the_stack_is_refused_and_not_repeated(given: str, words: str):
    with pytest.raises(RefusedError) as refused:
        urls([given])
    assert words in str(refused.value)
    assert "pass@" not in str(refused.value)


def test_one_pool_is_asked_at_one_address():
    with pytest.raises(RefusedError, match="names one pool twice"):
        urls(["chat=http://a", "chat=http://b"])
    with pytest.raises(RefusedError, match="names the router and single pools"):
        urls(["http://a", "chat=http://b"], **ROUTER)


def test_a_model_that_is_not_in_memory_may_be_read_first():
    models = ["qwen3-0.6b", "llama-3.2-1b-instruct"]
    server = {"version": "v4.9.0", "longestAnswer": 60}
    context, pools = stack({"chat": pool_fields(models=models, active=1)}, server=server)
    (place,) = places(context, pools, ["http://h"])
    limits = {name.name: name.limit for name in place.names}
    # Where only one is active, none is loaded before the server is ready.
    assert all(limit > 60 for limit in limits.values())
    context, pools = stack({"chat": pool_fields(models=models)}, server=server)
    (place,) = places(context, pools, ["http://h"])
    assert {name.limit for name in place.names} == {60}


@pytest.mark.parametrize(
    ("url", "is_open"),
    {
        "https://ai.example.com": False,
        "http://ai.example.com": True,
        "http://203.0.113.7:8080": False,
        "http://93.184.215.14": True,
        "http://10.1.2.3:8080": False,
        "http://[::1]:8080": False,
        "http://localhost:8080": False,
        "http://localai-chat.localai-dev.svc:8080": False,
    }.items(),
)
def test_a_key_would_be_read_on_the_way_to_a_public_address_without_tls(url: str, is_open: bool):
    (place,) = places(*stack(TWO, **ROUTER), [url])
    assert place.is_open is is_open
