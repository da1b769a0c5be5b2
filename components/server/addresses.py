"""Further addresses of a pool: Services that clients know, moved to its pods once they serve."""

from lightkube.models.core_v1 import Service, ServicePort, ServiceSpec

from components.engine.component import Component
from components.parts.builders import http_port
from components.parts.labels import POOL, metadata
from components.parts.part import Options, Part, object_part
from components.pool.pool import Pool
from components.server import rolling
from components.server.server_pod import selector

# Whoever made the Service wrote its selector and its labels; without it, the API server refuses
# that another writer changes them.
_TAKE_OVER = {"pulumi.com/patchForce": "true"}

_HTTP = 80


def service(pool: Pool, name: str) -> Service:
    """Return one further address of a pool; its name and its cluster address stay as they are."""
    settings = pool.settings.addresses[name]
    return Service(
        metadata=metadata(pool.context, name, {POOL: pool.name}, _TAKE_OVER),
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
            object_part(part_name(name, address), service(pool, address), options)
            for address in pool.settings.addresses
        )
