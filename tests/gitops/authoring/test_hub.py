import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.adoption.files import UnfetchableError
from gitops.authoring.hub import HubFile, Place, UnreadableHubError, place, repository

COMMIT, DIGEST = "c" * 40, "d" * 64
REPOSITORY = Place(owner="Qwen", name="Qwen3-4B-GGUF")
FILE = Place(owner="Qwen", name="Qwen3-4B-GGUF", revision="main", file="Qwen3-4B-Q4_K_M.gguf")


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("huggingface://Qwen/Qwen3-4B-GGUF", REPOSITORY),
        ("https://huggingface.co/Qwen/Qwen3-4B-GGUF", REPOSITORY),
        ("https://huggingface.co/Qwen/Qwen3-4B-GGUF/tree/main", REPOSITORY),
        ("hf.co/Qwen/Qwen3-4B-GGUF/", REPOSITORY),
        ("huggingface://Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf", FILE),
        ("https://huggingface.co/Qwen/Qwen3-4B-GGUF/blob/main/Qwen3-4B-Q4_K_M.gguf", FILE),
        ("https://huggingface.co/Qwen/Qwen3-4B-GGUF/resolve/main/Qwen3-4B-Q4_K_M.gguf", FILE),
        ("https://files.example.com/a.gguf", None),
    ],
)
def test_every_form_of_an_address_is_understood(address: str, meant: Place | None):
    assert place(address) == meant


@pytest.mark.parametrize("address", ["ollama://qwen3", "http://a.test/x.gguf", "x.gguf"])
def test_other_addresses_are_refused(address: str):
    with pytest.raises(UnfetchableError):
        place(address)


@pytest.mark.parametrize(
    ("name", "quantization"),
    [
        ("Qwen3-4B.Q4_K_M.gguf", "Q4_K_M"),
        ("gemma-3-4b-it-q8_0.gguf", "Q8_0"),
        ("model-UD-IQ2_XXS.gguf", "UD-IQ2_XXS"),
        ("model-f16.gguf", "F16"),
        ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
        ("folder/model.gguf", ""),
    ],
)
def test_the_quantization_is_in_the_name(name: str, quantization: str):
    assert HubFile(path=name, size=1, sha256=DIGEST).quantization == quantization


def answer(license_words: object = "apache-2.0", names: tuple[str, ...] = ("a.gguf",)) -> bytes:
    siblings = [
        {"rfilename": name, "size": 7, "lfs": {"sha256": DIGEST, "size": 7, "pointerSize": 1}}
        for name in names
    ]
    card: object = {"license": license_words}
    if isinstance(license_words, dict):
        card = license_words  # pyright: ignore[reportUnknownVariableType]
    return json.dumps({"sha": COMMIT, "cardData": card, "siblings": siblings}).encode()


def test_only_single_files_of_weights_are_offered():
    names = ("a.gguf", "README.md", "mmproj-f16.gguf", "b-00001-of-00002.gguf", "imatrix.gguf")
    found = repository(answer(names=names))

    assert [one.path for one in found.files] == ["a.gguf"]
    assert found.split == 1


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("apache-2.0", "Apache-2.0"),
        ("mit", "MIT"),
        ("gemma", "LicenseRef-gemma"),
        ({"license": "other", "license_name": "flux 1/dev"}, "LicenseRef-flux-1-dev"),
        ({"license": "other"}, ""),
        ({}, ""),
        (["llama3.2"], "LicenseRef-llama3.2"),
    ],
)
def test_a_license_becomes_an_identifier(said: object, meant: str):
    assert repository(answer(said)).license == meant


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"[" * 50_000, "nested"),
        (b"{", "is not JSON"),
        (b'{"sha": 1, "sha": 2}', "a key twice"),
        (b'{"sha": "%s"}' % (b"9" * 9), "names no commit"),
    ],
)
def test_an_answer_that_is_none_is_refused_with_its_cause(said: bytes, why: str):
    with pytest.raises(UnreadableHubError, match=why):
        repository(said)


def test_half_a_character_in_a_name_is_no_end():
    text = answer(names=("a?.gguf",)).replace(b"?", rb"\ud800")

    assert [one.path.isprintable() for one in repository(text).files] == [True]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["sha", "cardData", "siblings", "rfilename", "lfs", "size", "license"]),
        inner, max_size=4,
    ),
)  # fmt: skip


@given(JSON)
def test_no_answer_does_anything_else_than_say_or_refuse(found: object):
    head = f'{{"sha": "{COMMIT}", "siblings": '.encode()
    whole = json.dumps(found).encode()
    for content in (whole, head + whole + b"}", head + b'[], "cardData": ' + whole + b"}"):
        try:
            repository(content)
        except UnreadableHubError:
            continue
