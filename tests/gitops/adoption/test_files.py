from typing import Any

from gitops.adoption.files import ModelFiles, model_files
from models.definition import Role
from tests.gitops.adoption.namespaces import CHAT, DIGEST, given, texts


def files(
    keys: dict[str, Any], options: dict[Role, str] | None = None, facts: str = ""
) -> ModelFiles:
    return model_files("model m", keys, options or {}, given(facts))


def test_a_digest_is_written_in_lower_case():
    (one,) = files(CHAT, facts="100 assistant-7b.Q4_K_M.gguf").files

    assert one.keys == {
        "url": "https://huggingface.co/someone/assistant-7b-GGUF/resolve/main/"
        "assistant-7b.Q4_K_M.gguf",
        "file": "assistant-7b.Q4_K_M.gguf",
        "sha256": DIGEST,
        "size": 100,
    }
    assert one.missing == ()


def test_what_nobody_knows_is_named_and_not_made_up():
    (one,) = files({"parameters": {"model": "folder/a b.gguf"}}).files

    assert one.keys == {"file": "a-b.gguf"}
    assert one.missing == ("url", "sha256", "size")
    assert "file folder/a b.gguf: no address" in texts(one.remarks)
    assert "no digest and size; run the command of step 1" in texts(one.remarks)


def test_an_address_in_place_of_a_name_is_the_address():
    (one,) = files({"parameters": {"model": "hf://o/r/a.gguf"}}).files

    assert (one.path, one.keys["url"]) == (
        "a.gguf",
        "https://huggingface.co/o/r/resolve/main/a.gguf",
    )


def test_an_address_of_another_kind_is_reported():
    (one,) = files({"parameters": {"model": "oci://registry.test/a.gguf"}}).files

    assert "its address uses oci:, and only https is fetched" in texts(one.remarks)


def test_a_file_that_no_definition_takes_is_reported_with_the_cure():
    download = {"filename": "a.pth", "uri": "https://files.test/a.pth"}
    (one,) = files({"parameters": {"model": "a.pth"}, "download_files": [download]}).files

    assert "is of a type that is not allowed; use one of .gguf" in texts(one.remarks)


def test_companions_come_with_their_roles():
    made = files({**CHAT, "mmproj": "eyes.gguf", "draft_model": "small.gguf"}, {Role.VAE: "v.bin"})

    assert [file.role for file in made.files] == ["weights", "mmproj", "draft", "vae"]


def test_a_download_that_nothing_names_is_reported():
    extra = {"filename": "extra.bin", "uri": "https://files.test/extra.bin"}
    made = files({**CHAT, "download_files": [*CHAT["download_files"], extra]})

    assert "extra.bin is named by no key of ours" in texts(made.remarks)
