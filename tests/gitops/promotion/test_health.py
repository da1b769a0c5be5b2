import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from components.parts.part import Manifest
from gitops.acceptance.inside import verifying
from gitops.adapters.kubectl import Kubectl
from gitops.adapters.process import Finished
from gitops.promotion.facts import Health
from gitops.promotion.health import argo_health, health, operator_health, verified
from settings.promotion import Seen
from stack import stack_parts
from tests import samples
from tests.gitops.programs import Programs, program
from tests.samples import manifests

SAME, OTHER, UNKNOWN = "1f" * 20, "2e" * 20, "3d" * 20


def same(commit: str) -> bool | None:
    return {SAME: True, OTHER: False}.get(commit)


def stack(state: str, commit: str) -> dict[str, Any]:
    return {"status": {"lastUpdate": {"state": state, "lastSuccessfulCommit": commit}}}


def application(sync: str, well: str, commit: str) -> dict[str, Any]:
    return {"status": {"sync": {"status": sync, "revision": commit}, "health": {"status": well}}}


@pytest.mark.parametrize(
    ("found", "holds", "words"),
    [
        (stack("succeeded", SAME), True, "the last update succeeded, at 1f1f1f1f1"),
        (stack("succeeded", OTHER), False, "which declares something else; wait until"),
        (stack("succeeded", UNKNOWN), False, "which this clone does not have; `git fetch`"),
        (stack("failed", SAME), False, "the last update failed; "),
        ({"status": {}}, False, "the last update is not there yet; "),
        (stack("succeeded", ""), False, "at a commit that it does not name; wait"),
        ({}, False, "the cluster has no such Stack; see that --context"),
    ],
)
def test_the_operator_is_healthy_where_it_applied_the_same(
    found: dict[str, Any], holds: bool, words: str
):
    judged = operator_health(found, same)

    assert (judged.holds, words in f"{judged.words}; {judged.cure}") == (holds, True)


@pytest.mark.parametrize(
    ("found", "holds", "words"),
    [
        (application("Synced", "Healthy", SAME), True, "Synced, Healthy, at 1f1f1f1f1"),
        (application("Synced", "Healthy", OTHER), False, "which declares something else"),
        (application("OutOfSync", "Healthy", SAME), False, "OutOfSync, Healthy; look at it"),
        (application("Synced", "Degraded", SAME), False, "Synced, Degraded; "),
        ({}, False, "the cluster has no such Application"),
    ],
)
def test_argo_cd_is_healthy_where_it_synced_the_same(
    found: dict[str, Any], holds: bool, words: str
):
    judged = argo_health(found, same)

    assert (judged.holds, words in f"{judged.words}; {judged.cure}") == (holds, True)


def test_a_cluster_that_does_not_answer_is_not_healthy():
    silent = program(1, errors="connection refused")
    found = health(Kubectl(run=silent, folder=Path()), "qa", "ns", [Seen.ARGO], same)

    assert found == {
        Seen.ARGO: Health(
            holds=False, words="kubectl says: connection refused",
            cure="see that the cluster answers, and what you may do there",
        )
    }  # fmt: skip


def cluster(jobs: Sequence[Mapping[str, Any]]) -> Kubectl:
    """Return a cluster that has these Jobs, and no pod any more."""

    def answer(words: list[str]) -> Finished:
        items = list(jobs) if "jobs" in words else list[Mapping[str, Any]]()
        return Finished(code=0, output=json.dumps({"items": items}).encode(), errors="")

    return Kubectl(run=Programs(answer=answer), folder=Path())


def ended(condition: str) -> list[dict[str, Any]]:
    listed = [{"type": condition, "status": "True", "message": "it lies"}]
    return [{**one, "status": {"conditions": listed}} for one in verifying(declared())]


def declared() -> list[Manifest]:
    return manifests(stack_parts(*samples.stack()))


@pytest.mark.parametrize(
    ("jobs", "holds", "words"),
    [
        (ended("Complete"), True, "proven: chat"),
        (ended("Failed"), False, "chat is failed: it lies"),
        ([], False, "chat is not yet: there is no Job yet"),
    ],
)
def test_a_stack_is_verified_by_the_jobs_that_it_declares(
    jobs: list[dict[str, Any]], holds: bool, words: str
):
    judged = verified(cluster(jobs), "ns", declared())
    assert (judged.holds, judged.words) == (holds, words)
    assert holds or judged.cure


def test_a_stack_that_declares_no_such_job_is_not_verified():
    parts = stack_parts(*samples.stack(verify=False))
    assert not verified(cluster(ended("Complete")), "ns", manifests(parts)).holds
