from typing import Any

import pytest
from pydantic import ValidationError

from models.definition import Definition, Kind, Role
from tests.models.entries import WEIGHTS, chat, image, transcription

FIGURES = {"layers": 32, "kv_heads": 8, "head_dim": 128}


def definition(fields: dict[str, Any]) -> Definition:
    return Definition.model_validate(fields)


def refuses(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        definition(fields)


def test_a_definition_has_its_kind_and_its_files_the_weights_first():
    projector = WEIGHTS | {"file": "projector.gguf"}

    found = definition(chat(companions={"mmproj": projector}))

    assert found.kind is Kind.CHAT
    assert [file.file for file in found.files] == ["model.gguf", "projector.gguf"]
    assert list(found.companions) == [Role.MMPROJ]


@pytest.mark.parametrize(
    ("role", "model"),
    [
        ("mmproj", chat),
        ("draft", chat),
        ("vae", image),
        ("clip_l", image),
        ("clip_g", image),
        ("t5xxl", image),
    ],
)
def test_a_companion_is_taken_by_its_engine_alone(role: str, model: Any):
    others = [other for other in (chat, image, transcription) if other is not model]

    assert definition(model(companions={role: WEIGHTS})).companions
    for other in others:
        refuses(other(companions={role: WEIGHTS}), f"has a companion {role}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("context_size", 4096),
        ("slots", 1),
        ("batch", 512),
        ("template", {}),
        ("stopwords", ["end"]),
        ("stopwords", []),
        ("architecture", FIGURES),
        ("pooling", "mean"),
    ],
)
@pytest.mark.parametrize("model", [image, transcription])
def test_what_an_engine_would_ignore_is_refused(model: Any, field: str, value: object):
    assert definition(chat(**{field: value}))
    refuses(model(**{field: value}), f"gives {field}, which the engine")


@pytest.mark.parametrize(("field", "value"), [("steps", 20), ("cfg_scale", 1.0), ("cfg_scale", 0)])
@pytest.mark.parametrize("model", [chat, transcription])
def test_settings_of_images_are_refused_elsewhere_zero_too(model: Any, field: str, value: object):
    assert definition(image(**{field: value}))
    refuses(model(**{field: value}), f"gives {field}, which the engine")


@pytest.mark.parametrize("field", ["context_size", "slots"])
def test_nothing_is_left_to_the_server_that_it_would_guess(field: str):
    fields = chat()
    del fields[field]

    refuses(fields, "leaves context_size or slots to the server")


def test_a_chat_model_has_a_template_and_an_embedding_model_needs_none():
    fields = chat()
    del fields["template"]

    refuses(fields, "is for chat but has no template")
    assert definition({**fields, "kind": "embeddings"})


@pytest.mark.parametrize("fields", [{"window": 1024}, {"full_attention_layers": 0}])
def test_a_window_and_its_layers_come_together(fields: dict[str, int]):
    refuses(chat(architecture=FIGURES | fields), "gives one of window and full_attention_layers")


@pytest.mark.parametrize("full", [0, 8, 32])
def test_layers_of_full_attention_are_among_the_layers(full: int):
    fields = {"window": 1024, "full_attention_layers": full}

    found = definition(chat(architecture=FIGURES | fields)).architecture

    assert found is not None
    assert found.full_attention_layers == full


def test_more_layers_of_full_attention_than_layers_are_refused():
    fields = {"window": 1024, "full_attention_layers": 33}

    refuses(chat(architecture=FIGURES | fields), "has 33 full_attention_layers, but 32 layers")


def test_zero_is_a_sampling_default_and_not_the_absence_of_one():
    parameters = {"temperature": 0, "top_k": 0, "seed": 0, "frequency_penalty": 0}

    found = definition(chat(parameters=parameters)).parameters

    assert found.model_dump(exclude_none=True) == parameters


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", -0.1),
        ("temperature", 5.1),
        ("temperature", "0.5"),
        ("temperature", True),
        ("temperature", float("inf")),
        ("top_p", 1.1),
        ("min_p", -0.1),
        ("top_k", 1.5),
        ("top_k", -2),
        ("max_tokens", 0),
        ("repeat_penalty", 10.1),
        ("presence_penalty", -10.1),
        ("frequency_penalty", 10.1),
        ("seed", 1.5),
        ("seed", True),
        ("language", "EN"),
        ("language", "eng"),
        ("unknown", 1),
    ],
)
def test_a_sampling_default_out_of_range_is_refused(field: str, value: object):
    refuses(chat(parameters={field: value}), rf"parameters\.{field}")


@pytest.mark.parametrize("value", [0, 1, 0.5])
def test_a_whole_number_is_a_share_as_well(value: float):
    assert definition(chat(parameters={"top_p": value})).parameters.top_p == value


@pytest.mark.parametrize("version", ["v4.8.0", "v10.0.12"])
def test_the_first_server_is_a_version(version: str):
    assert definition(chat(minimum_server=version)).minimum_server == version


@pytest.mark.parametrize(
    "version", ["4.8.0", "v4.8", "v04.8.0", "v4.8.0-rc1", "v4.8.0\n", "v1.1." + "1" * 99]
)
def test_the_first_server_is_nothing_that_no_version_compares_with(version: str):
    refuses(chat(minimum_server=version), "minimum_server")


@pytest.mark.parametrize("option", ["diffusion_model", "sampler:euler", "flow_shift:1.5"])
def test_an_option_is_a_name_and_a_plain_value(option: str):
    assert definition(image(options=[option])).options == (option,)


@pytest.mark.parametrize(
    "option", ["", "A", "a b", "a:", "a:b/c", "a:b c", "a:../b", "a:b:c", "a\n", 1]
)
def test_an_option_with_a_path_or_a_space_is_refused(option: object):
    refuses(chat(options=[option]), r"options\.0")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Sample"),
        ("name", "../sample"),
        ("name", "s" * 64),
        ("kind", "talk"),
        ("license", "MIT License"),
        ("backend", "LLaMA"),
        ("description", ""),
        ("context_size", 127),
        ("context_size", "4096"),
        ("slots", 0),
        ("batch", 0),
        ("stopwords", "end"),
        ("stopwords", [""]),
        ("pooling", "sum"),
        ("embedding_dimensions", 0),
        ("template", {"use_tokenizer_template": "true"}),
        ("template", {"chat": ""}),
        ("companions", {"lora": WEIGHTS}),
        ("gpu_layers", 99),
    ],
)
def test_a_value_that_no_model_can_have_is_refused(field: str, value: object):
    refuses(chat(**{field: value}), field)
