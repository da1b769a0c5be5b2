"""How a stack is reached from outside of its cluster, and who may pass requests on to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lightkube.models.core_v1 import Service, ServiceSpec
from lightkube.models.meta_v1 import LabelSelector
from lightkube.models.networking_v1 import (
    IPBlock,
    NetworkPolicy,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicySpec,
)

from components.engine.component import Component, Output
from components.engine.declaration import Declaration, declare
from components.network.http_route import Backend, http_route
from components.network.ingress import ingress
from components.network.policies import namespace_peer
from components.network.routing import EXPOSURE_ROLE, ROUTER
from components.parts.builders import CustomResource, http_port, tcp
from components.parts.context import Context
from components.parts.labels import common, metadata
from components.parts.part import KubernetesObject, Part, name_of, object_part, plain
from components.parts.roles import ROLE
from settings.exposure import ExposureKind, ExposureSettings, GatewaySettings

_HTTP = 80


@dataclass(frozen=True, kw_only=True)
class ExposureArgs:
    """What a stack says of its exposure, and the Service inside the cluster that is reached.

    `role` names its objects; `answers` is the path of what is called there.
    """

    context: Context
    settings: ExposureSettings
    target: Service
    role: str = EXPOSURE_ROLE
    answers: str = "/v1"

    @property
    def object_name(self) -> str:
        """Return the name of its objects."""
        return f"localai-{self.role}"

    @property
    def labels(self) -> dict[str, str]:
        """Return the label of its objects."""
        return {ROLE: self.role}

    @property
    def port(self) -> int:
        """Return the port of the Service, which its pods have as well."""
        return int(plain(self.target)["spec"]["ports"][0]["port"])

    @property
    def pods(self) -> dict[str, str]:
        """Return the labels of the pods that are reached."""
        found: dict[str, str] | None = plain(self.target)["spec"].get("selector")
        return found or {}


def address(settings: ExposureSettings, answers: str = "/v1") -> str | None:
    """Return the URL outside; a load balancer gets its address from the cloud."""
    if not settings.host:
        return None
    scheme = "https" if settings.tls or settings.gateway else "http"
    return f"{scheme}://{settings.host}{settings.path.rstrip('/')}{answers}"


def load_balancer(args: ExposureArgs) -> Service:
    """Return the Service of a load balancer; it sees the addresses of callers."""
    settings = args.settings
    return Service(
        metadata=metadata(args.context, args.object_name, args.labels, settings.annotations),
        spec=ServiceSpec(
            type="LoadBalancer",
            externalTrafficPolicy="Local",
            loadBalancerSourceRanges=list(settings.networks),
            selector=args.pods,
            ports=[http_port(_HTTP)],
        ),
    )


def route(args: ExposureArgs, gateway: GatewaySettings) -> CustomResource:
    found = {
        "name": args.object_name,
        "namespace": args.context.settings.namespace,
        "labels": {**common(args.context), **args.labels},
    }
    return http_route(found, args.settings, gateway, backend(args))


def backend(args: ExposureArgs) -> Backend:
    """Return where requests go."""
    server = args.context.settings.server
    return Backend(
        service=name_of(args.target),
        port=args.port,
        timeout=server.longest_answer,
        body_bytes=server.body_bytes,
    )


def network_policy(args: ExposureArgs) -> NetworkPolicy:
    """Return the policy that lets in whoever passes requests on; other policies add to it."""
    return NetworkPolicy(
        metadata=metadata(args.context, args.object_name, args.labels),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels={**common(args.context), **args.pods}),
            policyTypes=["Ingress"],
            ingress=[
                NetworkPolicyIngressRule(
                    from_=_peers(args.settings),
                    ports=[tcp(args.port)],
                )
            ],
        ),
    )


def _peers(settings: ExposureSettings) -> list[NetworkPolicyPeer]:
    if settings.kind is ExposureKind.LOAD_BALANCER:
        return [NetworkPolicyPeer(ipBlock=IPBlock(cidr=network)) for network in settings.networks]
    gateway = (settings.gateway.namespace,) if settings.gateway else ()
    return [namespace_peer(name) for name in settings.from_ or gateway]


def entrance(args: ExposureArgs) -> KubernetesObject:
    """Return the object through which the stack is reached."""
    if args.settings.kind is ExposureKind.LOAD_BALANCER:
        return load_balancer(args)
    if args.settings.gateway:
        return route(args, args.settings.gateway)
    found = metadata(args.context, args.object_name, args.labels)
    return ingress(found, args.settings, backend(args))


class Exposure(Component[ExposureArgs]):
    """The exposure of a stack."""

    token = "localai:components:Exposure"
    address: Output[str | None]

    @staticmethod
    def parts(name: str, args: ExposureArgs) -> tuple[Part, ...]:
        """Return the policy, and the object through which the stack is reached."""
        return (
            object_part(f"{name}-network", network_policy(args)),
            object_part(f"{name}-entrance", entrance(args)),
        )

    @staticmethod
    def outputs(args: ExposureArgs) -> Mapping[str, str | None]:
        """Return the URL outside; a load balancer gets its address from the cloud."""
        return {"address": address(args.settings, args.answers)}


def components(context: Context, services: Mapping[str, Service]) -> Iterator[Declaration]:
    """Yield how a stack is reached from outside: one of its Services, by its component."""
    settings = context.settings.exposure
    if settings is None or settings.kind is ExposureKind.CLUSTER:
        return
    reached = f"pool-{settings.pool}" if settings.pool else ROUTER
    args = ExposureArgs(context=context, settings=settings, target=services[reached])
    yield declare(Exposure, "exposure", args, after=[reached])


def outside(context: Context) -> str | None:
    """Return the URL that clients outside the cluster call, where a stack says it."""
    exposure = context.settings.exposure
    return address(exposure) if exposure else None
