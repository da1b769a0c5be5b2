from typing import Any

import pytest

from components.parts.labels import content_name
from tests.gitops.validation.rules.objects import found, plain

NAME = content_name("localai-chat-models", {"models.yaml": "[]"})
BROKEN = {
    "changed in place": ("config-map-immutable", plain("ConfigMap", NAME)),
    "changed on purpose": ("config-map-immutable", plain("ConfigMap", NAME, immutable=False)),
    "a fixed name": ("config-map-named-by-content", plain("ConfigMap", "models", immutable=True)),
    "a name with a number": (
        "config-map-named-by-content",
        plain("ConfigMap", "models-2", immutable=True),
    ),
}
DASHBOARD = {**plain("ConfigMap", "dashboard")}
DASHBOARD["metadata"]["labels"] = {"grafana_dashboard": "1"}
WHOLE = {
    "read by a sidecar, which wants one name": DASHBOARD,
    "named by content": plain("ConfigMap", NAME, immutable=True),
    "another kind": plain("Role", "models"),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_content_that_can_change_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest) == [rule]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_content_that_stays_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []
