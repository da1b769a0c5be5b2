"""What a cluster offers, read through its API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.cluster.storage import DEFAULT_CLASS as DEFAULT_MARK
from sandbox.existing.client import Client, ForbiddenError
from sandbox.existing.needs import DEFAULT_CLASS, Needs


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is there, by name; the default storage class has its own name and `DEFAULT_CLASS`.

    What the user may not see is None.
    """

    version: str
    namespaces: frozenset[str] | None
    definitions: frozenset[str] | None
    devices: frozenset[str] | None
    classes: frozenset[str] | None
    secrets: frozenset[str]


def facts(client: Client, needs: Needs) -> Facts:
    """Return what the cluster of a context offers; raises ContextError when it does not answer."""
    version = client.read("version")["serverVersion"]["gitVersion"]
    nodes, classes = items(client, "nodes"), items(client, "storageclasses")
    return Facts(
        version=str(version),
        namespaces=names(items(client, "namespaces")),
        definitions=names(items(client, "customresourcedefinitions")),
        devices=None if nodes is None else frozenset(offered(nodes)),
        classes=None if classes is None else frozenset(storage_classes(classes)),
        secrets=frozenset(name for name in needs.secrets if has_secret(client, name)),
    )


def items(client: Client, kind: str) -> list[Any] | None:
    """Return all objects of a kind, or None when the user may not list them."""
    try:
        return client.read("get", kind)["items"]
    except ForbiddenError:
        return None


def names(objects: list[Any] | None) -> frozenset[str] | None:
    """Return the names of objects."""
    return None if objects is None else frozenset(one["metadata"]["name"] for one in objects)


def offered(nodes: list[Any]) -> set[str]:
    """Return the resources of device plugins of which some node has at least one."""
    return {
        name
        for node in nodes
        for name, amount in node["status"].get("allocatable", {}).items()
        if "/" in name and amount != "0"
    }


def storage_classes(classes: list[Any]) -> set[str]:
    """Return the names of storage classes, with `DEFAULT_CLASS` when one is the default."""
    marks = (one["metadata"].get("annotations", {}).get(DEFAULT_MARK) for one in classes)
    default = {DEFAULT_CLASS} if "true" in marks else set[str]()
    return {one["metadata"]["name"] for one in classes} | default


def has_secret(client: Client, name: str) -> bool:
    """Tell whether a Secret exists, without reading it; False as well when nobody may tell."""
    namespace, _, secret = name.partition("/")
    try:
        options = (f"--namespace={namespace}", "--ignore-not-found", "--output=name")
        return bool(client.run("get", "secret", secret, *options).strip())
    except ForbiddenError:
        return False
