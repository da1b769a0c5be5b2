"""Weights reach a server from the claim, from a copy of its own, or from images; all read-only."""

from dataclasses import replace
from typing import Any

from components.checks.resolve import resolve
from components.parts.part import plain
from components.pool.pool import Pool
from components.server.server_pod import server_template
from components.weights.volumes import first_containers, weight_mounts, weight_volumes
from components.weights.weights import Weights, set_digest
from models.catalog import Catalog
from tests.components.restricted import violations
from tests.samples import STACK, catalog, pool, pool_fields, settings

IMAGE = "registry.test/models/qwen@sha256:" + "a" * 64
FROM_IMAGES = {"server": {"version": "v4.9.0", "engines": "image-volume"}}
CACHE = {"size": "100Gi", "access": "ReadWriteMany", "cache": {"size": "40Gi", "class": "nvme"}}


def with_image(**fields: Any) -> Pool:
    """Return a pool whose first model comes as an image."""
    known = dict(catalog().definitions)
    model = known["qwen3-0.6b"]
    weights = model.weights.model_copy(update={"url": f"oci://{IMAGE}"})
    known[model.name] = model.model_copy(update={"weights": weights})
    declared = settings({"chat": pool_fields(**fields)}, **FROM_IMAGES)
    _, (found,) = resolve(STACK, declared, Catalog(definitions=known))
    return found


def mounts(found: Pool) -> dict[str, dict[str, Any]]:
    """Return the mounts of a pool's weights by path."""
    return {one.mountPath: plain(one) for one in weight_mounts(found)}


def names(found: Pool) -> list[str]:
    return [one.name for one in weight_volumes(found)]


def test_weights_on_a_claim_are_mounted_as_they_are():
    assert mounts(pool()) == {
        "/models": {
            "name": "storage", "subPath": "models", "mountPath": "/models", "readOnly": True,
        },
    }  # fmt: skip
    assert names(pool()) == ["storage"]


def test_a_cached_pool_serves_a_copy_on_a_volume_that_goes_with_its_pod():
    found = pool(storage=CACHE)
    claim, cache = [plain(one) for one in weight_volumes(found)]

    assert mounts(found)["/models"]["name"] == "cache"
    assert "persistentVolumeClaim" in claim
    spec = cache["ephemeral"]["volumeClaimTemplate"]["spec"]
    assert spec["accessModes"] == ["ReadWriteOnce"]
    assert spec["storageClassName"] == "nvme"
    assert spec["resources"]["requests"] == {"storage": "40Gi"}


def test_a_copy_is_made_from_a_claim_that_the_pod_cannot_change():
    found = pool(storage=CACHE)
    (copy,) = [plain(one) for one in first_containers(found)]
    command = copy["command"]
    written = [one["name"] for one in copy["volumeMounts"] if not one.get("readOnly")]

    assert "copy" in command
    assert command[command.index("--digest") + 1] == set_digest(found)
    assert command[command.index("--root") + 1] == "/storage/models"
    assert command[command.index("--to") + 1] == "/cache/models"
    assert written == ["cache"]


def test_a_larger_copy_may_take_longer():
    plainly, cached = pool(models=["qwen3-8b"]), pool(models=["qwen3-8b"], storage=CACHE)

    assert plainly.copied_bytes == 0
    assert cached.copied_bytes == sum(file.size.bytes for file in cached.files)


def test_an_image_is_mounted_where_its_file_belongs_and_the_rest_beside_it():
    found = with_image(models=["qwen3-0.6b", "qwen3-1.7b"])
    first, second = found.models
    folders = [f"/models/weights/{model.weights.sha256}" for model in (first, second)]
    known = mounts(found)

    assert known[folders[0]]["name"].startswith("weights-")
    assert known[folders[1]]["subPath"] == f"models/weights/{second.weights.sha256}"
    assert all(known[folder]["readOnly"] for folder in folders)
    assert known["/models"]["name"] == "models"


def test_files_of_images_are_not_fetched_and_are_looked_for_before_a_server_starts():
    found = with_image(models=["qwen3-0.6b", "qwen3-1.7b"])
    (check,) = [plain(one) for one in first_containers(found)]
    command = check["command"]

    assert [file.path for file in found.claim_files] == [found.models[1].weights.path]
    assert command[command.index("--file") + 1].endswith(found.models[0].weights.file)
    assert command[command.index("--digest") + 1] == set_digest(found)


def test_a_pool_of_images_has_no_claim_and_no_job():
    found = with_image(storage={"images": True})
    template = plain(server_template(found))

    assert Weights.parts("w", found) == ()
    assert not any("persistentVolumeClaim" in one for one in template["spec"]["volumes"])
    assert "localai.gitops/claim" not in template["metadata"]["labels"]
    assert "affinity" not in template["spec"]
    (check,) = [plain(one) for one in first_containers(found)]
    assert "--digest" not in check["command"]


def test_a_pool_whose_weights_are_all_images_copies_nothing_to_its_cache():
    found = with_image(storage=CACHE)

    assert [one.name for one in first_containers(found)] == ["check-weights"]
    assert not any(one.ephemeral for one in weight_volumes(found))
    assert found.copied_bytes == 0


def test_images_are_pulled_from_their_mirror_by_their_digest():
    found = with_image()
    registry = {"mirrors": {"registry.test": "mirror.corp"}}
    known = settings({"chat": pool_fields()}, registry=registry, **FROM_IMAGES)
    mirrored = replace(found, context=replace(found.context, settings=known))
    (image,) = [plain(one)["image"] for one in weight_volumes(mirrored) if one.image]

    assert image["reference"] == IMAGE.replace("registry.test", "mirror.corp")


def test_each_way_is_restricted_and_mounts_what_it_has():
    ways = [
        pool(storage=CACHE),
        with_image(models=["qwen3-0.6b", "qwen3-1.7b"]),
        with_image(models=["qwen3-0.6b", "qwen3-1.7b"], storage=CACHE),
        with_image(storage={"images": True}),
    ]
    for found in ways:
        template = plain(server_template(found))
        spec = template["spec"]
        used = {
            mount["name"]
            for container in [*spec["initContainers"], *spec["containers"]]
            for mount in container["volumeMounts"]
        }
        assert violations(template) == []
        assert used == {volume["name"] for volume in spec["volumes"]}
