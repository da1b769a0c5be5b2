from typing import Any

import pytest

from settings.config import SettingsError
from tests.samples import pool_fields, stack

CHAT, EMBEDDINGS = "qwen3-0.6b", "nomic-embed-text-v1.5"
POOLS = {
    "chat": pool_fields(models=[CHAT], aliases={"assistant": CHAT}),
    "find": pool_fields(models=[EMBEDDINGS]),
}


def resolved(**router: Any) -> Any:
    return stack(POOLS, router=router)


@pytest.mark.parametrize("model", [CHAT, "assistant"])
def test_a_chat_does_not_fall_back_to_what_cannot_chat(model: str):
    with pytest.raises(SettingsError) as refused:
        resolved(fallbacks={model: [EMBEDDINGS]})

    (problem,) = refused.value.problems
    path, cause, cure = problem.path, problem.cause, problem.cure
    assert path == ("config", "localai:router", "fallbacks", model, 0)
    assert cause == f"{model} is for chat and falls back to {EMBEDDINGS}, which is for embeddings"
    assert cure == "name a model for chat"


def test_an_alias_may_fall_back_to_a_model_of_its_kind():
    assert resolved(fallbacks={CHAT: ["assistant"]})


@pytest.mark.parametrize("key", ["timeout", "streamTimeout"])
def test_a_model_does_not_take_longer_than_the_longest_answer(key: str):
    with pytest.raises(SettingsError) as refused:
        resolved(models={CHAT: {key: 121}})

    (problem,) = refused.value.problems
    path, cause, cure = problem.path, problem.cause, problem.cure
    assert path == ("config", "localai:router", "models", CHAT, key)
    assert cause == "is 121, but a pod that ends serves on for 120 s: the longest answer"
    assert cure == "use at most 120, or raise longestAnswer under localai:server"
    assert resolved(models={CHAT: {key: 120}})


def test_a_stream_that_may_stand_still_longer_is_refused_only_where_a_file_says_so():
    short = {"version": "v4.9.0", "longestAnswer": 20}

    stack(POOLS, router={}, server=short)
    with pytest.raises(SettingsError, match="is 60, but a pod that ends serves on for 20 s"):
        stack(POOLS, router={"streamTimeout": 60}, server=short)


def test_a_pin_of_the_routers_image_is_no_pin_of_nothing():
    digests = {"ghcr.io/berriai/litellm-non_root:v1.106.2": f"sha256:{'a' * 64}"}

    assert stack(POOLS, router={}, digests=digests)[0].settings.digests == digests
    with pytest.raises(SettingsError, match="pins an image that this stack does not run"):
        stack(POOLS, digests=digests)
