"""The configuration files of the cluster's programs, as plain mappings."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from sandbox.cluster.addresses import API
from sandbox.cluster.layout import Layout

Manifest = Mapping[str, object]


def kubeconfig(authority: bytes, certificate: bytes, key: bytes) -> Manifest:
    """Return a kubeconfig that carries its certificates, so that it works from any folder."""
    user = {
        "client-certificate-data": base64.b64encode(certificate).decode(),
        "client-key-data": base64.b64encode(key).decode(),
    }
    cluster = {"server": API, "certificate-authority-data": base64.b64encode(authority).decode()}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sandbox", "cluster": cluster}],
        "users": [{"name": "sandbox", "user": user}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
        "current-context": "sandbox",
    }


def encryption(secret: bytes) -> Manifest:
    """Return the configuration that keeps Secrets encrypted in etcd; `secret` is 32 bytes."""
    key = {"name": "sandbox", "secret": base64.b64encode(secret).decode()}
    plain: dict[str, object] = {}
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [
            {
                "resources": ["secrets"],
                "providers": [{"secretbox": {"keys": [key]}}, {"identity": plain}],
            }
        ],
    }


def audit_policy() -> Manifest:
    """Return the policy that logs who changed what; reads are not logged."""
    reads = {"level": "None", "verbs": ["get", "list", "watch"]}
    leases = {"level": "None", "resources": [{"group": "coordination.k8s.io"}]}
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [reads, leases, {"level": "Metadata"}],
    }


def write(path: Path, content: Manifest) -> None:
    """Write a configuration file that only root can read; JSON is YAML as well."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=1))


def write_kubeconfig(layout: Layout, identity: str) -> Path:
    """Write the kubeconfig of one identity and return where it is."""
    names = ("ca.crt", f"{identity}.crt", f"{identity}.key")
    path = layout.config / f"{identity}.kubeconfig"
    write(path, kubeconfig(*((layout.keys / name).read_bytes() for name in names)))
    return path
