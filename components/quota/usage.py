"""What a stack takes of its namespace at most, counted from its objects, whoever declared them."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from components.parts.kinds import KINDS, Pods, pods_of
from components.parts.part import Manifest
from documents.quantity import quantity

CLAIMS = "persistentvolumeclaims"
STORAGE = "requests.storage"

# What KEDA takes where a ScaledObject names no limit.
_UNSAID_MOST = 100


def needs(manifests: Iterable[Manifest]) -> dict[str, Fraction]:
    """Return the most that objects of one namespace take, by the name a quota has for it.

    Counted are pods at the height of a change, with those that end slowly, each Job at the same
    time, and claims.
    """
    known = list(manifests)
    most = dict(_autoscaled(known))
    total: dict[str, Fraction] = {}
    for manifest in known:
        for name, amount in _of(manifest, most).items():
            total[name] = total.get(name, Fraction(0)) + amount
    return total


def running(manifests: Iterable[Manifest]) -> dict[str, Fraction]:
    """Return what the pods that serve take while nothing changes, by the names a quota has."""
    known = list(manifests)
    most = dict(_autoscaled(known))
    total: dict[str, Fraction] = {}
    for manifest in known:
        template = pod_of(manifest)
        if not template or pods_of(manifest["kind"]) is Pods.ONCE:
            continue
        pods = _replicas(manifest, most)
        for name, amount in pod_requests(template).items():
            total[name] = total.get(name, Fraction(0)) + amount * pods
    return total


def _autoscaled(manifests: Iterable[Manifest]) -> Iterable[tuple[tuple[str, str], int]]:
    """Yield the most replicas of what an autoscaler scales, by kind and name."""
    for manifest in manifests:
        row = KINDS.get(manifest["kind"])
        if row and row.most_replicas:
            target = manifest["spec"]["scaleTargetRef"]
            kind = target.get("kind", "Deployment")
            yield (kind, target["name"]), manifest["spec"].get(row.most_replicas, _UNSAID_MOST)


def _of(manifest: Manifest, most: Mapping[tuple[str, str], int]) -> dict[str, Fraction]:
    kind, spec = manifest["kind"], manifest.get("spec", {})
    if kind == "PersistentVolumeClaim":
        return {
            CLAIMS: Fraction(1),
            STORAGE: quantity(spec["resources"]["requests"]["storage"]),
        }
    template = pod_of(manifest)
    if not template:
        return {}
    pods = _pods(manifest, most)
    taken = {**pod_requests(template), **_own_claims(template)}
    return {name: amount * pods for name, amount in taken.items()}


def _own_claims(spec: Mapping[str, Any]) -> dict[str, Fraction]:
    """Return the claims that are made with a pod and go with it: a quota counts them as well."""
    volumes = [one["ephemeral"] for one in spec.get("volumes", []) if "ephemeral" in one]
    sizes = [one["volumeClaimTemplate"]["spec"]["resources"]["requests"] for one in volumes]
    total = sum((quantity(size["storage"]) for size in sizes), Fraction(0))
    return {CLAIMS: Fraction(len(sizes)), STORAGE: total} if sizes else {}


def pod_of(manifest: Manifest) -> Mapping[str, Any]:
    """Return the pod that an object makes, or nothing where it makes none."""
    row = KINDS.get(manifest["kind"])
    pod: Mapping[str, Any] = manifest
    for step in (*(row.template if row else ("spec", "template")), "spec"):
        pod = pod.get(step, {})
    return pod if "containers" in pod else {}


def _pods(manifest: Manifest, most: Mapping[tuple[str, str], int]) -> int:
    """Return the most pods there are at once."""
    if pods_of(manifest["kind"]) is Pods.ONCE:
        return manifest["spec"].get("parallelism", 1)
    replicas = _replicas(manifest, most)
    if KINDS[manifest["kind"]].keeps_names:
        return replicas
    overlap = _overlap(manifest["spec"].get("strategy", {}), replicas)
    return replicas + overlap if replicas else 0


def _replicas(manifest: Manifest, most: Mapping[tuple[str, str], int]) -> int:
    scaled = most.get((manifest["kind"], manifest["metadata"]["name"]), 0)
    return max(manifest["spec"].get("replicas", 0 if scaled else 1), scaled)


def _overlap(strategy: Mapping[str, Any], replicas: int) -> int:
    """Return how many pods a rollout adds: new ones first, and old ones that end slowly.

    A quota counts a pod until its grace is over, so a new pod would be refused meanwhile, and tried
    again at growing intervals.
    """
    if strategy.get("type") == "Recreate":
        return 0
    if "blueGreen" in strategy or "trafficRouting" in strategy.get("canary", {}):
        return replicas
    rolling: dict[str, int | str] = strategy.get("rollingUpdate", strategy.get("canary", {}))
    surge = _share(rolling.get("maxSurge", "25%"), replicas, up=True)
    gone = _share(rolling.get("maxUnavailable", "25%"), replicas, up=False)
    return surge + max(surge, gone, 1)


def _share(amount: int | str, replicas: int, *, up: bool) -> int:
    if isinstance(amount, int):
        return amount
    percent = int(amount.removesuffix("%"))
    return -(-replicas * percent // 100) if up else replicas * percent // 100


def pod_requests(spec: Mapping[str, Any]) -> dict[str, Fraction]:
    """Return what the scheduler reserves for a pod: its containers, or its largest first one."""
    total: dict[str, Fraction] = {}
    first: list[dict[str, Any]] = spec.get("initContainers", [])
    sidecars = [one for one in first if one.get("restartPolicy") == "Always"]
    for container in (*spec["containers"], *sidecars):
        for name, amount in _requests(container).items():
            total[name] = total.get(name, Fraction(0)) + amount
    for container in first:
        for name, amount in _requests(container).items():
            total[name] = max(total.get(name, Fraction(0)), amount)
    return total


def _requests(container: Mapping[str, Any]) -> dict[str, Fraction]:
    resources: dict[str, dict[str, str]] = container.get("resources", {})
    # Kubernetes takes a limit for the request where no request is given.
    amounts = {**resources.get("limits", {}), **resources.get("requests", {})}
    return {f"requests.{name}": quantity(amount) for name, amount in amounts.items()}
