"""`sandbox up --context`, against a real API server that is reached as any other cluster is."""

import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.cluster.sandbox import Sandbox
from tests.e2e.program import CHECKOUT

pytestmark = pytest.mark.e2e

ADDED = ("certificates.cert-manager.io", "httproutes.gateway.networking.k8s.io")
NAMESPACES = ("localai-dev", "localai-production", "localai-staging", "argocd")


@pytest.fixture
def kubeconfig(cluster: Sandbox, tmp_path: Path) -> Path:
    """Return a kubeconfig with the administrator as `colleague`, and a `visitor` who may little."""
    config = json.loads(cluster.kubectl("config", "view", "--raw", "--output=json"))
    (user,) = config["users"]
    visitor = {"name": "visitor", "user": {**user["user"], "as": "visitor"}}
    context = config["contexts"][0]["context"]
    config["users"].append(visitor)
    config["contexts"] = [
        {"name": "colleague", "context": context},
        {"name": "visitor", "context": {**context, "user": "visitor"}},
    ]
    config["current-context"] = "visitor"
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    return path


@pytest.fixture(autouse=True)
def cleaned(cluster: Sandbox) -> Generator[None]:
    yield
    cluster.kubectl("delete", "namespace", *NAMESPACES, "--ignore-not-found")


def up(cluster: Sandbox, kubeconfig: Path, context: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "sandbox", "up", f"--context={context}"]
    variables = {"KUBECONFIG": str(kubeconfig), "PYTHONPATH": str(CHECKOUT)}
    return cluster.run(argv, environment=variables)


def established(cluster: Sandbox, name: str) -> str:
    path = '--output=jsonpath={.status.conditions[?(@.type=="Established")].status}'
    return cluster.kubectl("get", f"crd/{name}", path)


def test_a_cluster_that_is_there_gets_what_it_lacks(cluster: Sandbox, kubeconfig: Path) -> None:
    cluster.kubectl("delete", "crd", *ADDED)
    done = up(cluster, kubeconfig, "colleague")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("context     colleague, Kubernetes v1.34.10\n")
    assert [line for line in done.stdout.splitlines() if "created     definition" in line] == [
        f"created     definition {name}" for name in ADDED
    ]
    assert {established(cluster, name) for name in ADDED} == {"True"}
    label = "--output=jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}"
    assert cluster.kubectl("get", "namespace/localai-dev", label) == "restricted"


def test_a_second_time_changes_nothing(cluster: Sandbox, kubeconfig: Path) -> None:
    up(cluster, kubeconfig, "colleague")
    versions = "--output=jsonpath={.items[*].metadata.resourceVersion}"
    before = cluster.kubectl("get", "crd,namespace", versions)
    done = up(cluster, kubeconfig, "colleague")
    after = cluster.kubectl("get", "crd,namespace", versions)
    assert done.returncode == 0
    assert "created" not in done.stdout
    assert after == before


def test_a_user_who_may_not_is_told_what_is_refused(cluster: Sandbox, kubeconfig: Path) -> None:
    done = up(cluster, kubeconfig, "visitor")
    assert done.returncode == 1
    assert "refused     namespace localai-dev: The user of context 'visitor' may not" in done.stdout
    assert "missing     the right to list nodes" in done.stdout
    assert "Traceback" not in done.stderr


def test_an_unknown_context_is_one_sentence(cluster: Sandbox, kubeconfig: Path) -> None:
    done = up(cluster, kubeconfig, "colleage")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "The kubeconfig has no context 'colleage'. Choose from colleague, visitor."
    )
