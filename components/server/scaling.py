"""What sets the number of a pool's pods: an autoscaler of Kubernetes, or KEDA."""

from components.engine.component import Component
from components.parts.part import Part, object_part
from components.pool.pool import Pool
from components.server.autoscaler import autoscaler
from components.server.scaled_object import scaled_object


class Scaling(Component[Pool]):
    """The autoscaler of a pool."""

    token = "localai:components:Scaling"

    @staticmethod
    def parts(name: str, pool: Pool) -> tuple[Part, ...]:
        """Return the autoscaler, or nothing where the number of pods is fixed."""
        scaling = pool.settings.scaling
        if scaling is None:
            return ()
        growth = pool.context.settings.scaling
        if scaling.by_router and growth and growth.prometheus:
            wanted = scaled_object(pool, scaling, growth.prometheus)
            return (object_part(f"{name}-scaled-object", wanted),)
        return (object_part(f"{name}-autoscaler", autoscaler(pool, scaling)),)
