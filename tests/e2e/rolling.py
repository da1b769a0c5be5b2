"""Argo Rollouts, Traefik and Prometheus in a sandbox, and clients of what Traefik divides."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.cluster import processes
from sandbox.cluster.netns import NODE, enter
from sandbox.cluster.processes import PROGRAM_PATH, Process
from sandbox.cluster.programs import Program
from sandbox.cluster.sandbox import Sandbox
from sandbox.errors import SandboxError
from sandbox.toolchain.cache import built, means
from sandbox.toolchain.place import silent
from sandbox.toolchain.tools import ROLLOUTS
from tests.e2e.locked import locked
from tests.e2e.routing.loopback import wait_until
from tests.support.project import ROOT

WEB = 8088
PROMETHEUS = f"http://{NODE}:9095"
SCRAPE_SECONDS = 5
# What Traefik watches as well, and finds none of.
_OTHERS = ("IngressRouteTCP", "IngressRouteUDP", "Middleware", "MiddlewareTCP", "ServersTransport",
           "ServersTransportTCP", "TLSOption", "TLSStore")  # fmt: skip
# Asks for a prediction so many times a second, and prints status and version of each answer.
_CLIENT = """\
import http.client, json, sys, time
host, port, name, per_second, rows = *sys.argv[1:5], json.loads(sys.argv[5])
there, count = None, 0
while True:
    began = time.monotonic()
    row = rows[count % len(rows)]
    count += 1
    try:
        there = there or http.client.HTTPConnection(host, int(port), timeout=10)
        there.request("POST", "/predict", json.dumps({"rows": [row]}), {"Host": name})
        answer = there.getresponse()
        said = json.loads(answer.read() or b"{}")
        print(time.time(), answer.status, said.get("semver", "-"), flush=True)
    except (OSError, ValueError, http.client.HTTPException) as error:
        print(time.time(), 0, type(error).__name__, flush=True)
        there = None
    time.sleep(max(0, 1 / float(per_second) - (time.monotonic() - began)))
"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a client got, and when; a status of 0 is no answer at all."""

    time: float
    status: int
    semver: str


@dataclass(frozen=True, kw_only=True)
class Rolling:
    """A sandbox in which models are rolled out, and the namespace of one of them."""

    sandbox: Sandbox
    namespace: str
    name: str
    prometheus: Process

    def kubectl(self, *words: str) -> str:
        return self.sandbox.kubectl("--namespace", self.namespace, *words)

    def rollout(self) -> dict[str, Any]:
        return json.loads(self.kubectl("get", f"rollouts.argoproj.io/{self.name}", "-o", "json"))

    def status(self) -> dict[str, Any]:
        """Return the status of the Rollout once the controller has seen what is declared."""
        found = self.rollout()
        status = found.get("status", {})
        seen = str(found["metadata"]["generation"])
        return status if status.get("observedGeneration") == seen else {}

    def until(self, met: Callable[[Mapping[str, Any]], bool], seconds: float = 300) -> float:
        """Wait for a status, and return how many seconds it took."""
        began = time.monotonic()
        wait_until(lambda: met(self.status()), self.told, seconds=seconds)
        return time.monotonic() - began

    def healthy(self, seconds: float = 300) -> float:
        return self.until(lambda one: one.get("phase") == "Healthy", seconds)

    def aborted(self, seconds: float = 300) -> str:
        """Return why the rollout is aborted, once it is."""
        self.until(lambda one: bool(one.get("abort")), seconds)
        wait_until(lambda: "message" in self.status(), self.told)
        return self.status()["message"]

    def weight(self) -> int:
        """Return which per cent of the requests Traefik gives the new version."""
        found = json.loads(self.kubectl("get", f"traefikservices.traefik.io/{self.name}", "-ojson"))
        shares = {one["name"]: one["weight"] for one in found["spec"]["weighted"]["services"]}
        return shares[f"{self.name}-canary"]

    def told(self) -> str:
        """Return what a person would look at."""
        facts = "{range .items[*]}{.metadata.name} {.status.phase} {.status.message}\n{end}"
        runs = self.kubectl("get", "analysisruns.argoproj.io", f"--output=jsonpath={facts}")
        pods = self.kubectl("get", "pods", "-o", "wide")
        return f"{json.dumps(self.status(), indent=1)}\n{runs}\n{pods}"

    @contextmanager
    def asked(self, host: str, per_second: int, rows: list[Any], log: Path) -> Generator[None]:
        """Ask Traefik meanwhile; the answers are in a file."""
        command = ["python3", "-c", _CLIENT, NODE, str(WEB), host, str(per_second)]
        with log.open("ab") as sink:
            client = subprocess.Popen(
                [*enter(self.sandbox.netns), *command, json.dumps(rows)], stdout=sink
            )
        try:
            yield
        finally:
            client.terminate()
            client.wait()

    @contextmanager
    def without_prometheus(self) -> Generator[None]:
        """End Prometheus, and start it again afterwards."""
        child = processes.child_of(self.prometheus.pid)
        assert child
        processes.kill(child)
        wait_until(lambda: not processes.is_alive(self.prometheus.pid), lambda: "it runs on")
        try:
            yield
        finally:
            self.sandbox.start(_prometheus(self.sandbox))


