"""Stacks with a registry of models, for tests of it."""

from typing import Any

from components.addons.mlflow.environment import MlflowArgs
from components.parts.part import Manifest
from stack import stack_parts
from tests.samples import context, manifests, stack

SECRET = {"secret": "registry", "key": "value"}
BUCKET = {
    "bucket": "models",
    "endpoint": "http://store.storage.svc:8333",
    "accessKey": SECRET,
    "secretKey": SECRET,
    "namespace": "storage",
}
FIELDS = {
    "image": "registry.example.com/models/mlflow:3.17.2",
    "password": SECRET,
    "sessionKey": SECRET,
    "artifacts": BUCKET,
}
DATABASE = {
    "url": {"secret": "database", "key": "registry"},
    "logins": {"secret": "database", "key": "logins"},
    "namespace": "databases",
}
OWN = {"password": SECRET}
BACKUP = {
    "to": {
        **BUCKET,
        "bucket": "copies",
        "endpoint": "https://s3.example.com",
        "namespace": None,
        "networks": ["10.7.0.0/28"],
    }
}
WHOLE = {**FIELDS, "database": DATABASE, "backup": BACKUP, "cleanUp": {}}


def mlflow_args(**fields: Any) -> MlflowArgs:
    """Return what a registry is made from; its database is an existing one unless told."""
    database = {} if "ownDatabase" in fields else {"database": DATABASE}
    found = context(mlflow={**FIELDS, **database, **fields})
    assert found.settings.mlflow
    return MlflowArgs(context=found, settings=found.settings.mlflow)


def objects(**fields: Any) -> dict[tuple[str, str], Manifest]:
    """Return the objects of a registry by kind and name."""
    found = manifests(stack_parts(*stack(mlflow={**WHOLE, **fields})))
    return {
        (one["kind"], one["metadata"]["name"]): one
        for one in found
        if one["metadata"]["name"].startswith("localai-mlflow")
    }
