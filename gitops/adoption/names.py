"""Names of models and pools: what was said, as files and Kubernetes take it, no two alike."""

import re
from collections.abc import Collection, Iterable
from itertools import count

from pydantic_core import PydanticCustomError

from gitops.adoption.workload import Workload
from settings.names import client_name

_LONGEST_NAME = 63


def model_name(text: str) -> str:
    """Return a name as a definition takes it; empty where nothing is left of it."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("._-")
    return plain[:_LONGEST_NAME].rstrip("._-")


def is_sent(name: str) -> bool:
    """Return whether clients may go on sending a name, as an alias of a model of another one."""
    try:
        client_name(name)
    except PydanticCustomError:
        return False
    return True


def model_names(said: Iterable[str]) -> dict[str, str]:
    """Return the name of each model; one that is right stays, and no two become one."""
    every = list(dict.fromkeys(said))
    names = {one: one for one in every if model_name(one) == one}
    for one in every:
        plain = name = names.get(one) or model_name(one) or ("model" if is_sent(one) else "")
        taken = {other for said, other in names.items() if said != one}
        for number in count(2):
            if not name or name not in taken:
                break
            name = f"{plain[: _LONGEST_NAME - 6]}-{number}"
        names[one] = name
    return names


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
