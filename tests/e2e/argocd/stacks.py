"""Operator Stacks in every state that the operator leaves them in."""

from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OLDER = "89abcdef0123456789abcdef0123456789abcdef"


def condition(name: str, status: str, reason: str, message: str = "") -> dict[str, str]:
    """Return a condition of a Stack."""
    return {
        "type": name,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }


READY = condition("Ready", "True", "ProcessingCompleted", "the stack has been processed")
NOT_READY = condition("Ready", "False", "NotReadyInProgress", "reconciliation is in progress")
UPDATING = condition("Reconciling", "True", "StackProcessing", "stack is being processed")
RETRYING = condition("Reconciling", "True", "RetryingAfterFailure", "1 update failure(s)")
STALLED = condition("Stalled", "True", "UpdateFailed", "up failed 3 times")
NOT_STALLED = condition("Stalled", "False", "NotStalled", "it goes on")
UP = {"type": "up", "lastSuccessfulCommit": COMMIT, "lastAttemptedCommit": COMMIT}
PREVIEW = {"type": "preview", "lastAttemptedCommit": COMMIT}


def status(
    *conditions: dict[str, str], last: dict[str, Any] | None = None, generation: int = 1
) -> dict[str, Any]:
    """Return the status of a Stack after it was looked at."""
    fields: dict[str, Any] = {"observedGeneration": generation, "conditions": list(conditions)}
    return {**fields, "lastUpdate": last} if last else fields


def stack(name: str = "app", **spec: Any) -> dict[str, Any]:
    """Return a Stack that no operator has seen."""
    return {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {"name": name},
        "spec": {"stack": "organization/localai/dev", **spec},
    }
