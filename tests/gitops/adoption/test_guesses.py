from gitops.adoption.model import guesses
from tests.gitops.adoption.namespaces import given, texts

FIELDS = {
    "name": "m", "license": "LicenseRef-unknown", "backend": "llama-cpp", "kind": "chat",
    "slots": 1,
}  # fmt: skip


def test_every_guess_is_told():
    said = texts(guesses(FIELDS, {}, given()))

    assert "no license; LicenseRef-unknown is written" in said
    assert "names no engine" in said
    assert "context_size becomes 4096" in said
    assert "slots becomes 1" in said
    assert "the template in its weights is used" in said


def test_what_was_said_is_no_guess():
    keys = {
        "backend": "llama-cpp",
        "context_size": 512,
        "options": ["parallel:1"],
        "template": {"chat": "x"},
    }

    assert texts(guesses({**FIELDS, "license": "MIT"}, keys, given())) == ""


def test_an_engine_without_context_is_not_asked_for_one():
    fields = {**FIELDS, "license": "MIT", "backend": "whisper", "kind": "transcription"}

    assert texts(guesses(fields, {"backend": "whisper"}, given())) == ""
