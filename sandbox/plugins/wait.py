"""Waiting for the cluster: until an object is ready, or until it is gone."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sandbox.plugins import readiness
from sandbox.plugins.api import Api, ApiError
from sandbox.plugins.manifests import annotation, identifier, metadata, name, namespace
from sandbox.plugins.properties import Properties
from sandbox.plugins.readiness import (
    JUDGED_WHEN_READ,
    READY,
    WAIT_FOR,
    Progress,
    Settling,
    by_rule,
    progress,
    reasons,
)
from sandbox.plugins.settings import SETTLE_SECONDS
from sandbox.plugins.standin import PluginError


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
                return readiness.claim(live, binding(self.api, live), created=self.created)
            case "v1", "Service":
                return self._service(live, now)
            case "networking.k8s.io/v1", "Ingress":
                return self._ingress(live, now)
            case _:
                return progress(live)

    def _service(self, live: Properties, now: float) -> Progress:
        own = endpoints_of(self.api, live) if readiness.waits_for_pods(live) else None
        self.settling.saw(_versions([own] if own else []), now)
        return readiness.service(live, own, settled=self.settling.settled(now))

    def _ingress(self, live: Properties, now: float) -> Progress:
        found = endpoints_beside(self.api, live)
        self.settling.saw(_versions(found), now)
        settled = self.settling.settled(now) or self.settling.quiet(now)
        return readiness.ingress(live, known(self.api, live, found), settled=settled)


def refreshed(api: Api, live: Properties) -> Progress:
    """Return how far an object is when it is only read: nothing settles, few kinds are judged."""
    match live.get("apiVersion", ""), live.get("kind", ""):
        case "v1", "Service":
            return readiness.service(live, endpoints_of(api, live), settled=True)
        case "networking.k8s.io/v1", "Ingress":
            return readiness.ingress(live, (), settled=True)
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
    """Return the Endpoints object of a Service, which has its name; the provider only lists."""
    selector = f"metadata.name={name(service)}"
    return next(iter(api.list(f"{_space(service)}/endpoints", fieldSelector=selector)), None)


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


MINUTES: Final = 60.0
DEFAULT_TIMEOUT: Final = 10 * MINUTES
# No option or annotation makes the provider wait longer for these to be ready.
LONGEST: Final = {"PersistentVolumeClaim": 5 * MINUTES, "ResourceQuota": MINUTES}
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 2.0


class NotReadyError(PluginError):
    """An object did not become ready, or did not go; `live` is its last known state."""

    def __init__(self, message: str, live: Properties, details: list[str]) -> None:
        super().__init__(message)
        self.live = live
        self.details = details


FORBIDDEN: Final = 403
EVENTS: Final = "events"
# What is watched in a namespace next to objects of these kinds themselves.
# Source: provider/pkg/await, deployment.go and its neighbors.
WATCHED: Final = {
    ("apps/v1", "Deployment"): (
        "api/v1/{}/pods",
        "api/v1/{}/persistentvolumeclaims",
        "apis/apps/v1/{}/replicasets",
    ),
    ("apps/v1", "StatefulSet"): ("api/v1/{}/pods",),
    ("batch/v1", "Job"): ("api/v1/{}/pods",),
    ("networking.k8s.io/v1", "Ingress"): ("api/v1/{}/endpoints", "api/v1/{}/services"),
    ("v1", "Service"): ("api/v1/{}/endpoints",),
}


@dataclass(frozen=True, kw_only=True)
class Informers:
    """What the plugin lists and watches before it waits: each collection once in its life.

    A collection that it may not read is tried again without end and without a word, whatever the
    time limit of the wait. Source: provider/pkg/await/informers/factory.go, Subscribe.
    """

    api: Api
    cancelled: threading.Event
    _synced: set[str] = field(default_factory=set[str])

    def sync(self, live: Properties, *, deleted: bool) -> None:
        """Return once all that is watched for an object that was written or deleted is listed."""
        if not namespace(live):
            return
        place = f"namespaces/{namespace(live)}"
        beside = WATCHED.get((live["apiVersion"], live["kind"]), ())
        own = (self.api.collection(live),) if beside or deleted else ()
        others = () if deleted else (f"/{path.format(place)}" for path in beside)
        for path in (*own, f"/api/v1/{place}/{EVENTS}", *others):
            self._listed(path, live)

    def _listed(self, path: str, live: Properties) -> None:
        while path not in self._synced:
            try:
                self.api.watch(path)
            except ApiError as error:
                if error.code != FORBIDDEN:
                    raise
                if self.cancelled.wait(LONGEST_PAUSE):
                    text = f"waiting for {identifier(live)} was cancelled"
                    raise NotReadyError(text, live, []) from error
            else:
                self._synced.add(path)


@dataclass(frozen=True, kw_only=True)
class Waiter:
    """Waits on one API server until a deadline; `cancelled` ends every wait at once."""

    api: Api
    cancelled: threading.Event
    clock: Callable[[], float] = time.monotonic
    settle: float = SETTLE_SECONDS

    def ready(
        self, live: Properties, asked: Properties, timeout: float, *, created: bool
    ) -> Properties:
        """Return the live object once it is ready; raises `NotReadyError` with the reasons.

        `asked` is the declaration, whose annotations say whether and how long to wait.
        """
        if skips(asked):
            return live
        seconds = until_ready(asked, timeout)
        began, pause = self.clock(), FIRST_PAUSE
        settling = Settling(seconds=self.settle, began=began)
        watch = Watch(api=self.api, created=created, settling=settling)
        while (now := watch.reading(live, self.clock())).state != "ready":
            if now.state == "failed" or self._over(began + seconds, pause):
                if now.enough:
                    return live
                raise self._failure(live, now, seconds)
            pause = min(pause * 1.5, LONGEST_PAUSE)
            live = self._again(live)
        return live

    def gone(self, live: Properties, asked: Properties, timeout: float) -> None:
        """Return once an object is gone, or another one took its name."""
        uid, seconds = metadata(live).get("uid"), limit(asked, timeout)
        deadline, pause = self.clock() + seconds, FIRST_PAUSE
        while (found := self.api.get(live)) and metadata(found).get("uid") == uid:
            if self._over(deadline, pause):
                finalizers = ", ".join(metadata(found).get("finalizers", [])) or "none"
                text = f"{identifier(live)} was not gone after {seconds:.0f} s"
                raise NotReadyError(text, found, [f"finalizers: {finalizers}"])
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _again(self, live: Properties) -> Properties:
        found = self.api.get(live)
        if found is None:
            raise NotReadyError(f"{identifier(live)} vanished while it was waited for", live, [])
        return found

    def _over(self, deadline: float, pause: float) -> bool:
        left = deadline - self.clock()
        return left <= 0 or self.cancelled.wait(min(pause, left))

    def _failure(self, live: Properties, now: Progress, seconds: float) -> NotReadyError:
        told = reasons(self.api, live)
        if self.cancelled.is_set():
            text = f"waiting for {identifier(live)} was cancelled"
        elif now.state == "failed":
            text = f"{identifier(live)} failed"
        elif live.get("kind") == "PersistentVolumeClaim":
            text = f"Timeout occurred polling for '{name(live)}' after {seconds:.0f} s"
        else:
            text = f"{identifier(live)} timed out after {seconds:.0f} s"
        return NotReadyError("; ".join([f"{text}: {now.message}", *told]), live, told)


def skips(asked: Properties) -> bool:
    """Whether a declaration asks not to be waited for."""
    return annotation(asked, "pulumi.com/skipAwait") == "true"


def limit(asked: Properties, timeout: float) -> float:
    """Return the seconds to wait: the resource option, else the annotation, else the default."""
    told = annotation(asked, "pulumi.com/timeoutSeconds")
    if timeout > 0:
        return timeout
    return float(told) if told.isdigit() else DEFAULT_TIMEOUT


def until_ready(asked: Properties, timeout: float) -> float:
    """Return the seconds to wait until an object is ready."""
    seconds = limit(asked, timeout)
    return min(seconds, LONGEST.get(asked.get("kind", ""), seconds))
