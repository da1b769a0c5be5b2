"""A cluster pulls its manifests: one apply by a person, then Argo CD alone."""

import json
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path
from statistics import median

import pytest

from sandbox.argocd.application import Application, ApplicationStatus
from sandbox.argocd.git_server import git_server
from sandbox.argocd.programs import NOTIFICATIONS, end, notifications
from sandbox.argocd.programs import places as argocd_places
from sandbox.argocd.start import config_map, repositories_folder, secret, start
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.waiting import wait_until
from tests.e2e.pulling import HOOK, MANIFESTS, Pulled, checkout, receiver

pytestmark = pytest.mark.e2e

DEV, PRODUCTION = "localai-dev", "localai-production"
CHAT = "deployment/localai-chat"


@pytest.fixture(scope="module")
def pulled() -> Generator[Pulled]:
    """A cluster that has pulled its first commit: the root was applied, and nothing else."""
    places = layout(f"pull-{os.getpid()}")
    try:
        sandbox = up(places)
        folder = repositories_folder(sandbox)
        argocd = start(sandbox, folder, customized=False, poll="5s")
        with git_server(sandbox, folder) as server:
            made = checkout(argocd, server.url("stacks"), "stacks")
            revision = made.push("Begin")
            made.begin()
            made.wait(revision)
            yield made
    finally:
        down(places)


def test_the_first_commit_is_there_and_well_with_our_rules_of_health(pulled: Pulled) -> None:
    labels = pulled.get("namespace", DEV)["metadata"]["labels"]
    rules = pulled.get("configmap", "argocd-cm", "argocd")["data"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert pulled.get("quota", "cluster", DEV)["spec"]["hard"]["requests.cpu"] == "64"
    assert {
        "resource.customizations.health.PersistentVolumeClaim",
        "resource.customizations.health.argoproj.io_Application",
        "resource.customizations.health.pulumi.com_Stack",
    } <= set(rules)
    for namespace in (DEV, PRODUCTION):
        assert pulled.names("deployments", namespace) == {"deployment.apps/localai-chat"}
        status = pulled.get("deployment", "localai-chat", namespace)["status"]
        assert status["readyReplicas"] == status["replicas"]


def test_an_edit_that_is_merged_arrives_and_makes_new_jobs(pulled: Pulled) -> None:
    before = pulled.names("configmaps,jobs", PRODUCTION)
    pulled.pool("production", models=["qwen3-0.6b", "llama-3.2-1b-instruct"])
    pulled.wait(pulled.push(), "stack-production", "cluster-main")
    after = pulled.names("configmaps,jobs", PRODUCTION)

    assert before != after
    # What the edit made old is gone.
    assert len(before) == len(after)


def test_a_hand_edit_and_a_deletion_are_healed(pulled: Pulled) -> None:
    kubectl = pulled.argocd.sandbox.kubectl
    kubectl(f"--namespace={PRODUCTION}", "scale", CHAT, "--replicas=3")
    kubectl(f"--namespace={DEV}", "delete", "quota", "cluster")
    kubectl("label", "namespace", DEV, "pod-security.kubernetes.io/enforce=privileged",
            "--overwrite")  # fmt: skip

    def healed() -> bool:
        replicas = pulled.get("deployment", "localai-chat", PRODUCTION)["spec"]["replicas"]
        level = pulled.get("namespace", DEV)["metadata"]["labels"]
        quotas = pulled.names("quota", DEV)
        return (
            replicas == 1
            and quotas == {"resourcequota/cluster"}
            and level["pod-security.kubernetes.io/enforce"] == "restricted"
        )

    wait_until(healed, "Hand edits were not healed", seconds=60)


def at_rest(pulled: Pulled) -> bool:
    """Return whether no sync runs, or waits to be tried again."""
    states = map(pulled.argocd.status, pulled.applications())
    return all(one.phase != "Running" for one in states)


FOREIGN: dict[str, dict[str, object]] = {
    "resource :Secret is not permitted in project stack-production": {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
    },
    "namespace kube-system is not permitted in project 'stack-production'": {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "kube-system"},
    },
    "ClusterRole is not permitted in project stack-production": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "r"},
        "rules": [],
    },
}


def test_a_project_lets_nothing_else_through(pulled: Pulled) -> None:
    path = pulled.folder / MANIFESTS / "stacks" / "production" / "foreign.yaml"
    path.write_text("---\n".join(f"{json.dumps(one)}\n" for one in FOREIGN.values()))
    revision = pulled.repository.commit("Slip something in")

    def refused(status: ApplicationStatus) -> bool:
        at = status.revision == revision
        return at and all(cause in status.sentence() for cause in FOREIGN)

    try:
        pulled.argocd.wait("stack-production", refused, timeout=60)
    finally:
        path.unlink()
        taken = pulled.repository.commit("Take it back")
    # Nothing is left to sync, so the last sync stays the one that failed.
    pulled.argocd.wait(
        "stack-production",
        lambda status: (
            (status.revision, status.sync, status.health) == (taken, "Synced", "Healthy")
        ),
    )


