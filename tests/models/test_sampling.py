"""Every chat model says how it samples, so that its name decides nothing."""

from typing import Any

import pytest

from models.definition import Definition
from models.sampling import defaults, sampling
from tests.models.entries import chat, image

# What LocalAI looks up by a model's name where an entry leaves it out, and can be told.
LOOKED_UP = {"temperature", "top_p", "top_k", "min_p", "repeat_penalty"}


def sampled(fields: dict[str, Any]) -> dict[str, Any]:
    return sampling(Definition.model_validate(fields)).model_dump(exclude_none=True)


def test_a_definition_that_is_silent_gets_our_defaults():
    assert sampled(chat()) == defaults("llama-cpp").model_dump(exclude_none=True)
    assert sampled(chat()).keys() == LOOKED_UP


@pytest.mark.parametrize(
    "given", [{"temperature": 0.0}, {"top_k": 0}, {"min_p": 0.1}, {"seed": 7, "top_p": 0.0}]
)
def test_what_a_definition_says_is_kept_zero_too(given: dict[str, Any]):
    found = sampled(chat(parameters=given))

    assert found.items() >= given.items()
    assert found.keys() == LOOKED_UP | given.keys()


def test_another_engine_than_llama_cpp_gets_no_top_k():
    assert defaults("vllm").top_k == 0


def test_what_makes_no_text_samples_nothing():
    assert sampled(image()) == {}
