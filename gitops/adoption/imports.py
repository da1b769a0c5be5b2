"""The import list: what the engine has to know before the first `up`, so that it makes no twin."""

from collections.abc import Iterable
from typing import Any

from components.addresses import Addresses, component_name, part_name
from components.declaration import urns
from components.part import Part
from components.provider import TOKEN
from gitops.adoption.pool import PoolDraft
from settings.config import PROJECT

# As components/provider.py names it.
PROVIDER = "cluster"
_SERVICE = "kubernetes:core/v1:Service"


def import_list(namespace: str, stack: str, pools: Iterable[PoolDraft]) -> dict[str, Any]:
    """Return what `pulumi import --file` reads: each Service below its component."""
    resources: list[dict[str, Any]] = []
    for pool in pools:
        parent = component_name(pool.name)
        if pool.services.taken:
            resources.append({"type": Addresses.token, "name": parent, "component": True})
        resources += [
            {
                "type": _SERVICE,
                "name": part_name(parent, service),
                "id": f"{namespace}/{service}",
                "parent": parent,
                "provider": PROVIDER,
            }
            for service in pool.services.taken
        ]
    return {"nameTable": {PROVIDER: provider_urn(stack)}, "resources": resources}


def provider_urn(stack: str) -> str:
    """Return the URN of a stack's provider, which has to exist before an import."""
    part = Part(name=PROVIDER, token=TOKEN)
    return urns([part], project=PROJECT, stack=stack)[PROVIDER]
