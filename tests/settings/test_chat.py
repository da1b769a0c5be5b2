import pytest
from pydantic import ValidationError

from settings.chat import ChatSettings

FIELDS = {"image": "registry.example.com/chat:1.0.0", "login": {"secret": "chat"}}
GATEWAY = {
    "kind": "gateway",
    "host": "a.example.com",
    "gateway": {"name": "public", "namespace": "gateways"},
}


def test_an_image_and_a_login_are_enough():
    made = ChatSettings.model_validate(FIELDS)

    assert (made.login.user, made.login.password, made.title) == ("username", "password", "Chat")
    assert made.exposure is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"exposure": {**GATEWAY, "path": "/chat"}}, "made for a whole host"),
        ({"exposure": {"kind": "loadBalancer", "networks": ["203.0.113.0/24"], "plaintext": True,
                       "pool": "chat"}}, "exposes a pool"),
        ({"title": ""}, "title"),
        ({"answers": 0}, "answers"),
        ({"login": {"secret": "Not a name"}}, "DNS label"),
        ({"password": "abc"}, "password"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(fields: dict[str, object], said: str):
    with pytest.raises(ValidationError) as told:
        ChatSettings.model_validate({**FIELDS, **fields})
    assert said in str(told.value)