def answers(log: Path) -> list[Answer]:
    words = (line.split() for line in log.read_text().splitlines())
    return [
        Answer(time=float(at), status=int(status), semver=semver) for at, status, semver in words
    ]


@contextmanager
def rolling(sandbox: Sandbox, namespace: str, name: str) -> Generator[Rolling]:
    """Give a sandbox in which all three run."""
    entry = built(ROLLOUTS, means(), silent, "it is for tests alone")
    definitions = entry / "share" / "definitions"
    sandbox.kubectl("apply", "--server-side", "--force-conflicts", f"--kustomize={definitions}")
    sandbox.apply([_definition(kind) for kind in _OTHERS])
    sandbox.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    sandbox.start(_program(sandbox, "rollouts-controller", entry / "bin", (
        "--namespaced", f"--namespace={namespace}", "--leader-elect=false",
        "--metricsPort=8190", "--healthzPort=8191",
    )))  # fmt: skip
    traefik = locked("traefik", ROOT / "requirements-traefik.txt")
    sandbox.start(_program(sandbox, "traefik", traefik, (
        f"--entrypoints.web.address={NODE}:{WEB}", "--providers.kubernetescrd",
        f"--providers.kubernetescrd.namespaces={namespace}",
        "--global.checknewversion=false", "--global.sendanonymoususage=false",
    )))  # fmt: skip
    prometheus = sandbox.start(_prometheus(sandbox))
    ended = threading.Event()
    finding = threading.Thread(target=_discover, args=(sandbox, namespace, ended))
    finding.start()
    try:
        yield Rolling(sandbox=sandbox, namespace=namespace, name=name, prometheus=prometheus)
    finally:
        ended.set()
        finding.join()


def _program(sandbox: Sandbox, name: str, folder: Path, arguments: tuple[str, ...]) -> Program:
    work = sandbox.layout.data / name
    work.mkdir(parents=True, exist_ok=True)
    return Program(
        name=name,
        arguments=arguments,
        environment={
            "PATH": f"{folder}:{PROGRAM_PATH}", "HOME": str(work), "TMPDIR": str(work),
            "KUBECONFIG": str(sandbox.layout.kubeconfig),
        },
    )  # fmt: skip


def _prometheus(sandbox: Sandbox) -> Program:
    """Return Debian's Prometheus, which knows no Kubernetes: the pods are in a file."""
    work = sandbox.layout.data / "prometheus"
    work.mkdir(parents=True, exist_ok=True)
    found = [{"files": [str(_targets(sandbox))], "refresh_interval": "1s"}]
    job = {"job_name": "models", "file_sd_configs": found}
    config = {"global": {"scrape_interval": f"{SCRAPE_SECONDS}s"}, "scrape_configs": [job]}
    file = work / "prometheus.yml"
    file.write_text(json.dumps(config))
    return _program(sandbox, "prometheus", Path("/usr/bin"), (
        f"--config.file={file}", f"--storage.tsdb.path={work / 'data'}",
        f"--web.listen-address={PROMETHEUS.removeprefix('http://')}",
    ))  # fmt: skip


def _targets(sandbox: Sandbox) -> Path:
    return sandbox.layout.data / "prometheus" / "targets.json"


def _discover(sandbox: Sandbox, namespace: str, ended: threading.Event) -> None:
    """Write down which pods there are, as a PodMonitor would have them scraped."""
    where = (f"--namespace={namespace}", "--selector=app.kubernetes.io/component=served-model")
    file = _targets(sandbox)
    while not ended.wait(1):
        with suppress(SandboxError):
            pods = json.loads(sandbox.kubectl("get", "pods", *where, "--output=json"))["items"]
            found = [
                {"targets": [f"{one['status']['podIP']}:8080"],
                 "labels": {"namespace": namespace, "pod": one["metadata"]["name"]}}
                for one in pods if one["status"].get("podIP")
            ]  # fmt: skip
            fresh = file.with_suffix(".new")
            fresh.write_text(json.dumps(found))
            fresh.replace(file)


def _definition(kind: str) -> dict[str, Any]:
    """Return a definition under which there is nothing."""
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1alpha1", "served": True, "storage": True,
               "schema": {"openAPIV3Schema": schema}}  # fmt: skip
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.traefik.io"},
        "spec": {
            "group": "traefik.io", "scope": "Namespaced", "versions": [version],
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(),
                      "listKind": f"{kind}List"},
        },
    }  # fmt: skip
