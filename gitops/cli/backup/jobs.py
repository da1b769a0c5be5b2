"""Jobs as CronJobs make them, and what became of the containers of their pods."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

# A Job that nobody looks at any more is deleted after an hour.
_KEPT_SECONDS = 3600


def job_from(cron_job: Mapping[str, Any], name: str, variables: Mapping[str, str]) -> Any:
    """Return a Job as a CronJob would make it, some variables of its containers replaced.

    The CronJob owns it, so that nobody takes it for an orphan of the stack, but does not control
    it: it would count it among its own.
    """
    spec = copy.deepcopy(cron_job["spec"]["jobTemplate"]["spec"])
    pod = spec["template"]["spec"]
    for container in (*pod.get("initContainers", ()), *pod["containers"]):
        for variable in container.get("env", ()):
            if variable["name"] in variables:
                variable["value"] = variables[variable["name"]]
    known = cron_job["metadata"]
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": known["name"]}
    meta = {
        "name": name,
        "namespace": known["namespace"],
        "labels": {**known.get("labels", {})},
        "ownerReferences": [owner | {"uid": known["uid"]}],
    }
    # Whoever looks at the log sees the first try; a second would say the same.
    spec |= {"backoffLimit": 0, "ttlSecondsAfterFinished": _KEPT_SECONDS}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec}


def ended(pod: Mapping[str, Any]) -> Iterator[str]:
    """Yield the containers of a pod that ran, in their order, up to one that failed."""
    status = pod.get("status", {})
    for kind in ("initContainerStatuses", "containerStatuses"):
        for one in status.get(kind, ()):
            if ended := one.get("state", {}).get("terminated"):
                yield one["name"]
                if ended["exitCode"]:
                    return
