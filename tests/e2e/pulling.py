"""A cluster that pulls a repository: a checkout to edit and commit, and Argo CD that reads it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.argocd.application import Repository
from sandbox.argocd.argocd import ArgoCd
from sandbox.cluster.netns import enter
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import WaitError, wait_until
from tests.support.project import PROJECT, ROOT

DATA = ROOT / "tests" / "data" / "cluster"
MANIFESTS = "clusters/main/manifests"
APPLICATIONS = ("cluster-main", "cluster-main-places", "stack-dev", "stack-production")
QUOTA = {"cpu": 64, "memory": "256Gi", "claims": 10}


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """One repository with the cluster `main`: its working copy, where a commit is a push."""

    argocd: ArgoCd
    repository: Repository
    url: str = ""
    name: str = "main"
    applications_awaited: tuple[str, ...] = APPLICATIONS

    @property
    def folder(self) -> Path:
        """Return the working copy."""
        return self.repository.path

    def edit(self, stack: str, **changes: Any) -> None:
        """Set settings of a stack, or take them out."""
        path = self.folder / f"Pulumi.{stack}.yaml"
        config = yaml.safe_load(path.read_text())["config"]
        config |= {f"localai:{key}": value for key, value in changes.items()}
        write(path, {"config": _given(config)})

    def edit_cluster(self, **changes: Any) -> None:
        """Set keys of the cluster file, or take them out."""
        path = self.folder / "clusters" / self.name / "cluster.yaml"
        found: dict[str, Any] = yaml.safe_load(path.read_text()) if path.exists() else {}
        write(path, _given(found | changes))

    def pool(self, stack: str, **changes: Any) -> None:
        """Set keys of the pool of a stack, or take them out."""
        path = self.folder / f"Pulumi.{stack}.yaml"
        pools = yaml.safe_load(path.read_text())["config"]["localai:pools"]
        self.edit(stack, pools={"chat": _given(pools["chat"] | changes)})

    @property
    def variables(self) -> dict[str, str]:
        """Return what the tool needs to find the cluster and to trust the Git server."""
        kubectl = Path(self.argocd.sandbox.tools.program("kubectl")).parent
        return {
            **self.argocd.sandbox.environment,
            "PYTHONPATH": str(ROOT),
            "PATH": f"{kubectl}:{os.environ['PATH']}",
            "GIT_SSL_CAINFO": str(self.argocd.sandbox.layout.keys / "ca.crt"),
        }

    def command(self, *words: str) -> list[str]:
        """Return the tool in the working copy."""
        return ["env", "-C", str(self.folder), sys.executable, "-m", "gitops", *words]

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the tool where the cluster and the Git server answer."""
        environment = {**self.variables, **variables}
        return self.argocd.sandbox.run(self.command(*words), environment=environment, timeout=400)

    def push(self, message: str = "Change a stack") -> str:
        """Render what the cluster pulls, commit it, and return the revision."""
        done = self.run("cluster", "render", self.name)
        assert done.returncode == 0, done.stderr
        return self.repository.commit(message)

    def begin(self) -> None:
        """Do what a person does once: apply the root."""
        root = self.folder / MANIFESTS / "root"
        self.argocd.sandbox.kubectl("apply", "--server-side", f"--filename={root}")

    def wait(self, revision: str, *names: str, seconds: float = 150) -> None:
        """Return when Applications are as a revision declares, and well; all where none is named.

        Nobody tells Argo CD that there is a commit.
        """
        awaited = names or self.applications_awaited

        def converged() -> bool:
            return all(self.argocd.status(name).converged(revision) for name in awaited)

        def there() -> bool:
            return set(awaited) <= self.applications()

        try:
            wait_until(there, "Applications did not come", seconds=seconds)
            wait_until(converged, "Applications did not converge", seconds=seconds)
        except WaitError as error:
            raise AssertionError(f"{error}\n{self.told()}") from error

    def applications(self) -> set[str]:
        """Return the names of the Applications that there are."""
        listed = self.argocd.kubectl("get", "applications", "--output=name")
        return {one.rpartition("/")[2] for one in listed.split()}

    def wait_for_a_look(self) -> None:
        """Return when Argo CD has compared every Application with the cluster once more."""
        before = self._of_each("reconciledAt")
        wait_until(
            lambda: all(at != before[name] for name, at in self._of_each("reconciledAt").items()),
            "Argo CD did not look again",
            seconds=60,
        )

    def syncs(self) -> dict[str, str]:
        """Return when the last sync of each Application ended."""
        return self._of_each("operationState", "finishedAt")

    def _of_each(self, *steps: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in self.applications():
            value: Any = self.get("application", name, "argocd")["status"]
            for step in steps:
                value = value.get(step, {})
            found[name] = value or ""
        return found

    def told(self) -> str:
        """Return the state of every Application."""
        names = sorted(self.applications())
        return "\n".join(f"{name}: {self.argocd.status(name).sentence()}" for name in names)

    def get(self, kind: str, name: str, namespace: str = "") -> dict[str, Any]:
        """Return an object of the cluster."""
        where = (f"--namespace={namespace}",) if namespace else ()
        return json.loads(self.argocd.sandbox.kubectl(*where, "get", kind, name, "--output=json"))

    def names(self, kinds: str, namespace: str) -> set[str]:
        """Return the `kind/name` of objects in a namespace."""
        where = f"--namespace={namespace}"
        return set(self.argocd.sandbox.kubectl(where, "get", kinds, "--output=name").split())


def _given(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in settings.items() if one is not None}


def write(path: Path, value: Mapping[str, Any]) -> None:
    """Write a YAML file; through JSON, as one value used twice would become an alias."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(json.loads(json.dumps(value)), sort_keys=False))


def checkout(argocd: ArgoCd, url: str, name: str) -> Pulled:
    """Make a repository with two rendered stacks."""
    pulled = Pulled(argocd=argocd, repository=argocd.repository(name), url=url)
    shutil.copytree(PROJECT / "models", pulled.folder / "models")
    for file in DATA.glob("Pulumi*.yaml"):
        shutil.copy(file, pulled.folder)
    pulled.edit(
        "dev",
        delivery="rendered",
        apiKey={"secret": "api-key", "key": "value"},
        charts={},
        pools={
            "chat": {
                "models": ["qwen3-0.6b"],
                "cpu": 1,
                "storage": {"size": "20Gi", "class": "fast", "access": "ReadWriteMany"},
            }
        },
    )
    pulled.edit_cluster(
        repository={"url": url},
        stacks={
            "dev": {"delivery": "rendered", "quota": QUOTA},
            "production": {"delivery": "rendered"},
        },
    )
    return pulled


HOOK = "http://127.0.0.1:8445/"
_RECEIVER = """
import http.server, sys
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[1], "ab") as file:
            file.write(body + b"\\n")
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", 8445), Hook).serve_forever()
"""


@contextmanager
def receiver(sandbox: Sandbox, path: Path) -> Generator[None]:
    """Write the body of each request to HOOK as a line of a file, until the end of the block."""
    path.touch()
    words = [*enter(sandbox.netns), sys.executable, "-c", _RECEIVER, str(path)]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
