"""Who may talk to whom in a distributed pool: its router to front ends, those to workers."""

from lightkube.models.meta_v1 import LabelSelector
from lightkube.models.networking_v1 import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicySpec,
)

from components.network.policies import SERVER_ROLE, place_peers, router_peer
from components.parts.builders import dns_egress, tcp
from components.parts.labels import POOL, ROLE, common, metadata
from components.pool.pool import Pool
from components.server.distributed import WORKER_ROLE, mode, workers_name
from settings.pool.distributed import DistributedSettings

_LAST_PORT = 65535


def front_end_policy(pool: Pool, settings: DistributedSettings) -> NetworkPolicy:
    """Return the policy of the front ends: called by the router and workers alone.

    They obey whoever has the key, so no client calls them, whatever `router.direct` says.
    """
    database, nats = settings.database, settings.nats
    return NetworkPolicy(
        metadata=metadata(pool.context, f"{pool.object_name}-front-ends", {POOL: pool.name}),
        spec=NetworkPolicySpec(
            podSelector=_pods(pool, SERVER_ROLE),
            policyTypes=["Ingress", "Egress"],
            ingress=[
                NetworkPolicyIngressRule(
                    from_=[router_peer(pool.context), _peer(pool, WORKER_ROLE)],
                    ports=[tcp(pool.context.server.port)],
                )
            ],
            egress=[
                dns_egress(pool.context),
                NetworkPolicyEgressRule(to=[_peer(pool, WORKER_ROLE)], ports=_worker_ports(pool)),
                NetworkPolicyEgressRule(to=place_peers(database), ports=[tcp(database.port)]),
                NetworkPolicyEgressRule(to=place_peers(nats), ports=[tcp(nats.port)]),
            ],
        ),
    )


def worker_policy(pool: Pool, settings: DistributedSettings) -> NetworkPolicy:
    """Return the policy of the workers: called by front ends alone, calling them and NATS."""
    nats = settings.nats
    front_ends = [_peer(pool, SERVER_ROLE)]
    return NetworkPolicy(
        metadata=metadata(pool.context, workers_name(pool), {POOL: pool.name}),
        spec=NetworkPolicySpec(
            podSelector=_pods(pool, WORKER_ROLE),
            policyTypes=["Ingress", "Egress"],
            ingress=[NetworkPolicyIngressRule(from_=front_ends, ports=_worker_ports(pool))],
            egress=[
                dns_egress(pool.context),
                NetworkPolicyEgressRule(to=front_ends, ports=[tcp(pool.context.server.port)]),
                NetworkPolicyEgressRule(to=place_peers(nats), ports=[tcp(nats.port)]),
            ],
        ),
    )


def _worker_ports(pool: Pool) -> list[NetworkPolicyPort]:
    """Return the port of files, and those of gRPC: one for each model, counted upwards."""
    known = mode(pool)
    return [tcp(known.file_port), tcp(known.grpc_port, _LAST_PORT)]


def _pods(pool: Pool, role: str) -> LabelSelector:
    return LabelSelector(matchLabels={**common(pool.context), POOL: pool.name, ROLE: role})


def _peer(pool: Pool, role: str) -> NetworkPolicyPeer:
    return NetworkPolicyPeer(podSelector=_pods(pool, role))
