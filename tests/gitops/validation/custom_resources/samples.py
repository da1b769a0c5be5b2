"""Custom resources that the API server takes."""

from typing import Any


def application() -> dict[str, Any]:
    """Return an Argo CD Application of a chart."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "chart", "namespace": "argocd", "labels": {"a": "b"}},
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "x"},
            "source": {
                "repoURL": "https://charts.example.com",
                "chart": "local-ai",
                "targetRevision": "1.0.0",
                "helm": {"valuesObject": {"anything": {"at": ["all", 1]}}},
            },
        },
    }


def http_route() -> dict[str, Any]:
    """Return a route to a Service."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "route"},
        "spec": {
            "parentRefs": [{"name": "public", "namespace": "gateways"}],
            "hostnames": ["ai.example.com"],
            "rules": [{"backendRefs": [{"name": "localai", "port": 8080}]}],
        },
    }


def rollout() -> dict[str, Any]:
    """Return a canary whose surge is a percentage."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "pool"},
        "spec": {
            "selector": {"matchLabels": {"app": "a"}},
            "strategy": {"canary": {"maxSurge": "25%", "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": {"app": "a"}},
                "spec": {"containers": [{"name": "c", "image": "i:1"}]},
            },
        },
    }
