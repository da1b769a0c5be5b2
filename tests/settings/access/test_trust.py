import pytest
from pydantic import ValidationError

from settings.access.downloads import TrustSettings


def test_a_bundle_is_in_the_key_that_most_tools_write():
    found = TrustSettings.model_validate({"configMap": "corp"})
    assert (found.config_map, found.key) == ("corp", "ca.crt")


def test_a_bundle_is_in_a_config_map():
    with pytest.raises(ValidationError, match="configMap"):
        TrustSettings.model_validate({"key": "ca.crt"})
