"""One stack on a cluster of its own, with a model that answers to this machine's shell."""

from __future__ import annotations

import base64
import json
import shlex
import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from components.weights.weights import IMAGE
from localai.release import Accelerator
from localai.server import server, server_image
from sandbox.cluster.layout import Layout
from sandbox.cluster.lifecycle import down, locked, up
from sandbox.cluster.netns import API_PORT, NODE, exists
from sandbox.cluster.real_node import import_image
from sandbox.cluster.sandbox import Sandbox
from sandbox.engine import Engine, engine
from sandbox.images.archive import write_archive
from sandbox.plugins.settings import SETTLE_VARIABLE
from sandbox.serving.forward import LOOPBACK, forwarded
from sandbox.serving.local_volumes import add_local_volume
from sandbox.serving.project import AUTHORITIES, Served, ServingError, write_project
from sandbox.serving.stand_in_image import stand_in_image, weights_image
from sandbox.serving.weights_source import HOST, PORT, source
from sandbox.toolchain.ensure import Progress

QUESTION = "What is the capital of France?"


@dataclass(frozen=True, kw_only=True)
class Running:
    """What is needed to ask a stack that runs."""

    served: Served
    address: str
    key: str
    kubeconfig: Path

    def curl(self) -> str:
        """Return the command that asks one question."""
        body = {
            "model": self.served.models[0],
            "messages": [{"role": "user", "content": QUESTION}],
            "temperature": 0,
        }
        words = [
            "curl", "--fail-with-body", "--silent", "--show-error",
            f"{self.address}/v1/chat/completions",
            "--header", f"Authorization: Bearer {self.key}",
            "--header", "Content-Type: application/json",
            "--data", json.dumps(body),
        ]  # fmt: skip
        return shlex.join(words)

    def text(self) -> str:
        """Return what to print."""
        lines = [
            f"pool        {self.served.pool}: {', '.join(self.served.models)} (tiny stand-ins)",
            f"address     {self.address}/v1",
            f"key         {self.key}",
            f"kubeconfig  {self.kubeconfig}",
            f"kubectl --kubeconfig {self.kubeconfig} --namespace {self.served.namespace} get pods",
            self.curl(),
        ]
        return "\n".join(lines)


@contextmanager
def running(places: Layout, project: Path, stack: str, progress: Progress) -> Generator[Running]:
    """Give a served stack, on a cluster that is gone afterwards."""
    if exists(places.netns):
        raise ServingError(
            f"A sandbox {places.name!r} is there already", "Take it down, or give another --name"
        )
    try:
        sandbox = up(places, real=True, progress=progress)
        with _applied(sandbox, project, stack, progress) as made:
            yield made
    finally:
        # A second Ctrl-C must not leave a half of it behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with locked(places):
            down(places)
        progress(f"sandbox {places.name}: removed\n")


@contextmanager
def _applied(sandbox: Sandbox, project: Path, stack: str, progress: Progress) -> Generator[Running]:
    folder = sandbox.layout.data / "run"
    files = folder / "files"
    address = f"https://{HOST}:{PORT}"
    served = write_project(project, stack, folder / "checkout", files, address)
    prepare(sandbox, served)
    progress(f"sandbox {sandbox.name}: pulumi up of {stack}, pool {served.pool} for real\n")
    made = engine(sandbox, folder / "engine", folder / "checkout", stack)
    made = replace(made, environment={**made.environment, SETTLE_VARIABLE: "1"})
    with source(sandbox, files):
        made.up()
        with _reachable(made, served) as reachable:
            yield reachable


def prepare(sandbox: Sandbox, served: Served) -> None:
    """Give the cluster the images, volume, namespace and authority that the stack expects."""
    release = server(served.version)
    for image in (
        weights_image(IMAGE, sandbox.layout.keys / "ca.crt"),
        stand_in_image(server_image(release, Accelerator.CPU), release.binary),
    ):
        import_image(sandbox, write_archive(image, sandbox.layout.data / "image.tar"))
    add_local_volume(sandbox, served.namespace)
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    metadata = {"name": served.namespace, "labels": labels}
    sandbox.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}])
    bundle = (sandbox.layout.keys / "ca.crt").read_text()
    trusted = {"name": AUTHORITIES, "namespace": served.namespace}
    sandbox.apply(
        [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": trusted, "data": {"ca.crt": bundle}}]
    )


@contextmanager
def _reachable(made: Engine, served: Served) -> Generator[Running]:
    """Give the ways in from this machine: to the pool's Service, and to the API server."""
    sandbox = made.sandbox
    place = ("--namespace", served.namespace, "get", "--output=json")
    found = json.loads(sandbox.kubectl(*place, "secret", "localai-api-key"))
    service = json.loads(sandbox.kubectl(*place, "service", f"localai-{served.pool}"))
    target = service["spec"]["clusterIP"], service["spec"]["ports"][0]["port"]
    with (
        forwarded(sandbox.netns, *target) as port,
        forwarded(sandbox.netns, NODE, API_PORT) as api,
    ):
        yield Running(
            served=served,
            address=f"http://{LOOPBACK}:{port}",
            key=base64.b64decode(found["data"]["api-key"]).decode(),
            kubeconfig=_kubeconfig(sandbox, api),
        )


def _kubeconfig(sandbox: Sandbox, port: int) -> Path:
    """Write the administrator's kubeconfig for use outside of the sandbox."""
    document = json.loads(sandbox.kubectl("config", "view", "--raw", "--output=json"))
    cluster = document["clusters"][0]["cluster"]
    cluster["server"] = f"https://{LOOPBACK}:{port}"
    path = sandbox.layout.config / "outside.kubeconfig"
    path.touch(mode=0o600)
    path.write_text(json.dumps(document))
    return path
