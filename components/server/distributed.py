"""What members of a distributed pool are told, where their Secrets are, and who calls whom."""

from collections.abc import Mapping

from lightkube.models.core_v1 import (
    EnvVar,
    EnvVarSource,
    ObjectFieldSelector,
)
from lightkube.models.meta_v1 import LabelSelector
from lightkube.models.networking_v1 import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicySpec,
)

from components.network.policies import SERVER_ROLE, place_peers, router_peer, verify_peers
from components.parts.builders import cluster_url, dns_egress, secret_key, secret_variable, tcp
from components.parts.labels import POOL, common, metadata
from components.parts.roles import ROLE
from components.pool.pool import Pool
from localai.release import Distributed
from settings.names import SecretReference
from settings.pool.distributed import DistributedSettings

WORKER_ROLE = "worker"
_POD_NAME = "POD_NAME"


def mode(pool: Pool) -> Distributed:
    """Return what the pool's server version does in its distributed mode.

    Raises:
        LookupError: the version has no such mode; a rule refuses such a pool before.
    """
    known = pool.context.server.distributed
    if known is None:
        raise LookupError(f"LocalAI {pool.context.server.version} has no known distributed mode")
    return known


def workers_name(pool: Pool) -> str:
    """Return the name of the workers, and of the Service that gives each of them a name."""
    return f"{pool.object_name}-workers"


def front_end_variables(settings: DistributedSettings) -> list[EnvVar]:
    """Return what a front end is told in addition to what every server is told, sorted by name."""
    nats = settings.nats
    return _variables(
        {
            "LOCALAI_AUTH": "true",
            # Nobody signs up: callers have the key of the stack, workers the token.
            "LOCALAI_DISABLE_LOCAL_AUTH": "true",
            "LOCALAI_REGISTRATION_MODE": "invite",
            "LOCALAI_AUTO_APPROVE_NODES": "true",
            "LOCALAI_DISTRIBUTED": "true",
            "LOCALAI_DISTRIBUTED_REQUIRE_AUTH": "true",
            # Every pod mounts one claim at one path: nothing is copied to workers.
            "LOCALAI_DISTRIBUTED_SHARED_MODELS": "true",
            "LOCALAI_NATS_URL": nats.address,
        },
        {
            "LOCALAI_AUTH_DATABASE_URL": settings.database.url,
            "LOCALAI_AUTH_HMAC_SECRET": settings.hash_secret,
            "LOCALAI_NATS_ACCOUNT_SEED": nats.account_seed,
            "LOCALAI_NATS_SERVICE_JWT": nats.service_jwt,
            "LOCALAI_NATS_SERVICE_SEED": nats.service_seed,
            "LOCALAI_REGISTRATION_TOKEN": settings.registration_token,
        },
    )


def worker_variables(pool: Pool, settings: DistributedSettings) -> list[EnvVar]:
    """Return what a worker is told: where it registers, where it is found, what it may load."""
    context, known = pool.context, mode(pool)
    paths, doors = context.server.paths, context.server.closed_doors
    namespace = context.settings.namespace
    # A name of its own outlives the pod, and with it the worker's line in the registry.
    host = f"$({_POD_NAME}).{workers_name(pool)}.{namespace}.svc"
    front_end = cluster_url(context, pool.object_name, context.server.port)
    plain = {
        **{name: value for name, value in doors.items() if name in known.worker},
        "HOME": "/tmp",  # noqa: S108 (in the container)
        "LOCALAI_ADVERTISE_ADDR": f"{host}:{known.grpc_port}",
        "LOCALAI_ADVERTISE_HTTP_ADDR": f"{host}:{known.file_port}",
        "LOCALAI_BACKENDS_PATH": paths.backends,
        "LOCALAI_BACKENDS_SYSTEM_PATH": paths.backends_system,
        "LOCALAI_DISTRIBUTED_REQUIRE_AUTH": "true",
        "LOCALAI_HTTP_ADDR": f"0.0.0.0:{known.file_port}",
        "LOCALAI_NATS_URL": settings.nats.address,
        "LOCALAI_NODE_NAME": f"$({_POD_NAME})",
        "LOCALAI_REGISTER_TO": front_end,
        "LOCALAI_SERVE_ADDR": f"0.0.0.0:{known.grpc_port}",
    }
    name = EnvVarSource(fieldRef=ObjectFieldSelector(fieldPath="metadata.name"))
    token = {"LOCALAI_REGISTRATION_TOKEN": settings.registration_token}
    # Kubernetes writes a variable into those that come after it.
    return [EnvVar(name=_POD_NAME, valueFrom=name), *_variables(plain, token)]


def _variables(plain: Mapping[str, str], secret: Mapping[str, SecretReference]) -> list[EnvVar]:
    return [
        *(EnvVar(name=name, value=value) for name, value in sorted(plain.items())),
        *(secret_variable(name, secret_key(one)) for name, one in sorted(secret.items())),
    ]


_LAST_PORT = 65535


def _front_end_callers(pool: Pool) -> list[NetworkPolicyPeer]:
    return [router_peer(pool.context), *verify_peers(pool.context)]


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
                    from_=[*_front_end_callers(pool), _peer(pool, WORKER_ROLE)],
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
