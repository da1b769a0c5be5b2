from pathlib import Path

import pytest

from components.server.model_list import model_list
from sandbox.localai_standin.model_list import loose_files, parse_list, read_list
from tests.samples import pool


def test_the_list_that_the_program_renders_is_understood():
    entries, skipped = parse_list(model_list(pool()))

    assert not skipped
    for model in pool().models:
        assert entries[model.name].model == model.weights.path
        assert entries[model.name].context_size == model.context_size
        assert entries[model.name].options["parallel"] == str(model.slots)


def test_what_is_unknown_or_of_a_wrong_type_vanishes():
    text = "- {name: a, backend: llama-cpp, colour: red, context_size: many, options: none}\n- 7\n"

    entries, skipped = parse_list(text)

    assert (list(entries), entries["a"].context_size, skipped) == (["a"], 4096, [])


@pytest.mark.parametrize(
    "text",
    ["models: [{name: a}]", "", "{",
     "- {name: a, parameters: {model: ../secret}}", "- {name: a, parameters: {model: /etc/key}}"],
)  # fmt: skip
def test_a_list_that_cannot_be_used_is_an_empty_one(text: str):
    assert parse_list(text)[0] == {}


def test_what_cannot_answer_is_listed_all_the_same():
    text = """\
- {name: a}
- {name: b, alias: a}
- {name: c, alias: b}
- {name: d, alias: nothing}
- {name: e, disabled: true}
- {backend: llama-cpp}
"""
    entries, skipped = parse_list(text)

    assert (list(entries), skipped) == (["a", "b", "c", "d", "e", ""], [])
    assert entries["e"].disabled


def test_what_an_entry_is_for_is_read_from_its_use_cases_and_flags():
    entries, _ = parse_list("- {name: a, known_usecases: [chat, 7], embeddings: true}\n- name: b")

    assert entries["a"].usecases >= {"chat", "embeddings"}
    assert entries["b"].usecases == frozenset()


def test_a_list_that_is_not_there_is_told_and_no_error(tmp_path: Path):
    entries, skipped = read_list(tmp_path / "models.yaml")

    assert (entries, len(skipped)) == ({}, 1)


def test_a_file_right_in_the_models_folder_counts_as_a_model(tmp_path: Path):
    (tmp_path / "weights").mkdir()
    for name in ("loose", ".lock", "a.gguf", "notes.txt", "README", "a.yaml.bak-2"):
        (tmp_path / name).touch()

    assert loose_files(tmp_path) == [".lock", "loose"]
