"""Whether a live object is ready, by itself and by those it depends on, and why it is not."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, cast

from components.parts.kinds import KINDS
from sandbox.plugins.api import Api
from sandbox.plugins.conditions import condition, expressions, met
from sandbox.plugins.manifests import annotation, name, namespace
from sandbox.plugins.properties import Properties

MOST: Final = 5


def reasons(api: Api, live: Properties) -> list[str]:
    """Return at most five distinct reasons, those of the pods first."""
    space = f"/api/v1/namespaces/{namespace(live) or 'default'}"
    found: list[str] = []
    row = KINDS.get(live.get("kind", ""))
    if row and row.pods and row.template:
        labels = live["spec"].get("selector", {}).get("matchLabels", {})
        selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        for pod in api.list(f"{space}/pods", labelSelector=selector):
            found += pod_reasons(pod)
    elif live.get("kind") == "Pod":
        found += pod_reasons(live)
    about = f"involvedObject.name={name(live)},involvedObject.kind={live.get('kind')}"
    warnings = api.list(f"{space}/events", fieldSelector=f"{about},type=Warning")
    found += [f"{event.get('reason')}: {event.get('message')}" for event in warnings]
    return list(dict.fromkeys(found))[:MOST]


def pod_reasons(pod: Properties) -> list[str]:
    """Return why one pod does not run; nothing for a pod that does."""
    scheduled = condition(pod, "PodScheduled")
    told: list[str] = []
    if scheduled.get("status") == "False":
        told = [f"{scheduled.get('reason')}: {scheduled.get('message')}"]
    return [f"pod {name(pod)}: {text}" for text in (*told, *_containers(pod))]


def _containers(pod: Properties) -> Iterator[str]:
    status = pod.get("status", {})
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in cast("list[Properties]", status.get(key) or []):
            state: Properties = container.get("state", {})
            stopped: Properties = state.get("waiting") or state.get("terminated") or {}
            if stopped.get("reason") not in (None, "Completed", "PodInitializing"):
                detail = stopped.get("message") or f"exit code {stopped.get('exitCode', '?')}"
                yield f"container {container['name']}: {stopped['reason']}: {detail}"


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


_PODS: Final[dict[str, Callable[[Properties], Progress]]] = {
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "Job": _job,
    "Pod": _pod,
    "StatefulSet": _stateful_set,
}
# Source: provider/pkg/await/awaiters.go, the kinds with `awaitRead`; no annotation counts there.
JUDGED_WHEN_READ: Final = {(KINDS[kind].api, kind): rule for kind, rule in _PODS.items()}
RULES: Final[dict[tuple[str, str], Callable[[Properties], Progress]]] = {
    **JUDGED_WHEN_READ,
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): _definition,
    ("v1", "PersistentVolume"): _volume,
    ("v1", "ResourceQuota"): _quota,
}


# Source: pulumi-kubernetes, provider/pkg/await/awaiters.go, service.go, ingress.go; pull requests
# #3130 (claims), #3142 (Services) and #4181 (updated claims).
FIRST_CONSUMER: Final = "WaitForFirstConsumer"
SETTLING: Final = "the endpoints are settling"
NO_PODS: Final = (
    "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' "
    "may not match labels on any Pods"
)
NO_ADDRESS: Final = (
    "Service was not allocated an IP address; does your cloud provider support this?"
)
QUIET_SECONDS: Final = 60.0


@dataclass(kw_only=True)
class Settling:
    """Endpoints have settled some seconds after a change, until the next change."""

    seconds: float
    began: float
    changes: list[float] = field(default_factory=list[float])
    _seen: dict[str, str] = field(default_factory=dict[str, str])

    def saw(self, versions: dict[str, str], now: float) -> None:
        """Note what exists now: the version of each Endpoints object by its name."""
        if versions != self._seen:
            self.changes.append(now)
        self._seen = versions

    def settled(self, now: float) -> bool:
        """Whether the time after some change ended, and nothing changed since it ended."""
        ends = [moment + self.seconds for moment in self.changes if moment + self.seconds <= now]
        return bool(ends) and max(ends) >= max(self.changes)

    def quiet(self, now: float) -> bool:
        """Whether nothing was there to see for as long as an Ingress waits for it."""
        return not self.changes and now - self.began >= QUIET_SECONDS


def claim(live: Properties, binding: str, *, created: bool) -> Progress:
    """Return the progress of a claim whose class binds as `binding` says.

    A created claim of a class that binds on first use is ready only while it is pending: one
    that was kept, and is bound, is waited for in vain.
    """
    phase = live.get("status", {}).get("phase", "")
    wanted = "Pending" if created and binding == FIRST_CONSUMER else "Bound"
    return READY if phase == wanted else waiting(f"the claim is {phase}, not {wanted}")


def service(live: Properties, endpoints: Properties | None, *, settled: bool) -> Progress:
    """Return the progress of a Service with the Endpoints object of its name."""
    spec = live["spec"]
    missing: list[str] = []
    if spec.get("type") == "LoadBalancer" and not _addresses(live):
        missing.append(NO_ADDRESS)
    unready = _has(endpoints, "notReadyAddresses")
    if not waits_for_pods(live):
        return waiting(missing[0]) if missing else READY
    if unready and not _has(endpoints, "addresses"):
        missing.insert(0, NO_PODS)
    elif unready:
        missing.insert(0, "some endpoints are not ready")
    if missing:
        return waiting("; ".join(missing))
    return READY if settled else waiting(SETTLING, enough=True)


def waits_for_pods(live: Properties) -> bool:
    """Whether a Service has endpoints of its own that can be waited for."""
    spec = live["spec"]
    special = spec.get("type") == "ExternalName" or spec.get("clusterIP") == "None"
    return bool(spec.get("selector")) and not special


def ingress(live: Properties, known: Collection[str], *, settled: bool) -> Progress:
    """Return the progress of an Ingress; `known` are the Services with endpoints or elsewhere."""
    lost = [name for name in backends(live) if name not in known]
    if lost and not settled:
        return waiting(f"no endpoints of Service {lost[0]} yet")
    return READY if _addresses(live) else waiting("Ingress .status.loadBalancer is not filled")


def backends(live: Properties) -> list[str]:
    """Return the Services that the rules of an Ingress name."""
    named: list[str] = []
    for rule in cast("list[Properties]", live["spec"].get("rules") or []):
        http: Properties = rule.get("http") or {}
        for path in cast("list[Properties]", http.get("paths") or []):
            service: Properties = path["backend"].get("service") or {}
            named += [service["name"]] if service.get("name") else []
    return named


def _addresses(live: Properties) -> list[Properties]:
    return live.get("status", {}).get("loadBalancer", {}).get("ingress") or []


def _has(endpoints: Properties | None, kind: str) -> bool:
    subsets = cast("list[Properties]", (endpoints or {}).get("subsets") or [])
    return any(subset.get(kind) for subset in subsets)
