"""What a change does to models: served or not, restart or not, downtime or not, bytes, way back."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gitops.planning.difference import differences
from gitops.planning.note import Kind, Note
from gitops.planning.pods import PodChange
from gitops.planning.rendering.rendering import FileRecord, ModelRecord, PoolRecord, Rendering
from gitops.planning.way_back import way_back

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
    """One model, or one alias, of one pool.

    `reasons` say why it changes or restarts, `downtime` why no pod serves it for a while, and
    `way_back` how to undo the change, or is None where nothing changes.
    """

    name: str
    pool: str
    change: ModelChangeKind
    license: str
    gpu: str | None
    fit: str
    reasons: tuple[Note, ...] = ()
    restart: bool = False
    downtime: Note | None = None
    download_bytes: int = 0
    exact: bool = True
    alias: bool = False
    # The pool it leaves or joins, where it is served before and after.
    moves: str = ""
    way_back: Note | None = None


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
    note = Note(Kind.MODEL_MOVES, (other,), words)
    return replace(change, moves=other, reasons=(note, *change.reasons))


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
        reasons = (_restarts(pods),)
    changed = kind is not ModelChangeKind.UNCHANGED or pods.restart or pods.downtime is not None
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
        way_back=way_back(pods) if changed else None,
    )


def _restarts(pods: PodChange) -> Note:
    why = ", ".join(pods.causes) or "it moves to another cluster or namespace"
    return Note(Kind.POOL_RESTARTS, pods.causes, f"its pool restarts: {why}")


def _compared(
    old: ModelRecord | None, new: ModelRecord
) -> tuple[ModelChangeKind, tuple[Note, ...]]:
    if old is None:
        return ModelChangeKind.ADDED, tuple(map(_pulled, new.images))
    reasons = tuple(_differences(old, new))
    return ModelChangeKind.CHANGED if reasons else ModelChangeKind.UNCHANGED, reasons


def _pulled(image: str) -> Note:
    return Note(Kind.IMAGES_PULLED, (image,), f"nodes pull its weights as the image {image}")


def _differences(old: ModelRecord, new: ModelRecord) -> Iterator[Note]:
    for field in differences(old.entry, new.entry):
        yield Note(Kind.FIELD_CHANGES, (field.path,), str(field))
    if old.images != new.images:
        before, after = (", ".join(one.images) or "files on a claim" for one in (old, new))
        images = (*old.images, *new.images)
        yield Note(Kind.WEIGHTS_CHANGE, images, f"weights: {before} -> {after}")
    if old.license != new.license:
        licenses = (old.license, new.license)
        yield Note(Kind.LICENSE_CHANGES, licenses, "license: {} -> {}".format(*licenses))


def _removed(model: ModelRecord, pool: PoolRecord, pods: PodChange) -> ModelChange:
    gone = pods.downtime is not None and pods.downtime.kind is Kind.POOL_REMOVED
    reason = (
        Note(Kind.SERVICE_DELETED, (pool.deployment,), f"Service {pool.deployment} is deleted")
        if gone
        else Note(Kind.NAME_UNKNOWN, (model.name,), "requests for it get 404")
    )
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
        way_back=way_back(pods),
    )


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
            reasons=(_alias_reason(name, before, after),),
            restart=pods.restart,
            downtime=pods.downtime if before and after else None,
            way_back=None if before == after else way_back(pods),
        )


def _alias_kind(before: str | None, after: str | None) -> ModelChangeKind:
    if before == after:
        return ModelChangeKind.UNCHANGED
    if before is None:
        return ModelChangeKind.ADDED
    return ModelChangeKind.REMOVED if after is None else ModelChangeKind.CHANGED


def _alias_reason(name: str, before: str | None, after: str | None) -> Note:
    text = f"another name for {after or before}"
    if before and after and before != after:
        text = f"another name: now for {after}, before for {before}"
    return Note(Kind.ALIAS_OF, (name,), text)