def test_what_controllers_write_is_left_to_them_and_nothing_is_synced_for_ever(
    pulled: Pulled,
) -> None:
    def scaled() -> bool:
        return pulled.get("deployment", "localai-chat", DEV)["spec"]["replicas"] == 2

    pulled.pool("dev", scaling={"min": 2, "max": 4, "cpu": 70})
    pulled.push()
    wait_until(scaled, "The autoscaler did not write its number", seconds=90)
    wait_until(lambda: at_rest(pulled), "A sync did not end", seconds=90)
    before = pulled.syncs()
    for _ in range(3):
        pulled.wait_for_a_look()

    assert pulled.syncs() == before
    assert scaled()
    # Nobody measures pods here, which is all that Argo CD has to say of the autoscaler.
    status = pulled.argocd.status("stack-dev")
    assert status.sync == "Synced"
    assert {one.kind for one in status.objects if one.health not in ("", "Healthy")} <= {
        "HorizontalPodAutoscaler"
    }

    # It was the last object of its kind, and goes like any other.
    pulled.pool("dev", scaling=None, replicas=1)
    pulled.wait(pulled.push(), "stack-dev", "cluster-main")
    assert pulled.names("horizontalpodautoscalers", DEV) == set()
    assert pulled.get("deployment", "localai-chat", DEV)["spec"]["replicas"] == 1


SECRET = "argocd-notifications-secret"
TOLD = {"webhook": {"secret": SECRET, "key": "told"}}


@pytest.fixture
def told(pulled: Pulled, tmp_path: Path) -> Generator[Callable[[], list[dict[str, str]]]]:
    """Run what tells of Applications, with a key of a person's, and return what it told."""
    sandbox, path = pulled.argocd.sandbox, tmp_path / "told"
    sandbox.apply([
        secret(SECRET, {"told": HOOK}),
        config_map("argocd-notifications-cm", {"context": "place: here"}),
    ])  # fmt: skip
    sandbox.start(notifications(sandbox.layout, argocd_places(sandbox.layout)))
    try:
        with receiver(sandbox, path):
            yield lambda: [json.loads(line) for line in path.read_text().splitlines()]
    finally:
        end(sandbox, NOTIFICATIONS)


def test_a_webhook_is_told_of_a_sync_and_of_one_that_failed_once_each(
    pulled: Pulled, told: Callable[[], list[dict[str, str]]]
) -> None:
    def events(revision: str) -> list[tuple[str, str]]:
        return [(one["event"], one["application"]) for one in told() if revision in one["text"]]

    pulled.edit_cluster(notifications=TOLD)
    pulled.pool("production", cpu=5)
    revision = pulled.push()
    pulled.begin()
    pulled.wait(revision)
    synced = [("synced", "stack-production")]
    wait_until(
        lambda: [one for one in events(revision) if one in synced] == synced,
        "nobody was told of a sync",
        seconds=60,
    )
    path = pulled.folder / MANIFESTS / "stacks" / "production" / "foreign.yaml"
    path.write_text(
        json.dumps(FOREIGN["resource :Secret is not permitted in project stack-production"])
    )
    pulled.repository.commit("Slip something in")
    failed = [("failed", "stack-production")]
    wait_until(lambda: events("Secret is not permitted") == failed, "no failure", seconds=90)
    path.unlink()
    keys = pulled.get("configmap", "argocd-notifications-cm", "argocd")["data"]
    pulled.edit_cluster(notifications=None)
    left = pulled.push()
    pulled.begin()

    # What is left of our keys keeps no Application from being as declared.
    pulled.wait(left, "cluster-main")
    assert keys["context"] == "place: here"
    assert HOOK not in json.dumps(keys)
    assert [one for one in events(revision) if one in synced] == synced
    assert events("Secret is not permitted") == failed


def seconds(pulled: Pulled, name: str, cpu: int) -> float:
    """Return how long one Application takes to a commit that a webhook announces."""
    pulled.pool("production", cpu=cpu)
    revision = pulled.push()
    begun = time.monotonic()
    pulled.argocd.refresh(name)
    pulled.wait(revision, name)
    return time.monotonic() - begun


def test_a_commit_converges_as_soon_as_with_argo_cd_alone(
    pulled: Pulled, record_property: Callable[[str, object], None]
) -> None:
    ours = [seconds(pulled, "stack-production", cpu) for cpu in (2, 3, 4)]
    # Nothing below them is deleted with them.
    # Theirs has the same objects, over the same https.
    for name in ("cluster-main", "stack-production"):
        pulled.argocd.delete(name)
    alone = Application(
        name="alone",
        repository=pulled.folder,
        url=pulled.url,
        path=f"{MANIFESTS}/stacks/production",
        namespace=PRODUCTION,
    )
    pulled.argocd.apply(alone)
    pulled.wait(pulled.repository.git("rev-parse", "HEAD").strip(), "alone")
    theirs = [seconds(pulled, "alone", cpu) for cpu in (5, 6, 7)]

    record_property("seconds from commit to converged", median(ours))
    record_property("seconds with Argo CD alone", median(theirs))
    assert median(ours) < 2 * median(theirs) + 5
