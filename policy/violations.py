"""What a rule finds in resources, after the waivers of the stack."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol, cast

from pydantic import TypeAdapter

from gitops.validation.rules.rule import ObjectRule, Rule, StackRule, stack_problems
from gitops.validation.rules.rulebook import RULES
from gitops.validation.rules.stack_objects import StackObject, StackObjects, title
from gitops.validation.rules.waivers import in_force
from settings.stack.waivers import WaiverSettings

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


_WAIVERS = TypeAdapter(tuple[WaiverSettings, ...])
# What they look at, the engine tells no policy: values of Secrets, and what it retains.
_OFFLINE = ("secret-without-value", "claim-retained")


def rules() -> tuple[Rule, ...]:
    """Return the rules that a policy can judge by: those over objects."""
    known = (rule for rule in RULES if isinstance(rule, ObjectRule | StackRule))
    return tuple(rule for rule in known if rule.id not in _OFFLINE)


def waivers(text: str | None) -> tuple[WaiverSettings, ...]:
    """Return the waivers in a stack's configuration, as the engine hands it out.

    Raises:
        ValueError: they are not valid; the program says where.
    """
    return _WAIVERS.validate_json(text) if text else ()


def violations(
    rule: Rule, resources: Iterable[Resource], waived: Sequence[WaiverSettings], today: date
) -> Iterator[tuple[str, str | None]]:
    """Yield what a rule finds in resources, and the URN of the resource it is in."""
    objects = stack_objects(resources)
    urns = {title(one.manifest): urn for urn, one in objects.items()}
    found = stack_problems([rule], "", StackObjects(objects=tuple(objects.values())))
    for finding in in_force(tuple(found), waived, today):
        yield str(finding), urns.get(finding.object)
