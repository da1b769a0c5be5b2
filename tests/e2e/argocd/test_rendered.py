"""A stack as Argo CD delivers it from committed manifests."""

import time
from collections.abc import Callable, Generator

import pytest

from components.parts.labels import VERIFY_ROLE
from components.parts.roles import ROLE
from sandbox.argocd.application import ApplicationStatus, Retry
from sandbox.cluster.waiting import wait_until
from tests.e2e.argocd.delivery import Delivery

pytestmark = pytest.mark.e2e

IMPATIENT = Retry(limit=30, first=1, factor=1)
POOLS = {"chat", "embeddings"}
Record = Callable[[str, object], None]


@pytest.fixture
def full(delivery: Delivery) -> Generator[Callable[[], None]]:
    """No node takes a pod without a GPU until the returned function is called."""
    sandbox = delivery.argocd.sandbox
    nodes = ("cpu-0", "cpu-1")
    sandbox.kubectl("cordon", *nodes)
    yield lambda: (sandbox.kubectl("uncordon", *nodes), None)[1]
    sandbox.kubectl("uncordon", *nodes)


@pytest.mark.core
def test_a_commit_converges(running: Delivery, record_property: Record):
    pools = running.settings()["pools"]
    running.edit(pools={**pools, "more": {**pools["embeddings"], "cpu": 1}})
    record_property("seconds from commit to converged", running.converge())
    deployments = running.objects("deployments")
    assert {one["metadata"]["name"] for one in deployments} == {
        f"localai-{pool}" for pool in (*POOLS, "more")
    }
    assert all(one["status"]["readyReplicas"] == 1 for one in deployments)


def test_servers_wait_until_their_jobs_are_done(delivery: Delivery, full: Callable[[], None]):
    revision = delivery.push()
    delivery.begin()

    def waits_for_jobs(status: ApplicationStatus) -> bool:
        awaited = status.message.startswith("waiting for healthy state of batch/Job")
        return status.phase == "Running" and awaited

    delivery.argocd.wait(delivery.name, waits_for_jobs)
    assert delivery.names("deployments") == set()
    full()
    delivery.wait(revision)
    # Times in Kubernetes are whole seconds in UTC, so they compare as text.
    jobs = {True: list[str](), False: list[str]()}
    for job in delivery.objects("jobs"):
        jobs[job["metadata"]["labels"][ROLE] == VERIFY_ROLE].append(job["status"]["completionTime"])
    done = jobs[False]
    made = [one["metadata"]["creationTimestamp"] for one in delivery.objects("deployments")]
    assert len(done) == 2 * len(POOLS)
    assert len(made) == len(POOLS)
    assert max(done) <= min(made)
    # Those that verify come after the servers.
    assert len(jobs[True]) == len(POOLS)
    assert min(jobs[True]) >= max(made)


@pytest.mark.core
def test_a_hand_edit_is_undone(running: Delivery, record_property: Record):
    deployment = "deployment/localai-chat"
    replicas = "--output=jsonpath={.spec.replicas}"
    running.kubectl("scale", deployment, "--replicas=3")
    start = time.monotonic()
    wait_until(lambda: running.kubectl("get", deployment, replicas) == "1", "It was not healed")
    record_property("seconds from hand edit to healed", time.monotonic() - start)


def test_a_deleted_object_comes_back(running: Delivery):
    before = running.objects("services")
    running.kubectl("delete", "service", "localai-chat")

    def is_back() -> bool:
        found = {one["metadata"]["name"] for one in running.objects("services")}
        return found == {one["metadata"]["name"] for one in before}

    wait_until(is_back, "It did not come back")


def test_a_removed_model_takes_its_files_list_and_job_along(running: Delivery):
    claims = {one["metadata"]["name"]: one["metadata"]["uid"] for one in running.objects("pvc")}
    before = running.names("configmaps,jobs")
    pools = running.settings()["pools"]
    kept, removed = pools["chat"]["models"]
    assert removed not in pools["chat"]["aliases"].values()
    running.edit(pools={**pools, "chat": {**pools["chat"], "models": [kept]}})
    running.converge()
    after = running.names("configmaps,jobs")
    gone = {name.rsplit("-", 1)[0] for name in before - after}
    assert gone == {
        "configmap/localai-chat-models",
        "configmap/localai-chat-set",
        "configmap/localai-chat-verify",
        "job.batch/localai-chat-verify",
        "job.batch/localai-chat-weights",
    }
    assert len(before - after) == len(after - before)
    assert claims == {
        one["metadata"]["name"]: one["metadata"]["uid"] for one in running.objects("pvc")
    }


def test_a_removed_pool_leaves_nothing_but_its_claim(running: Delivery):
    pools = running.settings()["pools"]
    running.edit(pools={"chat": pools["chat"]})
    revision = running.push()
    running.argocd.refresh(running.name)

    def is_applied(status: ApplicationStatus) -> bool:
        at_rest = (status.revision, status.phase) == (revision, "Succeeded")
        differing = {one.kind for one in status.objects if one.sync != "Synced"}
        return at_rest and differing <= {"PersistentVolumeClaim"}

    running.argocd.wait(running.name, is_applied)
    left = running.names(
        "deployments,services,serviceaccounts,configmaps,jobs,poddisruptionbudgets,pvc"
    )
    assert {name for name in left if "embeddings" in name} == {
        "persistentvolumeclaim/localai-embeddings-storage"
    }


def wait_for_retry(delivery: Delivery, cause: str) -> None:
    """Return when a sync has failed again for this cause; while one runs, none is shown."""
    delivery.argocd.wait(
        delivery.name, lambda status: status.retries > 0 and cause in status.message
    )


def test_a_stack_whose_namespace_comes_late_converges(homeless: Delivery):
    revision = homeless.push()
    homeless.begin(IMPATIENT)
    wait_for_retry(homeless, f'namespaces "{homeless.name}" not found')
    homeless.make_namespace()
    homeless.wait(revision)


def test_a_stack_that_a_quota_refuses_converges_once_the_quota_is_raised(delivery: Delivery):
    delivery.kubectl("create", "quota", "tight", "--hard=count/jobs.batch=1")
    revision = delivery.push()
    delivery.begin(IMPATIENT)
    wait_for_retry(delivery, "exceeded quota: tight")
    delivery.kubectl("delete", "quota", "tight")
    delivery.wait(revision)


def test_a_stack_is_degraded_while_what_it_serves_is_not_proven(running: Delivery):
    """A pod that finds no node stands for one that finds something wrong: the Job fails."""
    sandbox, nodes = running.argocd.sandbox, ("cpu-0", "cpu-1")
    name = next(one for one in sorted(running.names("jobs")) if "-verify-" in one)

    def is_back() -> bool:
        return name in running.names("jobs")

    def is_unproven(status: ApplicationStatus) -> bool:
        return (status.sync, status.health) == ("Synced", "Degraded")

    def is_proven(status: ApplicationStatus) -> bool:
        return (status.sync, status.health) == ("Synced", "Healthy")

    sandbox.kubectl("cordon", *nodes)
    try:
        running.kubectl("delete", name)
        wait_until(is_back, "It was not made again")
        running.kubectl("patch", name, "--patch", '{"spec": {"activeDeadlineSeconds": 1}}')
        running.argocd.wait(running.name, is_unproven)
    finally:
        sandbox.kubectl("uncordon", *nodes)
    running.kubectl("delete", name)
    running.argocd.wait(running.name, is_proven)
