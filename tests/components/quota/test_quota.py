"""The quota of a namespace: what is declared fits, nothing else does."""

from collections.abc import Mapping
from typing import Any

from components.parts.part import Manifest, plain
from components.quota.quota import limit_range
from documents.quantity import quantity
from stack import declarations, stack_parts
from tests.samples import (
    committed,
    containers,
    context,
    manifests,
    of_kind,
    pods,
    pool_fields,
    stack,
)
from tests.support.project import STACKS


def hard(pools: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, str]:
    """Return the limits of a stack whose quota is what it declares."""
    fields = {"quota": "declared", **fields}
    (found,) = of_kind("ResourceQuota", *stack_parts(*stack(pools, **fields)))
    return found["spec"]["hard"]


def test_a_stack_without_quota_has_no_object_and_no_dependency_more():
    for name in STACKS:
        parts = stack_parts(*committed(name))
        assert not of_kind("ResourceQuota", *parts)
        assert not any("quota" in part.depends_on for part in parts)


def test_it_limits_cores_memory_gpus_claims_and_storage():
    limits = hard({"chat": pool_fields(gpu="nvidia-l4", cpu=4, memory="8Gi")})
    # The next pod may start while the only one still ends, which a quota counts.
    assert limits["requests.nvidia.com/gpu"] == "2"
    assert limits["persistentvolumeclaims"] == "1"
    assert limits["requests.storage"] == "100Gi"
    # All three Jobs may run beside the server.
    assert limits["requests.cpu"] == "8550m"
    assert limits["requests.memory"] == f"{2 * 8 * 1024 + 512 + 1024 + 128}Mi"


def test_kinds_of_gpus_that_nobody_declared_are_closed():
    limits = hard()
    assert limits["requests.nvidia.com/gpu"] == "0"
    assert limits["requests.amd.com/gpu"] == "0"


def test_a_pool_that_grows_takes_its_quota_along():
    one, two = (
        hard({"chat": pool_fields(gpu="nvidia-l4", surge=1, replicas=count)}) for count in (2, 4)
    )
    assert [quantity(limits["requests.nvidia.com/gpu"]) for limits in (one, two)] == [4, 6]


def test_an_autoscaled_pool_may_reach_its_most():
    fields = pool_fields(storage={"size": "9Gi", "access": "ReadWriteMany"})
    scaled = {**fields, "cpu": 2, "scaling": {"min": 1, "max": 6, "cpu": 80}}
    assert quantity(hard({"chat": scaled})["requests.cpu"]) >= 12


def test_extra_room_is_added_and_gpus_only_of_kinds_in_use():
    room = {
        "extraCpu": 2,
        "extraMemory": "3Gi",
        "extraGpus": 1,
        "extraClaims": 2,
        "extraStorage": "5Gi",
    }
    pools = {"chat": pool_fields(gpu="nvidia-l4", memory="8Gi")}
    without, limits = hard(pools), hard(pools, quota=room)
    grown = {
        name: quantity(limits[name]) - quantity(without[name])
        for name in limits
        if limits[name] != without[name]
    }
    assert grown == {
        "persistentvolumeclaims": 2,
        "requests.cpu": 2,
        "requests.memory": 3 * 2**30,
        "requests.nvidia.com/gpu": 1,
        "requests.storage": 5 * 2**30,
    }


def test_claims_of_unknown_size_are_counted():
    theirs = {"chat": pool_fields(storage={"existing": "theirs"})}
    limits = hard(theirs, quota={"extraStorage": "20Gi"})
    assert (limits["persistentvolumeclaims"], limits["requests.storage"]) == ("1", "20Gi")


def test_everything_waits_for_the_quota_that_has_to_admit_it():
    first, *others = declarations(*stack(quota="declared"))
    assert first.name == "quota"
    assert all("quota" in one.depends_on for one in others)


def test_the_pods_of_every_committed_stack_name_what_a_quota_asks_of_them():
    for name in STACKS:
        for template in pods(manifests(stack_parts(*committed(name)))):
            for container in containers(template):
                assert {"cpu", "memory"} <= set(container["resources"]["requests"])


def test_a_pod_that_asks_for_nothing_is_counted_instead_of_refused():
    found: Manifest = plain(limit_range(context(quota="declared")))
    (assumed,) = found["spec"]["limits"]
    assert assumed == {"type": "Container", "defaultRequest": {"cpu": "100m", "memory": "256Mi"}}
