"""What a change does to models: served or not, restart or not, downtime or not, bytes, way back."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gitops.planning.difference import differences
from gitops.planning.note import Kind, Note
from gitops.planning.pods import PodChange
from gitops.planning.rendering.rendering import FileRecord, ModelRecord, PoolRecord, Rendering

Downloads = Mapping[tuple[str, str], tuple[FileRecord, ...]]


def downloads(base: Rendering | None, head: Rendering, lost: Collection[str]) -> Downloads:
    """Return the files to fetch by pool and model; `lost` are claims that start empty.

    A file that several models of one claim need counts for the first of them.
    """
    there = _there(base, head, lost)
    found: dict[tuple[str, str], tuple[FileRecord, ...]] = {}
    for pool in head.pools:
        present = there[pool.claim]
        for model in pool.models:
            files = {file.path: file for file in model.files if file.path not in present}
            found[pool.name, model.name] = tuple(files.values())
            present.update(files)
    return found


def _there(
    base: Rendering | None, head: Rendering, lost: Collection[str]
) -> defaultdict[str, set[str]]:
    there: defaultdict[str, set[str]] = defaultdict(set)
    if base is None or (base.cluster, base.namespace) != (head.cluster, head.namespace):
        return there
    for pool in base.pools:
        if pool.claim not in lost:
            there[pool.claim].update(file.path for model in pool.models for file in model.files)
    return there


class ModelChangeKind(StrEnum):
    """What happens to a model in a pool."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True)
class ModelChange:
    """One model, or one alias, of one pool; `downtime` says why it is away, or is None."""

    name: str
    pool: str
    change: ModelChangeKind
    license: str
    gpu: str | None
    fit: str
    reasons: tuple[str, ...] = ()
    restart: bool = False
    downtime: Note | None = None
    download_bytes: int = 0
    exact: bool = True
    alias: bool = False
    # The pool it leaves or joins, where it is served before and after.
    moves: str = ""
    way_back: str = ""


def with_moves(changes: Sequence[ModelChange]) -> tuple[ModelChange, ...]:
    """Return changes in which a model that one pool loses and another gets is said to move."""
    lost = _only(changes, ModelChangeKind.REMOVED)
    got = _only(changes, ModelChangeKind.ADDED)
    other = {
        **{(name, got[name]): lost[name] for name in lost.keys() & got.keys()},
        **{(name, lost[name]): got[name] for name in lost.keys() & got.keys()},
    }
    return tuple(
        _moving(change, other[change.name, change.pool])
        if (change.name, change.pool) in other
        else change
        for change in changes
    )


def _only(changes: Sequence[ModelChange], kind: ModelChangeKind) -> dict[str, str]:
    """Return the pool of each model that this happens to in one pool alone."""
    pools: defaultdict[str, list[str]] = defaultdict(list)
    for change in changes:
        if change.change is kind:
            pools[change.name].append(change.pool)
    return {name: found[0] for name, found in pools.items() if len(found) == 1}


def _moving(change: ModelChange, other: str) -> ModelChange:
    came = change.change is ModelChangeKind.ADDED
    words = f"moves here from pool {other}" if came else f"moves to pool {other}"
    return replace(change, moves=other, reasons=(words, *change.reasons))


def model_changes(
    old: PoolRecord | None, new: PoolRecord | None, pods: PodChange, missing: Downloads
) -> Iterator[ModelChange]:
    """Yield every model and alias of one pool, in the order of the new list, removed ones last."""
    olds = {model.name: model for model in old.models} if old else {}
    news = {model.name: model for model in new.models} if new else {}
    for name, model in news.items():
        assert new is not None  # noqa: S101 (there are no models without a pool)
        yield _model(olds.get(name), model, new, pods, missing[new.name, name])
    for name, model in olds.items():
        if name not in news and old is not None:
            yield _removed(model, old, pods)
    yield from _aliases(old, new, pods)


