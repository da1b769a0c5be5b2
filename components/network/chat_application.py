"""What the rest of a stack knows of its chat application: its pods, its claim, where it answers."""

from components.parts.builders import cluster_url
from components.parts.context import Context
from components.parts.roles import ANYTHINGLLM_ROLE, ROLE
from settings.anythingllm import ANYTHINGLLM_NAME

# The logical name of its component.
APPLICATION = "anythingllm"
OBJECT = f"localai-{ANYTHINGLLM_NAME}"
PORT = 3001
EXPOSURE = f"{ANYTHINGLLM_NAME}-exposure"
# Roles of its other Jobs: a restore on trial, one in earnest, what runs before an update, and what
# makes users.
REHEARSAL_ROLE, RESTORE_ROLE = "anythingllm-rehearsal", "anythingllm-restore"
UPDATE_ROLE, USERS_ROLE = "anythingllm-update", "anythingllm-users"
# The pods of the application; those of one namespace belong to one stack, which has one.
APPLICATION_PODS = {ROLE: ANYTHINGLLM_ROLE}


def application_url(context: Context) -> str:
    """Return the URL at which the application of a stack answers inside the cluster."""
    return cluster_url(context, OBJECT, PORT)
