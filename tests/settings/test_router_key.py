import pytest
from pydantic import ValidationError

from settings.router import RouterKeySettings

KEY = {"secret": "keys", "key": "app"}


def test_a_key_is_named_never_written():
    with pytest.raises(ValidationError):
        RouterKeySettings.model_validate({"value": "sk-1234"})


def test_a_key_opens_every_model_unless_some_are_named():
    assert RouterKeySettings.model_validate(KEY).models == ()
    assert RouterKeySettings.model_validate({**KEY, "models": ["a"]}).models == ("a",)


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(ValidationError):
        RouterKeySettings.model_validate({**KEY, "rpm": 0})
