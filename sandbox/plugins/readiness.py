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
    """How far an object is; `message` says what is missing, or what failed for good.

    What waits only to be sure is `enough` when the time is up.
    """

    state: Literal["ready", "waiting", "failed"]
    message: str = ""
    enough: bool = False


READY: Final = Progress(state="ready")


def progress(live: Properties) -> Progress:
    """Return the progress of an object; a kind without a rule is ready once it exists."""
    asked = annotation(live, WAIT_FOR)
    if asked:
        missing = [text for text in expressions(asked) if not met(text, live)]
        return waiting(f"waiting for {missing[0]}") if missing else READY
    return by_rule(live)


def by_rule(live: Properties) -> Progress:
    """Return the progress of an object by the rule of its kind alone."""
    rule = RULES.get((live.get("apiVersion", ""), live.get("kind", "")))
    if rule is None:
        return READY
    if live.get("status", {}).get("observedGeneration", 1 << 62) < live["metadata"].get(
        "generation", 0
    ):
        return waiting("the controller has not yet seen the latest change")
    return rule(live)


def waiting(message: str, *, enough: bool = False) -> Progress:
    """Return the progress of what is not ready yet."""
    return Progress(state="waiting", message=message, enough=enough)


def _deployment(live: Properties) -> Progress:
    going, available = condition(live, "Progressing"), condition(live, "Available")
    if going.get("reason") == "ProgressDeadlineExceeded":
        return Progress(state="failed", message=going.get("message", ""))
    status, wanted = live.get("status", {}), live["spec"].get("replicas", 1)
    updated, ready = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    if "observedGeneration" not in status or updated < wanted or ready < wanted:
        return waiting(f"{ready} of {wanted} pods are available, {updated} are up to date")
    if status.get("replicas", 0) > updated:
        return waiting(f"{status['replicas'] - updated} old pods are still there")
    if available.get("status") != "True":
        return waiting(available.get("message") or "minimum availability is not yet reported")
    return READY


def _stateful_set(live: Properties) -> Progress:
    status, wanted = live.get("status", {}), live["spec"].get("replicas", 1)
    ready, updated = status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    rolling = live["spec"].get("updateStrategy", {}).get("type") != "OnDelete"
    if "observedGeneration" not in status or ready < wanted:
        return waiting(f"{ready} of {wanted} pods are ready")
    if rolling and status.get("currentRevision") != status.get("updateRevision"):
        return waiting(f"{updated} of {wanted} pods have the new template")
    return READY


def _daemon_set(live: Properties) -> Progress:
    status = live.get("status", {})
    wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberAvailable", 0)
    updated = status.get("updatedNumberScheduled", 0)
    if "observedGeneration" not in status or ready < wanted or updated < wanted:
        return waiting(f"{ready} of {wanted} pods are available, {updated} are up to date")
    return READY


def _job(live: Properties) -> Progress:
    failed = condition(live, "Failed")
    if failed.get("status") == "True":
        text = f"{failed.get('reason', 'Failed')}: {failed.get('message', '')}"
        return Progress(state="failed", message=text)
    if condition(live, "Complete").get("status") == "True":
        return READY
    done = live.get("status", {}).get("succeeded", 0)
    return waiting(f"{done} of {live['spec'].get('completions', 1)} completions")


def _volume(live: Properties) -> Progress:
    phase = live.get("status", {}).get("phase", "Pending")
    return READY if phase in ("Available", "Bound") else waiting(f"the volume is {phase}")


def _quota(live: Properties) -> Progress:
    counted = live.get("status", {}).get("hard") == live["spec"].get("hard")
    return READY if counted else waiting("the quota is not counted yet")


def _pod(live: Properties) -> Progress:
    if live.get("status", {}).get("phase") == "Succeeded":
        return READY
    ready = condition(live, "Ready")
    return READY if ready.get("status") == "True" else waiting(ready.get("message", "not ready"))


def _definition(live: Properties) -> Progress:
    served = condition(live, "Established").get("status") == "True"
    return READY if served else waiting("the definition is not yet established")


RULES: Final[dict[tuple[str, str], Callable[[Properties], Progress]]] = {
    ("apps/v1", "DaemonSet"): _daemon_set,
    ("apps/v1", "Deployment"): _deployment,
    ("apps/v1", "StatefulSet"): _stateful_set,
    ("batch/v1", "Job"): _job,
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): _definition,
    ("v1", "PersistentVolume"): _volume,
    ("v1", "Pod"): _pod,
    ("v1", "ResourceQuota"): _quota,
}
