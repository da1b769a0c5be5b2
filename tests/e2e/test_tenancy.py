"""Stacks beside each other: in one cluster, in two clusters, and each held to what it declares."""

import json
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gitops.planning.checkout import declared
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.sandbox import KubectlError, Sandbox
from sandbox.engine import Engine
from tests.e2e.program import edit, objects, running, settings

pytestmark = pytest.mark.e2e

WATCHED = "servicemonitors,podmonitors,prometheusrules,resourcequotas,limitranges"


@pytest.fixture
def second(cluster: Sandbox) -> Generator[Sandbox]:
    places = layout(f"{cluster.name}-t")
    try:
        yield up(places)
    finally:
        down(places)


def seen(made: Engine) -> dict[str, tuple[str, int]]:
    """Return of each object which one it is, and how often its declaration changed."""
    return {
        name: (item["metadata"]["uid"], item["metadata"].get("generation", 1))
        for name, item in objects(made).items()
    }


def kubectl(made: Engine, *arguments: str, stdin: str = "") -> str:
    namespace = settings(made)["localai:namespace"]
    return made.sandbox.kubectl("--namespace", namespace, *arguments, stdin=stdin)


def test_two_stacks_of_one_cluster_never_touch_each_other(cluster: Sandbox, tmp_path: Path):
    with (
        running(cluster, tmp_path / "dev", "dev") as dev,
        running(cluster, tmp_path / "staging", "staging") as staging,
    ):
        edit(staging, cluster="dev")
        dev.up()
        before = seen(dev)
        staging.up()
        assert seen(dev) == before
        kept = seen(staging)
        dev.destroy()
        assert {name.partition("/")[0] for name in objects(dev)} == {"PersistentVolumeClaim"}
        assert seen(staging) == kept
        assert staging.steps() == []


def test_one_stack_converges_in_two_clusters(cluster: Sandbox, second: Sandbox, tmp_path: Path):
    with (
        running(cluster, tmp_path / "one", "dev") as one,
        running(second, tmp_path / "two", "dev") as two,
        ThreadPoolExecutor(max_workers=2) as workers,
    ):
        edit(two, cluster="two")
        list(workers.map(Engine.up, (one, two)))
        assert set(objects(one)) == set(objects(two))
        assert list(workers.map(Engine.steps, (one, two))) == [[], []]


def pod_like(deployment: dict[str, Any], name: str) -> str:
    """Return a pod as a Deployment makes them, under another name."""
    template = deployment["spec"]["template"]
    metadata = {"name": name, "labels": {"app": name}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    return json.dumps(pod)


def test_a_quota_admits_what_is_declared_through_a_rollout_and_no_server_more(
    cluster: Sandbox, tmp_path: Path
):
    with running(cluster, tmp_path, "dev") as dev:
        many = {"size": "20Gi", "class": "fast", "access": "ReadWriteMany"}
        edit(dev, quota="declared", monitoring={}, pools__chat__replicas=2)
        edit(dev, pools__chat__storage=many)
        dev.up()
        edit(dev, pools__chat__cpu=5)
        dev.up()
        refused = kubectl(dev, "get", "events", "--field-selector=reason=FailedCreate")
        assert "exceeded quota" not in refused
        assert set(kubectl(dev, "get", WATCHED, "--output=name").split()) >= {
            "resourcequota/localai",
            "servicemonitor.monitoring.coreos.com/localai-chat",
            "prometheusrule.monitoring.coreos.com/localai",
        }
        servers = objects(dev)["Deployment/localai-chat"]
        # Room for one pod that ends slowly while its successor starts, as a rollout needs it.
        kubectl(dev, "create", "--filename=-", stdin=pod_like(servers, "spare"))
        with pytest.raises(KubectlError, match="exceeded quota: localai"):
            kubectl(dev, "create", "--filename=-", stdin=pod_like(servers, "extra"))
        (head,) = declared(dev.program, ["dev"])
        assert head.namespace == settings(dev)["localai:namespace"]
        assert dev.steps() == []
        dev.destroy()
