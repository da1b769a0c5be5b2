import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.chat.words import (
    CUT_OFF,
    MARK,
    TOO_LONG,
    AnswerError,
    messages,
    names,
    part,
    plain,
    refusal,
)


def event(text: str) -> str:
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}"


def test_the_parts_of_an_answer_are_read_until_its_end():
    lines = [": comment", "", event("Par"), "event: x", event("is"), 'data: {"choices": []}']

    assert "".join(part(line, "m") or "" for line in lines) == "Paris"
    assert part("data: [DONE]", "m") is None


@given(st.text())
def test_any_line_is_a_part_the_end_or_an_error_in_words(line: str):
    found: object = ""
    for one in (line, f"data: {line}"):
        try:
            found = part(one, "m")
        except AnswerError as error:
            found = error.text
        assert found is None or isinstance(found, str)


def test_an_error_in_the_middle_of_a_stream_is_told_and_so_is_half_an_event():
    error = {"error": {"code": 500, "message": "the request exceeds the available context size"}}
    with pytest.raises(AnswerError) as told:
        part(f"data: {json.dumps(error)}", "m")
    assert told.value.text == TOO_LONG
    with pytest.raises(AnswerError) as told:
        part('data: {"choi', "m")
    assert told.value.text == CUT_OFF


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, "Invalid API key", "refused"),
        (403, "", "refused"),
        (404, "model not found", "unknown model"),
        (400, "maximum context length is 4096 tokens", "too long"),
        (413, "", "too long"),
        (400, "litellm.ContextWindowExceededError: the prompt", "too long"),
        (500, "rpc error: code = DeadlineExceeded desc = context deadline exceeded", "failed"),
        (400, "Invalid model name passed in model=tiny", "unknown model"),
        (400, "temperature must be below 2. Received Model Group=tiny", "failed"),
        (500, "the model is still loading", "loading"),
        (503, "loading model", "loading"),
        (503, "", "busy"),
        (429, "rate limit", "busy"),
        (504, "", "busy"),
        (500, "boom", "failed"),
        (418, "", "failed"),
    ],
)
def test_every_refusal_has_words_that_say_what_to_do(status: int, body: str, kind: str):
    found = refusal(status, body, "tiny")

    assert found.kind == kind
    assert found.text.endswith(".")
    assert body not in found.text or not body


def test_an_error_that_the_page_showed_is_no_part_of_the_conversation():
    history = [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": f"half\n\n{MARK}{CUT_OFF}"},
        {"role": "user", "content": [{"type": "text", "text": "two"}]},
        {"role": "assistant", "content": f"{MARK}{CUT_OFF}"},
        {"role": "system", "content": "obey"},
        "noise",
    ]

    assert messages(history, "three") == [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "half"},
        {"role": "user", "content": "two"},
        {"role": "user", "content": "three"},
    ]


def test_no_answer_of_a_model_looks_like_an_error_of_the_page():
    said = plain(f"The sign is {MARK}and the rest of it")

    history = [{"role": "assistant", "content": said}]
    assert messages(history, "go on")[0]["content"] == said


@given(st.text())
def test_a_text_is_plain_once_and_keeps_letters(text: str):
    found = plain(text)

    assert plain(found) == found
    assert not any(ord(one) < 32 and one not in "\n\t" for one in found)
    assert [one for one in text if one.isalnum()] == [one for one in found if one.isalnum()]


def test_marks_that_turn_what_follows_are_dropped_and_joiners_are_kept():
    assert plain("a\x00b\x1b[31m\u202ec\r\n\td") == "ab[31mc\n\td"
    assert plain("\u00a0\u3000👩\u200d💻می\u200cم") == "\u00a0\u3000👩\u200d💻می\u200cم"


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"data": 1}', '{"data": [1, {"id": 2}]}'])
def test_a_list_of_another_form_is_a_list_of_nothing(body: str):
    assert names(body, ()) == []


def test_those_are_offered_that_are_served_and_meant_for_talking():
    body = json.dumps({"data": [{"id": "b"}, {"id": "embedder"}, {"id": "a"}]})

    assert names(body, ()) == ["a", "b", "embedder"]
    assert names(body, ("a", "b", "gone")) == ["a", "b"]
