"""What a change does to the registry of models: its address, its version, and its data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.network.model_registry import PORT
from components.parts.roles import BACKUP_ROLE, DATABASE_ROLE, REGISTRY_ROLE, ROLE
from gitops.planning.note import Kind, Note
from gitops.planning.objects import ObjectChange
from gitops.planning.rendering.rendering import Rendering

_ADDRESS = "MLFLOW_BACKEND_STORE_URI"
_BUCKET = ("MLFLOW_ARTIFACTS_DESTINATION", "MLFLOW_S3_ENDPOINT_URL")

Object = Mapping[str, Any]


def registry_notes(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield that a registry is added, removed or restarts, and where its data is."""
    here = base is not None and (base.cluster, base.namespace) == (head.cluster, head.namespace)
    before = base if here else None
    old, new = (_one(before, "Deployment", REGISTRY_ROLE), _one(head, "Deployment", REGISTRY_ROLE))
    if new and not old:
        url = f"http://{new['metadata']['name']}.{head.namespace}.svc:{PORT}"
        yield Note(Kind.ADDRESS_CHANGES, (url,), f"registry of models added: {url}")
    elif old and not new:
        yield Note(
            Kind.ADDRESS_CHANGES,
            (old["metadata"]["name"],),
            "registry of models removed: databases and buckets stay as they are",
        )
    elif old and new and old["spec"]["template"] != new["spec"]["template"]:
        yield from _restart(head, old, new)
    if not _one(before, "StatefulSet", DATABASE_ROLE) and _one(head, "StatefulSet", DATABASE_ROLE):
        yield Note(
            Kind.REGISTRY_DATABASE,
            (DATABASE_ROLE,),
            "the registry of models keeps its data in a PostgreSQL of one pod and one claim: for "
            "development",
        )


def _restart(head: Rendering, old: Object, new: Object) -> Iterator[Note]:
    yield Note(
        Kind.REGISTRY_RESTARTS,
        (REGISTRY_ROLE,),
        "the registry of models restarts: about a minute in which nothing is registered or "
        "loaded anew; models in service stay",
    )
    images = tuple(_container(one)["image"] for one in (old, new))
    if images[0] != images[1]:
        backed_up = _one(head, "CronJob", BACKUP_ROLE)
        cure = "run its backup first" if backed_up else "dump its databases first"
        yield Note(
            Kind.REGISTRY_MIGRATES,
            images,
            "another MLflow migrates the registry's databases: the way back is a restore",
            cure,
        )
    for name, what in ((_ADDRESS, "database"), *((one, "bucket") for one in _BUCKET)):
        if _variable(old, name) != _variable(new, name):
            yield Note(
                Kind.REGISTRY_MOVES,
                (name,),
                f"the registry of models moves to another {what}: what is in the old one is not "
                "copied",
            )


def _one(rendering: Rendering | None, kind: str, role: str) -> Object | None:
    for part in rendering.parts if rendering else ():
        found = part.object
        if found and found["kind"] == kind and found["metadata"]["labels"].get(ROLE) == role:
            return found
    return None


def _container(deployment: Object) -> Object:
    return deployment["spec"]["template"]["spec"]["containers"][0]


def _variable(deployment: Object, name: str) -> Object | None:
    return next((one for one in _container(deployment)["env"] if one["name"] == name), None)
