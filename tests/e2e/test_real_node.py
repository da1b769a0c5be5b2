import json

import pytest

from sandbox.cluster.real_node import import_image
from sandbox.cluster.sandbox import Sandbox
from sandbox.images.archive import write_archive
from sandbox.images.python import PYTHON, python_image
from tests.e2e.objects import pod, wait_for

pytestmark = pytest.mark.e2e

SERVER = (
    "import http.server, sys\n"
    "class Answer(http.server.BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n"
    "        self.send_response(200); self.end_headers(); self.wfile.write(b'served')\n"
    "    def log_message(self, *words): pass\n"
    "http.server.HTTPServer(('', 8080), Answer).serve_forever()\n"
)


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
