import json
import os
import shutil
import signal
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.cluster import netns
from sandbox.cluster.cgroups import hierarchies
from sandbox.cluster.down import down
from sandbox.cluster.layout import layout
from sandbox.cluster.processes import is_running
from sandbox.cluster.real_node import import_image
from sandbox.cluster.sandbox import KubectlError, Sandbox
from sandbox.cluster.up import up
from sandbox.cluster.waiting import wait_until
from sandbox.images.archive import write_archive
from sandbox.images.python import PYTHON, python_image

pytestmark = pytest.mark.e2e

GPU_TOLERATION = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
SERVER = (
    "import http.server, sys\n"
    "class Answer(http.server.BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n"
    "        self.send_response(200); self.end_headers(); self.wfile.write(b'served')\n"
    "    def log_message(self, *words): pass\n"
    "http.server.HTTPServer(('', 8080), Answer).serve_forever()\n"
)


def pod(name: str, namespace: str = "default", **spec: object) -> dict[str, object]:
    container = {"name": "main", "image": "any"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {"containers": [container], **spec},
    }


def gpu_pod(name: str, product: str, gpus: int) -> dict[str, object]:
    limits = {"nvidia.com/gpu": str(gpus)}
    return pod(
        name,
        nodeSelector={"nvidia.com/gpu.product": product},
        tolerations=[GPU_TOLERATION],
        containers=[{"name": "main", "image": "any", "resources": {"limits": limits}}],
    )


def claim(name: str, storage_class: str, mode: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {
            "storageClassName": storage_class,
            "accessModes": [mode],
            "resources": {"requests": {"storage": "100Gi"}},
        },
    }


def mounting(name: str, claim_name: str) -> dict[str, object]:
    source = {"name": "models", "persistentVolumeClaim": {"claimName": claim_name}}
    return pod(name, volumes=[source])


def wait_for(cluster: Sandbox, what: str, condition: str) -> None:
    cluster.kubectl("wait", f"--for={condition}", what, "--timeout=30s")


def value(cluster: Sandbox, what: str, path: str) -> str:
    return cluster.kubectl("get", what, f"--output=jsonpath={{{path}}}")


def test_a_gpu_pod_runs_on_the_fake_node_that_has_its_gpu(cluster: Sandbox):
    cluster.apply([gpu_pod("eight", "NVIDIA-A100-SXM4-80GB", 8)])
    wait_for(cluster, "pod/eight", "condition=Ready")
    assert value(cluster, "pod/eight", ".spec.nodeName") == "nvidia-a100-80gb-0"


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


@pytest.fixture(scope="module")
def served(cluster: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    archive = tmp_path_factory.mktemp("images") / "python.tar"
    import_image(cluster, write_archive(python_image(), archive))
    probe = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}
    container = {
        "name": "main",
        "image": PYTHON,
        "imagePullPolicy": "Never",
        "args": ["-c", SERVER],
        "readinessProbe": probe,
        "resources": {"limits": {"memory": "64Mi"}},
        "securityContext": {"runAsNonRoot": True},
    }
    port = {"port": 80, "targetPort": 8080}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "server"},
        "spec": {"selector": {"app": "server"}, "clusterIP": "10.201.0.80", "ports": [port]},
    }
    selector = {"kubernetes.io/hostname": "real-0"}
    cluster.apply([pod("server", nodeSelector=selector, containers=[container]), service])
    wait_for(cluster, "pod/server", "condition=Ready")
    return cluster


def test_a_real_pod_has_the_memory_limit_it_asks_for(served: Sandbox):
    read = "print(next(open(p).read() for p in {files!r} if __import__('os').path.exists(p)))"
    files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
    script = read.format(files=files)
    shown = served.kubectl("exec", "server", "--", "/usr/local/bin/python3", "-c", script)
    assert int(shown) == 64 * 1024**2


def test_a_service_address_reaches_a_real_pod(served: Sandbox):
    def fetch() -> str:
        script = (
            "import urllib.request as u; print(u.urlopen('http://10.201.0.80', None, 2).read())"
        )
        return served.run(["python3", "-c", script]).stdout

    answers = (fetch() for _ in range(20))
    assert any("served" in answer for answer in answers)


def test_a_real_pod_reaches_the_api_server_by_its_service(served: Sandbox):
    script = (
        "import ssl, urllib.request as u\n"
        "folder = '/var/run/secrets/kubernetes.io/serviceaccount/'\n"
        "trust = ssl.create_default_context(cafile=folder + 'ca.crt')\n"
        "bearer = {'Authorization': 'Bearer ' + open(folder + 'token').read()}\n"
        "request = u.Request('https://10.201.0.1/version', headers=bearer)\n"
        "print(u.urlopen(request, None, 5, context=trust).read().decode())\n"
    )
    shown = served.kubectl("exec", "server", "--", "/usr/local/bin/python3", "-c", script)
    assert json.loads(shown)["gitVersion"] == "v1.34.10"


@pytest.fixture
def second(cluster: Sandbox) -> Generator[Sandbox]:
    sandbox = up(layout(f"{cluster.name}-2"))
    yield sandbox
    down(sandbox.layout)


def leftovers(sandbox: Sandbox) -> list[str]:
    groups = [str(path / sandbox.layout.cgroup) for path in hierarchies()]
    paths = [str(sandbox.layout.root), f"/run/netns/{sandbox.netns}", *groups]
    mounted = [line for line in Path("/proc/self/mountinfo").read_text().splitlines()
               if sandbox.netns in line or str(sandbox.layout.root) in line]  # fmt: skip
    return [path for path in paths if Path(path).exists()] + mounted + commands(sandbox)


def commands(sandbox: Sandbox) -> list[str]:
    """Return the command lines on this machine that name the sandbox's folder."""
    pgrep = shutil.which("pgrep") or "pgrep"
    found = subprocess.run(
        [pgrep, "-af", f"{sandbox.layout.root}/"], capture_output=True, text=True, check=False
    )
    return found.stdout.splitlines()


def test_two_sandboxes_do_not_meet_and_a_killed_one_is_replaced_and_removed(
    cluster: Sandbox, second: Sandbox
):
    second.kubectl("create", "namespace", "only-here")
    assert "only-here" not in cluster.kubectl("get", "namespaces", "--output=name")

    os.kill(second.holder.pid, signal.SIGKILL)
    wait_until(lambda: not is_running(second.holder), "The holder did not end")
    again = up(second.layout)
    assert again.holder != second.holder
    assert "only-here" not in again.kubectl("get", "namespaces", "--output=name")

    assert leftovers(again)
    assert down(again.layout)
    assert leftovers(again) == []
    assert not netns.exists(again.netns)
    assert cluster.kubectl("get", "--raw=/readyz") == "ok"


def test_up_returns_the_sandbox_that_already_runs(cluster: Sandbox):
    assert up(cluster.layout, real=True).holder == cluster.holder
