import pytest

from gitops.adoption.model import engine_of, kind_of, usecases
from models.definition import Kind


@pytest.mark.parametrize(
    ("keys", "engine"),
    [
        ({"backend": "llama"}, "llama-cpp"),
        ({"backend": "llama-cpp-avx2"}, "llama-cpp"),
        ({"backend": "stablediffusion"}, "stablediffusion-ggml"),
        ({"backend": "whisper"}, "whisper"),
        ({"parameters": {"model": "a.gguf"}}, "llama-cpp"),
        ({"parameters": {"model": "huggingface://o/r/A.GGUF@main"}}, "llama-cpp"),
        ({"parameters": {"model": "a.bin"}}, ""),
        ({}, ""),
    ],
)
def test_an_engine_has_its_name_of_today(keys: dict[str, object], engine: str):
    assert engine_of(keys) == engine


@pytest.mark.parametrize(
    ("keys", "engine", "kind"),
    [
        ({"embeddings": True}, "llama-cpp", Kind.EMBEDDINGS),
        ({"reranking": True}, "llama-cpp", Kind.RERANK),
        ({"known_usecases": ["FLAG_TRANSCRIPT"]}, "whisper", Kind.TRANSCRIPTION),
        ({"known_usecases": ["vad", "chat"]}, "llama-cpp", Kind.CHAT),
        ({"known_usecases": ["tts"]}, "kokoro", None),
        ({}, "stablediffusion-ggml", Kind.IMAGE),
        ({}, "piper", None),
    ],
)
def test_a_model_is_for_what_its_entry_or_its_engine_says(
    keys: dict[str, object], engine: str, kind: Kind | None
):
    assert kind_of(keys, engine) is kind


def test_use_cases_are_said_in_the_words_of_today():
    assert usecases({"known_usecases": ["FLAG_CHAT", "image"]}) == ["chat", "image"]
