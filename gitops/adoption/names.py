"""Names of pools: like the workload, and never so that a new object has the name of an old one."""

from collections.abc import Collection, Iterable
from itertools import count

from gitops.adoption.workload import Workload

# A pool's name may have 32 characters, and may get a number behind it.
_LONGEST = 28
_STARTS = ("localai-", "local-ai-")


def pool_names(workloads: Iterable[Workload], taken: Collection[str]) -> dict[str, str]:
    """Return the name of a pool for each workload; `taken` are names of objects that exist."""
    given: dict[str, str] = {}
    for workload in workloads:
        name = _plain(workload.name)
        tries = (name, *(f"{name}-{number}" for number in range(2, 100)))
        free = (one for one in tries if f"localai-{one}" not in taken and one not in given.values())
        given[workload.name] = next(free, f"pool-{next(count(len(given)))}")
    return given


def _plain(name: str) -> str:
    for start in _STARTS:
        name = name.removeprefix(start)
    if name in ("localai", "local-ai"):
        return "main"
    return name.replace(".", "-")[:_LONGEST].strip("-") or "main"
