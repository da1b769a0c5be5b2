import pytest

from apps.chat.declared import ChatError, declared

TOLD = {"CHAT_ADDRESS": "http://models.test:4000/v1/", "CHAT_USER": "a", "CHAT_PASSWORD": "secret"}


def test_an_address_and_a_login_are_enough():
    found = declared(TOLD)

    assert (found.address, found.port, found.models) == ("http://models.test:4000/v1", 7860, ())
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CHAT_ADDRESS", "", "CHAT_ADDRESS is not set"),
        ("CHAT_ADDRESS", "ftp://a", "CHAT_ADDRESS is 'ftp://a'"),
        ("CHAT_ADDRESS", "http://user:password@a/v1", "CHAT_ADDRESS is"),
        ("CHAT_USER", " ", "CHAT_USER is not set"),
        ("CHAT_PASSWORD", "", "CHAT_PASSWORD is not set"),
        ("CHAT_PORT", "0", "CHAT_PORT is '0'"),
        ("CHAT_ANSWERS", "many", "CHAT_ANSWERS is 'many'"),
    ],
)
def test_what_is_missing_or_of_another_form_is_refused(name: str, value: str, said: str):
    with pytest.raises(ChatError, match=said):
        declared({**TOLD, name: value})
