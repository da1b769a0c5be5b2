"""Served models in a promotion: which move, what they must reach, and what the files then say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from documents.problem import RefusedError
from documents.reader import Document
from gitops.planning.output.escape import text
from gitops.registry.entries import KEY, with_entries
from settings.file import StackFile, read_stack_file, stack_names
from settings.promotion import PromotionSettings
from settings.release import Release
from settings.served import ServedModel, ServedVersion

# What a stack that says nothing else asks, and what the last one asks.
_LEAST = {"accuracy": ("0.85", "0.90"), "f1": ("0.80", "0.85")}
METRICS = tuple(_LEAST)


def least(settings: PromotionSettings, *, last: bool) -> dict[str, Decimal]:
    """Return what the metrics of a served model must reach in a stack."""
    said = settings.metrics
    return {name: Decimal(getattr(said, name) or usual[last]) for name, usual in _LEAST.items()}


def is_last(root: Path, stack: str) -> bool:
    """Return whether no other stack of a folder takes releases from one."""
    return not any(_takes(root, name, stack) for name in stack_names(root) if name != stack)


def _takes(root: Path, name: str, source: str) -> bool:
    try:
        promotion = read_stack_file(root, name).settings.promotion
    except RefusedError:
        # `check` says what is wrong with it; what it takes is not known.
        return False
    return bool(promotion and promotion.source == source)


def moved(release: Release, wanted: Sequence[str]) -> dict[str, ServedVersion]:
    """Return the served models of a release that are promoted: all, or those that are named."""
    return {name: one for name, one in release.served.items() if not wanted or name in wanted}


def lacking(served: Mapping[str, ServedVersion], metric: str, least: Decimal) -> list[str]:
    """Return the models whose metric is too low, in words; one that is not said is too low."""
    return [
        f"{name} {one.semver} has {one.metrics.get(metric, 'none')}"
        for name, one in sorted(served.items())
        if not (figure := Decimal(one.metrics.get(metric, "NaN"))).is_finite() or figure < least
    ]


def with_served(content: bytes, sides: tuple[StackFile, StackFile], wanted: Sequence[str]) -> bytes:
    """Return a stack file that serves the versions of another one; all else of it stays.

    A model that it does not have yet comes with all that the other file says of it.

    Raises:
        RefusedError: it is written in a form in which that cannot be edited.
    """
    source, target = sides
    ours, theirs = target.settings.served_models, source.settings.served_models
    entries = {
        name: _entry(name, theirs[name], _raw(source.document, name), _raw(target.document, name))
        for name in theirs
        if not wanted or name in wanted
    }
    gone = [] if wanted else [name for name in ours if name not in theirs]
    if not entries and not gone:
        return content
    return with_entries(content, target.document.file, entries, gone)


def _raw(document: Document, name: str) -> dict[str, Any]:
    config = cast("dict[str, Any]", document.value.get("config") or {})
    served = cast("dict[str, Any]", config.get(KEY) or {})
    return served.get(name) or {}


def _entry(
    name: str, served: ServedModel, theirs: dict[str, Any], ours: dict[str, Any]
) -> dict[str, Any]:
    if not ours:
        return theirs
    fields = served.proven(name).model_dump(mode="json", by_alias=True)
    # What neither file says is the default in both.
    return {key: fields[key] for key in fields if key in theirs or key in ours}


def compared(old: Release, new: Release) -> Iterator[str]:
    """Yield lines of Markdown: the metrics of versions that come, next to those that serve."""
    changed = [name for name in sorted({*old.served, *new.served})
               if old.served.get(name) != new.served.get(name)]  # fmt: skip
    if not changed:
        return
    yield "| served model | version | accuracy | f1 |\n|---|---|---|---|"
    for name in changed:
        pair = old.served.get(name), new.served.get(name)
        cells = [_cell(pair, _version), *(_cell(pair, _metric(one)) for one in METRICS)]
        yield f"| {text(name)} | {' | '.join(cells)} |"
    yield ""


Pair = tuple[ServedVersion | None, ServedVersion | None]


def _cell(pair: Pair, say: Callable[[ServedVersion], str]) -> str:
    old, new = (say(one) if one else "none" for one in pair)
    return text(old if old == new else f"{old} → {new}")


def _version(one: ServedVersion) -> str:
    return f"{one.semver}, version {one.version} of {one.model}"


def _metric(name: str) -> Callable[[ServedVersion], str]:
    def say(one: ServedVersion) -> str:
        return one.metrics.get(name, "none")

    return say
