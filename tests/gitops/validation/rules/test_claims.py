from typing import Any

import pytest

from components.parts.roles import DATABASE_ROLE, ROLE
from gitops.validation.rules.stack_objects import StackObject
from gitops.validation.rules.volumes import SYNC_OPTIONS
from tests.gitops.validation.rules.objects import (
    container,
    found,
    job,
    metadata,
    plain,
    pod,
    workload,
)

VOLUMES: list[dict[str, Any]] = [
    {"name": "storage", "persistentVolumeClaim": {"claimName": "weights"}},
    {"name": "tmp", "emptyDir": {}},
]


def claim(options: str | None = None) -> dict[str, Any]:
    annotations = {SYNC_OPTIONS: options} if options else None
    return plain("PersistentVolumeClaim", metadata=metadata("weights", annotations=annotations))


def mounting(volume: str, **mount: bool) -> dict[str, Any]:
    mounts = [{"name": volume, "mountPath": "/models", **mount}]
    return pod(container(volumeMounts=mounts), volumes=VOLUMES)


def test_a_claim_that_the_engine_deletes_is_found():
    assert found(StackObject(manifest=claim(), retained=False)) == ["claim-retained"]


@pytest.mark.parametrize("retained", [True, None])
def test_a_claim_that_the_engine_keeps_is_admitted(retained: bool | None):
    assert found(StackObject(manifest=claim(), retained=retained)) == []


@pytest.mark.parametrize("options", [None, "PruneLast=true", "Prune=false", "Delete=false"])
def test_a_claim_that_argo_cd_deletes_is_found(options: str | None):
    # Retained is a word of the engine, which is not there.
    kept = StackObject(manifest=claim(options), retained=True)

    assert found(kept, rendered=True) == ["claim-retained"]


def test_a_claim_that_argo_cd_keeps_is_admitted():
    kept = claim("ServerSideApply=true, Prune=false,Delete=false")

    assert found(StackObject(manifest=kept, retained=False), rendered=True) == []


@pytest.mark.parametrize("mount", [{}, {"readOnly": False}], ids=["by default", "on purpose"])
def test_a_server_that_writes_to_a_claim_is_found(mount: dict[str, bool]):
    manifest = workload(template=mounting("storage", **mount))

    assert found(manifest) == ["server-reads-claims-only"]


WHOLE = {
    "a server that reads": workload(template=mounting("storage", readOnly=True)),
    "a server that writes elsewhere": workload(template=mounting("tmp")),
    "a Job that writes": job(mounting("storage")),
}


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_a_claim_that_only_jobs_write_to_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []


def test_the_database_of_a_registry_writes_to_its_claim():
    labels = {ROLE: DATABASE_ROLE}
    database = workload("StatefulSet", template=mounting("storage"))
    database = {**database, "metadata": metadata("localai-mlflow-database", labels=labels)}

    assert "server-reads-claims-only" not in found(database)
