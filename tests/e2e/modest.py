"""Servers that ask for little: a webhook of the API server changes their pods, and nothing else."""

import base64
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.cluster.netns import enter
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until

_HOOK_PORT = 8446
_MODEST = """
import base64, http.server, json, ssl, sys
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["request"]
        spec = asked["object"]["spec"]
        patch = [
            {"op": "replace", "path": f"/spec/{kind}/{at}/resources/requests/cpu", "value": "100m"}
            for kind in ("containers", "initContainers")
            for at, one in enumerate(spec.get(kind, []))
            if "cpu" in one.get("resources", {}).get("requests", {})
        ]
        patched = base64.b64encode(json.dumps(patch).encode()).decode()
        response = {"uid": asked["uid"], "allowed": True, "patchType": "JSONPatch"}
        response["patch"] = patched
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}
        said = json.dumps({**review, "response": response}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Hook)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[2] + ".crt", sys.argv[2] + ".key")
server.socket = tls.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
"""


@contextmanager
def modest(sandbox: Sandbox, folder: Path) -> Generator[None]:
    """Have servers ask for a tenth of a core: three would not fit the cores of a small machine."""
    keys, log = sandbox.layout.keys, folder / "modest.log"
    words = [*enter(sandbox.netns), sys.executable, "-c", _MODEST, str(_HOOK_PORT)]
    with (
        log.open("w") as output,
        subprocess.Popen(
            [*words, str(keys / "kube-apiserver")], stdout=output, stderr=output
        ) as process,
    ):
        try:
            wait_until(lambda: "ready" in log.read_text(), "The webhook did not start")
            sandbox.apply([_webhook((keys / "ca.crt").read_text())])
            yield
        finally:
            process.terminate()


def _webhook(authority: str) -> dict[str, Any]:

    bundle = base64.b64encode(authority.encode()).decode()
    rule = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"],
            "resources": ["pods"]}  # fmt: skip
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "modest"},
        "webhooks": [{
            "name": "modest.sandbox.test",
            "clientConfig": {"url": f"https://127.0.0.1:{_HOOK_PORT}/", "caBundle": bundle},
            "rules": [rule],
            "objectSelector": {"matchLabels": {"app.kubernetes.io/component": "server"}},
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
        }],
    }  # fmt: skip
