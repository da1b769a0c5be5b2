"""What a change installs besides weights: engines, which a Job brings onto the claim of a pool."""

from collections.abc import Iterator, Sequence

from gitops.planning.note import Kind, Note
from gitops.planning.objects import Change, ObjectChange
from gitops.planning.printable import decimal
from gitops.planning.rendering.rendering import Rendering


def engine_notes(
    _base: Rendering | None, head: Rendering, changes: Sequence[ObjectChange]
) -> Iterator[Note]:
    """Yield about how much the new Jobs of each pool install, whatever was there before."""
    created = {
        change.name
        for change in changes
        if change.kind == "Job" and change.change in (Change.CREATE, Change.REPLACE)
    }
    for pool in head.pools:
        if size := sum(size for job, size in pool.engines.items() if job in created):
            text = (
                f"about {decimal(size)} of engines are installed in pool {pool.name}; the bytes to "
                "fetch are those of weights"
            )
            yield Note(Kind.ENGINES_INSTALLED, (pool.name,), text)
