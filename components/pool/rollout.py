"""A rollout by Argo Rollouts: steps, what is measured in each, and how requests are divided.

Whatever is a Deployment can be one: it says how its pods count, and which Service they have.
What is measured are the pods of one version alone, which the hash in their names tells apart.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lightkube.models.apps_v1 import Deployment
from lightkube.models.core_v1 import Service, ServiceSpec

from components.parts.builders import CustomResource, http_port
from components.parts.context import Context
from components.parts.labels import metadata
from components.parts.part import KubernetesObject, Options, Part, name_of, object_part, plain
from settings.rollout import RolloutSettings, RolloutStrategy, TrafficSettings

ROLLOUTS, TRAEFIK = "argoproj.io/v1alpha1", "traefik.io/v1alpha1"
KIND = "Rollout"
# After an abort, the pods of a canary answer what they have begun.
_ABORT_SECONDS = 30
# Prometheus is asked again after 10 s where it does not answer; then the rollout is aborted.
_ERRORS = 2
# Of its pods, how many have to be ready by their own account.
_READY = 0.5
_STEP, _WATCH, _BEFORE = "step", "watch", "before"
_KEPT = ("replicas", "selector", "template", "revisionHistoryLimit", "progressDeadlineSeconds")


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What pods count: answers and which of them are failures, seconds, and whether one is ready.

    Names of metrics; `failed` is a matcher of PromQL for the labels of `answers`.
    """

    answers: str
    failed: str
    seconds: str
    ready: str


@dataclass(frozen=True, kw_only=True)
class Rolled:
    """What is rolled out: its name and labels, its port, what its pods count.

    `accuracy` is the spec of a Job that fails where the new version is not accurate enough.
    """

    context: Context
    name: str
    labels: Mapping[str, str]
    port: int
    settings: RolloutSettings
    counted: Counted
    accuracy: Mapping[str, Any] | None = None

    @property
    def is_canary(self) -> bool:
        """Return whether requests move in steps."""
        return self.settings.strategy is RolloutStrategy.CANARY

    @property
    def stable(self) -> str:
        """Return the Service of the version that serves.

        Where numbers of pods divide requests, the Service that clients ask leads to both.
        """
        return f"{self.name}-stable" if self.is_canary and not self.settings.traffic else self.name

    @property
    def canary(self) -> str:
        """Return the Service of the new version alone."""
        return f"{self.name}-canary" if self.is_canary else f"{self.name}-preview"

    def template(self, role: str) -> str:
        """Return the name of an analysis."""
        return f"{self.name}-{role}"


def rollout(rolled: Rolled, deployment: Deployment) -> CustomResource:
    """Return the Rollout of what would be a Deployment."""
    spec: dict[str, Any] = plain(deployment)["spec"]
    strategy = _canary(rolled) if rolled.is_canary else _blue_green(rolled)
    return _resource(
        rolled, ROLLOUTS, KIND, rolled.name,
        {
            **{key: spec[key] for key in _KEPT if key in spec},
            # Pods that never get ready are a failure, too.
            "progressDeadlineAbort": True,
            "strategy": strategy,
        },
    )  # fmt: skip


def _canary(rolled: Rolled) -> dict[str, Any]:
    steps: list[dict[str, Any]] = []
    for percent in rolled.settings.steps:
        judged = _analysis(rolled, _WATCH if percent == rolled.settings.steps[-1] else _STEP)
        steps += [{"setWeight": percent}, {"analysis": judged}]
    by = {"traefik": {"weightedTraefikServiceName": rolled.name}}
    divided = {"trafficRouting": by} if rolled.settings.traffic else {}
    return {
        "canary": {
            "canaryService": rolled.canary,
            "stableService": rolled.stable,
            "maxSurge": 1,
            "maxUnavailable": 0,
            "abortScaleDownDelaySeconds": _ABORT_SECONDS,
            **divided,
            "steps": steps,
        }
    }


def _blue_green(rolled: Rolled) -> dict[str, Any]:
    return {
        "blueGreen": {
            "activeService": rolled.stable,
            "previewService": rolled.canary,
            "autoPromotionEnabled": True,
            "prePromotionAnalysis": _analysis(rolled, _BEFORE),
            "postPromotionAnalysis": _analysis(rolled, _WATCH),
            # The version before has its pods for as long as the new one may be aborted.
            "scaleDownDelaySeconds": rolled.settings.watch.seconds + 60,
            "abortScaleDownDelaySeconds": _ABORT_SECONDS,
        }
    }


def _analysis(rolled: Rolled, role: str) -> dict[str, Any]:
    return {
        "templates": [{"templateName": rolled.template(role)}],
        "args": [{"name": "hash", "valueFrom": {"podTemplateHashValue": "Latest"}}],
    }


def analyses(rolled: Rolled) -> Iterator[CustomResource]:
    """Yield what judges the new version: in a step or before it serves, and at the end."""
    settings, watch = rolled.settings, rolled.settings.watch
    step = settings.step_seconds
    if not rolled.is_canary:
        # Nobody asks it yet.
        yield _template(rolled, _BEFORE, [_health(rolled, step), *_accuracy(rolled)])
    elif len(settings.steps) > 1:
        found = [*_figures(rolled, step, settings.error_percent), *_accuracy(rolled)]
        yield _template(rolled, _STEP, found)
    found = [*_figures(rolled, watch.seconds, watch.error_percent)]
    if settings.traffic:
        # Only then has the version before pods of its own at 100 per cent that can be asked.
        found += _accuracy(rolled)
    yield _template(rolled, _WATCH, found)


