"""What the Jobs of a namespace have proven of what is declared here."""

import json
from copy import deepcopy
from typing import Any

import pytest

from components.parts.part import plain
from components.server.verification import declared_map, verify_job
from gitops.acceptance.inside import Proof, State, document, proofs
from proof.__main__ import MOST_MESSAGE_BYTES
from tests.samples import pool, pool_fields, stack

POOL = pool()
JOB = plain(verify_job(POOL, declared_map(POOL)))
NAME = JOB["metadata"]["name"]


def job(*conditions: str, message: str = "", **metadata: Any) -> dict[str, Any]:
    """Return the declared Job as a cluster has it."""
    found = deepcopy(JOB)
    found["metadata"] |= metadata
    found["spec"]["template"]["spec"]["containers"].append({"name": "mesh", "image": "mesh:1"})
    found["spec"]["template"]["spec"]["containers"][0]["image"] = "mirror.example.com/python"
    listed = [{"type": one, "status": "True", "message": message} for one in conditions]
    found["status"] = {"conditions": listed} if listed else {}
    return found


def pod(message: str | None = None, phase: str = "Failed", of: str = NAME) -> dict[str, Any]:
    state = {"terminated": {"message": message}} if message is not None else {}
    return {
        "metadata": {"name": "p", "labels": {"batch.kubernetes.io/job-name": of}},
        "status": {"phase": phase, "containerStatuses": [{"name": "verify", "state": state}]},
    }


def one(jobs: list[dict[str, Any]], pods: list[dict[str, Any]] | None = None) -> Proof:
    (found,) = proofs([POOL], jobs, pods or [])
    assert (found.pool, found.job) == ("chat", NAME)
    return found


def test_a_job_that_is_complete_has_proven_its_pool():
    found = one([job("SuccessCriteriaMet", "Complete")], [pod("{}", "Succeeded")])
    assert (found.state, found.why, found.cure) == (State.PROVEN, "", "")


def test_a_job_that_failed_says_why_by_the_words_of_its_pod():
    message = json.dumps({"passed": False, "why": ["answers m: is empty", "added models: a.gguf"]})
    for condition in ("Failed", "FailureTarget"):
        found = one([job(condition)], [pod(message), pod("{}", of="another")])
        assert (found.state, found.why) == (
            State.FAILED, "answers m: is empty; added models: a.gguf",
        )  # fmt: skip
        assert "delete the Job" in found.cure


@pytest.mark.parametrize("message", [None, "", "{", "[]", '{"why": 3}', "x" * MOST_MESSAGE_BYTES])
def test_a_pod_that_left_nothing_leaves_the_words_of_the_job(message: str | None):
    found = one([job("Failed", message="Job was active longer than specified deadline")],
                [pod(message)])  # fmt: skip
    assert (found.state, found.why) == (
        State.FAILED, "Job was active longer than specified deadline",
    )  # fmt: skip


def test_a_job_that_is_not_there_or_runs_has_proven_nothing_yet():
    assert one([]).why == "there is no Job yet"
    assert one([job()]).why == "it has no pod yet"
    assert one([job()], [pod(phase="Running")]).why == "its pod is Running"
    assert {one([]).state, one([job()]).state} == {State.NOT_YET}


def test_a_condition_that_is_not_true_is_none():
    found = job("Complete")
    found["status"]["conditions"][0]["status"] = "False"
    assert one([found]).state is State.NOT_YET


def test_a_job_of_another_declaration_proves_nothing_of_this_one():
    found = one([job("Complete", name="localai-chat-verify-00000000")])
    assert (found.state, found.why) == (
        State.OTHER, "there is only localai-chat-verify-00000000",
    )  # fmt: skip


def test_a_job_that_somebody_made_under_the_name_proves_nothing():
    made = job("Complete")
    made["spec"]["template"]["spec"]["containers"][0]["command"] = ["true"]
    assert one([made]).state is State.OTHER
    made = job("Complete")
    made["spec"]["template"]["spec"]["volumes"] = []
    assert one([made]).state is State.OTHER


def test_what_has_no_job_is_not_asked_for_and_every_other_pool_is():
    pools = {"chat": pool_fields(), "second": pool_fields(), "parked": pool_fields(replicas=0)}
    assert [one.pool for one in proofs(stack(pools)[1], [], [])] == ["chat", "second"]
    assert proofs(stack(pools, verify=False)[1], [], []) == ()


def test_nothing_is_proven_where_nothing_or_not_all_is():
    proven = Proof(pool="a", job="a", state=State.PROVEN)
    assert document("dev", [proven])["proven"] is True
    assert document("dev", [])["proven"] is False
    failed = Proof(pool="b", job="b", state=State.FAILED, why="w")
    assert document("dev", [proven, failed])["proven"] is False


@pytest.mark.parametrize(
    "changed", [{"args": ["-c", "pass"]}, {"workingDir": "/elsewhere"}, {"command": ["true"]}]
)
def test_a_job_that_runs_something_else_under_the_name_proves_nothing(changed: dict[str, Any]):
    found = job("Complete")
    found["spec"]["template"]["spec"]["containers"][0] |= changed

    assert one([found]).state is State.OTHER
