import pytest

from sandbox.localai_standin.model_list import RefusedError, parse_list, resolve, suitable

ENTRIES, _ = parse_list(
    """\
- {name: tiny, known_usecases: [chat, completion]}
- {name: assistant, alias: tiny}
- {name: of-alias, alias: assistant}
- {name: of-nothing, alias: nothing}
- {name: "off", disabled: true}
- {name: embedder, embeddings: true}
- {name: reranker, reranking: true}
"""
)


@pytest.mark.parametrize("name", ["tiny", "assistant", "tiny:latest"])
def test_a_model_is_found_by_its_name_and_its_alias(name: str):
    assert resolve(ENTRIES, name, ()).name == "tiny"


@pytest.mark.parametrize("name", ["org/model", "weights/a/b.gguf", "loose"])
def test_a_path_is_a_model_with_defaults(name: str):
    found = resolve(ENTRIES, name, ["loose"])

    assert (found.name, found.model, found.backend) == (name, name, "")


@pytest.mark.parametrize(
    ("name", "status"),
    [("other", 404), ("", 404), ("of-nothing", 400), ("of-alias", 400), ("off", 403)],
)
def test_another_name_is_refused(name: str, status: int):
    with pytest.raises(RefusedError) as refused:
        resolve(ENTRIES, name, ())

    assert refused.value.status == status


@pytest.mark.parametrize(
    ("usecase", "name"),
    [("chat", "tiny"), ("embeddings", "embedder"), ("rerank", "reranker"), ("image", "")],
)
def test_a_model_that_says_it_is_for_a_use_is_found(usecase: str, name: str):
    assert suitable(ENTRIES, usecase) == name
