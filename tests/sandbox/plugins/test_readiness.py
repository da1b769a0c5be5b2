from typing import Any

from sandbox.plugins.properties import Properties
from sandbox.plugins.readiness import progress


def deployment(**status: Any) -> Properties:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"generation": 2},
        "spec": {"replicas": 2},
        "status": {"observedGeneration": 2, **status},
    }


PHASES = ("Pending", "Available", "Bound")
FULL = {
    "replicas": 2,
    "updatedReplicas": 2,
    "availableReplicas": 2,
    "conditions": [{"type": "Available", "status": "True"}],
}


def test_a_deployment_with_all_pods_available_is_ready() -> None:
    assert progress(deployment(**FULL)).state == "ready"


def test_a_deployment_whose_change_was_not_seen_is_waited_for() -> None:
    assert progress(deployment(**{**FULL, "observedGeneration": 1})).state == "waiting"


def test_a_deployment_with_old_pods_left_is_waited_for() -> None:
    now = progress(deployment(**{**FULL, "replicas": 3}))
    assert (now.state, now.message) == ("waiting", "1 old pods are still there")


def test_a_deployment_past_its_deadline_has_failed() -> None:
    late = {"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "too late"}
    now = progress(deployment(conditions=[late]))
    assert (now.state, now.message) == ("failed", "too late")


def test_a_failed_job_says_why() -> None:
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "x"}
    status = {"conditions": [failed]}
    job: Properties = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {}, "status": status}
    now = progress(job)
    assert (now.state, now.message) == ("failed", "BackoffLimitExceeded: x")


def test_a_quota_is_ready_once_it_is_counted() -> None:
    quota: Properties = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {}}
    quota["spec"] = {"hard": {"cpu": "1"}}
    assert progress(quota).state == "waiting"
    assert progress({**quota, "status": {"hard": {"cpu": "1"}}}).state == "ready"


def test_a_volume_is_ready_once_it_is_available_or_bound() -> None:
    volume: Properties = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {}}
    states = [progress({**volume, "status": {"phase": one}}).state for one in PHASES]
    assert states == ["waiting", "ready", "ready"]


def test_a_stateful_set_waits_for_its_new_template() -> None:
    rolling = {"observedGeneration": 1, "readyReplicas": 1, "updatedReplicas": 0}
    revisions = {"currentRevision": "a", "updateRevision": "b"}
    thing: Properties = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"generation": 1},
        "spec": {"replicas": 1},
        "status": {**rolling, **revisions},
    }
    assert progress(thing).state == "waiting"
    thing["status"]["updateRevision"] = "a"
    assert progress(thing).state == "ready"


def test_a_kind_without_a_rule_is_ready_at_once() -> None:
    live: Properties = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}
    assert progress(live).state == "ready"


def test_the_annotation_replaces_the_rule_of_a_kind() -> None:
    live = deployment()
    live["metadata"]["annotations"] = {"pulumi.com/waitFor": "condition=Ready"}
    assert progress(live).message == "waiting for condition=Ready"
