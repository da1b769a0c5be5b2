"""Whether a live object is ready, kind by kind, as one reading of it tells."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.plugins.conditions import condition, expressions, met
from sandbox.plugins.manifests import annotation
from sandbox.plugins.properties import Properties

WAIT_FOR: Final = "pulumi.com/waitFor"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an object is; `message` says what is missing, or what failed for good."""

    state: Literal["ready", "waiting", "failed"]
    message: str = ""


READY: Final = Progress(state="ready")


def progress(live: Properties) -> Progress:
    """Return the progress of an object; a kind without a rule is ready once it exists."""
    asked = annotation(live, WAIT_FOR)
    if asked:
        missing = [text for text in expressions(asked) if not met(text, live)]
        return _waiting(f"waiting for {missing[0]}") if missing else READY
    rule = RULES.get((live.get("apiVersion", ""), live.get("kind", "")))
    if rule is None:
        return READY
    if live.get("status", {}).get("observedGeneration", 1 << 62) < live["metadata"].get(
        "generation", 0
    ):
        return _waiting("the controller has not yet seen the latest change")
    return rule(live)


def _waiting(message: str) -> Progress:
    return Progress(state="waiting", message=message)


def _deployment(live: Properties) -> Progress:
    going, available = condition(live, "Progressing"), condition(live, "Available")
    if going.get("reason") == "ProgressDeadlineExceeded":
        return Progress(state="failed", message=going.get("message", ""))
    status, wanted = live.get("status", {}), live["spec"].get("replicas", 1)
    updated, ready = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    if "observedGeneration" not in status or updated < wanted or ready < wanted:
        return _waiting(f"{ready} of {wanted} pods are available, {updated} are up to date")
    if status.get("replicas", 0) > updated:
        return _waiting(f"{status['replicas'] - updated} old pods are still there")
    if available.get("status") != "True":
        return _waiting(available.get("message") or "minimum availability is not yet reported")
    return READY


def _stateful_set(live: Properties) -> Progress:
    status, wanted = live.get("status", {}), live["spec"].get("replicas", 1)
    ready, updated = status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    rolling = live["spec"].get("updateStrategy", {}).get("type") != "OnDelete"
    if "observedGeneration" not in status or ready < wanted:
        return _waiting(f"{ready} of {wanted} pods are ready")
    if rolling and status.get("currentRevision") != status.get("updateRevision"):
        return _waiting(f"{updated} of {wanted} pods have the new template")
    return READY


def _daemon_set(live: Properties) -> Progress:
    status = live.get("status", {})
    wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberAvailable", 0)
    updated = status.get("updatedNumberScheduled", 0)
    if "observedGeneration" not in status or ready < wanted or updated < wanted:
        return _waiting(f"{ready} of {wanted} pods are available, {updated} are up to date")
    return READY


def _job(live: Properties) -> Progress:
    failed = condition(live, "Failed")
    if failed.get("status") == "True":
        text = f"{failed.get('reason', 'Failed')}: {failed.get('message', '')}"
        return Progress(state="failed", message=text)
    if condition(live, "Complete").get("status") == "True":
        return READY
    done = live.get("status", {}).get("succeeded", 0)
    return _waiting(f"{done} of {live['spec'].get('completions', 1)} completions")


def _claim(live: Properties) -> Progress:
    phase = live.get("status", {}).get("phase", "Pending")
    if phase == "Bound":
        return READY
    if phase == "Lost":
        return Progress(state="failed", message="the claim lost its volume")
    return _waiting(f"the claim is {phase}")


def _pod(live: Properties) -> Progress:
    if live.get("status", {}).get("phase") == "Succeeded":
        return READY
    ready = condition(live, "Ready")
    return READY if ready.get("status") == "True" else _waiting(ready.get("message", "not ready"))


def _definition(live: Properties) -> Progress:
    served = condition(live, "Established").get("status") == "True"
    return READY if served else _waiting("the definition is not yet established")


RULES: Final[dict[tuple[str, str], Callable[[Properties], Progress]]] = {
    ("apps/v1", "DaemonSet"): _daemon_set,
    ("apps/v1", "Deployment"): _deployment,
    ("apps/v1", "StatefulSet"): _stateful_set,
    ("batch/v1", "Job"): _job,
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): _definition,
    ("v1", "PersistentVolumeClaim"): _claim,
    ("v1", "Pod"): _pod,
}
