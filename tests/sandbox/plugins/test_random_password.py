import string

import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins.properties import UNKNOWN, Properties, Secret, from_struct, to_struct
from sandbox.plugins.random_password import PasswordError, RandomPlugin, password
from sandbox.plugins.standin import Engine
from tests.sandbox.plugins.call import context

PLUGIN = RandomPlugin(name="random", version="1.0.0", engine=Engine())


def create(arguments: Properties, *, preview: bool = False) -> Properties:
    request = pb.CreateRequest(properties=to_struct(arguments), preview=preview)
    return from_struct(PLUGIN.Create(request, context()).properties)


def test_a_password_has_its_length_and_alphabet() -> None:
    made = password({"length": 40, "special": False, "upper": False})
    assert len(made) == 40
    assert set(made) <= set(string.ascii_lowercase + string.digits)


def test_the_minimums_are_met() -> None:
    made = password({"length": 4, "minNumeric": 4})
    assert made.isdigit()


def test_two_passwords_differ() -> None:
    assert password({"length": 30}) != password({"length": 30})


def test_contradicting_arguments_are_refused() -> None:
    with pytest.raises(PasswordError, match="length 3"):
        password({"length": 3, "minLower": 4})


def test_the_result_is_secret_and_unknown_in_a_preview() -> None:
    result = create({"length": 12})["result"]
    assert isinstance(result, Secret)
    assert len(result.value) == 12
    assert create({"length": 12}, preview=True)["result"] == Secret(value=UNKNOWN)


def test_any_changed_argument_replaces_the_password() -> None:
    old, new = to_struct({"length": 12}), to_struct({"length": 12, "keepers": {"a": "1"}})
    same = PLUGIN.Diff(pb.DiffRequest(old_inputs=old, news=old), context())
    assert same.changes == pb.DiffResponse.DIFF_NONE
    changed = PLUGIN.Diff(pb.DiffRequest(old_inputs=old, news=new), context())
    assert list(changed.replaces) == ["keepers"]
