import pytest

from gitops.adoption.model import Draft, draft
from gitops.adoption.names import model_name
from models.definition import Definition
from tests.gitops.adoption.namespaces import CHAT, SIZES, WORDS, Object, entry, given, texts


def made(keys: Object, facts: str = SIZES) -> tuple[Draft, str]:
    found, remarks = draft(entry(**keys), given(facts))
    assert found
    return found, texts(remarks)


def test_an_entry_becomes_a_definition():
    found, _ = made(CHAT)
    definition = Definition.model_validate(found.keys)

    assert not any(file.missing for file in found.files)
    assert (definition.context_size, definition.slots) == (8192, 4)
    assert definition.parameters.temperature == 0.7
    assert definition.stopwords == ("<|im_end|>",)
    assert definition.template
    assert definition.template.use_tokenizer_template


def test_a_chat_model_that_leaves_its_sampling_to_the_server_is_told_what_changes():
    _, said = made(CHAT)
    _, of_words = made(WORDS)

    assert "model assistant-7b, parameters: top_p becomes 0.95, top_k becomes 40" in said
    assert "top_p becomes" not in of_words


def test_a_missing_fact_leaves_the_draft_incomplete():
    found, said = made(CHAT, facts="")

    assert any(file.missing for file in found.files)
    assert "no size; run the command of step 1" in said


def test_embeddings_have_no_template():
    found, _ = made(WORDS)

    assert Definition.model_validate(found.keys).kind == "embeddings"
    assert "template" not in found.keys


def test_an_image_model_has_its_steps_and_its_files():
    files = [
        {"filename": name, "uri": f"https://files.test/{name}", "sha256": "c" * 64}
        for name in ("flux.gguf", "ae.safetensors")
    ]
    keys = {
        "name": "flux",
        "backend": "stablediffusion",
        "step": 20,
        "cfg_scale": 1.5,
        "parameters": {"model": "flux.gguf"},
        "options": ["vae_path:ae.safetensors", "sampler:euler"],
        "download_files": files,
    }
    found, _ = made(keys, facts="1 flux.gguf\n2 ae.safetensors\n")
    definition = Definition.model_validate(found.keys)

    assert (definition.steps, definition.cfg_scale) == (20, 1.5)
    assert list(definition.companions) == ["vae"]
    assert definition.options == ("sampler:euler",)


def test_what_clients_send_stays_though_the_file_is_named_otherwise():
    found, said = made({**CHAT, "name": "Acme/Talk-7B"})

    assert found.name == "acme-talk-7b"
    assert "Acme/Talk-7B: is declared as models/acme-talk-7b.yaml; clients go on sending" in said


def test_a_name_that_requests_cannot_hold_changes_and_clients_are_told():
    found, said = made({**CHAT, "name": "Assistant 7B"})

    assert found.name == "assistant-7b"
    assert "clients have to send assistant-7b" in said
    assert model_name("___") == ""


def test_a_model_that_is_not_read_today_is_told():
    other = entry(**CHAT)
    found, remarks = draft(other.__class__(source="here", keys=CHAT, is_read=False), given())

    assert found
    assert "the server does not read it today; the first `up` serves it" in texts(remarks)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"name": "voice", "backend": "piper"}, "is for piper, which no model definition can be"),
        ({"name": "m", "backend": "rwkv"}, "needs the engine rwkv"),
        ({"name": "m", "parameters": {"model": "a.bin"}}, "names no engine"),
        ({"name": "m", "backend": "llama-cpp"}, "names no file of weights"),
        ({"backend": "llama-cpp"}, "has no name"),
        ({"name": "m", "disabled": True}, "is disabled, and left out"),
    ],
)
def test_what_no_definition_can_be_is_said_with_its_reason(keys: Object, reason: str):
    found, remarks = draft(entry(**keys), given())

    assert found is None
    assert reason in texts(remarks)
