"""Front ends: servers that need no GPU and no engine."""

from components.parts.part import plain
from components.server.local_ai import deployment
from components.server.server_pod import selector
from components.server.workers import front_end_template
from tests.components.distributed_pool import distributed_pool, distributed_settings
from tests.components.restricted import violations
from tests.samples import pool

POOL = distributed_pool()
TEMPLATE = plain(front_end_template(POOL, distributed_settings(POOL)))
SPEC = TEMPLATE["spec"]
(SERVER,) = SPEC["containers"]


def test_a_front_end_takes_no_gpu_and_runs_anywhere():
    assert "nvidia.com/gpu" not in SERVER["resources"]["limits"]
    assert "nodeSelector" not in SPEC
    assert "tolerations" not in SPEC
    assert SERVER["image"] == "quay.io/go-skynet/local-ai:v4.9.0"


def test_a_front_end_mounts_weights_at_the_path_of_workers_and_no_engines():
    paths = {mount["mountPath"] for mount in SERVER["volumeMounts"]}

    assert POOL.context.server.paths.models in paths
    assert POOL.context.server.paths.backends_system not in paths


def test_a_front_end_is_found_like_every_server():
    assert selector(POOL).items() <= TEMPLATE["metadata"]["labels"].items()
    assert plain(deployment(POOL))["spec"]["template"] == TEMPLATE


def test_a_front_end_meets_the_restricted_profile():
    assert violations(TEMPLATE) == []


def test_engines_from_images_are_not_copied_into_a_front_end():
    staged = distributed_pool(
        stack_fields={"server": {"version": "v4.9.0", "engines": "image-volume"}}
    )
    spec = plain(front_end_template(staged, distributed_settings(staged)))["spec"]

    assert [one["name"] for one in spec["initContainers"]] == ["check-weights"]
    assert not [one for one in spec["volumes"] if one["name"].startswith("engine")]


def test_a_pool_without_workers_has_the_pod_it_had():
    assert (
        plain(deployment(pool()))["spec"]["template"]["spec"]["containers"][0]["env"][-1]["name"]
        == "LOCALAI_API_KEY"
    )
