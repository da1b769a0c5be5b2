"""The stand-in plugins under the real engine: preview, up, refresh, import and destroy."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from sandbox.cluster.sandbox import Sandbox
from tests.e2e.contract.engine import Engine, engine

pytestmark = pytest.mark.e2e

NO_CHANGES_EXPECTED = 7

PROGRAM = """
import os
import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

data = os.environ.get("DATA", "1")
provider = k8s.Provider(
    "cluster", cluster_identifier="sandbox", upsert_existing_objects=os.environ.get("UPSERT") == "1"
)
options = pulumi.ResourceOptions(provider=provider)
retained = pulumi.ResourceOptions(provider=provider, retain_on_delete=True)

def named(name):
    return {"name": name, "namespace": os.environ["SPACE"]}

k8s.core.v1.ConfigMap("fixed", metadata=named("fixed"), data={"a": data}, opts=options)
hashed = k8s.core.v1.ConfigMap(
    "hashed", metadata=named(f"hashed-{data}"), data={"a": data}, immutable=True, opts=options)
password = random.RandomPassword("password", length=20, special=False)
k8s.core.v1.Secret(
    "secret", metadata=named("secret"), string_data={"password": password.result}, opts=options)
k8s.core.v1.PersistentVolumeClaim("models", metadata=named("models"), opts=retained, spec={
    "accessModes": ["ReadWriteOnce"], "storageClassName": "standard",
    "resources": {"requests": {"storage": "1024Mi"}}})
k8s.core.v1.Service("service", metadata=named("service"), opts=options, spec={
    "selector": {"hash": hashed.metadata["name"]}, "ports": [{"port": 80}]})
"""


@pytest.fixture
def kubectl(sandbox: Sandbox, name: str) -> Generator[Callable[..., str]]:
    sandbox.kubectl("create", "namespace", name)
    yield lambda *words: sandbox.kubectl(f"--namespace={name}", *words)
    sandbox.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def stack(sandbox: Sandbox, tmp_path: Path, name: str, kubectl: Callable[..., str]) -> Engine:
    assert kubectl
    return engine(sandbox, tmp_path, PROGRAM, {"SPACE": name})


def test_a_stack_comes_up_changes_and_goes(stack: Engine, kubectl: Callable[..., str]) -> None:
    assert "is a stand-in for tests" in stack.do("up", "--yes", "--skip-preview")
    assert stack.steps() == []
    steps = {step["urn"].rpartition("::")[2]: step["op"] for step in stack.steps(DATA="2")}
    assert steps == {"fixed": "replace", "hashed": "replace", "service": "update"}
    told = stack.do("up", "--yes", "--skip-preview", DATA="2")
    made, gone = "{} creating replacement", "{} deleting original"
    assert told.index(gone.format("fixed")) < told.index(made.format("fixed"))
    assert told.index(made.format("hashed")) < told.index(gone.format("hashed"))
    chosen = kubectl("get", "service", "service", "--output=jsonpath={.spec.selector.hash}")
    assert chosen == "hashed-2"
    stack.do("destroy", "--yes", "--skip-preview")
    left = kubectl("get", "configmaps,secrets,services,persistentvolumeclaims", "--output=name")
    assert "persistentvolumeclaim/models" in left
    assert not {"fixed", "hashed-1", "hashed-2", "secret", "service"} & set(
        left.replace("/", "\n").split()
    )


def test_a_retained_claim_is_adopted_by_the_switch_only(stack: Engine) -> None:
    stack.do("up", "--yes", "--skip-preview")
    stack.do("destroy", "--yes", "--skip-preview")
    refused = stack.run("up", "--yes", "--skip-preview")
    assert 'persistentvolumeclaims "models" already exists' in refused.stdout
    stack.do("up", "--yes", "--skip-preview", UPSERT="1")


def test_drift_is_found_and_repaired(stack: Engine, kubectl: Callable[..., str]) -> None:
    stack.do("up", "--yes", "--skip-preview")
    stack.do("preview", "--refresh", "--expect-no-changes")
    kubectl("patch", "configmap", "fixed", "--patch", '{"data": {"a": "drifted"}}')
    kubectl("delete", "service", "service")
    drifted = stack.run("preview", "--refresh", "--expect-no-changes")
    assert drifted.returncode == NO_CHANGES_EXPECTED
    stack.do("up", "--refresh", "--yes", "--skip-preview")
    assert kubectl("get", "configmap", "fixed", "--output=jsonpath={.data.a}") == "1"
    assert kubectl("get", "service", "service", "--output=name")


def test_an_existing_object_can_be_imported(
    stack: Engine, name: str, kubectl: Callable[..., str]
) -> None:
    kubectl("create", "configmap", "found", "--from-literal=a=1")
    flags = ("--yes", "--generate-code=false", "--protect=false")
    stack.do("import", "kubernetes:core/v1:ConfigMap", "found", f"{name}/found", *flags)
    assert '"a": "1"' in stack.do("stack", "export")
    kubectl("delete", "configmap", "found")
    stack.do("refresh", "--yes", "--skip-preview")
    assert "found" not in stack.do("stack", "export")


def test_no_secret_is_readable_in_state_or_output(
    stack: Engine, kubectl: Callable[..., str]
) -> None:
    shown = stack.do("up", "--yes", "--skip-preview", "--diff")
    encoded = json.loads(kubectl("get", "secret", "secret", "--output=json"))["data"]["password"]
    assert encoded not in shown + stack.do("stack", "export") + stack.do("preview", "--json")
