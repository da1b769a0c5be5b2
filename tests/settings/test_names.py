from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from documents.names import Label, LabelKey, LabelValue, Size, label
from settings.names import ClientName, Digest, ImageReference, ModelName, PoolName, SecretKey

DIGEST = f"sha256:{'0123456789abcdef' * 4}"


CLIENT_NAMES = (
    "Acme/Talk-7B", "GPT-4", "llama3.1:8b", "模型", "मॉडल", "hf.co/Owner/Model-GGUF:Q4_K_M",
    "a@b+c~d=e", "é", "7", "x" * 200,
)  # fmt: skip


def is_valid(kind: Any, text: str) -> bool:
    try:
        return TypeAdapter(kind).validate_python(text) == text
    except ValidationError:
        return False


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Label, "a"),
        (Label, "0"),
        (Label, "a-0--b"),
        (Label, "a" * 63),
        (PoolName, "p" * 32),
        (Size, "1Mi"),
        (Size, "20Gi"),
        (Size, "1024Ti"),
        (Size, f"{2**30 - 1}Mi"),
        (ModelName, "qwen3-0.6b"),
        (ModelName, "a_b.c"),
        *((ClientName, name) for name in CLIENT_NAMES),
        (SecretKey, "Local_AI.key-1"),
        (LabelKey, "disk"),
        (LabelKey, "nvidia.com/gpu.product"),
        (LabelValue, ""),
        (LabelValue, "NVIDIA-L4"),
        (Digest, DIGEST),
        (ImageReference, "quay.io/go-skynet/local-ai:v4.9.0"),
        (ImageReference, "registry.example:5000/a/b_c:1.0-GPU"),
    ],
)
def test_a_name_of_its_form_is_kept_as_it_is(kind: Any, text: str):
    assert is_valid(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Label, ""),
        (Label, "A"),
        (Label, "-a"),
        (Label, "a-"),
        (Label, "a.b"),
        (Label, "a\n"),
        (Label, "ä"),
        (Label, "٣"),
        (Label, "a" * 64),
        (PoolName, "p" * 33),
        (Size, "0Gi"),
        (Size, "020Gi"),
        (Size, "-1Gi"),
        (Size, "1.5Gi"),
        (Size, "20G"),
        (Size, "20GiB"),
        (Size, "20 Gi"),
        (Size, "20Gi\n"),
        (Size, "Gi"),
        (Size, "1025Ti"),
        (Size, "9" * 5000 + "Mi"),
        (ModelName, "Qwen"),
        (ModelName, "a/b"),
        (ModelName, ".a"),
        (ModelName, "a."),
        (ModelName, "a\n"),
        (ModelName, "a" * 64),
        *(
            (ClientName, name)
            for name in (
                "",
                "x" * 201,
                "/a",
                "a/",
                "a/../b",
                "..a",
                "a//b",
                "a b",
                " a",
                "a\n",
                "a\x7fb",
                "a\u202eb",
                "a\u200bb",
                "a\ufeffb",
                "a`b",
                'a"b',
                "a'b",
                "a\\b",
                "a|b",
                "a<b",
                "a*",
                "a$b",
                "a{b}",
                "a(b)",
                "a,b",
                "a#b",
                "a%b",
                "os.environ/KEY",
                "responses/a",
                "talk:latest",
                "e\u0301",
                "\ud800",
            )
        ),
        (SecretKey, "a/b"),
        (SecretKey, ""),
        (LabelKey, "a/b/c"),
        (LabelKey, "Nvidia.com/gpu"),
        (LabelValue, "a b"),
        (LabelValue, "-a"),
        (LabelValue, "a" * 64),
        (Digest, DIGEST.upper()),
        (Digest, DIGEST + "0"),
        (Digest, DIGEST.removeprefix("sha256:")),
        (ImageReference, "local-ai"),
        (ImageReference, "quay.io/go-skynet/local-ai"),
        (ImageReference, f"quay.io/go-skynet/local-ai:v4.9.0@{DIGEST}"),
        (ImageReference, "https://quay.io/a/b:1"),
    ],
)
def test_a_name_of_another_form_is_refused(kind: Any, text: str):
    assert not is_valid(kind, text)


def test_a_long_label_is_refused_by_its_start():
    with pytest.raises(PydanticCustomError) as caught:
        label("a" * 100_000)

    assert caught.value.context == {
        "cause": f"'{'a' * 20}'… is too long",
        "cure": "use at most 63 characters",
    }


@pytest.mark.parametrize(
    ("spelled", "written"),
    [
        ("20480Mi", "20Gi"),
        ("1024Gi", "1Ti"),
        ("1536Mi", "1536Mi"),
        ("2Ti", "2Ti"),
        (f"{2**30}Mi", "1024Ti"),
    ],
)
def test_a_size_is_written_as_the_api_server_has_it(spelled: str, written: str):
    assert TypeAdapter[str](Size).validate_python(spelled) == written
