import pytest

from gitops.adoption.files import UnfetchableError, https_address, is_address

HUB = "https://huggingface.co/owner/repo/resolve"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("huggingface://owner/repo/file.gguf", f"{HUB}/main/file.gguf"),
        ("hf://owner/repo/folder/file.gguf@v2", f"{HUB}/v2/folder/file.gguf"),
        ("https://hf.co/owner/repo/resolve/abc/file.gguf", f"{HUB}/abc/file.gguf"),
        ("huggingface.co/owner/repo/file.gguf", f"{HUB}/main/file.gguf"),
        (f"{HUB}/main/file.gguf?download=true", f"{HUB}/main/file.gguf"),
        (
            "github:owner/repo/file.bin",
            "https://raw.githubusercontent.com/owner/repo/main/file.bin",
        ),
        ("https://files.test/a/b.gguf", "https://files.test/a/b.gguf"),
    ],
)
def test_every_form_of_localai_becomes_one_https_address(text: str, address: str):
    assert https_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "oci://quay.io/models/one:latest",
        "ollama://gemma:2b",
        "http://files.test/b.gguf",
        "huggingface://owner/repo",
        "https://user:secret@files.test/b.gguf",
        "https://files.test/b.gguf?token=secret",
        "file:///models/b.gguf",
        "https://[files.test/b.gguf",
    ],
)
def test_what_no_download_takes_is_refused_and_not_repeated(text: str):
    with pytest.raises(UnfetchableError) as refused:
        https_address(text)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("foo", "has no scheme"),
        ("folder/file.gguf", "has no scheme"),
        ("huggingface://", "names no repository"),
        ("hf.co/", "names no repository"),
        ("huggingface://owner", "names an owner, but no repository"),
        ("huggingface://owner/", "names an owner, but no repository"),
        ("hf://owner//file.gguf", "names an owner, but no repository"),
        ("huggingface://owner/repo", "names a repository, not a file in it"),
        ("ollama://gemma:2b", "uses ollama:, and only https is fetched"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_as_it_is(text: str, cause: str):
    with pytest.raises(UnfetchableError) as refused:
        https_address(text)

    assert str(refused.value) == cause


def test_a_file_name_is_no_address():
    assert not is_address("folder/file.gguf")
    assert is_address("ollama://gemma:2b")
