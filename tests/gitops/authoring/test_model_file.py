from collections.abc import Mapping

import pytest

from documents.problem import RefusedError
from documents.reader import read
from gitops.adapters.head import Answer, Reason, Silence
from gitops.authoring.hub import Place
from gitops.authoring.model_file import (
    candidates,
    chosen,
    head,
    listed,
    model_text,
    plain,
    plain_name,
)
from models.definition import Definition
from sandbox.models.gguf import gguf
from tests.gitops.authoring.test_gguf import QWEN
from tests.gitops.authoring.test_gguf import head as head_bytes
from tests.gitops.authoring.test_hub import COMMIT, DIGEST, FILE, REPOSITORY, answer

URL = "https://files.example.com/Tiny-Q8_0.gguf"


class Source:
    """Answers by address, and keeps how many bytes were asked for."""

    def __init__(self, contents: Mapping[str, bytes], headers: Mapping[str, str] | None = None):
        self.contents, self.headers = contents, headers or {}
        self.asked: list[int] = []

    def __call__(self, url: str, most: int) -> Answer | Silence:
        self.asked.append(most)
        if url not in self.contents:
            return Silence(url=url, reason=Reason.NAME, text="unknown")
        content = self.contents[url][:most]
        return Answer(url=url, status=200, headers=self.headers, content=content)


def repository(*names: str, place: Place = REPOSITORY):
    return listed(place, Source({place.question: answer(names=names)}))


def text(data: bytes, license_id: str | None = None, source_license: str = "mit") -> str:
    found = listed(REPOSITORY, Source({REPOSITORY.question: answer(source_license)}))
    made = chosen(found, REPOSITORY, found.files[0])
    net = head(made.url, Source({made.url: data}))
    return model_text(made, net, "tiny", license_id)[1]


def definition(data: bytes, **given: str) -> Definition:
    document = read(text(data, **given).encode(), name="models/tiny.yaml", floats=True)
    return Definition.model_validate(document.value)


def test_a_model_file_says_what_the_source_says():
    found = definition(head_bytes())

    assert (found.kind, found.license, found.weights.sha256) == ("chat", "MIT", DIGEST)
    assert (found.weights.size.bytes, found.weights.size.exact) == (7, True)
    assert f"/resolve/{COMMIT}/a.gguf" in found.weights.url
    assert found.architecture
    assert (found.architecture.layers, found.architecture.kv_heads) == (36, 8)
    assert found.context_size == 8192


def test_a_file_of_any_name_gets_an_address_and_a_plain_name():
    found = repository("folder/My model (new) Q4_K_M.gguf")
    made = chosen(found, REPOSITORY, found.files[0])
    name, _ = model_text(made, head(made.url, Source({made.url: head_bytes()})), None, None)

    assert made.url.endswith("/folder/My%20model%20%28new%29%20Q4_K_M.gguf")
    assert made.file == "My-model-new-Q4_K_M.gguf"
    assert name == "my-model-new"


@pytest.mark.parametrize("path", ["../../etc/x.gguf", "a/%2e%2e/x.gguf"])
def test_a_path_that_leads_elsewhere_is_refused(path: str):
    found = repository(path)
    made = chosen(found, REPOSITORY, found.files[0])
    with pytest.raises(RefusedError, match="path that servers read differently"):
        model_text(made, head(made.url, Source({made.url: head_bytes()})), None, None)


def test_a_context_is_not_longer_than_the_network_was_trained_for():
    assert definition(head_bytes(qwen3__context_length=2048)).context_size == 2048


@pytest.mark.parametrize(("pooling", "kind"), [(1, "embeddings"), (3, "embeddings"), (4, "rerank")])
def test_a_pooling_type_says_what_a_model_is_for(pooling: int, kind: str):
    assert definition(head_bytes(qwen3__pooling_type=pooling)).kind == kind


def test_everything_that_is_missing_is_said_at_once():
    bare = gguf({"general.architecture": "qwen3"}, {})

    with pytest.raises(RefusedError) as told:
        text(bare, source_license="other")
    assert [word in str(told.value) for word in ("--license", "kind is not known", "layers")] == [
        True, True, True,
    ]  # fmt: skip
    assert definition(head_bytes(), source_license="other", license_id="MIT").license == "MIT"


def test_only_as_much_of_a_file_is_read_as_its_head_takes():
    source = Source({URL: head_bytes() + bytes(10**6)})
    head(URL, source)
    long = Source({URL: gguf({"tokenizer.ggml.words": ["x" * 100] * 20_000, **QWEN}, {})})
    head(URL, long)

    assert len(source.asked) == 1
    assert len(long.asked) == 2


def test_a_file_that_ends_too_soon_is_refused():
    with pytest.raises(RefusedError, match="ends before its metadata"):
        head(URL, Source({URL: head_bytes()[:100]}))


def test_the_file_is_chosen_by_name_or_quantization():
    found = repository("x-Q4_K_M.gguf", "x-Q8_0.gguf", "Qwen3-4B-Q4_K_M.gguf")

    assert len(candidates(found, REPOSITORY, None, None)) == 3
    assert [one.path for one in candidates(found, REPOSITORY, None, "q8_0")] == ["x-Q8_0.gguf"]
    assert [one.path for one in candidates(found, FILE, None, None)] == ["Qwen3-4B-Q4_K_M.gguf"]
    assert len(candidates(found, REPOSITORY, "x-Q8_0.gguf", None)) == 1


def test_a_repository_of_split_files_alone_says_so():
    with pytest.raises(RefusedError, match="in several parts"):
        repository("x-00001-of-00002.gguf", "x-00002-of-00002.gguf")
    with pytest.raises(RefusedError, match="has no GGUF file"):
        repository("model.safetensors")


def test_another_host_has_to_say_size_and_digest():
    whole = {"content-length": "7", "x-checksum-sha256": DIGEST}
    found = plain(URL, None, Source({URL: b""}, whole))
    assert (found.size, found.sha256) == (7, DIGEST)
    with pytest.raises(RefusedError, match="--sha256"):
        plain(URL, None, Source({URL: b""}, {"content-length": "7"}))
    with pytest.raises(RefusedError, match="says no size"):
        plain(URL, DIGEST, Source({URL: b""}))
    with pytest.raises(RefusedError, match="cannot be resolved"):
        plain(URL, DIGEST, Source({}))


@pytest.mark.parametrize(
    ("file", "quantization", "name"),
    [
        ("Qwen3-4B-Q4_K_M.gguf", "Q4_K_M", "qwen3-4b"),
        ("Qwen3-4B.Q4_K_M.gguf", "Q4_K_M", "qwen3-4b"),
        ("gemma 3.gguf", "", "gemma-3"),
    ],
)
def test_a_model_is_called_like_its_file_without_quantization(
    file: str, quantization: str, name: str
):
    assert plain_name(file, quantization) == name
