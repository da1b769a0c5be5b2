"""What a variable holds comes from Secrets alone, or it does not."""

from typing import Any

import pytest

from gitops.validation.rules.secrets import from_secrets, is_on, variables


def kept(name: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": "keys", "key": name}}}


def plain(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": value}


A, B = kept("A"), kept("B")
FROM_SECRETS = {
    "a key": [kept("KEYS")],
    "another variable": [A, plain("KEYS", "$(A)")],
    "two others": [A, B, plain("KEYS", "$(A),$(B)")],
    "one of one of them": [A, plain("C", "$(A)"), plain("KEYS", "$(C)")],
    "a key after plain text of the same name": [plain("KEYS", "sesame"), kept("KEYS")],
}
NOT = {
    "plain text": [plain("KEYS", "sesame")],
    "nothing": [plain("KEYS", "")],
    "plain text beside a key": [A, plain("KEYS", "$(A),sesame")],
    "one that comes later, which stays as it is written": [plain("KEYS", "$(A)"), A],
    "one of plain text": [plain("A", "sesame"), plain("KEYS", "$(A)")],
    "one that plain text replaces": [A, plain("A", "sesame"), plain("KEYS", "$(A)")],
    "an escaped reference": [A, plain("KEYS", "$$(A)")],
    "a key that plain text replaces": [kept("KEYS"), plain("KEYS", "sesame")],
    "a map": [{"name": "KEYS", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}}],
    "no variable": [],
}


@pytest.mark.parametrize("env", FROM_SECRETS.values(), ids=FROM_SECRETS)
def test_a_value_of_keys_alone_comes_from_secrets(env: list[dict[str, Any]]):
    assert "KEYS" in from_secrets({"env": env})


@pytest.mark.parametrize("env", NOT.values(), ids=NOT)
def test_any_other_value_does_not(env: list[dict[str, Any]]):
    assert "KEYS" not in from_secrets({"env": env})


def test_the_last_of_two_variables_counts():
    found = variables({"env": [plain("A", "1"), plain("A", "no")]})

    assert not is_on(found["A"])
    assert is_on(plain("A", "True"))
