import json

import pytest

from sandbox.cluster.sandbox import KubectlError, Sandbox
from tests.e2e.objects import claim, gpu_pod, mounting, pod, value, wait_for

pytestmark = pytest.mark.e2e


def test_a_gpu_pod_runs_on_the_fake_node_that_has_its_gpu(cluster: Sandbox):
    cluster.apply([gpu_pod("eight", "NVIDIA-A100-SXM4-80GB", 8)])
    wait_for(cluster, "pod/eight", "condition=Ready")
    assert value(cluster, "pod/eight", ".spec.nodeName").startswith("nvidia-a100-80gb-")


def test_a_pod_that_wants_more_gpus_than_a_node_has_is_not_placed(cluster: Sandbox):
    cluster.apply([gpu_pod("greedy", "NVIDIA-L4", 2)])
    wait_for(cluster, "pod/greedy", "condition=PodScheduled=False")
    assert "Insufficient nvidia.com/gpu" in value(cluster, "pod/greedy", ".status.conditions")


@pytest.mark.parametrize(
    ("name", "storage_class", "mode"),
    [("once", "standard", "ReadWriteOnce"), ("many", "fast", "ReadWriteMany")],
)
def test_a_claim_binds_when_a_pod_needs_it(
    cluster: Sandbox, name: str, storage_class: str, mode: str
):
    cluster.apply([claim(name, storage_class, mode), mounting(f"uses-{name}", name)])
    wait_for(cluster, f"pvc/{name}", "jsonpath={.status.phase}=Bound")
    assert value(cluster, f"pvc/{name}", ".status.accessModes[0]") == mode


def test_secrets_do_not_lie_in_plain_text_in_etcd(cluster: Sandbox):
    objects = {"hidden": "Secret", "shown": "ConfigMap"}
    for name, kind in objects.items():
        data = {"data": {"k": "a-shown-text"}} if kind == "ConfigMap" else {}
        secret = {"stringData": {"k": "a-hidden-text"}} if kind == "Secret" else {}
        metadata = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}
        cluster.apply([{**metadata, **data, **secret}])
    files = [path for path in (cluster.layout.data / "etcd").rglob("*") if path.is_file()]
    stored = b"".join(path.read_bytes() for path in files)
    assert b"a-shown-text" in stored
    assert b"a-hidden-text" not in stored


def test_pod_security_refuses_a_privileged_pod(cluster: Sandbox):
    label = {"pod-security.kubernetes.io/enforce": "restricted"}
    metadata = {"name": "strict", "labels": label}
    cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}])
    with pytest.raises(KubectlError, match="violates PodSecurity"):
        cluster.apply([pod("bad", namespace="strict", hostNetwork=True)])


def test_a_service_account_may_do_nothing_by_default(cluster: Sandbox):
    who = "--as=system:serviceaccount:default:default"
    with pytest.raises(KubectlError, match="forbidden"):
        cluster.kubectl("get", "secrets", who)


def test_an_image_may_be_declared_as_a_volume(cluster: Sandbox):
    image = {"reference": "docker.io/local/model:1", "pullPolicy": "IfNotPresent"}
    cluster.apply([pod("volume", volumes=[{"name": "model", "image": image}])], "--dry-run=server")


def test_argo_cds_definitions_are_there(cluster: Sandbox):
    assert "applications.argoproj.io" in cluster.kubectl("get", "crd", "--output=name")


def test_every_change_is_in_the_audit_log(cluster: Sandbox):
    cluster.kubectl("create", "configmap", "audited")
    lines = (cluster.layout.logs / "audit.log").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    names = {event.get("objectRef", {}).get("name") for event in events}
    assert "audited" in names
