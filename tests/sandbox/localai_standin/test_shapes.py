import json

import pytest

from sandbox.localai_standin.inference import asked_of_engine, counts, event, whole

USAGE = {"prompt_tokens": 3, "completion_tokens": 2}


def test_a_request_overrules_the_defaults_of_its_model():
    asked = {"model": "assistant", "temperature": 0.0}

    sent = asked_of_engine("chat", asked, {"temperature": 0.5, "top_k": 3}, "tiny")

    assert sent == {"model": "tiny", "temperature": 0.0, "top_k": 3}


def test_the_counts_of_a_stream_are_always_asked_for():
    asked = {"stream": True, "stream_options": {"other": 1}}

    sent = asked_of_engine("chat", asked, {}, "tiny")

    assert sent["stream_options"] == {"other": 1, "include_usage": True}


def test_ollamas_form_is_answered_whole():
    assert asked_of_engine("ollama", {"stream": True}, {}, "tiny")["stream"] is False
    document: dict[str, object] = {
        "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]
    }

    made = whole("ollama", "tiny", document)

    assert (made["model"], made["message"], made["done"]) == ("tiny", {"content": "a"}, True)


@pytest.mark.parametrize(
    ("shape", "usage"),
    [
        ("chat", USAGE),
        ("completion", {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
        ("embeddings", None),
    ],
)
def test_an_answer_has_the_name_that_was_asked_for_and_the_counts_of_its_form(
    shape: str, usage: object
):
    made = whole(shape, "assistant", {"model": "tiny", "usage": USAGE})

    assert (made["model"], made.get("usage")) == ("assistant", usage)


def test_an_answer_without_a_model_gets_none():
    assert whole("plain", "assistant", {"text": "hello"}) == {"text": "hello"}


@pytest.mark.parametrize(
    ("shape", "usage", "expected"),
    [
        ("chat", USAGE, (3, 2)),
        ("messages", {"input_tokens": 3, "output_tokens": 2}, (3, 2)),
        ("embeddings", USAGE, (0, 0)),
        ("completion", {}, (0, 0)),
        ("chat", {}, None),
    ],
)
def test_tokens_are_counted_by_form(
    shape: str, usage: dict[str, object], expected: tuple[int, int] | None
):
    assert counts(shape, usage) == expected


def line(**fields: object) -> bytes:
    return f"data: {json.dumps(fields)}\n".encode()


def test_a_chunk_has_the_name_that_was_asked_for():
    made, usage = event(line(model="tiny", choices=[1]), "assistant", tell_usage=False)

    assert (made, usage) == (line(model="assistant", choices=[1]), {})


@pytest.mark.parametrize("told", [True, False])
def test_a_chunk_with_nothing_but_counts_is_for_who_asked_for_it(told: bool):
    chunk = line(model="tiny", choices=[], usage=USAGE)

    made, usage = event(chunk, "tiny", tell_usage=told)

    assert (bool(made), usage) == (told, USAGE)


def test_other_lines_stay_as_they_are():
    for text in (b"data: [DONE]\n", b"\n", b"event: ping\n", b'data: {"a": 1}\n'):
        assert event(text, "tiny", tell_usage=False) == (text, {})
