"""Workers: pods with a GPU that compute for the front ends of their pool."""

import kubernetes_validate
import pytest

from components.engine.declaration import parts_of
from components.parts.part import plain
from components.server.local_ai import deployment
from components.server.workers import Workers, WorkersArgs, names, selector, stateful_set, template
from stack import declarations, stack_parts
from tests.components.distributed_pool import (
    distributed_fields,
    distributed_pool,
    distributed_settings,
)
from tests.components.restricted import violations
from tests.samples import manifests, pool_fields, stack

POOL = distributed_pool()
ARGS = WorkersArgs(pool=POOL, settings=distributed_settings(POOL))
TEMPLATE = plain(template(ARGS))
SPEC = TEMPLATE["spec"]
(WORKER,) = SPEC["containers"]


def test_workers_take_the_gpus_of_the_pool():
    assert WORKER["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert SPEC["nodeSelector"] == {"nvidia.com/gpu.product": "NVIDIA-L4"}
    assert WORKER["image"].endswith("-gpu-nvidia-cuda-12")


def test_a_worker_runs_another_program_of_the_same_image():
    assert WORKER["command"] == ["/local-ai", "worker", "--models-path=/models"]


def test_a_worker_is_asked_at_its_file_port():
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert WORKER[probe]["httpGet"]["port"] == "files"
    assert {"name": "files", "containerPort": 50050} in WORKER["ports"]
    assert WORKER["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_weights_and_engines_are_where_front_ends_say_and_cannot_be_changed():
    mounts = {mount["mountPath"]: mount for mount in WORKER["volumeMounts"]}

    for path in ("/models", "/var/lib/local-ai/backends"):
        assert mounts[path]["readOnly"]
    assert {"/staging", "/cache", "/data"} <= mounts.keys()


def test_another_model_restarts_no_worker():
    more = distributed_pool(models=["qwen3-0.6b", "qwen3-1.7b"], memory="8Gi")
    one = distributed_pool(memory="8Gi")

    assert plain(template(WorkersArgs(pool=more, settings=distributed_settings(more)))) == plain(
        template(WorkersArgs(pool=one, settings=distributed_settings(one)))
    )


def test_workers_keep_apart_from_each_other_and_not_from_front_ends():
    apart = distributed_pool(scheduling={"spread": "node"})
    spec = plain(template(WorkersArgs(pool=apart, settings=distributed_settings(apart))))["spec"]
    (constraint,) = spec["topologySpreadConstraints"]

    assert constraint["labelSelector"]["matchLabels"] == selector(apart)


def test_what_a_stack_file_says_of_scheduling_is_on_front_ends_and_workers_alike():
    night = {"key": "drained-at-night", "operator": "Exists", "effect": "NoExecute"}
    found = distributed_pool(
        nodeSelector={"example.com/tier": "serving"},
        scheduling={"arch": "amd64", "queue": "models", "tolerations": [night]},
    )
    workers = WorkersArgs(pool=found, settings=distributed_settings(found))

    for workload, gpus in (
        (plain(deployment(found)), {}),
        (plain(stateful_set(workers)), {"nvidia.com/gpu.product": "NVIDIA-L4"}),
    ):
        assert workload["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "models"
        spec = workload["spec"]["template"]["spec"]
        own = {"kubernetes.io/arch": "amd64", "example.com/tier": "serving"}
        assert spec["nodeSelector"] == {**gpus, **own}
        assert night in spec["tolerations"]


def test_each_worker_has_a_name_before_it_is_ready():
    found, spec = plain(names(POOL)), plain(stateful_set(ARGS))["spec"]

    assert spec["serviceName"] == found["metadata"]["name"]
    assert found["spec"]["clusterIP"] == "None"
    assert found["spec"]["publishNotReadyAddresses"]
    assert spec["selector"]["matchLabels"] == selector(POOL) == found["spec"]["selector"]


def test_a_parked_pool_has_no_workers():
    parked = distributed_pool(replicas=0, storage={"size": "9Gi", "access": "ReadWriteMany"})
    args = WorkersArgs(pool=parked, settings=distributed_settings(parked))

    assert plain(stateful_set(args))["spec"]["replicas"] == 0
    assert plain(stateful_set(ARGS))["spec"]["replicas"] == 2


def test_workers_meet_the_restricted_profile():
    assert violations(TEMPLATE) == []


def test_workers_and_front_ends_start_at_once():
    found = stack({"chat": pool_fields(replicas=2, distributed=distributed_fields())}, router={})
    waits = {one.name: one.depends_on for one in declarations(*found)}

    assert "pool-chat" not in waits["pool-chat-workers"]
    assert "pool-chat-workers" not in waits["pool-chat"]
    assert "pool-chat-weights" in waits["pool-chat-workers"]


@pytest.mark.thorough
@pytest.mark.parametrize("version", ["1.33", "1.37"])
def test_every_object_of_a_distributed_pool_is_taken_by_the_api(version: str):
    found = stack({"chat": pool_fields(replicas=2, distributed=distributed_fields())}, router={})
    objects = manifests(stack_parts(*found))

    assert {"StatefulSet", "Deployment"} <= {one["kind"] for one in objects}
    for one in objects:
        kubernetes_validate.validate(dict(one), version, strict=True)


def test_a_pool_without_workers_is_as_before():
    assert "pool-chat-workers" not in {part.name for part in parts_of(declarations(*stack()))}
    assert len(Workers.parts("pool-chat-workers", ARGS)) == 5
