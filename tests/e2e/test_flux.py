"""A cluster that Flux pulls into: the two real controllers on what `cluster render` writes."""

import os
from collections.abc import Generator
from dataclasses import dataclass

import pytest
import yaml

from sandbox.argocd.argocd import ArgoCd
from sandbox.argocd.git_server import git_server
from sandbox.argocd.start import repositories_folder
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.waiting import wait_until
from tests.e2e.flux import Flux, flux
from tests.e2e.pulling import MANIFESTS, Pulled, checkout

pytestmark = pytest.mark.e2e

DEV, PRODUCTION = "localai-dev", "localai-production"
KUSTOMIZATIONS = ("cluster-main", "cluster-main-places", "stack-dev", "stack-production")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster, its repository, and Flux that follows it."""

    pulled: Pulled
    flux: Flux

    def merged(self, *names: str, message: str = "Change a stack") -> str:
        """Push what was edited, and return its revision once Flux has applied it."""
        revision = self.pulled.push(message)
        self.flux.ask(source="cluster-main")
        self.flux.wait(revision, *(names or KUSTOMIZATIONS))
        return revision


@pytest.fixture(scope="module")
def cluster() -> Generator[Cluster]:
    """A cluster that has pulled its first commit: the root was applied, and nothing else."""
    places = layout(f"flux-{os.getpid()}")
    try:
        sandbox = up(places)
        folder = repositories_folder(sandbox)
        folder.mkdir(parents=True, exist_ok=True)
        with git_server(sandbox, folder) as server:
            running = flux(sandbox, server)
            argocd = ArgoCd(sandbox=sandbox, repositories=folder)
            pulled = checkout(argocd, server.url("stacks"), "stacks")
            token = {"secret": "repository", "key": "password"}
            pulled.edit_cluster(
                controller="flux", repository={"url": server.url("stacks"), "token": token}
            )
            revision = pulled.push("Begin")
            pulled.begin()
            running.wait(revision, *KUSTOMIZATIONS)
            yield Cluster(pulled=pulled, flux=running)
    finally:
        down(places)


def test_the_first_commit_is_there_and_serves(cluster: Cluster) -> None:
    pulled = cluster.pulled
    labels = pulled.get("namespace", DEV)["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert pulled.get("quota", "cluster", DEV)["spec"]["hard"]["requests.cpu"] == "64"
    for namespace in (DEV, PRODUCTION):
        assert pulled.names("deployments", namespace) == {"deployment.apps/localai-chat"}
        status = pulled.get("deployment", "localai-chat", namespace)["status"]
        assert status["readyReplicas"] == status["replicas"]


def test_an_edit_that_is_merged_arrives_and_what_it_made_old_is_gone(cluster: Cluster) -> None:
    before = cluster.pulled.names("configmaps,jobs", PRODUCTION)
    cluster.pulled.pool("production", models=["qwen3-0.6b", "llama-3.2-1b-instruct"])
    cluster.merged()
    after = cluster.pulled.names("configmaps,jobs", PRODUCTION)

    assert before != after
    assert len(before) == len(after)


def test_a_hand_edit_and_a_deletion_are_healed_at_the_next_look(cluster: Cluster) -> None:
    kubectl = cluster.pulled.argocd.sandbox.kubectl
    kubectl(f"--namespace={PRODUCTION}", "scale", "deployment/localai-chat", "--replicas=3")
    kubectl(f"--namespace={DEV}", "delete", "quota", "cluster")
    cluster.flux.ask("stack-production", "cluster-main-places")

    def healed() -> bool:
        found = cluster.pulled.get("deployment", "localai-chat", PRODUCTION)
        return found["spec"]["replicas"] == 1 and bool(cluster.pulled.names("quota", DEV))

    wait_until(healed, "Flux did not heal what was edited by hand", seconds=120)


def test_a_manifest_of_another_namespace_is_refused_by_the_rights_of_the_stack(
    cluster: Cluster,
) -> None:
    path = cluster.pulled.folder / MANIFESTS / "stacks" / "dev" / "stranger.yaml"
    metadata = {"name": "stranger", "namespace": PRODUCTION}
    path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}))
    cluster.pulled.repository.commit("Reach into another namespace")
    cluster.flux.ask(source="cluster-main")
    try:
        wait_until(
            lambda: "forbidden" in cluster.flux.ready("stack-dev")[1],
            "Flux applied what the stack has no right to",
            seconds=120,
        )
        assert "configmap/stranger" not in cluster.pulled.names("configmaps", PRODUCTION)
    finally:
        path.unlink()
        cluster.merged(message="Take it out again")


def test_a_stack_that_is_frozen_stays_as_it_is(cluster: Cluster) -> None:
    pulled = cluster.pulled
    stacks = {"dev": {"delivery": "rendered"}, "production": {"delivery": "rendered"}}
    pulled.edit_cluster(stacks={**stacks, "production": {"delivery": "rendered", "frozen": True}})
    cluster.merged("cluster-main", "cluster-main-places", "stack-dev")
    before = pulled.get("deployment", "localai-chat", PRODUCTION)["metadata"]["generation"]
    pulled.pool("production", cpu=2)
    cluster.merged("cluster-main", "cluster-main-places", "stack-dev")
    assert pulled.get("deployment", "localai-chat", PRODUCTION)["metadata"]["generation"] == before

    pulled.edit_cluster(stacks=stacks)
    cluster.merged()
    assert pulled.get("deployment", "localai-chat", PRODUCTION)["metadata"]["generation"] > before


def test_a_stack_that_is_deleted_from_the_repository_keeps_what_runs(cluster: Cluster) -> None:
    pulled = cluster.pulled
    uid = pulled.get("deployment", "localai-chat", DEV)["metadata"]["uid"]
    (pulled.folder / "Pulumi.dev.yaml").unlink()
    pulled.edit_cluster(stacks={"production": {"delivery": "rendered"}})
    cluster.merged("cluster-main", "cluster-main-places", "stack-production")

    wait_until(
        lambda: "stack-dev" not in cluster.flux.names(), "stack-dev is still pulled", seconds=60
    )
    assert pulled.get("deployment", "localai-chat", DEV)["metadata"]["uid"] == uid
    assert pulled.names("persistentvolumeclaims", DEV)
