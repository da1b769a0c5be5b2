"""The operator's delivery: its `Stack`, and the pod it makes, with the rights of the manifests."""

import json
import shutil
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops.cluster.file import read_cluster
from gitops.cluster.manifests import cluster_objects
from gitops.cluster.objects import objects
from gitops.planning.checkout import declared
from sandbox.cluster.real_node import import_image
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.engine import PROGRAM
from sandbox.images.archive import write_archive
from sandbox.images.workspace import workspace_image
from sandbox.serving.local_volumes import add_local_volume
from tests.e2e.workspace import (
    POD,
    Rule,
    Workspace,
    audited,
    granted,
    secrets_of_a_person,
    without_network,
    workspace_pod,
)
from tests.support.project import write_project

pytestmark = pytest.mark.e2e

HOME, ACCOUNT = "localai-dev", "system:serviceaccount:localai-dev:localai-engine"
CLUSTER = {
    "repository": {"url": "https://git.example.com/platform/stacks.git"},
    "stacks": {
        "dev": {
            "delivery": "operator",
            "quota": {"cpu": 64, "memory": "512Gi", "storage": "1Ti", "claims": 10},
        }
    },
    "workspace": {"image": f"registry.example.com/workspace@sha256:{'1' * 64}"},
    "state": {"claim": "state", "passphrase": {"secret": "state", "key": "passphrase"}},
}
MORE = """\
  localai:quota: {extraCpu: 1, extraMemory: 1Gi, extraClaims: 1, extraStorage: 1Gi}
  localai:monitoring: {modelCheck: false}
"""
# A ConfigMap and a Job have other names for other models: both are replaced.
CHANGES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "one model less": {"chat": {"models": ["qwen3-0.6b"]}},
    "more memory": {"embeddings": {"cpu": 3}},
}
OPTIONAL = ("localai:quota", "localai:monitoring")


def stack_file(project: Path, change: str) -> str:
    document = yaml.safe_load((project / "Pulumi.dev.yaml").read_text())
    for pool, settings in CHANGES[change].items():
        document["config"]["localai:pools"][pool] |= settings
    return yaml.safe_dump(document)


def without_options(project: Path) -> str:
    document = yaml.safe_load((project / "Pulumi.dev.yaml").read_text())
    kept = {key: value for key, value in document["config"].items() if key not in OPTIONAL}
    return yaml.safe_dump({"config": kept})


