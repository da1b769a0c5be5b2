"""A pool with everything it names looked up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.pool.pool import load
from hardware.fit import Verdict
from hardware.profile import GIB
from localai.release import Accelerator
from tests.samples import pool

MODELS = ["qwen3-0.6b", "qwen3-1.7b", "qwen3-embedding-0.6b"]


def test_its_objects_start_with_the_name_of_the_product():
    assert pool("embeddings").object_name == "localai-embeddings"


def test_its_claim_is_named_after_it_or_is_the_one_that_exists():
    assert pool("a").claim == "localai-a-storage"
    assert pool("a", storage={"existing": "weights"}).claim == "weights"


@pytest.mark.parametrize(
    ("fields", "gpus"),
    [({}, 0), ({"gpu": "nvidia-l4"}, 1), ({"gpu": "nvidia-l4", "gpus": 4}, 4)],
)
def test_a_pod_takes_the_gpus_its_pool_asks_for(fields: dict[str, Any], gpus: int):
    assert pool(**fields).gpus == gpus


def test_its_engines_are_built_for_its_hardware():
    assert pool().accelerator is Accelerator.CPU
    assert pool(gpu="nvidia-l4").accelerator is Accelerator.CUDA_12


def test_it_needs_each_engine_once():
    assert pool(models=[*MODELS, "whisper-base"]).engines == ("llama-cpp", "whisper")


def test_it_needs_each_file_once_in_a_fixed_order():
    one, other = pool(models=MODELS).files, pool(models=MODELS[::-1]).files

    assert one == other
    assert len(one) == len(MODELS)


def test_all_its_models_are_active_unless_it_says_otherwise():
    assert pool(models=MODELS).active == 3
    assert pool(models=MODELS, active=1).active == 1


def test_declared_memory_is_used_as_it_is():
    assert pool(memory="48Gi").memory == 48 * GIB


@given(st.integers(1, len(MODELS)))
def test_computed_memory_holds_the_active_models(active: int):
    found = pool(models=MODELS, active=active)

    assert found.memory % GIB == 0
    assert found.fit.verdict is not Verdict.TOO_LARGE
    assert found.memory > found.fit.needed


def test_more_models_at_once_need_more_memory():
    assert pool(models=MODELS).memory > pool(models=MODELS, active=1).memory


def test_on_a_gpu_the_pod_needs_memory_for_its_largest_model_only():
    found = pool(models=["qwen3-8b", "qwen3-0.6b"], gpu="nvidia-l4")

    assert found.memory == pool(models=["qwen3-8b"], gpu="nvidia-l4").memory
    assert found.memory > max(one.weights for one in found.loads)


def test_more_gpus_hold_more():
    one, two = (pool(gpu="nvidia-l4", gpus=count).fit.available for count in (1, 2))

    assert two == 2 * one


def test_a_model_loads_all_its_files():
    (model,) = pool(models=["gemma-3-4b-it"]).models

    assert load(model).weights == sum(file.size.bytes for file in model.files)
    assert len(model.files) == 2


def test_a_model_with_a_context_keeps_a_cache_and_one_without_does_not():
    (chat,), (speech,) = pool().models, pool(models=["whisper-base"]).models

    assert load(chat).cache > 0
    assert load(speech).cache == 0