def _model(
    old: ModelRecord | None,
    new: ModelRecord,
    pool: PoolRecord,
    pods: PodChange,
    missing: tuple[FileRecord, ...],
) -> ModelChange:
    kind, reasons = _compared(old, new)
    if kind is ModelChangeKind.UNCHANGED and pods.restart:
        reasons = (f"its pool restarts: {', '.join(pods.reasons)}",)
    return ModelChange(
        name=new.name,
        pool=pool.name,
        change=kind,
        license=new.license,
        gpu=f"{pool.gpus} x {pool.gpu}" if pool.gpu else None,
        fit=pool.fit.verdict if pool.fit.exact else f"{pool.fit.verdict} (sizes estimated)",
        reasons=reasons,
        restart=pods.restart,
        downtime=pods.downtime if old else None,
        download_bytes=sum(file.bytes for file in missing),
        exact=all(file.exact for file in missing),
        way_back=_way_back(kind, pods),
    )


def _compared(old: ModelRecord | None, new: ModelRecord) -> tuple[ModelChangeKind, tuple[str, ...]]:
    if old is None:
        pulled = [f"nodes pull its weights as the image {image}" for image in new.images]
        return ModelChangeKind.ADDED, tuple(pulled)
    reasons = [str(change) for change in differences(old.entry, new.entry)]
    if old.images != new.images:
        before, after = (", ".join(one.images) or "files on a claim" for one in (old, new))
        reasons.append(f"weights: {before} -> {after}")
    if old.license != new.license:
        reasons.append(f"license: {old.license} -> {new.license}")
    kind = ModelChangeKind.CHANGED if reasons else ModelChangeKind.UNCHANGED
    return kind, tuple(reasons)


def _removed(model: ModelRecord, pool: PoolRecord, pods: PodChange) -> ModelChange:
    gone = pods.downtime is not None and pods.downtime.kind is Kind.POOL_REMOVED
    reason = f"Service {pool.deployment} is deleted" if gone else "requests for it get 404"
    return ModelChange(
        name=model.name,
        pool=pool.name,
        change=ModelChangeKind.REMOVED,
        license=model.license,
        gpu=f"{pool.gpus} x {pool.gpu}" if pool.gpu else None,
        fit=pool.fit.verdict,
        reasons=(reason,),
        restart=pods.restart,
        downtime=Note(Kind.MODEL_REMOVED, (model.name,), "it is no longer served"),
        way_back=_way_back(ModelChangeKind.REMOVED, pods),
    )


def _way_back(kind: ModelChangeKind, pods: PodChange) -> str:
    if kind is ModelChangeKind.UNCHANGED and not pods.restart:
        return ""
    if pods.created:
        return "revert the commit; the pool is deleted, its claim stays"
    if pods.leaves_claim:
        return (
            f"revert the commit with `localai:claims: {{adopt: true}}`, which takes {pods.claim} "
            "and its weights over again, and abandon the new claim"
        )
    away = "the same downtime" if pods.downtime else "no downtime"
    restart = f"one restart, {away}" if pods.restart else "no restart"
    if not pods.claim:
        return f"revert the commit; {restart}, nodes pull the old images unless they have them"
    return f"revert the commit; {restart}, 0 bytes to fetch (old weights stay on {pods.claim})"


def _aliases(
    old: PoolRecord | None, new: PoolRecord | None, pods: PodChange
) -> Iterator[ModelChange]:
    olds, news = (old.aliases if old else {}), (new.aliases if new else {})
    pool = new or old
    if pool is None:
        return
    for name in [*news, *(name for name in olds if name not in news)]:
        before, after = olds.get(name), news.get(name)
        yield ModelChange(
            name=name,
            pool=pool.name,
            change=_alias_kind(before, after),
            alias=True,
            license="",
            gpu=None,
            fit="",
            reasons=(_alias_reason(before, after),),
            restart=pods.restart,
            downtime=pods.downtime if before and after else None,
            way_back="" if before == after else _way_back(ModelChangeKind.CHANGED, pods),
        )


def _alias_kind(before: str | None, after: str | None) -> ModelChangeKind:
    if before == after:
        return ModelChangeKind.UNCHANGED
    if before is None:
        return ModelChangeKind.ADDED
    return ModelChangeKind.REMOVED if after is None else ModelChangeKind.CHANGED


def _alias_reason(before: str | None, after: str | None) -> str:
    if before and after and before != after:
        return f"another name: now for {after}, before for {before}"
    return f"another name for {after or before}"
