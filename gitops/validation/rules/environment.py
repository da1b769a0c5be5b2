"""The environment of a container: which of its variables hold keys of Secrets and nothing else."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from gitops.validation.rules.values import at, entries

_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")


def variables(container: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the variables of a container by name; of two with one name, the last counts."""
    return {str(at(one, "name")): one for one in entries(container.get("env"))}


def from_secrets(container: Mapping[str, Any]) -> frozenset[str]:
    """Return the variables whose whole value comes from Secrets: one key, or several with commas.

    Kubernetes writes into a variable only those that stand before it.
    """
    known: set[str] = set()
    for one in entries(container.get("env")):
        name = str(at(one, "name"))
        if at(one, "valueFrom", "secretKeyRef") is not None or _joins(at(one, "value"), known):
            known.add(name)
        else:
            known.discard(name)
    return frozenset(known)


def is_on(variable: Any) -> bool:
    """Return whether a variable is a switch that is on, as LocalAI reads it."""
    return str(at(variable, "value")).lower() in ("true", "1", "t")


def _joins(value: Any, known: Collection[str]) -> bool:
    found = [_REFERENCE.fullmatch(word) for word in str(value).split(",")]
    return all(one is not None and one[1] in known for one in found)
