"""A stack that really serves: a tiny model from a local source, on the real node of a sandbox."""

import base64
import itertools
import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.weights.weights import IMAGE
from localai.release import Accelerator
from localai.server import server, server_image
from sandbox.cluster.keys import REAL_NODE
from sandbox.cluster.real_node import import_image
from sandbox.cluster.sandbox import Sandbox
from sandbox.engine import Engine
from sandbox.images.archive import write_archive
from sandbox.serving.local_volumes import LOCAL_CLASS, add_local_volume
from sandbox.serving.project import AUTHORITIES, NETWORK, definition
from sandbox.serving.stand_in_image import stand_in_image, weights_image
from sandbox.serving.tiny_model import Tiny, write_tiny
from sandbox.serving.weights_source import Source, source
from tests.e2e.program import project_engine

NAMESPACE = "localai-tiny"
_COUNTER = itertools.count()
RELEASE = server("v4.9.0")
STACK = {
    "localai:namespace": NAMESPACE,
    "localai:cluster": "sandbox",
    # A pod that goes waits for the longest answer; those of a tiny model are short.
    "localai:server": {"version": RELEASE.version, "longestAnswer": 5},
    "localai:network": NETWORK,
    # The image trusts nobody by itself that the source has.
    "localai:trust": {"configMap": AUTHORITIES},
    "localai:pools": {
        "chat": {
            "models": ["tiny-v1"],
            "aliases": {"assistant": "tiny-v1"},
            "cpu": 1,
            "nodeSelector": {"kubernetes.io/hostname": REAL_NODE},
            "storage": {"size": "1Gi", "class": LOCAL_CLASS},
        }
    },
}
REQUEST = (
    "import json, sys, urllib.request as u, urllib.error as e\n"
    "address, headers, body = json.load(sys.stdin)\n"
    "data = json.dumps(body).encode() if body else None\n"
    "try: answer = u.urlopen(u.Request(address, data, headers), timeout=20)\n"
    "except e.HTTPError as refusal: answer = refusal\n"
    "print(json.dumps([answer.status, answer.read().decode()]))\n"
)


@dataclass(frozen=True, kw_only=True)
class Served:
    """A stack on the real engine, the source of its weights, and the folder of its claim."""

    engine: Engine
    source: Source
    volume: Path

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl in the stack's namespace."""
        return self.engine.sandbox.kubectl("--namespace", NAMESPACE, *arguments)

    def objects(self, kind: str, role: str) -> list[dict[str, Any]]:
        """Return the objects of a kind and component."""
        label = f"--selector=app.kubernetes.io/component={role}"
        return json.loads(self.kubectl("get", kind, label, "--output=json"))["items"]

    def key(self, name: str = "localai-api-key") -> str:
        """Return a generated API key."""
        found = json.loads(self.kubectl("get", "secret", name, "--output=json"))
        return base64.b64decode(found["data"]["api-key"]).decode()

    def ask(
        self, path: str, body: object = None, *, key: str | None = None, pool: str = "chat"
    ) -> tuple[int, str]:
        """Return status and text of what a pool's Service answers, asked with the stack's key."""
        service = json.loads(self.kubectl("get", "service", f"localai-{pool}", "--output=json"))
        address = f"http://{service['spec']['clusterIP']}:{RELEASE.port}{path}"
        sent = self.key() if key is None else key
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {sent}"} if sent else {}
        question = json.dumps([address, headers, body])
        done = self.engine.sandbox.run([sys.executable, "-c", REQUEST], stdin=question)
        assert done.returncode == 0, done.stderr
        status, text = json.loads(done.stdout)
        return status, text

    def names(self, pool: str = "chat", *, key: str | None = None) -> list[str]:
        """Return the names that a pool's server lists."""
        status, text = self.ask("/v1/models", pool=pool, key=key)
        assert status == 200, text
        return sorted(model["id"] for model in json.loads(text)["data"])

    def chat(self, model: str, question: str, **options: object) -> tuple[int, str]:
        """Return status and text of a chat answer."""
        messages = [{"role": "user", "content": question}]
        # A model that samples would answer now and then with other than its programmed words.
        body = {"model": model, "messages": messages, "temperature": 0, **options}
        return self.ask("/v1/chat/completions", body)

    def answer(self, model: str, question: str) -> str:
        """Return the words of a chat answer."""
        status, text = self.chat(model, question)
        assert status == 200, text
        return json.loads(text)["choices"][0]["message"]["content"]

    def add_model(self, name: str, sha256: str | None = None, *, bad: bool = False) -> Path:
        """Give the source a model of this name, and the catalog its definition."""
        weights = write_tiny(self.source.folder / f"{name}.gguf", Tiny(name=name, bad=bad))
        found = definition(name, weights, self.source.url(weights.name))
        found["weights"]["sha256"] = sha256 or found["weights"]["sha256"]
        (self.engine.program / "models" / f"{name}.yaml").write_text(yaml.safe_dump(found))
        return self.volume / "models" / "weights" / found["weights"]["sha256"] / weights.name


def authorities(sandbox: Sandbox) -> dict[str, Any]:
    """Return the bundle with which downloads trust the local source."""
    certificates = (sandbox.layout.keys / "ca.crt").read_text()
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": AUTHORITIES, "namespace": NAMESPACE},
        "data": {"ca.crt": certificates},
    }


@contextmanager
def serving(sandbox: Sandbox, folder: Path) -> Generator[Served]:
    """Give the stack `tiny`, not yet applied, with all it needs; clean its namespace up."""
    images = (
        weights_image(IMAGE, sandbox.layout.keys / "ca.crt"),
        stand_in_image(server_image(RELEASE, Accelerator.CPU), RELEASE.binary),
    )
    for image in images:
        import_image(sandbox, write_archive(image, folder / "image.tar"))
    volume = add_local_volume(sandbox, f"{NAMESPACE}-{next(_COUNTER)}")
    # Another module may have had a stack of this name here; its last pods may still end.
    sandbox.kubectl("wait", "--for=delete", f"namespace/{NAMESPACE}", "--timeout=180s")
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    metadata = {"name": NAMESPACE, "labels": labels}
    sandbox.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}])
    sandbox.apply([authorities(sandbox)])
    (folder / "files").mkdir()
    with source(sandbox, folder / "files") as files:
        made = project_engine(sandbox, folder / "engine", "tiny")
        file = made.program / "Pulumi.tiny.yaml"
        # The engine has put its own salt there already.
        salt: dict[str, Any] = yaml.safe_load(file.read_text())
        file.write_text(yaml.safe_dump({**salt, "config": STACK}))
        served = Served(engine=made, source=files, volume=volume)
        served.add_model("tiny-v1")
        try:
            yield served
        finally:
            # A server drains for some seconds, and nobody needs the namespace again.
            sandbox.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
