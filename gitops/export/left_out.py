"""What a single server cannot do: kinds of objects and fields of pods, each with what to know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gitops.planning.printable import listed


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """One thing that a stack declares and an export does not carry."""

    what: str
    why: str


# Kinds that an export carries; a Service becomes the names of a container.
CARRIED = frozenset({
    "ConfigMap", "CronJob", "Deployment", "Job", "PersistentVolumeClaim", "ResourceClaimTemplate",
    "Secret", "Service", "StatefulSet",
})  # fmt: skip

_SCALES = "one server has as many containers as the export says: nothing adds or removes any"
_SCRAPED = "point your own Prometheus at the ports; alerts and dashboards stay in the cluster"
_WAY_IN = "put a reverse proxy with TLS before the published ports"
_STEPPED = "delete `rollout` of the served model: a server runs one version of it, all at once"
_COPIED = "copy the folder of its data while it is stopped: nothing here copies a disk"

KINDS: Mapping[str, str] = {
    "AnalysisTemplate": _STEPPED,
    "Application": "install what the chart holds yourself: Compose knows no charts",
    "ExternalSecret": "put its value into the folder of secrets yourself",
    "HTTPRoute": _WAY_IN,
    "HorizontalPodAutoscaler": _SCALES,
    "Ingress": _WAY_IN,
    "IngressRoute": _STEPPED,
    "LimitRange": "each container has its own limits, and nothing limits what others start",
    "NetworkPolicy": "containers of a network reach each other, and what the server reaches: "
    "use its firewall",
    "PodDisruptionBudget": "an update or a restart of the server is downtime",
    "PodMonitor": _SCRAPED,
    "PrometheusRule": _SCRAPED,
    "ResourceQuota": "each container has its own limits, and nothing limits their sum",
    "Rollout": _STEPPED,
    "ScaledObject": _SCALES,
    "Schedule": _COPIED,
    "ServiceAccount": "containers have no identity towards others, and need none",
    "ServiceMonitor": _SCRAPED,
    "TraefikService": _STEPPED,
    "VolumeSnapshot": _COPIED,
}

_PLACED = "there is one server: see that it has the GPUs and the memory"
_ROLLED = "a new container starts after the old one has ended: that is downtime"
_ASKED = "a container that hangs is shown as unhealthy and is not restarted"

# Fields of pods and of what holds them, by their name; what means nothing on a server is not said.
FIELDS: Mapping[str, str] = {
    "affinity": _PLACED,
    "nodeSelector": _PLACED,
    "priorityClassName": _PLACED,
    "tolerations": _PLACED,
    "topologySpreadConstraints": _PLACED,
    "livenessProbe": _ASKED,
    "lifecycle": "answers under way when a container ends have its grace period, and no time before"
    " it: nothing leads requests elsewhere",
    "strategy": _ROLLED,
    "updateStrategy": _ROLLED,
    "volumeClaimTemplates": "what it would claim is a folder of the server",
    "activeDeadlineSeconds": "nothing ends a download that hangs for ever but its own time limits",
    "backoffLimit": "what fails is tried again by the next `up`, or when it is asked for again",
    "startingDeadlineSeconds": "a job that was due while the server was off is skipped",
    "timeZone": "schedules follow the server's clock: set it to UTC",
}
# Said by the export in another way, or of no meaning without a cluster.
QUIET = frozenset({
    # Of Deployments, StatefulSets, Jobs and CronJobs.
    "completions", "concurrencyPolicy", "failedJobsHistoryLimit", "jobTemplate", "minReadySeconds",
    "parallelism", "podFailurePolicy", "podManagementPolicy", "progressDeadlineSeconds", "replicas",
    "revisionHistoryLimit", "schedule", "selector", "serviceName", "successfulJobsHistoryLimit",
    "suspend", "template", "ttlSecondsAfterFinished",
    # Of pods.
    "automountServiceAccountToken", "containers", "enableServiceLinks", "initContainers",
    "resourceClaims", "restartPolicy", "runtimeClassName", "securityContext", "serviceAccountName",
    "terminationGracePeriodSeconds", "volumes",
    # Of containers.
    "args", "command", "env", "image", "imagePullPolicy", "name", "ports", "readinessProbe",
    "resources", "startupProbe", "terminationMessagePath", "terminationMessagePolicy",
    "volumeMounts", "workingDir",
})  # fmt: skip


def of_fields(*mappings: Mapping[str, object]) -> list[LeftOut]:
    """Return what is left out of an object's fields; one that is not known here is, too."""
    return [
        LeftOut(what=field, why=FIELDS.get(field, "the export does not know it"))
        for mapping in mappings
        for field in mapping
        if field not in QUIET
    ]


def lines(found: Iterable[LeftOut]) -> list[str]:
    """Return a line for each reason, with all that it is the reason of."""
    reasons: dict[str, list[str]] = {}
    for one in found:
        whats = reasons.setdefault(one.why, [])
        if one.what not in whats:
            whats.append(one.what)
    return [f"{listed(whats, 'object', 4)}: {why}" for why, whats in reasons.items()]
