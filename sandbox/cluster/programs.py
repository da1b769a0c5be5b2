"""The control plane's programs and their command lines."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.cluster.layout import Layout
from sandbox.cluster.netns import API, API_PORT, ETCD, FAKE_PODS, NODE, SERVICES


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program of the cluster: its name in the toolchain, and its arguments."""

    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict[str, str])


def etcd(layout: Layout) -> Program:
    """Return etcd: clients on loopback only, and no peer."""
    return Program(
        name="etcd",
        arguments=(
            f"--data-dir={layout.data / 'etcd'}",
            f"--listen-client-urls={ETCD}",
            f"--advertise-client-urls={ETCD}",
            "--listen-peer-urls=http://127.0.0.1:2380",
            # A sandbox does not outlive the machine, so it need not wait for the disk.
            "--unsafe-no-fsync",
            "--logger=zap",
            "--log-level=warn",
        ),
    )


def kube_apiserver(layout: Layout) -> Program:
    """Return the API server, with the guards a production cluster has."""
    keys = layout.keys
    return Program(
        name="kube-apiserver",
        arguments=(
            f"--etcd-servers={ETCD}",
            f"--bind-address={NODE}",
            f"--advertise-address={NODE}",
            f"--secure-port={API_PORT}",
            f"--service-cluster-ip-range={SERVICES}",
            f"--client-ca-file={keys / 'ca.crt'}",
            f"--tls-cert-file={keys / 'kube-apiserver.crt'}",
            f"--tls-private-key-file={keys / 'kube-apiserver.key'}",
            f"--kubelet-certificate-authority={keys / 'ca.crt'}",
            f"--kubelet-client-certificate={keys / 'kubelet-client.crt'}",
            f"--kubelet-client-key={keys / 'kubelet-client.key'}",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-key-file={keys / 'service-account.pub'}",
            f"--service-account-signing-key-file={keys / 'service-account.key'}",
            # Node names mean nothing to the machine's own name servers.
            "--kubelet-preferred-address-types=InternalIP",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction,PodSecurity",
            f"--encryption-provider-config={layout.config / 'encryption.json'}",
            f"--audit-policy-file={layout.config / 'audit-policy.json'}",
            f"--audit-log-path={layout.logs / 'audit.log'}",
            "--feature-gates=ImageVolume=true",
            "--allow-privileged=true",
            "--profiling=false",
        ),
    )


def kube_controller_manager(layout: Layout) -> Program:
    """Return the controllers; the built-in provisioner makes the volumes of claims."""
    config = layout.config / "kube-controller-manager.kubeconfig"
    return Program(
        name="kube-controller-manager",
        arguments=(
            *kubeconfig_flags(str(config)),
            "--bind-address=127.0.0.1",
            "--leader-elect=false",
            "--use-service-account-credentials=true",
            f"--root-ca-file={layout.keys / 'ca.crt'}",
            f"--service-account-private-key-file={layout.keys / 'service-account.key'}",
            f"--cluster-signing-cert-file={layout.keys / 'ca.crt'}",
            f"--cluster-signing-key-file={layout.keys / 'ca.key'}",
            "--enable-hostpath-provisioner=true",
        ),
    )


def kube_scheduler(layout: Layout) -> Program:
    """Return the scheduler."""
    config = layout.config / "kube-scheduler.kubeconfig"
    return Program(
        name="kube-scheduler",
        arguments=(
            *kubeconfig_flags(str(config)),
            "--bind-address=127.0.0.1",
            "--leader-elect=false",
        ),
    )


def kubeconfig_flags(path: str) -> tuple[str, ...]:
    """Return the flags by which a controller reaches the API server for all purposes."""
    names = ("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig")
    return tuple(f"--{name}={path}" for name in names)


def kwok(layout: Layout) -> Program:
    """Return kwok, which plays the kubelet of the nodes marked as fake and of no other."""
    return Program(
        name="kwok",
        arguments=(
            f"--kubeconfig={layout.config / 'kwok.kubeconfig'}",
            f"--config={layout.config / 'stages.yaml'}",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            "--node-lease-duration-seconds=40",
            f"--cidr={FAKE_PODS}",
        ),
    )


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
    """Return the policy that logs who changed what, and what pods read with their accounts."""
    verbs = ["get", "list", "watch"]
    reads = {"level": "None", "verbs": verbs}
    controllers = {**reads, "userGroups": ["system:serviceaccounts:kube-system"]}
    pods = {"level": "Metadata", "verbs": verbs, "userGroups": ["system:serviceaccounts"]}
    leases = {"level": "None", "resources": [{"group": "coordination.k8s.io"}]}
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [controllers, pods, reads, leases, {"level": "Metadata"}],
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
