"""Whether an object is ready that only others can tell of: a claim, a Service, an Ingress.

Source: pulumi-kubernetes, provider/pkg/await/awaiters.go, service.go and ingress.go; pull requests
#3130 (claims), #3142 (Services) and #4181 (updated claims).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, cast

from sandbox.plugins.properties import Properties
from sandbox.plugins.readiness import READY, Progress, waiting

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
