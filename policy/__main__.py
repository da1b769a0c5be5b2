"""The entry of the policy pack; the engine starts it and asks it about every resource."""

import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

# The engine starts this folder as a program of its own.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gitops.validation.rules.rule import ObjectRule, Rule
from policy.violations import rules, violations, waivers

# It has an environment of its own, without the types of this package.
pulumi: Any = import_module("pulumi")
sdk: Any = import_module("pulumi_policy")


def policy(rule: Rule) -> Any:
    """Return a rule as a policy: of one resource where it looks at one, else of the stack."""
    each = isinstance(rule, ObjectRule)
    kind = sdk.ResourceValidationPolicy if each else sdk.StackValidationPolicy

    def validate(args: Any, report: Any) -> None:
        known = waivers(pulumi.Config("localai").get("waivers"))
        resources = [args] if each else args.resources
        for message, urn in violations(rule, resources, known, date.today()):
            report(message, urn)

    level = sdk.EnforcementLevel
    return kind(
        name=rule.id,
        description=f"{rule.sentence} {rule.reason}",
        validate=validate,
        enforcement_level=level.MANDATORY if rule.refuses else level.ADVISORY,
    )


if __name__ == "__main__":
    sdk.PolicyPack(name="localai-gitops", policies=[policy(rule) for rule in rules()])
