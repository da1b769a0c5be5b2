import json

import pytest

from sandbox.localai_standin.inference import UnknownModelError, request_body, resolve, usage_in
from sandbox.localai_standin.model_list import Entry

TINY = Entry(name="tiny", sampling={"temperature": 0.5, "top_k": 3})
ENTRIES = {"tiny": TINY, "assistant": Entry(name="assistant", alias="tiny")}


def test_a_model_is_found_by_its_name_and_its_alias():
    assert resolve(ENTRIES, "tiny") is resolve(ENTRIES, "assistant") is TINY


@pytest.mark.parametrize("name", ["other", ""])
def test_another_name_is_refused(name: str):
    with pytest.raises(UnknownModelError, match="not found"):
        resolve(ENTRIES, name)


def test_a_request_overrules_the_defaults_of_its_model():
    sent = json.loads(request_body(TINY, {"model": "assistant", "temperature": 0.0}))

    assert sent == {"model": "tiny", "temperature": 0.0, "top_k": 3}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([b'{"usage": {"prompt_tokens": 1}}'], {"prompt_tokens": 1}),
        ([b'data: {"x": 1}\n', b'data: {"usage": {"prompt_tokens": 1}}\n'], {"prompt_tokens": 1}),
        ([b'{"answer": 1}'], None),
        ([b'"usage" without an object'], None),
    ],
)
def test_the_counts_in_an_answer_are_found(lines: list[bytes], expected: object):
    assert usage_in(lines) == expected
