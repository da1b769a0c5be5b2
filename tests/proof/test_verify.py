"""What `verify` finds at good, broken and lying servers on the loopback."""

import asyncio
import ssl
import time
from collections.abc import Mapping, Sequence
from threading import Barrier, Event

import pytest

from gitops.acceptance.expectation import Place, places
from gitops.adapters.service import opened
from proof.finding import Check, Finding, Verdict, passed
from proof.request import MOST_BYTES
from proof.verified import Open, verified
from tests.proof.served import (
    KEY,
    Behavior,
    Handler,
    Served,
    as_json,
    cut,
    error,
    events,
    good,
    picture,
    says,
    serving,
    status,
)
from tests.samples import pool_fields, stack

CHAT, OTHER, EMBEDDER = "qwen3-0.6b", "llama-3.2-1b-instruct", "qwen3-embedding-0.6b"
RANKER, PAINTER, EAR = "jina-reranker-v1-tiny-en", "sd-1.5", "whisper-base"
ALIASES = {"assistant": CHAT, "embedder": EMBEDDER, "ranker": RANKER}
MODELS = [CHAT, OTHER, EMBEDDER, RANKER, PAINTER, EAR]
TLS = ssl.create_default_context()
HTML = b"<!doctype html><title>Sign in</title>"


def declared(url: str, **fields: object) -> tuple[Place, ...]:
    pool = pool_fields(models=MODELS, aliases=ALIASES, memory="64Gi")
    return places(*stack({"every": pool}, server={"version": "v4.9.0", **fields}), [url])


def server(**behaviors: Behavior) -> Served:
    return Served(names=[*MODELS, *ALIASES], aliases=ALIASES, behaviors=behaviors)


def opening(key: str = KEY) -> Open:
    return lambda place, many: opened(place.url, key, TLS, many)


async def at_once(_: float) -> None:
    """Pause for no time."""


def found(asked: Sequence[Place], key: str = KEY) -> tuple[Finding, ...]:
    return asyncio.run(verified(asked, opening(key), lambda: None, at_once))


def verify(served: Served, key: str = KEY, **fields: object) -> tuple[Finding, ...]:
    with serving(served):
        return found(declared(served.url, **fields), key)


def failures(findings: Sequence[Finding]) -> list[tuple[str, str, str]]:
    bad = [one for one in findings if one.verdict is Verdict.FAIL]
    assert all(one.text and one.cure for one in bad)
    assert passed(findings) is not bool(bad)
    return [(one.check, one.name, one.text) for one in bad]


def test_a_good_server_passes_and_says_who_answered():
    findings = verify(server())
    assert failures(findings) == []
    answered = {one.name: one.answered_by for one in findings if one.check is Check.ANSWERS}
    named = {name: name for name in (CHAT, OTHER, EMBEDDER, RANKER, *ALIASES)}
    assert answered == {**named, PAINTER: None, EAR: None}
    assert all(one.seconds is not None for one in findings if one.check is Check.ANSWERS)


def test_it_says_where_an_alias_leads_as_far_as_the_server_counts_it():
    leads = {one.name: (one.verdict, one.text) for one in verify(server())
             if one.check is Check.LEADS}  # fmt: skip
    assert leads == {
        "assistant": (Verdict.PASS, f"leads to {CHAT}"),
        "embedder": (Verdict.PASS, f"leads to {EMBEDDER}"),
        "ranker": (Verdict.UNSEEN, "LocalAI does not count what a model for rerank answers"),
    }


def reset(handler: Handler, _: str) -> None:
    handler.close_connection = True


def drip(handler: Handler, _: str) -> None:
    """Answer a byte now and then, for ever, so that no single read takes long."""
    handler.send_response(200)
    handler.end_headers()
    pause = Event()
    for _turn in range(200):
        handler.wfile.write(b" ")
        pause.wait(0.05)


def other(handler: Handler, name: str) -> None:
    handler.count(OTHER)
    handler.reply(events(name, "Paris"), "text/event-stream")


VECTOR = [0.5] * 1024


def vectors(*each: object) -> Behavior:
    return says(as_json({"model": EMBEDDER, "data": [{"embedding": one} for one in each]}))


def scores(*each: object) -> Behavior:
    found = [{"index": index, "relevance_score": one} for index, one in enumerate(each)]
    return says(as_json({"results": found}))


def drawn(text: object) -> Behavior:
    return says(as_json({"data": [{"b64_json": text}]}))


def chat(*words: str, end: str | None = "stop", done: bool = True) -> Behavior:
    return says(events(CHAT, *words, end=end, done=done), "text/event-stream")


