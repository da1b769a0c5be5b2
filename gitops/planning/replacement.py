"""Which fields a provider cannot change in place: a change there replaces the object.

The fields of Kubernetes objects are those of `gitops.planning.forcing`. Another version or kind is
another type, so another resource. Of the generated values of pulumi-random v4, every input does;
of the Kubernetes provider itself, only the cluster's identity.
"""

import re

from gitops.planning.forcing import FORCING, IDENTITY

_BY_KIND = {kind: fields for (_, kind), fields in FORCING.items()}
_ALWAYS = (*IDENTITY, "kind", "apiVersion")


def forces_replacement(kind: str, field: str) -> bool:
    """Return whether a change of a field, such as `spec.selector.matchLabels.app`, replaces it."""
    if kind == "RandomPassword":
        return True
    if kind == "Provider":
        return field == "clusterIdentifier"
    return any(_covers(path, field) for path in (*_ALWAYS, *_BY_KIND.get(kind, ())))


def _covers(path: str, field: str) -> bool:
    pattern = re.escape(path).replace(r"\.\*", r"\[[^]]+\]")
    return re.match(rf"{pattern}(?=$|[.\[])", field) is not None
