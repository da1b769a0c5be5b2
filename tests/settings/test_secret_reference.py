import pytest
from pydantic import ValidationError

from tests.samples import KEY, settings


@pytest.mark.parametrize("reference", [{"secret": "keys"}, {**KEY, "value": "a"}, "keys/localai"])
def test_a_reference_names_a_secret_and_a_key_and_never_a_value(reference: object):
    with pytest.raises(ValidationError, match="apiKey"):
        settings(apiKey=reference)
