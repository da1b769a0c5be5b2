"""The pod of a pool: checked files first, then a server that can write scratch and nothing else."""

from typing import Any

import pytest

from components.parts.part import plain
from components.server.server_pod import server_template
from tests.samples import ENGINE_SOURCES, committed, containers, pool
from tests.support.project import STACKS

GPU = "nvidia.com/gpu"
SERVED = [
    found for name in STACKS for source in ENGINE_SOURCES for found in committed(name, source)[1]
]


def template(**fields: Any) -> dict[str, Any]:
    """Return the pod template of a sample pool."""
    return plain(server_template(pool(**fields)))


def server(**fields: Any) -> dict[str, Any]:
    """Return the server's container of a sample pool."""
    (container,) = template(**fields)["spec"]["containers"]
    return container


def mounts(container: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the mounts of a container by path."""
    return {mount["mountPath"]: mount for mount in container["volumeMounts"]}


def test_weights_are_where_the_server_looks_for_them():
    found = mounts(server())["/models"]

    assert (found["name"], found["subPath"]) == ("storage", "models")


@pytest.mark.parametrize("path", ["/models", "/var/lib/local-ai/backends", "/etc/localai"])
def test_what_git_declares_is_read_only(path: str):
    assert mounts(server())[path]["readOnly"] is True


def test_only_scratch_can_be_written():
    for found in SERVED:
        spec = plain(server_template(found))["spec"]
        scratch = {volume["name"] for volume in spec["volumes"] if "emptyDir" in volume}
        for container in containers({"spec": spec}):
            written = {one["name"] for one in container["volumeMounts"] if not one.get("readOnly")}
            assert written <= scratch


def test_every_path_the_server_writes_at_start_can_be_written():
    found = pool()
    writable = {path for path, mount in mounts(server()).items() if not mount.get("readOnly")}

    assert set(found.context.server.paths.scratch) <= writable
    assert {"/backends", "/data", "/configuration", "/tmp"} <= writable  # noqa: S108 (a mount)


def test_every_mount_has_its_volume_and_every_volume_its_mount():
    for found in SERVED:
        spec = plain(server_template(found))["spec"]
        mounts_of_all = [one for each in containers({"spec": spec}) for one in each["volumeMounts"]]

        assert {one["name"] for one in mounts_of_all} == {one["name"] for one in spec["volumes"]}


def test_scratch_that_grows_has_a_limit():
    volumes = [one for one in template()["spec"]["volumes"] if "emptyDir" in one]

    assert {one["name"] for one in volumes} == {"tmp", "backends", "data", "configuration"}
    assert all(one["emptyDir"]["sizeLimit"] for one in volumes)


def test_files_are_checked_before_the_server_starts():
    first = template()["spec"]["initContainers"][0]

    assert first["name"] == "check-weights"
    assert mounts(first)["/storage"]["readOnly"] is True


def test_request_equals_limit_in_every_container_so_that_the_pod_is_guaranteed():
    for found in SERVED:
        for container in containers(plain(server_template(found))):
            resources = container["resources"]
            disk = "ephemeral-storage"
            assert resources["requests"].pop(disk)
            assert resources["limits"].pop(disk)
            assert resources["requests"] == resources["limits"]
            assert {"cpu", "memory"} <= resources["limits"].keys()


@pytest.mark.parametrize("gpu", [None, "nvidia-l4"])
@pytest.mark.parametrize(
    ("declared", "written"), [("4608Mi", "4608Mi"), ("16384Mi", "16Gi"), ("1Ti", "1024Gi")]
)
def test_a_pod_has_exactly_the_memory_that_its_pool_declares(
    gpu: str | None, declared: str, written: str
):
    resources = server(gpu=gpu, memory=declared)["resources"]

    assert resources["requests"]["memory"] == resources["limits"]["memory"] == written


def test_memory_below_a_gibibyte_is_reserved_and_limited_too():
    resources = server(gpu="nvidia-l4", memory="512Mi")["resources"]

    assert resources["requests"]["memory"] == resources["limits"]["memory"] == "512Mi"


def test_what_runs_first_asks_for_no_more_than_the_server():
    for found in SERVED:
        spec = plain(server_template(found))["spec"]
        cores = int(spec["containers"][0]["resources"]["limits"]["cpu"])
        assert all(
            int(one["resources"]["limits"]["cpu"]) <= cores for one in spec["initContainers"]
        )


def test_a_server_takes_its_gpus_and_nobody_else_does():
    found = template(gpu="nvidia-l4", gpus=2)
    first, last = found["spec"]["initContainers"][0], found["spec"]["containers"][0]

    assert last["resources"]["limits"][GPU] == "2"
    assert GPU not in first["resources"]["limits"]
    assert GPU not in server()["resources"]["limits"]


def test_a_start_may_take_ten_minutes_and_what_reading_the_weights_takes():
    probe = server()["startupProbe"]
    read = sum(file.size.bytes for file in pool().files)

    assert probe["httpGet"] == {"path": "/readyz", "port": "http"}
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 600 + read // 50_000_000 > 600


def test_a_server_that_loads_at_the_first_request_starts_within_ten_minutes():
    probe = server(models=["qwen3-0.6b", "qwen3-1.7b"], active=1)["startupProbe"]

    assert probe["periodSeconds"] * probe["failureThreshold"] == 600


def test_a_server_that_starts_answers_within_a_second_of_being_ready():
    assert server()["startupProbe"]["periodSeconds"] == 1


def test_a_server_that_is_not_ready_gets_no_requests_within_twenty_seconds():
    probe = server()["readinessProbe"]

    assert probe["httpGet"]["path"] == "/readyz"
    assert probe["periodSeconds"] * probe["failureThreshold"] + probe["timeoutSeconds"] <= 20


def test_a_busy_server_is_not_killed_before_two_minutes():
    probe = server()["livenessProbe"]

    assert probe["httpGet"]["path"] == "/healthz"
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 120


def test_every_probe_waits_less_than_its_period_or_as_long():
    probes = [server()[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness")]

    assert all(probe["timeoutSeconds"] <= probe["periodSeconds"] for probe in probes)


def test_a_pod_drains_before_it_ends_and_has_time_to():
    drain = server()["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert 5 <= drain < template()["spec"]["terminationGracePeriodSeconds"]


def test_the_pod_is_found_by_labels_that_name_its_pool_and_role():
    assert (
        template()["metadata"]["labels"].items()
        >= {
            "localai.gitops/pool": "chat",
            "app.kubernetes.io/component": "server",
            "localai.gitops/claim": "localai-chat-storage",
        }.items()
    )


def test_another_model_list_rolls_the_pods():
    names = [
        next(one for one in template(**fields)["spec"]["volumes"] if one["name"] == "model-list")
        for fields in ({}, {"aliases": {"small": "qwen3-0.6b"}})
    ]

    assert names[0] != names[1]


def test_a_pool_may_choose_its_runtime_class():
    assert template(runtimeClass="nvidia")["spec"]["runtimeClassName"] == "nvidia"
    assert "runtimeClassName" not in template()["spec"]


def test_the_server_answers_on_the_port_that_probes_and_service_name():
    assert server()["ports"] == [{"name": "http", "containerPort": 8080}]


def test_images_are_pinned_where_the_stack_pins_them():
    digest = "sha256:" + "a" * 64
    image = server()["image"]
    pinned = plain(server_template(pool(stack_fields={"digests": {image: digest}})))

    assert pinned["spec"]["containers"][0]["image"] == f"{image}@{digest}"
