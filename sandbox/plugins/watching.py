"""One wait for one object: each reading asks for the other objects that its kind depends on."""

from dataclasses import dataclass
from typing import Final

from sandbox.plugins import related
from sandbox.plugins.api import Api
from sandbox.plugins.manifests import annotation, metadata, name, namespace
from sandbox.plugins.properties import Properties
from sandbox.plugins.readiness import READY, WAIT_FOR, Progress, by_rule, progress
from sandbox.plugins.related import Settling

# Source: provider/pkg/await/awaiters.go, the kinds with `awaitRead`; no annotation counts there.
JUDGED_WHEN_READ: Final = {
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "Job"),
    ("v1", "Pod"),
}


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What is seen of an object that was just created, or updated."""

    api: Api
    created: bool
    settling: Settling

    def reading(self, live: Properties, now: float) -> Progress:
        """Return how far an object is at a moment; an annotation replaces the rule of a kind."""
        if annotation(live, WAIT_FOR):
            return progress(live)
        match live.get("apiVersion", ""), live.get("kind", ""):
            case "v1", "PersistentVolumeClaim":
                return related.claim(live, binding(self.api, live), created=self.created)
            case "v1", "Service":
                return self._service(live, now)
            case "networking.k8s.io/v1", "Ingress":
                return self._ingress(live, now)
            case _:
                return progress(live)

    def _service(self, live: Properties, now: float) -> Progress:
        own = endpoints_of(self.api, live) if related.waits_for_pods(live) else None
        self.settling.saw(_versions([own] if own else []), now)
        return related.service(live, own, settled=self.settling.settled(now))

    def _ingress(self, live: Properties, now: float) -> Progress:
        found = endpoints_beside(self.api, live)
        self.settling.saw(_versions(found), now)
        settled = self.settling.settled(now) or self.settling.quiet(now)
        return related.ingress(live, known(self.api, live, found), settled=settled)


def refreshed(api: Api, live: Properties) -> Progress:
    """Return how far an object is when it is only read: nothing settles, few kinds are judged."""
    match live.get("apiVersion", ""), live.get("kind", ""):
        case "v1", "Service":
            return related.service(live, endpoints_of(api, live), settled=True)
        case "networking.k8s.io/v1", "Ingress":
            return related.ingress(live, (), settled=True)
        case key if key in JUDGED_WHEN_READ:
            return by_rule(live)
        case _:
            return READY


def binding(api: Api, claim: Properties) -> str:
    """Return when the class of a claim binds, or nothing where that is not known."""
    class_name = claim["spec"].get("storageClassName")
    if not class_name:
        return ""
    reference = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": class_name},
    }
    return (api.get(reference) or {}).get("volumeBindingMode", "")


def endpoints_of(api: Api, service: Properties) -> Properties | None:
    """Return the Endpoints object of a Service, which has its name."""
    return api.get({**service, "kind": "Endpoints"})


def endpoints_beside(api: Api, live: Properties) -> list[Properties]:
    """Return all Endpoints objects in the namespace of an object."""
    return api.list(f"{_space(live)}/endpoints")


def known(api: Api, live: Properties, found: list[Properties]) -> set[str]:
    """Return the names of Services that an Ingress need not wait for."""
    services = api.list(f"{_space(live)}/services")
    elsewhere = {name(one) for one in services if one["spec"].get("type") == "ExternalName"}
    return elsewhere | {name(one) for one in found}


def _space(live: Properties) -> str:
    return f"/api/v1/namespaces/{namespace(live) or 'default'}"


def _versions(found: list[Properties]) -> dict[str, str]:
    return {name(one): metadata(one).get("resourceVersion", "") for one in found}
