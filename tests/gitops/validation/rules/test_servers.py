from typing import Any

import pytest

from components.environment import environment
from components.part import plain
from tests.gitops.validation.rules.objects import found, server
from tests.samples import pool

GOOD = [plain(variable) for variable in environment(pool())]


def local_ai(*without: str, **values: str) -> dict[str, Any]:
    """Return a server with the environment of a pool, but for some variables."""
    kept = [one for one in GOOD if one["name"] not in (*without, *values)]
    return server(env=[*kept, *({"name": name, "value": text} for name, text in values.items())])


KEY, SHUT = "server-asks-for-a-key", "server-doors-shut"
BROKEN = {
    "no key": (KEY, local_ai("LOCALAI_API_KEY")),
    "an empty key": (KEY, local_ai(LOCALAI_API_KEY="")),
    "the gallery left open": (SHUT, local_ai("LOCALAI_DISABLE_GALLERY_ENDPOINT")),
    "agents left open": (SHUT, local_ai(LOCALAI_DISABLE_AGENTS="false")),
    "forgery admitted": (SHUT, local_ai(LOCALAI_DISABLE_CSRF="true")),
    "weights not looked at": (SHUT, local_ai(LOCALAI_DISABLE_PREDOWNLOAD_SCAN="1")),
}
WHOLE = {
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
