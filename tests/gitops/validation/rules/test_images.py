from typing import Any

import pytest

from tests.gitops.validation.rules.objects import DIGEST, container, found, pod, server, workload

REPOSITORY = "quay.io/go-skynet/local-ai"
LATEST, VERSION, BY_DIGEST = "image-not-latest", "image-version-tag", "image-by-digest"


def fetching(word: str) -> dict[str, Any]:
    return server(command=["/local-ai", "backends", "install", word])


def mounting(reference: str) -> dict[str, Any]:
    volumes = [{"name": "engine", "image": {"reference": reference}}]
    return workload(template=pod(volumes=volumes))


BROKEN = {
    "latest": (LATEST, server(image=f"{REPOSITORY}:latest")),
    "latest with a digest": (LATEST, server(image=f"{REPOSITORY}:latest@{DIGEST}")),
    "no tag": (LATEST, server(image=REPOSITORY)),
    "no tag behind a port": (LATEST, server(image="registry.example:5000/local-ai")),
    "no image": (LATEST, server(image=None)),
    "a first container of latest": (
        LATEST,
        workload(template=pod(initContainers=[container(image="busybox:latest")])),
    ),
    "a volume of latest": (LATEST, mounting(f"{REPOSITORY}:latest")),
    "an artifact of latest": (LATEST, fetching("oci://quay.io/backends:latest")),
    "a branch": (VERSION, server(image=f"{REPOSITORY}:master")),
    "a part of a version": (VERSION, server(image=f"{REPOSITORY}:v4")),
    "a digest that is cut": (VERSION, server(image=f"{REPOSITORY}:v4@sha256:0123")),
    "a version without a digest": (BY_DIGEST, server(image=f"{REPOSITORY}:v4.9.0")),
}
WHOLE = {
    "a version with a digest": server(image=f"{REPOSITORY}:v4.9.0@{DIGEST}"),
    "a digest alone": server(image=f"{REPOSITORY}@{DIGEST}"),
    "a moving tag with a digest": server(image=f"{REPOSITORY}:master@{DIGEST}"),
    "a digest behind a port": server(image=f"registry.example:5000/local-ai@{DIGEST}"),
    "a volume with a digest": mounting(f"{REPOSITORY}@{DIGEST}"),
    "an artifact with a digest": fetching(f"oci://quay.io/backends@{DIGEST}"),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_an_image_that_moves_is_found(rule: str, manifest: dict[str, Any]):
    # A tag that moves is no digest either.
    assert found(manifest)[0] == rule
    assert set(found(manifest)) <= {rule, BY_DIGEST}


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_an_image_that_stays_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []
