"""Which autoscaler a pool gets, and where it stands among the parts of a stack."""

from typing import Any

from components.parts.kinds import class_of
from components.parts.part import Part
from components.server.scaling import Scaling, ScalingArgs
from settings.pool.scaling import ScalingSettings
from stack import stack_parts
from tests.engine import main_program, run
from tests.expectation import expected, registered
from tests.samples import config, manifests, of_kind, pool, pool_fields, stack

CPU = {"min": 1, "max": 3, "cpu": 70}
ROUTED = {"min": 0, "max": 3, "requests": 4}
STACK: dict[str, Any] = {"router": {}, "scaling": {"prometheus": "http://prometheus:9090"}}


def scaling(fields: dict[str, Any], **stack_fields: Any) -> Part:
    """Return the one part that scales a pool."""
    found = pool(scaling=fields, stack_fields=stack_fields)
    settings = ScalingSettings.model_validate(fields)
    (part,) = Scaling.parts("pool-chat-scaling", ScalingArgs(pool=found, settings=settings))
    return part


def test_a_pool_of_a_fixed_size_has_none():
    found = stack_parts(*stack())

    assert not of_kind("HorizontalPodAutoscaler", *found)
    assert not [part for part in found if part.name.endswith("-scaling")]


def test_by_cpu_kubernetes_scales():
    part = scaling(CPU)

    assert class_of(part.token)
    assert part.token == "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"


def test_by_what_the_router_counts_keda_scales():
    part = scaling(ROUTED, **STACK)

    assert part.token == "kubernetes:keda.sh/v1alpha1:ScaledObject"
    assert part.name == "pool-chat-scaling-scaled-object"


def test_a_pool_has_one_autoscaler_at_most_and_it_comes_after_its_pods():
    found = stack_parts(*stack({"chat": pool_fields(scaling=CPU)}))
    kinds = [manifest["kind"] for manifest in manifests(found)]

    assert kinds.count("HorizontalPodAutoscaler") == 1
    assert kinds.index("Deployment") < kinds.index("HorizontalPodAutoscaler")
    assert [part.depends_on for part in found if part.name == "pool-chat-scaling"] == [
        ("pool-chat",)
    ]


def test_the_program_registers_autoscalers_and_claims_as_they_are_declared():
    pools = {
        "chat": pool_fields(scaling=CPU),
        "nap": pool_fields(models=["qwen3-1.7b"], scaling=ROUTED),
        "big": pool_fields(gpu="nvidia-l4", gpuClaim={"count": 2}, models=["qwen3-4b"]),
    }
    done = run(main_program, config=config(pools, **STACK))

    assert registered(done) == expected(stack_parts(*stack(pools, **STACK)), "test")
