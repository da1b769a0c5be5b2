from typing import Any

import pytest
from lightkube.models.core_v1 import EnvVar

from components.parts.part import plain
from components.server.distributed import front_end_variables, worker_variables
from components.server.server_pod import environment
from tests.components.distributed_pool import distributed_pool, distributed_settings
from tests.gitops.validation.rules.objects import found, server
from tests.samples import KEY, pool

GOOD = [plain(variable) for variable in environment(pool())]
MANY = distributed_pool()
ROTATING = {"apiKey": {**KEY, "also": {"secret": "keys", "key": "next"}}}
FRONT_END = [*environment(MANY), *front_end_variables(distributed_settings(MANY))]
WORKER = worker_variables(MANY, distributed_settings(MANY))


def local_ai(*without: str, **values: str) -> dict[str, Any]:
    """Return a server with the environment of a pool, but for some variables."""
    kept = [one for one in GOOD if one["name"] not in (*without, *values)]
    return server(env=[*kept, *({"name": name, "value": text} for name, text in values.items())])


def changed(known: list[EnvVar], **values: str | None) -> dict[str, Any]:
    """Return a server of a distributed pool with some variables in plain text, or without them."""
    kept = [plain(one) for one in known if one.name not in values]
    said = [{"name": name, "value": text} for name, text in values.items() if text is not None]
    return server(env=[*kept, *said])


ASKS, SHUT, TOKEN = "server-asks-for-a-key", "server-doors-shut", "worker-shows-a-token"
BROKEN = {
    "no key": (ASKS, local_ai("LOCALAI_API_KEY")),
    "an empty key": (ASKS, local_ai(LOCALAI_API_KEY="")),
    "the gallery left open": (SHUT, local_ai("LOCALAI_DISABLE_GALLERY_ENDPOINT")),
    "agents left open": (SHUT, local_ai(LOCALAI_DISABLE_AGENTS="false")),
    "forgery admitted": (SHUT, local_ai(LOCALAI_DISABLE_CSRF="true")),
    "weights not looked at": (SHUT, local_ai(LOCALAI_DISABLE_PREDOWNLOAD_SCAN="1")),
    "a worker without a token": (TOKEN, changed(WORKER, LOCALAI_REGISTRATION_TOKEN=None)),
    "a worker that nobody asks": (TOKEN, changed(WORKER, LOCALAI_DISTRIBUTED_REQUIRE_AUTH="false")),
    "a front end that asks nobody": (
        TOKEN,
        changed(FRONT_END, LOCALAI_DISTRIBUTED_REQUIRE_AUTH=None),
    ),
    "a front end with an empty token": (TOKEN, changed(FRONT_END, LOCALAI_REGISTRATION_TOKEN="")),
}
WHOLE = {
    "two keys while they rotate": server(
        env=[plain(one) for one in environment(pool(stack_fields=ROTATING))]
    ),
    "a worker": changed(WORKER),
    "a front end": changed(FRONT_END),
    "the environment of a pool": local_ai(),
    "a door that is named and shut": local_ai(LOCALAI_DISABLE_CSRF="false"),
    "another program": server(env=[{"name": "PORT", "value": "80"}]),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_a_server_with_an_open_door_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest) == [rule]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_a_server_whose_doors_are_shut_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []
