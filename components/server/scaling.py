"""What sets the number of a pool's pods: an autoscaler of Kubernetes, or KEDA."""

from dataclasses import dataclass

from components.engine.component import Component
from components.parts.part import Part, object_part
from components.pool.pool import Pool
from components.server.autoscaler import autoscaler
from components.server.scaled_object import scaled_object


@dataclass(frozen=True, kw_only=True)
class ScalingArgs:
    """The pool it scales."""

    pool: Pool


def parts(name: str, args: ScalingArgs) -> tuple[Part, ...]:
    """Return the autoscaler, or nothing where the number of pods is fixed."""
    scaling = args.pool.settings.scaling
    if scaling is None:
        return ()
    growth = args.pool.context.settings.scaling
    if scaling.by_router and growth and growth.prometheus:
        wanted = scaled_object(args.pool, scaling, growth.prometheus)
        return (object_part(f"{name}-scaled-object", wanted),)
    return (object_part(f"{name}-autoscaler", autoscaler(args.pool, scaling)),)


class Scaling(Component[ScalingArgs]):
    """The autoscaler of a pool."""

    token = "localai:components:Scaling"
    parts = staticmethod(parts)
