"""Why an object is not ready: what its pods, and the events about it, say."""

from collections.abc import Iterator
from typing import Final, cast

from sandbox.plugins.api import Api
from sandbox.plugins.conditions import condition
from sandbox.plugins.manifests import name, namespace
from sandbox.plugins.properties import Properties

MOST: Final = 5
_OWNERS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job"})


def reasons(api: Api, live: Properties) -> list[str]:
    """Return at most five distinct reasons, those of the pods first."""
    space = f"/api/v1/namespaces/{namespace(live) or 'default'}"
    found: list[str] = []
    if live.get("kind") in _OWNERS:
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
