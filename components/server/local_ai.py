"""LocalAI: the servers of one pool, their addresses and their disruption budget."""

from collections.abc import Mapping

from lightkube.models.apps_v1 import Deployment, DeploymentSpec
from lightkube.models.core_v1 import Service, ServicePort, ServiceSpec
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.models.policy_v1 import PodDisruptionBudget

from components.engine.component import Component, Output
from components.parts.builders import cluster_url, disruption_budget, http_port, http_service
from components.parts.labels import POOL, metadata
from components.parts.part import Options, Part, object_part
from components.pool.gpus import claim_parts
from components.pool.placement import queue
from components.pool.pool import Pool
from components.server import rolling
from components.server.rolling import strategy
from components.server.server_pod import selector, server_template
from components.server.workers import front_end_template

_HTTP = 80


def further_service(pool: Pool, name: str) -> Service:
    """Return one further address of a pool; its name and its cluster address stay as they are."""
    settings = pool.settings.addresses[name]
    return Service(
        metadata=metadata(pool.context, name, {POOL: pool.name}),
        spec=ServiceSpec(
            type="ClusterIP",
            clusterIP=settings.cluster_ip,
            selector=selector(pool),
            ports=[_port(settings.port)],
        ),
    )


def _port(number: int) -> ServicePort:
    """Return a port: numbers identify ports, so two of them may not share a name in a preview."""
    name = "http" if number == _HTTP else f"http-{number}"
    return http_port(number, name)


def component_name(pool: str) -> str:
    """Return the logical name of the component that holds a pool's further addresses."""
    return f"pool-{pool}-addresses"


def part_name(component: str, service_name: str) -> str:
    """Return the logical name of one further address."""
    return f"{component}-{service_name}"


class Addresses(Component[Pool]):
    """The further addresses of a pool; it waits for the pool's servers."""

    token = "localai:components:Addresses"

    @staticmethod
    def parts(name: str, pool: Pool) -> tuple[Part, ...]:
        """Return a Service for each further address."""
        options = Options(timeout=rolling.rollout(pool))
        return tuple(
            object_part(part_name(name, address), further_service(pool, address), options)
            for address in pool.settings.addresses
        )


def deployment(pool: Pool) -> Deployment:
    """Return the Deployment of a pool; it selects the pool's nodes and mounts its models."""
    shared = pool.settings.distributed
    return Deployment(
        metadata=metadata(pool.context, pool.object_name, {POOL: pool.name, **queue(pool)}),
        spec=DeploymentSpec(
            # Under an autoscaler, the number is the autoscaler's.
            replicas=None if pool.settings.scaling else pool.settings.replicas,
            strategy=strategy(pool),
            selector=LabelSelector(matchLabels=selector(pool)),
            template=front_end_template(pool, shared) if shared else server_template(pool),
            progressDeadlineSeconds=rolling.progress(pool),
            revisionHistoryLimit=5,
        ),
    )


def service(pool: Pool) -> Service:
    """Return the address of a pool inside the cluster."""
    return http_service(_metadata(pool), selector(pool), http_port(pool.context.server.port))


def budget(pool: Pool) -> PodDisruptionBudget:
    """Return how many pods a drain may evict at once."""
    return disruption_budget(_metadata(pool), selector(pool))


def _metadata(pool: Pool) -> ObjectMeta:
    return metadata(pool.context, pool.object_name, {POOL: pool.name})


def address(pool: Pool) -> str:
    """Return the URL at which the pool answers inside the cluster."""
    return f"{cluster_url(pool.context, pool.object_name, pool.context.server.port)}/v1"


class LocalAI(Component[Pool]):
    """The servers of a pool."""

    token = "localai:components:LocalAI"
    address: Output[str]

    @staticmethod
    def parts(name: str, pool: Pool) -> tuple[Part, ...]:
        """Return what pods claim, the Deployment, the Service and the disruption budget."""
        options = Options(timeout=rolling.rollout(pool))
        return (
            *claim_parts(name, pool),
            object_part(f"{name}-deployment", deployment(pool), options),
            # The engine waits until no pod behind the Service is unready: as long as for the pods.
            object_part(f"{name}-service", service(pool), options),
            object_part(f"{name}-disruption-budget", budget(pool)),
        )

    @staticmethod
    def outputs(pool: Pool) -> Mapping[str, str | None]:
        """Return the URL inside the cluster."""
        return {"address": address(pool)}
