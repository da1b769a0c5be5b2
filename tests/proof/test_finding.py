"""What findings amount to."""

import pytest

from proof.finding import Check, Finding, Verdict, passed

# What may stay unseen, as where a router does not tell.
TOLD = (
    Check.VERSION, Check.ENGINES, Check.LISTED, Check.LEADS, Check.DIGESTS, Check.ADDED,
    Check.BASELINE,
)  # fmt: skip


def finding(check: Check, verdict: Verdict) -> Finding:
    return Finding(check=check, pool="chat", name="a", verdict=verdict, text="seen")


@pytest.mark.parametrize("check", Check)
def test_nothing_passes_that_failed_and_what_was_asked_for_must_have_been_seen(check: Check):
    assert passed([finding(check, Verdict.PASS)])
    assert not passed([finding(check, Verdict.PASS), finding(check, Verdict.FAIL)])
    assert passed([finding(check, Verdict.UNSEEN)]) is (check in TOLD)
