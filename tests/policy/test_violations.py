from datetime import date
from typing import Any

import pytest

from gitops.validation.rules.rule import Rule
from policy.violations import rules, violations, waivers
from tests.gitops.validation.rules.objects import policy, secured, workload
from tests.policy.test_resources import Registered

TODAY = date(2027, 1, 31)
WAIVER = (
    '[{"rule": "root-file-system-read-only", "reason": "the vendor mends it", '
    '"until": "2027-01-31"}]'
)


def registered(*manifests: dict[str, Any]) -> list[Registered]:
    return [
        Registered(
            resource_type=f"kubernetes:{one['apiVersion']}:{one['kind']}",
            urn=f"urn:{index}",
            props=one,
        )
        for index, one in enumerate(manifests)
    ]


def rule(name: str) -> Rule:
    return next(one for one in rules() if one.id == name)


READ_ONLY, GUARDED = rule("root-file-system-read-only"), rule("network-policy-per-pod")
OPEN = registered(secured(readOnlyRootFilesystem=False))


def test_the_pack_knows_every_rule_over_what_the_engine_tells():
    names = {one.id for one in rules()}

    assert {"image-not-latest", "network-policy-per-pod", "rbac-no-exec"} <= names
    assert not names & {"claim-retained", "secret-without-value", "waiver-used"}


def test_a_resource_that_breaks_a_rule_is_named():
    ((message, urn),) = violations(READ_ONLY, OPEN, (), TODAY)

    assert urn == "urn:0"
    assert message.startswith("Deployment localai-chat: container server can write to its root ")
    assert message.endswith("[root-file-system-read-only]")


def test_resources_are_judged_together():
    alone = violations(GUARDED, registered(workload()), (), TODAY)
    guarded = violations(GUARDED, registered(workload(), policy()), (), TODAY)

    assert [urn for _, urn in alone] == ["urn:0"]
    assert list(guarded) == []


def test_a_waiver_of_the_stack_counts_on_its_last_day():
    assert list(violations(READ_ONLY, OPEN, waivers(WAIVER), TODAY)) == []
    assert list(violations(READ_ONLY, OPEN, waivers(WAIVER), date(2027, 2, 1)))


def test_a_stack_without_waivers_has_none():
    assert waivers(None) == ()


def test_a_waiver_that_is_not_valid_is_no_waiver():
    with pytest.raises(ValueError, match="until"):
        waivers(WAIVER.replace("2027-01-31", "soon"))
