"""What a change does to served models: versions, metrics, restarts, bytes and the way back."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from gitops.planning.difference import differences
from gitops.planning.models import ModelChange, ModelChangeKind
from gitops.planning.note import Kind, Note
from gitops.planning.pods import Rollout, Undo, served_deployment
from gitops.planning.printable import decimal
from gitops.planning.rendering.rendering import Rendering
from gitops.planning.rendering.served_record import ServedRecord

_STEPS = ("major", "minor", "patch")


def served_changes(base: Rendering | None, head: Rendering, undo: Undo) -> Iterator[ModelChange]:
    """Yield every served model, in the order of the stack file, removed ones last.

    Each has its Deployment where others have their pool.
    """
    olds = {one.name: one for one in base.served} if base else {}
    for model in head.served:
        yield _change(base, head, olds.pop(model.name, None), model, undo)
    for model in olds.values():
        yield _removed(model, undo)


def _change(
    base: Rendering | None,
    head: Rendering,
    old: ServedRecord | None,
    new: ServedRecord,
    undo: Undo,
) -> ModelChange:
    moved = base is not None and (base.cluster, base.namespace) != (head.cluster, head.namespace)
    causes = _causes(base, head, new.name) if old else []
    restart = bool(causes) or (moved and old is not None)
    kind, reasons = _compared(old, new)
    changed = restart or kind is not ModelChangeKind.UNCHANGED
    if kind is ModelChangeKind.UNCHANGED and restart:
        why = ", ".join(causes) or "it moves to another cluster or namespace"
        reasons = (Note(Kind.POOL_RESTARTS, tuple(causes), f"its pods restart: {why}"),)
    away = Note(Kind.POOL_MOVES, (new.name,), "it moves to another cluster or namespace")
    return ModelChange(
        name=new.name,
        pool=_pool(new),
        change=kind,
        license="",
        gpu=None,
        fit="",
        reasons=reasons,
        restart=restart,
        downtime=away if moved and old else None,
        # Each new pod fetches its own.
        download_bytes=new.size * new.least if restart or old is None else 0,
        way_back=_way_back(old, new, undo) if changed else None,
    )


def _removed(model: ServedRecord, undo: Undo) -> ModelChange:
    service = f"Service {_pool(model)} is deleted"
    text = f"{undo.text}; pods fetch {_fetched(model)}"
    return ModelChange(
        name=model.name,
        pool=_pool(model),
        change=ModelChangeKind.REMOVED,
        license="",
        gpu=None,
        fit="",
        reasons=(Note(Kind.SERVICE_DELETED, (_pool(model),), service),),
        restart=True,
        downtime=Note(Kind.MODEL_REMOVED, (model.name,), "it is no longer served"),
        way_back=Note(Kind.UNDO_FETCHES_VERSION, (model.uri,), text),
    )


def _pool(model: ServedRecord) -> str:
    return f"served-{model.name}"


def _compared(
    old: ServedRecord | None, new: ServedRecord
) -> tuple[ModelChangeKind, tuple[Note, ...]]:
    if old is None:
        text = f"{new.uri}, {new.semver}{_said(new.metrics)}"
        return ModelChangeKind.ADDED, (Note(Kind.VERSION_CHANGES, (new.uri,), text),)
    reasons = tuple(_differences(old, new))
    return ModelChangeKind.CHANGED if reasons else ModelChangeKind.UNCHANGED, reasons


def _differences(old: ServedRecord, new: ServedRecord) -> Iterator[Note]:
    if (old.uri, old.semver) != (new.uri, new.semver):
        uri = f"{old.uri} -> {new.uri}" if old.uri != new.uri else new.uri
        text = f"{uri}, version {old.semver} -> {new.semver}{_step(old.semver, new.semver)}"
        yield Note(Kind.VERSION_CHANGES, (old.uri, new.uri), text)
    metrics = [
        _metric(name, old.metrics.get(name), new.metrics.get(name))
        for name in dict.fromkeys((*old.metrics, *new.metrics))
        if old.metrics.get(name) != new.metrics.get(name)
    ]
    if metrics:
        yield Note(Kind.METRICS_CHANGE, (new.name,), ", ".join(metrics))
    if old.digest != new.digest:
        text = f"other bytes: {old.digest[:19]}… -> {new.digest[:19]}…"
        if old.uri == new.uri:
            text += ", of the same version, which a registry does not change by itself"
        yield Note(Kind.WEIGHTS_CHANGE, (old.digest, new.digest), text)


def _step(old: str, new: str) -> str:
    """Return which part of a semantic version rises first, or that it goes back."""
    before, after = ([int(part) for part in one.split(".")] for one in (old, new))
    if after < before:
        return " (back)"
    risen = (step for step, one, two in zip(_STEPS, before, after, strict=True) if one != two)
    step = next(risen, None)
    return f" ({step})" if step else ""


def _metric(name: str, old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return f"{name} {old or 'none'} -> {new or 'none'}"
    return f"{name} {old} -> {new} ({Decimal(new) - Decimal(old):+.4g})"


def _said(metrics: Mapping[str, str]) -> str:
    return "".join(f", {name} {figure}" for name, figure in metrics.items())


def _way_back(old: ServedRecord | None, new: ServedRecord, undo: Undo) -> Note:
    if old is None:
        gone = "; its objects are deleted, the registry keeps the version" if undo.deletes else ""
        return Note(Kind.UNDO_FETCHES_VERSION, (new.uri,), f"{undo.text}{gone}")
    text = f"{undo.text}; one rollout, no downtime, each pod fetches {_fetched(old)}"
    return Note(Kind.UNDO_FETCHES_VERSION, (old.uri,), text)


def _fetched(model: ServedRecord) -> str:
    size = f"{model.size} bytes" if model.size < 10**5 else decimal(model.size)
    return f"{model.uri} {model.semver} ({size}) again, while the registry has it"


def _causes(base: Rendering | None, head: Rendering, name: str) -> list[str]:
    """Return what of the pods is another."""
    old, new = served_deployment(base, name), served_deployment(head, name)
    if not old or not new:
        return []
    if old["kind"] != new["kind"]:
        return [f"{old['kind']} -> {new['kind']}"]
    before, after = old["spec"]["template"], new["spec"]["template"]
    return [one.path.removeprefix("spec.") for one in differences(before, after)][:4]


def served_rollouts(base: Rendering | None, head: Rendering) -> Iterator[Rollout]:
    """Yield the rollouts of served models, in the order of the stack file."""
    if base is None or (base.cluster, base.namespace) != (head.cluster, head.namespace):
        return
    olds = {one.name: one for one in base.served}
    for model in head.served:
        old, new = served_deployment(base, model.name), served_deployment(head, model.name)
        if old and new and model.name in olds and _causes(base, head, model.name):
            yield Rollout(
                pool=_pool(model),
                workers=False,
                pods=min(olds[model.name].most, model.most),
                at_once=1,
                new_first=True,
                ending=old["spec"]["template"]["spec"]["terminationGracePeriodSeconds"],
                starting=model.starting,
                # The first version of a Rollout is not judged: there is none to go back to.
                judging=_judging(head, new) if old["kind"] == new["kind"] else 0,
            )


def _judging(head: Rendering, workload: Mapping[str, Any]) -> int:
    """Return for how many seconds figures of new pods are judged."""
    strategy: dict[str, Any] = workload["spec"].get("strategy", {})
    steps = strategy.get("canary", {}).get("steps", ())
    found = [one["analysis"] for one in steps if "analysis" in one]
    found += [one for key, one in strategy.get("blueGreen", {}).items() if key.endswith("Analysis")]
    names = [one["templateName"] for each in found for one in each["templates"]]
    lengths = {
        part.object["metadata"]["name"]: _length(part.object)
        for part in head.parts
        if part.object and part.object["kind"] == "AnalysisTemplate"
    }
    return sum(lengths.get(name, 0) for name in names)


def _length(template: Mapping[str, Any]) -> int:
    """Return how many seconds an analysis takes: until the last measurement of the slowest."""
    return max(map(_measured, template["spec"]["metrics"]))


def _measured(metric: Mapping[str, Any]) -> int:
    delay, interval = (int(metric.get(key, "0s")[:-1]) for key in ("initialDelay", "interval"))
    return delay + (metric["count"] - 1) * interval
