"""Engines reach a pool at the server's own release: installed into the claim, or copied."""

from typing import Any

import pytest

from components.parts.part import plain
from components.pool.pool import Pool
from components.server.engines import (
    Engines,
    copy_containers,
    deadline,
    engine_mount,
    engine_volumes,
    folder,
    images,
    install_job,
)
from tests.samples import containers, pool

MODELS = ["qwen3-0.6b", "whisper-base", "sd-1.5"]
FROM_IMAGES = {"server": {"version": "v4.9.0", "engines": "image-volume"}}


def copied(**fields: Any) -> Pool:
    """Return a pool whose pods copy their engines out of image volumes."""
    return pool(stack_fields=FROM_IMAGES, models=MODELS, **fields)


def installs(found: Pool) -> list[dict[str, Any]]:
    """Return the containers of a pool's install Job."""
    return containers(plain(install_job(found))["spec"]["template"])


def test_every_engine_has_the_release_of_the_server_and_the_hardware_of_the_pool():
    on_cpu, on_gpu = images(pool(models=MODELS)), images(pool(models=MODELS, gpu="nvidia-l4"))

    assert sorted(on_cpu) == ["llama-cpp", "stablediffusion-ggml", "whisper"]
    assert all(":v4.9.0-" in image for image in on_cpu.values())
    assert all("cuda-12" in image for image in on_gpu.values())


def test_the_job_installs_each_engine_once_from_its_own_image():
    found = pool(models=[*MODELS, "qwen3-1.7b"])
    commands = [container["command"] for container in installs(found)]

    assert [command[-2:] for command in commands] == [
        [f"oci://{image}", engine] for engine, image in images(found).items()
    ]


def test_the_job_installs_into_the_folder_that_the_server_reads():
    found = pool()
    environment = {one["name"]: one["value"] for one in installs(found)[0]["env"]}

    assert environment["LOCALAI_BACKENDS_PATH"] == f"/storage/{folder(found)}"
    assert plain(engine_mount(found)) == {
        "name": "storage",
        "subPath": folder(found),
        "mountPath": "/var/lib/local-ai/backends",
        "readOnly": True,
    }


def test_what_an_install_may_write_on_its_node_is_bounded():
    limits = [one["resources"]["limits"] for one in installs(pool(models=MODELS))]

    assert [one["ephemeral-storage"] for one in limits] == ["11Gi"] * 3


def test_other_engines_are_in_another_folder_so_that_running_servers_keep_theirs():
    folders = {
        folder(pool()),
        folder(pool(models=MODELS)),
        folder(pool(gpu="nvidia-l4")),
        folder(pool(stack_fields={"server": {"version": "v4.8.2"}})),
    }

    assert len(folders) == 4


def test_a_pinned_engine_is_another_engine():
    image = images(pool())["llama-cpp"]
    digests = {image: "sha256:" + "a" * 64}

    assert folder(pool(stack_fields={"digests": digests})) != folder(pool())


def test_more_engines_may_take_longer():
    assert deadline(pool(models=MODELS)) > deadline(pool())


def test_the_engine_waits_longer_than_the_job_may_take():
    found = pool()
    (part,) = Engines.parts("engines", found)

    assert (part.options.timeout or 0) > deadline(found)


def test_with_image_volumes_there_is_no_job_and_nothing_on_the_claim():
    found = copied()

    assert Engines.parts("engines", found) == ()
    assert plain(engine_mount(found))["name"] == "engines"


def test_with_image_volumes_each_engine_is_mounted_and_copied():
    found = copied()
    scratch, *staged = [plain(one) for one in engine_volumes(found)]
    (copy,) = [plain(one) for one in copy_containers(found)]

    assert scratch == {"name": "engines", "emptyDir": {"sizeLimit": "45Gi"}}
    assert {one["name"]: one["image"]["reference"] for one in staged} == {
        f"engine-{engine}": image for engine, image in images(found).items()
    }
    assert {one["mountPath"] for one in copy["volumeMounts"]} == {
        "/engines",
        *(f"/engine-images/{engine}" for engine in found.engines),
    }


@pytest.mark.parametrize("helper", [engine_volumes, copy_containers])
def test_with_engines_on_the_claim_pods_copy_nothing(helper: Any):
    assert helper(pool()) == []


def test_a_job_that_pulls_from_a_mirror_logs_in_there_and_finds_the_way():
    fields = {
        "registry": {"mirrors": {"quay.io": "registry.corp/quay"}, "pullSecret": "login"},
        "proxy": {"url": "http://proxy.corp:3128", "networks": ["10.1.2.3"]},
        "trust": {"configMap": "corp"},
    }
    found = pool(stack_fields=fields)
    (container,) = installs(found)
    environment = {one["name"]: one["value"] for one in container["env"]}

    assert container["image"].startswith("registry.corp/quay/go-skynet/local-ai:")
    assert container["command"][3].startswith(
        "oci://registry.corp/quay/go-skynet/local-ai-backends:"
    )
    assert environment["HTTPS_PROXY"] == "http://proxy.corp:3128"
    assert {"DOCKER_CONFIG", "SSL_CERT_FILE"} <= environment.keys()
    names = {
        one["name"] for one in plain(install_job(found))["spec"]["template"]["spec"]["volumes"]
    }
    assert {one["name"] for one in container["volumeMounts"]} == names
