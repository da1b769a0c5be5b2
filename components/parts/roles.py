"""By which label objects are told apart, and the roles that rules ask for.

The policy pack reads it where there is no lightkube, so it imports no object of Kubernetes.
"""

from settings.anythingllm import ANYTHINGLLM_NAME
from settings.mlflow import DATABASE_NAME, MLFLOW_NAME

ROLE = "app.kubernetes.io/component"
# A registry of models, its own database, and the Job that backs both up.
REGISTRY_ROLE, DATABASE_ROLE, BACKUP_ROLE = MLFLOW_NAME, DATABASE_NAME, "mlflow-backup"
# A chat application over documents, and the Job that backs it up.
ANYTHINGLLM_ROLE, ANYTHINGLLM_BACKUP_ROLE = ANYTHINGLLM_NAME, "anythingllm-backup"
