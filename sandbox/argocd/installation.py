"""The objects that Argo CD expects in its namespace before it starts."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.argocd.programs import NAMESPACE
from sandbox.cluster.sandbox import Manifest

PART_OF = {"app.kubernetes.io/part-of": "argocd"}
"""Argo CD looks its own ConfigMaps and Secrets up by this label."""


def installation(customizations: Mapping[str, str], key: str) -> tuple[Manifest, ...]:
    """Return the namespace, settings and default project; `key` signs sessions nobody opens."""
    return (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        config_map("argocd-cm", customizations),
        config_map("argocd-rbac-cm", {}),
        config_map("argocd-cmd-params-cm", {"controller.resource.health.persist": "true"}),
        secret("argocd-secret", {"server.secretkey": key}),
        default_project(),
    )


def config_map(name: str, data: Mapping[str, str]) -> Manifest:
    """Return one of Argo CD's ConfigMaps."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name), "data": data}


def secret(name: str, data: Mapping[str, str]) -> Manifest:
    """Return one of Argo CD's Secrets."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata(name), "stringData": data}


def metadata(name: str) -> Manifest:
    """Return the metadata by which Argo CD finds its own objects."""
    return {"name": name, "namespace": NAMESPACE, "labels": PART_OF}


def default_project() -> Manifest:
    """Return the project that allows everything, which is what a sandbox wants."""
    anything = {"group": "*", "kind": "*"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default", "namespace": NAMESPACE},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"namespace": "*", "server": "*"}],
            "clusterResourceWhitelist": [anything],
        },
    }
