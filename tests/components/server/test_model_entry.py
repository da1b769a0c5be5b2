"""An entry of the model list says everything in the server's own words."""

from typing import Any

import pytest

from components.parts.context import Context
from components.pool.pool import Pool
from components.server.model_list import alias_entry, entry, model_list
from models.definition import Kind
from sandbox.localai_standin.model_list import parse_list
from tests import everything
from tests.models.test_sampling import LOOKED_UP
from tests.samples import catalog, committed, pool
from tests.support.project import STACKS

EVERY_MODEL = sorted(catalog().definitions)


def entry_of(name: str, **fields: Any) -> dict[str, Any]:
    """Return the entry of a model in a pool on a large GPU."""
    found = pool(models=[name], gpu="nvidia-h100-80gb", **fields)
    return entry(found.models[0], found)


def served() -> list[Any]:
    """Return the committed stacks and the samples, with their pools."""
    found = [*map(committed, STACKS), *map(everything.sample, everything.STACKS)]
    return [pytest.param(*one, id=one[0].stack) for one in found]


def keys(value: dict[str, Any]) -> set[str]:
    """Return the keys of an entry, those of a group after a dot."""
    groups = ("parameters", "template")
    return set(value) | {f"{name}.{key}" for name in groups for key in value.get(name, {})}


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_every_key_is_one_that_the_server_reads(name: str):
    fields = set(pool().context.server.model_fields)

    assert keys(entry_of(name)) <= fields


@pytest.mark.parametrize(("context", "pools"), served())
def test_no_chat_model_samples_as_its_name_suggests(context: Context, pools: tuple[Pool, ...]):
    for found in pools:
        listed, skipped = parse_list(model_list(found))
        chats = [model.name for model in found.models if model.kind is Kind.CHAT]

        assert not skipped
        assert not [name for name in chats if not listed[name].sampling.keys() >= LOOKED_UP]
        # As numbers that LocalAI takes for unset, these would be looked up all the same.
        assert not [name for name in chats if not listed[name].sampling["repeat_penalty"]]
    assert context.stack


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_nothing_in_an_entry_is_empty(name: str):
    assert not [key for key, value in entry_of(name).items() if value in (None, [], {}, "")]


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_every_file_is_named_below_the_models_folder_by_its_digest(name: str):
    found = pool(models=[name], gpu="nvidia-h100-80gb")
    text = str(entry(found.models[0], found))

    assert all(f"weights/{file.sha256}/{file.file}" in text for file in found.files)


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_an_entry_fetches_nothing(name: str):
    assert "://" not in str(entry_of(name))


@pytest.mark.parametrize(
    ("name", "usecases"),
    [
        ("qwen3-8b", ["chat", "completion"]),
        ("gemma-3-4b-it", ["chat", "completion", "vision"]),
        ("qwen3-embedding-0.6b", ["embeddings"]),
        ("jina-reranker-v1-tiny-en", ["rerank"]),
        ("sd-1.5", ["image"]),
        ("whisper-base", ["transcript"]),
    ],
)
def test_a_kind_becomes_the_usecases_of_the_server(name: str, usecases: list[str]):
    assert entry_of(name)["known_usecases"] == usecases


def test_an_embedding_model_and_a_reranker_are_switched_on():
    assert entry_of("qwen3-embedding-0.6b")["embeddings"] is True
    assert entry_of("jina-reranker-v1-tiny-en")["reranking"] is True
    assert not {"embeddings", "reranking"} & entry_of("qwen3-8b").keys()


def test_what_the_server_would_guess_from_the_hardware_is_said():
    found = entry_of("qwen3-8b", cpu=6)

    assert found["context_size"] == 8192
    assert found["threads"] == 6
    assert found["parameters"]["batch"] == 512
    assert "parallel:2" in found["options"]


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_an_engine_that_logs_each_request_is_told_to_log_what_is_wrong_alone(name: str):
    found = entry_of(name)
    levels = [one for one in found.get("options", []) if one.startswith("verbosity:")]

    assert levels == (["verbosity:2"] if found["backend"] == "llama-cpp" else [])


def test_a_model_that_is_looked_into_may_log_more():
    found = pool()
    model = found.models[0].model_copy(update={"options": ("verbosity:4",)})
    levels = [one for one in entry(model, found)["options"] if one.startswith("verbosity:")]

    assert levels == ["verbosity:4"]


def test_all_layers_are_on_the_gpu_or_none_is():
    on_cpu = pool(models=["qwen3-0.6b"])

    assert entry_of("qwen3-0.6b")["gpu_layers"] >= 999
    assert entry(on_cpu.models[0], on_cpu)["gpu_layers"] == 0


def test_the_template_in_the_weights_is_used_where_the_definition_says_so():
    found = entry_of("qwen3-8b")

    assert found["template"] == {"use_tokenizer_template": True}
    assert "use_jinja:true" in found["options"]


def test_companions_are_named_where_the_engine_looks():
    assert entry_of("gemma-3-4b-it")["mmproj"].endswith("/gemma-3-4b-it-mmproj-f16.gguf")
    options = entry_of("sd-3.5-medium")["options"]
    assert {one.split(":")[0] for one in options} >= {"clip_l_path", "clip_g_path", "t5xxl_path"}


def test_an_alias_is_another_name_for_a_model():
    assert alias_entry("assistant", "qwen3-8b") == {"name": "assistant", "alias": "qwen3-8b"}


def test_engine_options_are_ones_that_the_engine_reads():
    served: list[Pool] = [found for name in STACKS for found in committed(name)[1]]
    for found in served:
        for model in found.models:
            known = found.context.server.engines[model.backend].options
            names = {one.split(":")[0] for one in entry(model, found).get("options", [])}
            assert not known or names <= known


def test_a_split_says_how_much_of_a_model_each_gpu_holds():
    found = pool(gpu="nvidia-l40s", gpus=2, models=["qwen3-8b"], tensorSplit=[3, 1])

    assert entry(found.models[0], found)["tensor_split"] == "3,1"
    assert "tensor_split" not in entry_of("qwen3-8b")
