"""Turns what the engine registers into the plain objects that rules read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, cast

from gitops.validation.rules.stack_objects import StackObject

_PROVIDER = "kubernetes:"
# Their values are nobody's business here, and not known before the first update.
_SECRET = "kubernetes:core/v1:Secret"


class Resource(Protocol):
    """A resource as the engine hands it to a policy."""

    @property
    def resource_type(self) -> str:
        """Return its type token."""
        ...

    @property
    def urn(self) -> str:
        """Return its URN."""
        ...

    @property
    def props(self) -> Mapping[str, Any]:
        """Return its properties; reading one that is not known yet raises."""
        ...


def stack_objects(resources: Iterable[Resource]) -> dict[str, StackObject]:
    """Return the Kubernetes objects among resources by their URN; Secrets are left out.

    Whether the engine retains one, it tells no policy.
    """
    return {
        one.urn: StackObject(manifest=plain(one.props), retained=None)
        for one in resources
        if one.resource_type.startswith(_PROVIDER) and one.resource_type != _SECRET
    }


def plain(value: Any) -> Any:
    """Return a value in the types of YAML: the engine hands out whole numbers as floats."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {key: plain(fields[key]) for key in fields if not key.startswith("__")}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(one) for one in cast("Sequence[Any]", value)]
    return value
