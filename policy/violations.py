"""What a rule finds in resources, after the waivers of the stack."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from pydantic import TypeAdapter

from gitops.validation.rules.findings import stack_findings
from gitops.validation.rules.rule import ObjectRule, Rule, StackRule
from gitops.validation.rules.rulebook import RULES
from gitops.validation.rules.stack_objects import StackObjects, title
from gitops.validation.rules.waivers import in_force
from policy.resources import Resource, stack_objects
from settings.waivers import WaiverSettings

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
    found = stack_findings([rule], "", StackObjects(objects=tuple(objects.values())))
    for finding in in_force(tuple(found), waived, today):
        yield str(finding), urns.get(finding.place)
