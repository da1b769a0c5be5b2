from typing import Any

from components.addons.router.keys import GENERATED_NAME, OPERATOR, MasterKey, environment, openings
from components.parts.builders import generated_secret
from components.parts.part import plain
from tests.components.addons.router.stacks import router_args
from tests.samples import KEY

CLIENTS = {"b-app": {**KEY, "models": ["assistant"]}, "a-app": {**KEY, "key": "a", "rpm": 5}}


def sources(**router: Any) -> dict[str, dict[str, str]]:
    args = router_args(**router)
    found = [plain(one) for one in environment(args.context, args.settings)]
    return {one["name"]: one["valueFrom"]["secretKeyRef"] for one in found}


def test_every_key_reaches_the_router_by_reference():
    assert sources(keys=CLIENTS, masterKey=KEY) == {
        "LITELLM_MASTER_KEY": {"name": "keys", "key": "localai"},
        "LOCALAI_API_KEY": {"name": "localai-api-key", "key": "api-key"},
        "ROUTER_KEY_A_APP": {"name": "keys", "key": "a"},
        "ROUTER_KEY_B_APP": {"name": "keys", "key": "localai"},
    }


def test_a_master_key_is_generated_where_none_is_named():
    assert sources()["LITELLM_MASTER_KEY"]["name"] == "localai-router-key"


def test_the_address_of_a_database_is_a_secret_too():
    database = {"url": {"secret": "db", "key": "url"}, "namespace": "databases"}
    found = sources(virtualKeys=True, database=database)

    assert found["DATABASE_URL"] == {"name": "db", "key": "url"}


def test_what_a_key_opens_is_written_down_without_the_key():
    found = openings(router_args(keys=CLIENTS).settings)

    assert list(found) == [OPERATOR, "a-app", "b-app"]
    assert found["b-app"] == {
        "variable": "ROUTER_KEY_B_APP",
        "operator": False,
        "models": ["assistant"],
        "rpm": None,
        "tpm": None,
    }
    assert found["a-app"]["rpm"] == 5


def test_a_generated_key_is_in_the_engines_state_only():
    context = router_args().context
    value, holder = MasterKey.parts("router-key", context)

    assert value.manifest is None
    assert holder.options.secret
    assert holder.options.secret.part == value.name
    assert {"data", "stringData"}.isdisjoint(plain(generated_secret(context, GENERATED_NAME)))
