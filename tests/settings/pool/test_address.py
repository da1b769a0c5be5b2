import pytest
from pydantic import ValidationError

from settings.config import SettingsError
from settings.pool.pool import AddressSettings
from tests.samples import pool_fields, settings


def test_an_address_listens_where_localai_does_unless_clients_call_another_port():
    assert AddressSettings().port == 8080
    assert AddressSettings.model_validate({"port": 80}).port == 80


def test_an_address_is_no_name():
    with pytest.raises(ValidationError):
        AddressSettings.model_validate({"clusterIP": "local-ai.example"})


def test_two_pools_do_not_answer_at_one_service():
    pools = {
        "chat": pool_fields(addresses={"local-ai": {}}),
        "images": pool_fields(addresses={"local-ai": {}}),
    }

    with pytest.raises(SettingsError, match="the Service of pool chat"):
        settings(pools)


def test_a_further_address_is_not_the_service_a_pool_has_anyway():
    with pytest.raises(SettingsError, match="the Service of pool chat"):
        settings({"chat": pool_fields(addresses={"localai-chat": {}})})
