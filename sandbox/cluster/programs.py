"""The control plane's programs and their command lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.cluster.addresses import API_PORT, ETCD, FAKE_PODS, NODE, SERVICES
from sandbox.cluster.layout import Layout


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
