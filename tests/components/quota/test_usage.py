"""What a stack takes at most: counted from its objects, at the height of a change."""

from fractions import Fraction
from typing import Any

import pytest

from components.parts.part import Manifest
from components.quota.usage import needs, pod_requests, running
from stack import stack_parts
from tests.samples import manifests, pool_fields, stack


def container(cpu: str = "1", **more: str) -> dict[str, Any]:
    return {"name": "main", "resources": {"requests": {"cpu": cpu, **more}}}


def workload(kind: str = "Deployment", name: str = "one", **spec: Any) -> Manifest:
    template = {"spec": {"containers": [container()]}}
    return {"kind": kind, "metadata": {"name": name}, "spec": {"template": template, **spec}}


def cores(*found: Manifest) -> Fraction:
    return needs(found).get("requests.cpu", Fraction(0))


def rolling(surge: int | str, unavailable: int | str) -> dict[str, Any]:
    return {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable},
    }


@pytest.mark.parametrize(
    ("strategy", "replicas", "pods"),
    [
        ({"type": "Recreate"}, 1, 1),
        # The next pod starts while the last one still ends.
        (rolling(0, 1), 2, 3),
        (rolling(1, 0), 2, 4),
        (rolling("50%", "25%"), 4, 8),
        ({}, 2, 4),
        ({"type": "Recreate"}, 0, 0),
        (rolling(1, 0), 0, 0),
        ({"canary": {"maxSurge": 1, "maxUnavailable": 0}}, 3, 5),
        ({"blueGreen": {}}, 3, 6),
    ],
)
def test_a_rollout_needs_room_for_new_pods_and_for_those_that_end_slowly(
    strategy: dict[str, Any], replicas: int, pods: int
):
    assert cores(workload(replicas=replicas, strategy=strategy)) == pods


@pytest.mark.parametrize(
    ("scaler", "pods"),
    [
        ({"kind": "HorizontalPodAutoscaler", "maxReplicas": 5}, 5),
        ({"kind": "ScaledObject", "maxReplicaCount": 7}, 7),
        ({"kind": "ScaledObject"}, 100),
    ],
)
def test_an_autoscaler_may_reach_its_most(scaler: dict[str, Any], pods: int):
    target = {"kind": "Deployment", "name": "one"}
    spec = {"scaleTargetRef": target, **{k: v for k, v in scaler.items() if k != "kind"}}
    scaled = workload(strategy={"type": "Recreate"})
    other = {"kind": scaler["kind"], "metadata": {"name": "s"}, "spec": spec}
    assert cores(scaled, other) == pods
    assert running([scaled, other])["requests.cpu"] == pods


def test_jobs_run_beside_everything_else_and_are_not_what_runs_later():
    found = [workload(strategy={"type": "Recreate"}), workload("Job", "two", parallelism=2)]
    assert cores(*found) == 3
    assert running(found)["requests.cpu"] == 1


def test_a_pod_takes_its_containers_or_its_largest_first_one():
    spec = {"containers": [container("1"), container("500m")], "initContainers": [container("2")]}
    assert pod_requests(spec)["requests.cpu"] == 2
    spec["initContainers"] = [container("1")]
    assert pod_requests(spec)["requests.cpu"] == Fraction(3, 2)


def test_a_container_that_runs_beside_the_others_is_one_of_them():
    beside = {**container("1"), "restartPolicy": "Always"}
    assert pod_requests({"containers": [container("1")], "initContainers": [beside]}) == {
        "requests.cpu": 2
    }


def test_a_limit_counts_where_nothing_is_requested():
    gpu = {"name": "main", "resources": {"limits": {"nvidia.com/gpu": "2"}}}
    assert pod_requests({"containers": [gpu]}) == {"requests.nvidia.com/gpu": 2}


def test_claims_count_by_number_and_size():
    size = {"resources": {"requests": {"storage": "20Gi"}}}
    claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": size}
    assert needs([claim, claim]) == {
        "persistentvolumeclaims": 2,
        "requests.storage": 40 * 2**30,
    }


def test_a_gpu_pool_needs_its_gpus_and_one_more_while_it_rolls():
    parts = stack_parts(*stack({"chat": pool_fields(gpu="nvidia-l4", gpus=2, replicas=3)}))
    assert needs(manifests(parts))["requests.nvidia.com/gpu"] == 8
    assert running(manifests(parts))["requests.nvidia.com/gpu"] == 6


def test_objects_that_make_no_pods_need_nothing():
    assert needs([{"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {}}]) == {}


def test_volumes_that_are_made_with_a_pod_are_claims_of_every_pod():
    cached = {"size": "100Gi", "access": "ReadWriteMany", "cache": {"size": "40Gi"}}
    found = needs(manifests(stack_parts(*stack({"chat": pool_fields(storage=cached, replicas=2)}))))

    # The claim itself, and a volume of each pod: two, and the one that ends while the next starts.
    assert found["persistentvolumeclaims"] == 4
    assert found["requests.storage"] == (100 + 3 * 40) * 2**30


def test_workers_are_replaced_one_by_one_and_need_no_room_for_more():
    workers: Manifest = {
        "kind": "StatefulSet",
        "metadata": {"name": "localai-chat-workers"},
        "spec": {
            "replicas": 2,
            "template": {
                "spec": {"containers": [{"name": "w", "resources": {"requests": {"cpu": "4"}}}]}
            },
        },
    }

    assert needs([workers])["requests.cpu"] == 8