# What the model answers, and a part of what is said of it.
BROKEN: Mapping[str, tuple[str, Behavior, str]] = {
    "it closes the connection": (CHAT, reset, "was cut, or is no HTTP"),
    "it is cut in the middle": (CHAT, cut(events(CHAT, "Paris")), "was cut, or is no HTTP"),
    "its stream has no end": (CHAT, chat("Paris", done=False), "the stream has no end"),
    "its stream does not say how it ended": (CHAT, chat("Paris", end=None), "how it ended"),
    "it says nothing": (CHAT, chat(""), "its answer is empty"),
    "it says only an end": (CHAT, says(b"data: [DONE]\n\n"), "was cut"),
    "it sends no byte": (CHAT, says(b""), "was cut"),
    "it talks rubbish": (CHAT, chat(" banana"), "'banana'"),
    "it answers whole": (CHAT, says(as_json({"choices": []})), "is no stream"),
    "it answers as another": (CHAT, says(events(OTHER, "Paris")), f"answered by '{OTHER}'"),
    "it breaks off with an error": (
        CHAT, says(b"data: " + error("out of memory") + b"\n\n"), "broke off: out of memory",
    ),
    "it sends what is no JSON": (CHAT, says(b"data: {Paris\n\ndata: [DONE]\n\n"), "is not JSON"),
    "it answers 500": (CHAT, status(500, error("backend not found: vllm")), "500: backend not"),
    "it answers 500 with rubbish": (CHAT, status(500, b"\xff\x00"), "answered 500"),
    "it cools down": (CHAT, status(503, error("wait"), Retry_After="999"), "503: wait"),
    "it is over its limit": (CHAT, status(429, Retry_After="1"), "answered 429"),
    "it is over its limit for long": (CHAT, status(429, Retry_After="9" * 40), "answered 429"),
    "it redirects": (CHAT, status(307, Location="http://127.0.0.2/"), "was not followed"),
    "it answers HTML": (EMBEDDER, says(HTML, "text/html"), "HTML"),
    "it streams HTML": (CHAT, says(HTML, "text/html"), "HTML"),
    "it answers without an end": (EAR, says(b" " * (MOST_BYTES + 1)), "answered more than"),
    "it nests without an end": (EMBEDDER, says(b"[" * 100_000), "nested"),
    "it answers a list": (EMBEDDER, says(b"[]"), "not an object"),
    "its vectors are short": (EMBEDDER, vectors(VECTOR[1:], VECTOR[1:]), "1023 dimensions"),
    "a vector is missing": (EMBEDDER, vectors(VECTOR), "1 vectors for 2 texts"),
    "its vectors are zero": (EMBEDDER, vectors([0] * 1024, VECTOR), "nothing but zeros"),
    "its vectors are the same": (EMBEDDER, vectors(VECTOR, VECTOR), "the same vector"),
    "a vector holds null": (EMBEDDER, vectors([None] * 1024, VECTOR), "'None'"),
    "its vectors are empty": (EMBEDDER, vectors([], []), "0 dimensions"),
    "it ranks the wrong way": (RANKER, scores(0.9, 0.1), "bananas"),
    "it ranks nothing": (RANKER, scores(0.5, 0.5), "bananas"),
    "it ranks one text": (RANKER, scores(0.5), "once each"),
    "it ranks by words": (RANKER, scores("a", "b"), "'a'"),
    "its picture is empty": (PAINTER, drawn(""), "no picture"),
    "its picture is no base64": (PAINTER, drawn("§"), "base64"),
    "its picture is text": (PAINTER, drawn("UGFyaXM="), "neither PNG"),
    "its picture is black": (PAINTER, drawn(picture(color=b"\0\0\0")), "single color"),
    "it has no list of pictures": (PAINTER, says(b"{}"), "no list"),
    "it hears no text": (EAR, says(b'{"text": null}'), "no text"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_model_that_does_not_work_is_the_only_one_that_fails(name: str):
    model, behavior, words = BROKEN[name]
    served = server(**{model: behavior})
    ((check, failed, text),) = failures(verify(served))
    assert (check, failed) == (Check.ANSWERS, model)
    assert words in text


def test_an_alias_that_leads_to_another_model_fails_though_it_answers():
    assert failures(verify(server(assistant=other))) == [
        (Check.LEADS, "assistant", f"leads to {OTHER}, not to {CHAT}")
    ]


def test_a_model_that_answers_too_late_fails_by_its_limit():
    began = time.monotonic()
    ((_, name, text),) = failures(verify(server(**{CHAT: drip}), longestAnswer=1))
    assert (name, text) == (CHAT, "did not answer within 1 s")
    assert time.monotonic() - began < 5


# What a path answers, and a part of what is said of the list or the version.
WHOLE: Mapping[str, tuple[str, Behavior, str]] = {
    "the list is HTML": ("/v1/models", says(HTML), "HTML"),
    "the list is of no form": ("/v1/models", says(b'{"data": {}}'), "no list 'data'"),
    "the list is 500": ("/v1/models", status(500, error("starting")), "500: starting"),
    "the list is not ready": ("/v1/models", status(503), "answered 503"),
    "the list is elsewhere": ("/v1/models", status(302, Location="https://x"), "not followed"),
    "the list is empty": ("/v1/models", says(b'{"data": []}'), "is declared, and not listed"),
    "the version is another": ("/version", says(b'{"version": "v4.9.01 (x)"}'), "v4.9.01 (x)"),
    "there is no version": ("/version", says(b"{}"), "None"),
    "the version is refused": ("/version", status(404), "answered 404"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_server_that_is_not_as_declared_fails(name: str):
    path, behavior, words = WHOLE[name]
    told = failures(verify(server(**{path: behavior})))
    assert {check for check, _, _ in told} == {
        Check.LISTED if path == "/v1/models" else Check.VERSION
    }
    assert all(words in text for _, _, text in told)


@pytest.mark.parametrize(
    ("engines", "verdict", "text"),
    [
        (["llama-cpp", "whisper"], Verdict.FAIL, "does not have stablediffusion-ggml"),
        (None, Verdict.FAIL, "does not have llama-cpp and stablediffusion-ggml and whisper"),
        (
            ["vllm", "whisper", "llama-cpp", "stablediffusion-ggml"],
            Verdict.PASS,
            "llama-cpp, stablediffusion-ggml, whisper; no model here needs vllm",
        ),
    ],
)
def test_engines_are_those_of_the_models_and_others_are_told(
    engines: list[str], verdict: Verdict, text: str
):
    served = server()
    served.engines = engines
    (found,) = [one for one in verify(served) if one.check is Check.ENGINES]
    assert (found.verdict, found.text) == (verdict, text)


def test_engines_that_are_not_told_are_unseen():
    (found,) = [
        one for one in verify(server(**{"/system": status(404)})) if one.check is Check.ENGINES
    ]
    assert (found.verdict, found.text) == (Verdict.UNSEEN, "/system answered 404")


def test_missing_and_undeclared_names_are_told_one_by_one():
    served = server()
    served.names = [*(name for name in served.names if name != OTHER), "loose"]
    assert failures(verify(served)) == [
        (Check.LISTED, OTHER, "is declared, and not listed"),
        (Check.LISTED, "loose", "is listed, and not declared"),
        (Check.ANSWERS, OTHER, f"answered 404: model {OTHER} not found"),
    ]


def test_a_server_that_is_down_is_one_problem_and_no_model_is_waited_for():
    with serving(server()) as served:
        url = served.url
    findings = found(declared(url))
    assert {(check, name) for check, name, _ in failures(findings)} == {
        (Check.LISTED, ""), (Check.VERSION, "")
    }  # fmt: skip
    assert {one.verdict for one in findings if one.check is Check.ANSWERS} == {Verdict.UNSEEN}


def test_a_wrong_key_is_told_and_never_shown():
    told = failures(verify(server(), key="another-key"))
    assert [text for _, _, text in told] == ["answered 401: An authentication key is required"] * 2


def test_a_key_that_a_server_sends_back_is_in_no_finding():
    findings = verify(server(**{CHAT: status(500, error(f"bad key {KEY}")), OTHER: chat(KEY)}))
    assert KEY not in str(findings)
    assert "bad key REDACTED" in str(findings)


def test_a_limit_that_ends_is_waited_for():
    turns = iter([status(429, Retry_After="2"), status(503, Retry_After="0"), good])

    def turn(handler: Handler, name: str) -> None:
        next(turns)(handler, name)

    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    with serving(server(**{OTHER: turn})) as served:
        findings = asyncio.run(verified(declared(served.url), opening(), lambda: None, pause))
    assert failures(findings) == []
    assert waits[:2] == [2.0, 0.0]


def test_models_are_asked_at_once_and_no_more_than_are_in_memory():
    served = server()
    # Nobody is answered before two have asked.
    served.together = Barrier(2)
    pool = pool_fields(models=MODELS, memory="64Gi", active=2)
    served.names = MODELS
    with serving(served):
        asked = places(*stack({"every": pool}), [served.url])
        assert failures(found(asked)) == []


def test_a_parked_pool_is_not_asked():
    served = server()
    with serving(served):
        pool = pool_fields(models=MODELS, aliases=ALIASES, memory="64Gi", replicas=0)
        asked = places(*stack({"every": pool}), [served.url])
        assert failures(found(asked)) == []
    assert set(served.asked) == {"/v1/models", "/version", "/system"}
