"""What the rest of a stack knows of its registry of models: its pods, and where it answers."""

from components.parts.builders import cluster_url
from components.parts.context import Context
from components.parts.roles import REGISTRY_ROLE, ROLE
from settings.mlflow import DATABASE_NAME, MLFLOW_NAME
from settings.served import ModelRegistry

# The logical name of its component.
REGISTRY = "mlflow"
OBJECT = f"localai-{MLFLOW_NAME}"
DATABASE_OBJECT = f"localai-{DATABASE_NAME}"
PORT = 5000
# Roles of Jobs that nobody else asks for.
RESTORE_ROLE, CLEAN_UP_ROLE = "mlflow-restore", "mlflow-clean-up"
# The pods of a registry; those of one namespace belong to one stack, which has one.
REGISTRY_PODS = {ROLE: REGISTRY_ROLE}


def registry_url(context: Context) -> str:
    """Return the URL at which the registry of a stack answers inside the cluster."""
    return cluster_url(context, OBJECT, PORT)


def own_registry(context: Context) -> ModelRegistry | None:
    """Return where served models are fetched from that name no other registry, if there is one."""
    settings = context.settings.mlflow
    if settings is None or settings.reader is None:
        return None
    return ModelRegistry(
        url=registry_url(context), namespace=context.settings.namespace, login=settings.reader
    )