def _template(rolled: Rolled, role: str, metrics: list[dict[str, Any]]) -> CustomResource:
    spec = {"args": [{"name": "hash"}], "metrics": metrics}
    return _resource(rolled, ROLLOUTS, "AnalysisTemplate", rolled.template(role), spec)


def _figures(rolled: Rolled, seconds: int, percent: int) -> Iterator[dict[str, Any]]:
    settings, counted = rolled.settings, rolled.counted
    window = f"[{seconds // 2}s]"
    answers = f"sum(increase({counted.answers}{_pods(rolled)}{window}))"
    failed = f"sum(increase({counted.answers}{_pods(rolled, counted.failed)}{window}))"
    buckets = f"sum by (le) (rate({counted.seconds}_bucket{_pods(rolled)}{window}))"
    yield _health(rolled, seconds)
    yield _figure(rolled, "requests", answers, f">= {settings.least_requests}", seconds)
    share = f"100 * ({failed} or vector(0)) / {answers}"
    yield _figure(rolled, "error-percent", share, f"<= {percent}", seconds)
    p99 = f"1000 * histogram_quantile(0.99, {buckets})"
    yield _figure(rolled, "p99-milliseconds", p99, f"<= {settings.p99_milliseconds}", seconds)


def _health(rolled: Rolled, seconds: int) -> dict[str, Any]:
    share = f"sum({rolled.counted.ready}{_pods(rolled)}) / count(up{_pods(rolled)})"
    return _figure(rolled, "ready-share", share, f">= {_READY}", seconds)


def _figure(rolled: Rolled, name: str, query: str, bound: str, seconds: int) -> dict[str, Any]:
    """Return a figure that is judged from half of the time on; no data is a failure."""
    return {
        "name": name,
        "initialDelay": f"{seconds // 2}s",
        "interval": f"{seconds // 4}s",
        "count": 3,
        "failureLimit": 0,
        "inconclusiveLimit": 0,
        "consecutiveErrorLimit": _ERRORS,
        # One value, and a number: without requests it is none, or none that compares.
        "successCondition": f"len(result) == 1 && !isNaN(result[0]) && result[0] {bound}",
        "provider": {"prometheus": {"address": rolled.settings.prometheus, "query": query}},
    }


def _pods(rolled: Rolled, *matchers: str) -> str:
    own = [
        f'namespace="{rolled.context.settings.namespace}"',
        f'pod=~"{rolled.name}-{{{{args.hash}}}}-.+"',
    ]
    return f"{{{','.join([*own, *matchers])}}}"


def _accuracy(rolled: Rolled) -> Iterator[dict[str, Any]]:
    if rolled.accuracy:
        provider = {"job": {"spec": dict(rolled.accuracy)}}
        yield {"name": "accuracy", "count": 1, "failureLimit": 0, "provider": provider}


def services(rolled: Rolled) -> Iterator[Service]:
    """Yield the Services that lead to one version each.

    They have no selector in Git: it is the controller's, and changes with every rollout.
    """
    for name in (rolled.stable, rolled.canary):
        yield Service(
            metadata=metadata(rolled.context, name, rolled.labels),
            spec=ServiceSpec(type="ClusterIP", ports=[http_port(rolled.port)]),
        )


def traffic(rolled: Rolled) -> Iterator[CustomResource]:
    """Yield what tells Traefik how requests are divided, and which ones."""
    settings = rolled.settings.traffic
    if settings is None:
        return
    # As it is between rollouts; the controller writes other weights meanwhile.
    sides = ((rolled.stable, 100), (rolled.canary, 0))
    weighted = [{"name": name, "port": rolled.port, "weight": share} for name, share in sides]
    spec = {"weighted": {"services": weighted}}
    divided = _resource(rolled, TRAEFIK, "TraefikService", rolled.name, spec)
    # Flux would write the shares of Git again; Argo CD and the engine are told otherwise.
    notes = {"annotations": {"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}}
    yield replace(divided, metadata={**divided.metadata, **notes})
    yield _resource(rolled, TRAEFIK, "IngressRoute", rolled.name, _route(rolled, settings))


def _route(rolled: Rolled, settings: TrafficSettings) -> dict[str, Any]:
    found = {"name": rolled.name, "kind": "TraefikService"}
    route = {"match": f"Host(`{settings.host}`)", "kind": "Rule", "services": [found]}
    tls = {"tls": {"secretName": settings.certificate}} if settings.certificate else {}
    return {"entryPoints": list(settings.entry_points), "routes": [route], **tls}


def _resource(
    rolled: Rolled, api: str, kind: str, name: str, spec: Mapping[str, Any]
) -> CustomResource:
    meta = plain(metadata(rolled.context, name, rolled.labels))
    return CustomResource(api_version=api, kind=kind, metadata=meta, spec=spec)


def parts(name: str, rolled: Rolled) -> Iterator[Part]:
    """Yield all of a rollout but the Rollout itself, under the name of its component."""
    for one in services(rolled):
        yield object_part(f"{name}{_suffix(rolled, one)}-service", one)
    for one in analyses(rolled):
        yield object_part(f"{name}-analysis{_suffix(rolled, one)}", one)
    for one in traffic(rolled):
        written = ("spec.weighted.services",) if one.kind == "TraefikService" else ()
        yield object_part(f"{name}-{one.kind.lower()}", one, Options(ignored=written))


def _suffix(rolled: Rolled, thing: KubernetesObject) -> str:
    return name_of(thing).removeprefix(rolled.name)
