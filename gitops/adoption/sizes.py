"""How much of a node a server takes today: whole cores and whole gibibytes."""

import re
from typing import Any

from gitops.adoption.running import mapping
from gitops.adoption.workload import Workload

_AMOUNT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)([a-zA-Z]*)")
_UNITS = {
    "": 1.0, "m": 0.001, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40,
}  # fmt: skip
_MOST_CORES = 256


def cores(workload: Workload) -> int | None:
    """Return the whole cores of a server: its threads, else what its pod asks for."""
    threads = workload.variables.number("LOCALAI_THREADS")
    amount = threads or _asked(workload, "cpu")
    return min(-(-int(amount * 1000) // 1000), _MOST_CORES) or None if amount else None


def gibibytes(workload: Workload) -> str | None:
    """Return the memory of a server as a pool says it."""
    amount = _asked(workload, "memory")
    return f"{-(-int(amount) // 2**30)}Gi" if amount else None


def _asked(workload: Workload, name: str) -> float | None:
    resources = mapping(workload.server.get("resources"))
    amounts = {**mapping(resources.get("requests")), **mapping(resources.get("limits"))}
    return _number(amounts.get(name))


def _number(amount: Any) -> float | None:
    found = _AMOUNT.fullmatch(str(amount))
    if not found or found[2] not in _UNITS:
        return None
    return float(found[1]) * _UNITS[found[2]]
