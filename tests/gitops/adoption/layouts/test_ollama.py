import pytest

from gitops.adoption.layouts.layout import Layout
from gitops.adoption.layouts.ollama import ollama_name
from gitops.adoption.layouts.reader import read_layout
from tests.gitops.adoption.layouts.samples import BLOB, LIST, MODELFILE, TAGS
from tests.gitops.adoption.namespaces import texts


def layout(text: str) -> Layout:
    return read_layout(text.encode(), "file")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("llama3.1:8b-instruct-q4_K_M", "llama3.1-8b-instruct-q4_k_m"),
        ("llama3.1:latest", "llama3.1"),
        ("someone/mine:v1", "mine-v1"),
        ("hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M", "llama-3.2-1b-instruct-q4_k_m"),
        ("hf.co/a/b", "b"),
    ],
)
def test_a_name_becomes_one_that_a_model_file_takes(said: str, name: str):
    assert ollama_name(said) == name


def test_each_row_is_a_model_with_the_command_that_finds_it():
    first, second, third = layout(LIST).entries

    assert first.source == "file:2"
    assert "--quantization Q4_K_M --name llama3.1-8b-instruct-q4_k_m" in first.find
    assert second.keys["embeddings"] is True
    assert third.find == (
        "`localai-gitops models add huggingface://bartowski/Llama-3.2-1B-Instruct-GGUF "
        "--quantization Q4_K_M --name llama-3.2-1b-instruct-q4_k_m`"
    )


def test_a_digest_of_a_list_is_never_taken_for_that_of_weights():
    made = layout(TAGS)

    assert "468836162de7" not in repr(made.entries)
    assert "is of its manifest, not of the weights" in texts(made.remarks)


def test_what_runs_elsewhere_and_what_is_no_row_are_said():
    said = texts(layout(LIST + "rubbish\n").remarks)

    assert "file:5: gpt-oss:120b-cloud: runs at ollama.com" in said
    assert "file:6: 'rubbish' is not a row" in said


def test_a_blob_is_named_by_the_digest_of_its_bytes():
    (entry,) = layout(MODELFILE).entries

    assert entry.keys["name"] == "llama3.2-1b"
    assert entry.keys["download_files"][0]["sha256"] == BLOB
    assert (entry.keys["context_size"], entry.keys["stopwords"]) == (2048, ["<|eot_id|>"])
    assert entry.keys["parameters"]["temperature"] == 0.3


def test_what_a_definition_cannot_say_of_a_modelfile_has_its_line():
    said = texts(layout(MODELFILE + "FROM ./projector.gguf\n").remarks)

    assert "file:12: PARAMETER mirostat: has no key" in said
    assert "file:13: SYSTEM: has no key" in said
    assert "file:5: TEMPLATE: is in Ollama's words" in said
    assert "FROM ./projector.gguf: is a further file" in said


@pytest.mark.parametrize("origin", ["llama3.2:1b", "hf.co/a/b-GGUF:Q8_0"])
def test_a_modelfile_from_a_name_says_how_to_find_its_file(origin: str):
    (entry,) = layout(f"FROM {origin}\n").entries

    assert f"--name {ollama_name(origin)}" in entry.find


def test_a_modelfile_from_a_file_has_it():
    (entry,) = layout("FROM ./Mine.Q4_0.gguf\n").entries

    assert entry.keys["parameters"] == {"model": "Mine.Q4_0.gguf"}
    assert entry.keys["name"] == "mine.q4_0"
