"""Which files of weights a change fetches: each file of a claim once, and none that is there."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from gitops.planning.rendering import FileRecord, Rendering

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