Manifests = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def project(cluster: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a checkout with one stack, bound to its cluster, and a cluster file that lists it."""
    made = write_project(tmp_path_factory.mktemp("checkout"), [*PROGRAM])
    for other in ("staging", "production"):
        (made / f"Pulumi.{other}.yaml").unlink()
    path = "--output=jsonpath={.metadata.uid}"
    uid = cluster.kubectl("get", "namespace", "kube-system", path).strip()
    text = (made / "Pulumi.dev.yaml").read_text()
    bound = text.replace("localai:cluster: dev", f"localai:cluster: {{name: dev, uid: {uid}}}")
    (made / "Pulumi.dev.yaml").write_text(bound + MORE)
    folder = made / "clusters" / "dev"
    folder.mkdir(parents=True)
    (folder / "cluster.yaml").write_text(yaml.safe_dump(CLUSTER))
    return made


@pytest.fixture(scope="module")
def manifests(project: Path) -> Manifests:
    return rendered(project)


def rendered(project: Path) -> Manifests:
    """Return what `cluster render` writes."""
    made = cluster_objects(read_cluster(project, "dev"), declared(project, ["dev"]))
    assert made
    return {name: [dict(one) for one in found] for name, found in objects(made).items()}


def rights(found: Manifests) -> set[Rule]:
    return granted([one for one in found["places"] if one["kind"] == "Role"])


@pytest.fixture(scope="module")
def workspace(
    cluster: Sandbox,
    project: Path,
    manifests: Manifests,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[Workspace]:
    archive = tmp_path_factory.mktemp("images") / "workspace.tar"
    import_image(cluster, write_archive(workspace_image(project), archive))
    add_local_volume(cluster, "engine-state", "1Gi")
    # Argo CD applies these two folders, in this order.
    cluster.apply(manifests["places"])
    cluster.apply(secrets_of_a_person(HOME))
    (stack,) = manifests["stacks/dev"]
    cluster.apply([stack])
    cluster.apply([workspace_pod(stack)])
    cluster.kubectl("-n", HOME, "wait", "--for=condition=Ready", f"pod/{POD}", "--timeout=120s")
    made = Workspace(sandbox=cluster, namespace=HOME, stack="organization/localai/dev")
    made.select()
    yield made
    cluster.kubectl("delete", "namespace", HOME, "--wait=true", "--timeout=120s")


def test_the_api_server_takes_the_stack_and_warns_of_nothing(
    cluster: Sandbox, manifests: Manifests, workspace: Workspace
):
    (stack,) = manifests["stacks/dev"]
    live = yaml.safe_load(cluster.kubectl("-n", HOME, "get", "stack", "dev", "--output=yaml"))

    assert live["spec"] == stack["spec"]
    assert workspace.stack == stack["spec"]["stack"]


def test_the_pod_may_write_nothing_but_its_volumes_and_reaches_nothing_but_the_cluster(
    workspace: Workspace,
):
    told = workspace.inside("sh", "-c", "echo x > /opt/pulumi/x; echo x > /tmp/x && echo written")
    away = workspace.inside(
        "python", "-c", "import socket; socket.create_connection(('192.0.2.1', 443), 2)"
    )

    linked = workspace.inside(
        "sh", "-c", "cd /share/workspace && .venv/bin/python -m pip --version"
    )

    assert "Read-only file system" in told.stderr
    assert told.stdout.strip() == "written"
    assert linked.stdout.startswith("pip ")
    assert away.returncode == 1


PREVIEW = """
set -e
export PULUMI_BACKEND_URL=file:///tmp PULUMI_CONFIG_PASSPHRASE=sandbox
cp -rP /checkout /tmp/made && cd /tmp/made
pulumi stack init organization/localai/dev --secrets-provider=passphrase --non-interactive
cp Pulumi.dev.yaml /tmp/dev.yaml && cd /checkout
! echo x > x
pulumi preview --stack organization/localai/dev --config-file /tmp/dev.yaml --non-interactive
"""


def test_the_image_suffices_for_a_preview_without_any_network(tmp_path: Path):
    project = write_project(tmp_path / "checkout", [*PROGRAM])
    told = without_network(workspace_image(project), tmp_path / "root", PREVIEW)

    assert told.returncode == 0, told.stdout + told.stderr
    assert "to create" in told.stdout
    assert "Read-only file system" in told.stderr


def test_the_rights_of_the_manifests_suffice_and_each_is_used(
    cluster: Sandbox,
    project: Path,
    manifests: Manifests,
    workspace: Workspace,
    tmp_path: Path,
):
    told = workspace.up()
    for change in CHANGES:
        workspace.commit(stack_file(project, change))
        told += workspace.up()
    drift(cluster, rights(manifests))
    told += workspace.up()
    workspace.must("refresh", "--yes", "--skip-preview")
    outputs = json.loads(workspace.must("stack", "output", "--json", "--show-secrets"))
    shutil.copytree(project, tmp_path / "fewer")
    (tmp_path / "fewer" / "Pulumi.dev.yaml").write_text(without_options(project))
    cluster.apply(rendered(tmp_path / "fewer")["places"], "--force-conflicts")
    workspace.commit(without_options(project))
    workspace.up()
    destroy(cluster, workspace)
    cluster.apply(manifests["places"], "--force-conflicts")

    used, denied = audited(cluster.layout.logs / "audit.log", ACCOUNT)
    assert "deleted" in told
    assert outputs.keys() == {"addresses"}
    assert denied == {}
    assert used["kube-system", "", "namespaces", "get"]
    given = rights(manifests)
    left = resources(given, "delete") - resources(given, "create")
    # No Service of this stack is waited for, not even until it is gone; the state of earlier code
    # has some that a refresh waits for. Endpoints are slices in a later provider; what a stack
    # never had it never leaves.
    assert {one[:3] for one in given - {*used}} - left == {
        (HOME, "", "endpoints"),
        (HOME, "", "services"),
        (HOME, "discovery.k8s.io", "endpointslices"),
    }


def resources(given: set[Rule], verb: str) -> set[tuple[str, str, str]]:
    return {one[:3] for one in given if one[3] == verb}


def drift(cluster: Sandbox, given: set[Rule]) -> None:
    """Change a label of every object of the stack by other hands."""
    kinds = (f"{kind}.{group}".rstrip(".") for _, group, kind in resources(given, "create"))
    label = ("--selector=app.kubernetes.io/name=localai", "app.kubernetes.io/part-of=other")
    cluster.kubectl("-n", HOME, "label", "--overwrite", ",".join(sorted(kinds)), *label)


def destroy(cluster: Sandbox, workspace: Workspace) -> None:
    """Delete the stack, and as a person the claims that it leaves behind."""
    workspace.must("destroy", "--yes", "--skip-preview")
    kept = [f"localai-{pool}-storage" for pool in ("chat", "embeddings")]
    cluster.kubectl("-n", HOME, "delete", "pvc", *kept, "--timeout=60s")


@contextmanager
def without(cluster: Sandbox, manifests: Manifests, verb: str, resource: str) -> Generator[None]:
    """Take one verb on one kind away from the account of the stack, and give it back."""
    (role,) = (
        one
        for one in manifests["places"]
        if one["kind"] == "Role" and one["metadata"]["namespace"] == HOME
    )

    def settled(answer: str) -> None:
        asked = [
            cluster.tools.program("kubectl"),
            "auth",
            "can-i",
            verb,
            resource,
            f"--as={ACCOUNT}",
        ]
        wait_until(
            lambda: cluster.run([*asked, f"--namespace={HOME}"]).stdout.strip() == answer,
            f"the right to {verb} {resource} stayed as it was",
        )

    cluster.apply([lessened(role, verb, resource)], "--force-conflicts")
    settled("no")
    try:
        yield
    finally:
        cluster.apply([role], "--force-conflicts")
        settled("yes")


def lessened(role: dict[str, Any], verb: str, resource: str) -> dict[str, Any]:
    rules: list[dict[str, Any]] = []
    for rule in role["rules"]:
        others = [one for one in rule["resources"] if one != resource]
        rules += [{**rule, "resources": others}] if others else []
        if resource in rule["resources"]:
            left = [one for one in rule["verbs"] if one != verb]
            rules.append({**rule, "resources": [resource], "verbs": left})
    return {**role, "rules": rules}


def test_a_verb_that_is_taken_away_is_missed_in_the_words_of_the_engine(
    cluster: Sandbox,
    project: Path,
    manifests: Manifests,
    workspace: Workspace,
):
    def refused(verb: str, resource: str, *words: str) -> None:
        with without(cluster, manifests, verb, resource):
            done = workspace.pulumi(*words, "--yes", "--skip-preview")
        assert done.returncode != 0, f"{verb} {resource}"
        assert f'cannot {verb} resource "{resource}"' in done.stdout + done.stderr

    workspace.commit(stack_file(project, "nothing"))
    refused("create", "networkpolicies", "up")
    workspace.up()
    workspace.commit(stack_file(project, "more memory"))
    refused("patch", "deployments", "up")
    workspace.commit(stack_file(project, "one model less"))
    refused("delete", "configmaps", "up")
    refused("get", "services", "refresh")
    destroy(cluster, workspace)


@pytest.mark.parametrize(
    ("verb", "resource"), [("list", "persistentvolumeclaims"), ("watch", "events")]
)
def test_without_what_waiting_needs_an_update_hangs_without_a_word_and_then_goes_on(
    cluster: Sandbox,
    manifests: Manifests,
    workspace: Workspace,
    verb: str,
    resource: str,
):
    log = cluster.layout.logs / "audit.log"

    def denied() -> int:
        return audited(log, ACCOUNT)[1][HOME, "", resource, verb]

    before = denied()
    with ThreadPoolExecutor(max_workers=1) as pool:
        with without(cluster, manifests, verb, resource):
            run = pool.submit(workspace.pulumi, "up", "--yes", "--skip-preview")
            wait_until(lambda: denied() > before + 3, "nothing was denied", seconds=120)
            assert not run.done()
        done = run.result()
    assert done.returncode == 0, done.stdout
    assert "forbidden" not in done.stdout + done.stderr
    destroy(cluster, workspace)
