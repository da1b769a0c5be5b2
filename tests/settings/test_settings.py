import pytest
from pydantic import ValidationError

from documents.validation import keys
from settings.base import Settings


class Sample(Settings):
    two_words: int = 0


def test_keys_are_in_camel_case_as_in_manifests():
    assert keys(Sample) == ["twoWords"]
    assert Sample.model_validate({"twoWords": 1}).two_words == 1


@pytest.mark.parametrize("values", [{"two_words": 1}, {"twowords": 1}, {"twoWords": "1"}])
def test_another_spelling_or_another_type_is_refused(values: dict[str, object]):
    with pytest.raises(ValidationError):
        Sample.model_validate(values)


def test_settings_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Sample().two_words = 1
