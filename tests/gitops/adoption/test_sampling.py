import pytest

from gitops.adoption.options import sampling, template, unsaid
from gitops.adoption.remark import Fate
from models.definition import Kind
from tests.gitops.adoption.namespaces import given, texts


def test_sampling_defaults_are_taken_and_others_reported():
    keys = {"parameters": {"model": "a", "batch": 1, "top_k": 40, "tfz": 1, "top_p": 7}}
    taken, remarks = sampling("model m", keys)

    assert taken == {"top_k": 40}
    assert "parameters.tfz: has no key" in texts(remarks)
    assert "parameters.top_p: is 7, outside" in texts(remarks)
    assert len(remarks) == 2


@pytest.mark.parametrize("key", ["repeat_penalty", "presence_penalty"])
def test_a_penalty_of_zero_is_none_as_the_server_reads_it(key: str):
    assert sampling("model m", {"parameters": {key: 0}}) == ({}, ())


def test_values_that_the_server_chose_by_the_name_are_told_with_what_they_become():
    said = {"temperature": 0.6, "top_p": 0.9, "repeat_penalty": 1.1}
    (remark,) = unsaid("model m", said, Kind.CHAT, "llama-cpp")

    assert "top_k becomes 40, min_p becomes 0; the server chose" in str(remark)
    assert remark.fate is Fate.CHANGED


def test_where_all_is_said_or_nothing_is_sampled_nothing_changes():
    said = {"temperature": 1, "top_p": 1, "top_k": 1, "min_p": 0, "repeat_penalty": 1}

    assert not list(unsaid("model m", said, Kind.CHAT, "llama-cpp"))
    assert not list(unsaid("model m", {}, Kind.EMBEDDINGS, "llama-cpp"))


def test_a_template_is_text():
    keys = {"template": {"chat": "{{.Input}}", "use_tokenizer_template": True, "function": "x"}}
    taken, remarks = template("model m", keys, given())

    assert taken == {"chat": "{{.Input}}", "use_tokenizer_template": True}
    assert "template.function: has no key" in texts(remarks)


def test_a_template_in_a_file_is_written_out():
    taken, remarks = template(
        "model m", {"template": {"chat": "phi"}}, given(templates={"phi": "{{.Input}}"})
    )

    assert (taken, remarks) == ({"chat": "{{.Input}}"}, ())


def test_a_template_in_a_file_that_is_not_at_hand_is_asked_for():
    taken, remarks = template("model m", {"template": {"chat": "phi"}}, given())

    assert taken == {}
    assert "template.chat: is in the file phi.tmpl" in texts(remarks)


def test_a_template_of_endless_length_is_reported():
    _, remarks = template("model m", {"template": {"chat": "{{x}}" * 2000}}, given())

    assert "not text of at most 4000" in texts(remarks)
