"""Alerts of one pool; tests/e2e/test_alerts.py evaluates their expressions."""

import re
from dataclasses import replace

import pytest

from components.addons.monitoring.pool_alerts import (
    claim_nearly_full,
    down,
    job_failed,
    least,
    pool_alerts,
    restarting,
    short,
)
from components.parts.part import name_of
from components.server import rolling
from components.server.engines import install_job
from components.weights.weights import fetch_job
from settings.pool.pool import PoolSettings
from tests.components.addons.monitoring.watched import names, watched_pool
from tests.samples import pool, pool_fields, stack

SLOW = {"version": "v4.9.0", "longestAnswer": 3600}
IMAGES = PoolSettings.model_validate(pool_fields(storage={"images": True}))
MANY = {"size": "9Gi", "access": "ReadWriteMany"}


def pattern(expression: str, label: str) -> re.Pattern[str]:
    """Return the pattern that an expression compares a label with."""
    found = re.search(rf'{label}=~"([^"]*)"', expression)
    assert found
    return re.compile(found[1])


def test_a_parked_pool_is_not_missed():
    found = names(list(pool_alerts(watched_pool(replicas=0))))
    assert "LocalAIPoolDown" not in found
    assert "LocalAINotScraped" not in found


def test_an_autoscaled_pool_is_missed_below_its_least():
    pool = watched_pool(storage=MANY, scaling={"min": 2, "max": 3, "cpu": 80})
    assert least(pool) == 2


def test_a_pool_of_one_is_down_or_there_but_never_short():
    assert "LocalAIPoolShort" not in names(list(pool_alerts(watched_pool())))
    assert "LocalAIPoolShort" in names(list(pool_alerts(watched_pool(replicas=2))))
    assert short(watched_pool(replicas=3)).expression.endswith(" < 3")


def test_a_rollout_that_waits_for_long_answers_raises_no_alarm():
    patient = pool(stack_fields={"monitoring": {}, "server": SLOW}, replicas=2, storage=MANY)
    one_by_one = rolling.ending(patient) + rolling.starting(patient)
    assert one_by_one > 3600
    assert down(patient).minutes * 60 >= one_by_one
    assert short(patient).minutes * 60 >= 2 * one_by_one


def test_the_pattern_finds_the_jobs_of_the_pool_and_of_no_other():
    pool = watched_pool()
    jobs = pattern(job_failed(pool).expression, "job_name")
    for job in (fetch_job(pool), install_job(pool)):
        assert jobs.fullmatch(name_of(job))
    other = watched_pool(name="chat-weights")
    assert not jobs.fullmatch(name_of(fetch_job(other)))


@pytest.mark.parametrize(
    ("pod", "ours"),
    [
        ("localai-chat-7d9f8b6c5-abcde", True),
        ("localai-chat-large-7d9f8b6c5-abcde", False),
        ("localai-chat-weights-1a2b3c4d-abcde", False),
        ("localai-chat", False),
    ],
)
def test_the_pattern_finds_the_servers_of_the_pool_and_of_no_other(pod: str, ours: bool):
    found = pattern(restarting(watched_pool()).expression, "pod").fullmatch(pod)
    assert bool(found) is ours


def test_only_a_pool_with_a_claim_of_its_own_has_an_alert_on_it_and_on_its_jobs():
    on_claims = {"LocalAIClaimNearlyFull", "LocalAIDownloadFailed"}
    pools = {"chat": pool_fields(storage=MANY), "find": pool_fields(storage={"from": "chat"})}
    _, (host, guest) = stack(pools, monitoring={})
    from_images = replace(watched_pool(), settings=IMAGES)

    assert on_claims <= set(names(list(pool_alerts(host))))
    assert not on_claims & set(names(list(pool_alerts(guest))))
    assert from_images.claim == ""
    assert not on_claims & set(names(list(pool_alerts(from_images))))


def test_a_guest_is_not_missed_while_the_jobs_of_its_lender_fetch_for_it():
    pools = {"chat": pool_fields(storage=MANY), "find": pool_fields(storage={"from": "chat"})}
    _, (host, guest) = stack(pools, monitoring={})

    assert pattern(down(guest).expression, "job_name").fullmatch(name_of(fetch_job(host)))


def test_a_claim_of_somebody_else_has_no_size_to_raise():
    theirs = claim_nearly_full(watched_pool(storage={"existing": "theirs"}))

    assert theirs.cure.startswith("grow it;")
    assert claim_nearly_full(watched_pool()).cure.startswith("raise storage.size of pool chat;")


def test_how_full_a_claim_may_be_is_a_setting():
    alert = claim_nearly_full(watched_pool({"alerts": {"claimFreePercent": 25}}))
    assert alert.expression.endswith(" < 25")
    assert 'persistentvolumeclaim="localai-chat-storage"' in alert.expression
