from typing import Any

import pytest
from pydantic import ValidationError

from settings.keys import ApiKeySettings, place

STORE = {"name": "vault"}
SOURCES: list[dict[str, Any]] = [
    {"secret": "keys", "key": "localai"},
    {"external": {"store": STORE, "remoteKey": "localai/key"}},
    {"generated": 3},
]


def read(**fields: Any) -> ApiKeySettings:
    return ApiKeySettings.model_validate(fields)


@pytest.mark.parametrize("source", SOURCES)
def test_a_key_has_one_source(source: dict[str, Any]):
    assert place(read(**source))[0] == next(iter(source))


@pytest.mark.parametrize(
    "fields",
    [{}, {"also": SOURCES[0]}, {**SOURCES[0], **SOURCES[1]}, {**SOURCES[0], **SOURCES[2]}],
)
def test_none_and_two_are_refused(fields: dict[str, Any]):
    with pytest.raises(ValidationError, match="needs exactly one source"):
        read(**fields)


@pytest.mark.parametrize("half", ["secret", "key"])
def test_half_of_a_reference_is_refused(half: str):
    with pytest.raises(ValidationError, match="names half of a Secret's key"):
        read(**{half: "name"})


@pytest.mark.parametrize("source", SOURCES)
def test_the_second_key_is_another_one(source: dict[str, Any]):
    with pytest.raises(ValidationError, match="gives one key twice"):
        read(**source, also=source)
    assert read(**source, also={"generated": 9}).also


@pytest.mark.parametrize("interval", ["0s", "1d", "90", "1h30m", "", "-1h"])
def test_an_interval_is_a_whole_number_of_one_unit(interval: str):
    external = {**SOURCES[1]["external"], "refreshInterval": interval}
    with pytest.raises(ValidationError, match="refreshInterval"):
        read(external=external)


@pytest.mark.parametrize("generation", [-1, 10000, "1", 1.0, True])
def test_a_generation_is_a_small_number(generation: object):
    with pytest.raises(ValidationError, match="generated"):
        read(generated=generation)
