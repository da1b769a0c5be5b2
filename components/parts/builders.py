"""Small objects of the Kubernetes API that many components are made of, each built in one place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from lightkube.models.core_v1 import (
    EnvVar,
    EnvVarSource,
    HTTPGetAction,
    Probe,
    Secret,
    SecretKeySelector,
    Service,
    ServicePort,
    ServiceSpec,
    TCPSocketAction,
)
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.models.networking_v1 import (
    IPBlock,
    NetworkPolicyEgressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
)
from lightkube.models.policy_v1 import PodDisruptionBudget, PodDisruptionBudgetSpec

from components.parts.context import Context
from components.parts.labels import metadata
from components.parts.part import Options, Part, SecretSource, object_part
from settings.names import SecretReference

# 62 symbols each: 48 of them are 285 bits.
_KEY_LENGTH = 48


@dataclass(frozen=True, kw_only=True)
class CustomResource:
    """An object of a kind that is installed in the cluster, such as `keda.sh/v1alpha1`."""

    api_version: str
    kind: str
    metadata: Mapping[str, Any]
    spec: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a manifest."""
        return {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "metadata": dict(self.metadata),
            "spec": dict(self.spec),
        }


def secret_key(reference: SecretReference) -> SecretKeySelector:
    """Return the key of a Secret that a stack file names."""
    return SecretKeySelector(name=reference.secret, key=reference.key)


def secret_variable(name: str, source: SecretKeySelector) -> EnvVar:
    """Return a variable whose value stays in a Secret."""
    return EnvVar(name=name, valueFrom=EnvVarSource(secretKeyRef=source))


def generated_secret(context: Context, name: str) -> Secret:
    """Return a Secret without its value, which only the engine knows."""
    return Secret(metadata=metadata(context, name, {}), type="Opaque")


def generated_parts(name: str, secret: Secret, key: str, suffix: str = "") -> tuple[Part, ...]:
    """Return a generated value, and the Secret that holds it under a key."""
    value = Part(
        name=f"{name}-value{suffix}",
        token="random:index/randomPassword:RandomPassword",
        inputs={"length": _KEY_LENGTH, "special": False},
    )
    holder = Options(secret=SecretSource(part=value.name, key=key))
    return (value, object_part(f"{name}-secret{suffix}", secret, holder))


def http_probe(
    path: str, port: str, *, period: int, timeout: int | None = 5, failures: int | None = None
) -> Probe:
    """Return a probe by HTTP of a named port; what is None is left to Kubernetes."""
    return Probe(
        httpGet=HTTPGetAction(path=path, port=port),
        periodSeconds=period,
        timeoutSeconds=timeout,
        failureThreshold=failures,
    )


def tcp_probe(port: str, *, period: int, failures: int) -> Probe:
    """Return a probe of whether a named port takes connections, however slow the answers are."""
    action = TCPSocketAction(port=port)
    return Probe(tcpSocket=action, periodSeconds=period, failureThreshold=failures)


def http_service(meta: ObjectMeta, selector: Mapping[str, str], port: ServicePort) -> Service:
    """Return a Service with an address inside the cluster."""
    return Service(
        metadata=meta,
        spec=ServiceSpec(type="ClusterIP", selector=dict(selector), ports=[port]),
    )


def http_port(port: int, name: str = "http") -> ServicePort:
    """Return a port of a Service that leads to the port `http` of its pods."""
    return ServicePort(name=name, port=port, targetPort="http", protocol="TCP")


def cluster_url(context: Context, service: str, port: int) -> str:
    """Return the URL of a Service from inside the cluster."""
    return f"http://{service}.{context.settings.namespace}.svc:{port}"


def disruption_budget(meta: ObjectMeta, selector: Mapping[str, str]) -> PodDisruptionBudget:
    """Return a budget by which a drain evicts one pod at a time, so that it never blocks."""
    return PodDisruptionBudget(
        metadata=meta,
        spec=PodDisruptionBudgetSpec(
            maxUnavailable=1,
            selector=LabelSelector(matchLabels=dict(selector)),
            # A pod that crashes serves no request: it keeps no node from being drained.
            unhealthyPodEvictionPolicy="AlwaysAllow",
        ),
    )


def tcp(port: int | str, last: int | None = None) -> NetworkPolicyPort:
    """Return a TCP port of a network policy, or a range that ends with `last`."""
    return NetworkPolicyPort(port=port, endPort=last, protocol="TCP")


def udp(port: int) -> NetworkPolicyPort:
    """Return a UDP port of a network policy."""
    return NetworkPolicyPort(port=port, protocol="UDP")


def namespace_labels(name: str) -> LabelSelector:
    """Return what selects a namespace: the label that the API server gives each of them."""
    return LabelSelector(matchLabels={"kubernetes.io/metadata.name": name})


def networks_peers(networks: Iterable[str]) -> list[NetworkPolicyPeer]:
    """Return the addresses of networks; settings refuse those that no pod may reach."""
    return [NetworkPolicyPeer(ipBlock=IPBlock(cidr=str(ip_network(one)))) for one in networks]


def dns_egress(context: Context) -> NetworkPolicyEgressRule:
    """Return the rule that lets pods ask name servers: any other might carry their keys away."""
    dns = context.settings.network.dns
    pods = NetworkPolicyPeer(
        namespaceSelector=namespace_labels(dns.namespace),
        podSelector=LabelSelector(matchLabels=dict(dns.pods)),
    )
    return NetworkPolicyEgressRule(
        to=[pods, *networks_peers(dns.addresses)], ports=[udp(dns.port), tcp(dns.port)]
    )
