import pytest

from settings.config import SettingsError
from settings.stack.delivery import Delivery
from tests.samples import KEY, settings


def test_rendered_manifests_hold_no_key():
    with pytest.raises(SettingsError, match="delivers rendered manifests but names no apiKey"):
        settings(delivery="rendered")

    assert settings(delivery="rendered", apiKey=KEY).delivery is Delivery.RENDERED


def test_rendered_manifests_hold_no_second_key_either():
    with pytest.raises(SettingsError, match="delivers rendered manifests but names no apiKey"):
        settings(delivery="rendered", apiKey={**KEY, "also": {"generated": 0}})

    vault = {"external": {"store": {"name": "vault"}, "remoteKey": "a"}}
    assert settings(delivery="rendered", apiKey={**KEY, "also": vault}).api_key


def test_rendered_manifests_adopt_nothing():
    with pytest.raises(SettingsError, match=r"sets claims\.adopt"):
        settings(delivery="rendered", apiKey=KEY, claims={"adopt": True})

    assert settings(claims={"adopt": True}).claims.adopt
    assert not settings(delivery="rendered", apiKey=KEY, claims={"adopt": False}).claims.adopt
