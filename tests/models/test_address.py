from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from models.address import address, hub_owner
from tests import hostile

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GOOD = (
    "https://huggingface.co/o/r/resolve/main/a.gguf",
    f"https://huggingface.co/o/r/resolve/{COMMIT}/folder/a.gguf",
    "https://huggingface.co/o/r/resolve/main/tug%C3%A3o/a%20b.gguf",
    "https://github.com/o/r/releases/download/v1.0/a.gguf",
    f"https://raw.githubusercontent.com/o/r/{COMMIT}/a.gguf",
    "https://weights.example:8443/a/b@c/a.gguf",
    "https://nexus/repository/a.gguf",
    "https://hf-mirror.com/o/r/resolve/main/a.gguf",
    f"oci://registry.example:5000/models/a@sha256:{'a' * 64}",
)
BAD = {
    "https://HuggingFace.co/o/r/resolve/main/a.gguf": "in upper case",
    "https://huggingface.co:443/o/r/resolve/main/a.gguf": "the port that every https address has",
    "https://huggingface.com/o/r/resolve/main/a.gguf": "looks like huggingface.co",
    "https://hugginface.co/o/r/resolve/main/a.gguf": "looks like huggingface.co",
    "https://huggingface.co.files.example/o/r/resolve/main/a.gguf": "looks like huggingface.co",
    "https://hf.co/o/r/resolve/main/a.gguf": "looks like huggingface.co",
    "https://githud.com/o/r/releases/download/v1/a.gguf": "looks like github.com",
    "https://xn--hggingface-5ob.co/o/r/resolve/main/a.gguf": "in other letters",
    "https://huggingface.co/o/r/blob/main/a.gguf": "is a page about the file",
    "https://huggingface.co/o/r/raw/main/a.gguf": "is a page about the file",
    "https://huggingface.co/o/r/resolve/refs%2Fpr%2F1/a.gguf": "servers read differently",
    "https://huggingface.co/o/r/resolve/v1.0/a.gguf": "at the revision v1.0, which can be moved",
    "https://huggingface.co/o/r/resolve/0123456/a.gguf": "which can be moved",
    "https://huggingface.co/o/a.gguf": "names no file of a repository",
    "https://huggingface.co/meta-Ilama/r/resolve/main/a.gguf": "who looks like meta-llama",
    "https://github.com/o/r/releases/latest/download/a.gguf": "is at a branch",
    "https://github.com/o/r/raw/main/a.gguf": "is at a branch",
    "https://raw.githubusercontent.com/o/r/main/a.gguf": "is at a branch",
    "https://weights.example/a/../b.gguf": "servers read differently",
    "https://weights.example/a/%2e%2E/b.gguf": "servers read differently",
    "https://weights.example/a%2fb.gguf": "servers read differently",
    "https://weights.example/a%252fb.gguf": "servers read differently",
    "https://weights.example//a.gguf": "servers read differently",
    "https://weights.example/a.gguf%00.txt": "servers read differently",
    "https://weights.example/a.gguf%0d%0aX": "servers read differently",
    "https://weights.example:22/a.gguf": "at port 22",
    "https://weights.example:0/a.gguf": "at port 0",
    "https://weights.example:65536/a.gguf": "at port 65536",
    "https://127.0.0.1/a.gguf": "a machine by its number",
    "https://0x7f.1/a.gguf": "a machine by its number",
    "https://127.0.0.1.nip.io/a.gguf": "is not a public host",
    "https://metadata.google.internal/a.gguf": "is not a public host",
    "https://weights..example/a.gguf": "is not a host name",
    "https://-weights.example/a.gguf": "is not a host name",
}


@pytest.mark.parametrize("text", GOOD)
def test_a_plain_address_is_taken(text: str):
    assert address(text) == text


@pytest.mark.parametrize("text", BAD)
def test_another_is_refused_with_its_cause(text: str):
    with pytest.raises(PydanticCustomError, match=BAD[text]):
        address(text)


def test_no_hidden_address_is_taken():
    for host in hostile.HOSTS:
        with pytest.raises(PydanticCustomError):
            address(f"https://{host}/a.gguf")
    for url in hostile.URLS:
        with pytest.raises(PydanticCustomError):
            address(url)


def test_only_the_hub_has_owners():
    assert hub_owner("https://huggingface.co/some-one/r/resolve/main/a.gguf") == "some-one"
    assert hub_owner("https://weights.example/some-one/r/resolve/main/a.gguf") is None
    assert hub_owner("https://huggingface.co/some-one") is None


@given(st.text(alphabet="htps:/@?#[].%0a1xX-\\é", max_size=40), st.booleans())
def test_any_text_is_kept_or_refused(text: str, whole: bool):
    url = text if whole else f"https://{text}"
    with suppress(PydanticCustomError):
        assert address(url) == url
        assert url.startswith(("https://", "oci://"))
        assert not {"@", "?", "#", "\\"} & set(url.split("/")[2])
