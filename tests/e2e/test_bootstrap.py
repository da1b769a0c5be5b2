"""An empty cluster, one command, and a stack that serves."""

import base64
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.argocd.application import Repository
from sandbox.argocd.argocd import ArgoCd
from sandbox.argocd.git_server import GitServer, git_server
from sandbox.argocd.start import installation, repositories_folder, start
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.netns import enter
from sandbox.cluster.sandbox import KubectlError, Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.serving.project import Served, write_project
from sandbox.serving.run import prepare
from sandbox.serving.weights_source import HOST, PORT, source
from tests.e2e.pulling import Pulled, write
from tests.e2e.serving import REQUEST
from tests.support.project import PROJECT

pytestmark = pytest.mark.e2e

KINDS = ("applications.argoproj.io", "appprojects.argoproj.io")
TOKEN, KEY = "a-token-that-reads", "a-key-that-asks"
NAMESPACE = "localai-dev"
ARGS = ("cluster", "bootstrap", "sandbox")
Record = Callable[[str, object], None]


@dataclass(frozen=True, kw_only=True)
class Empty:
    """An empty cluster, a private repository, and files outside of it with what opens it."""

    pulled: Pulled
    server: GitServer
    served: Served
    secrets: Path
    login: Path

    @property
    def sandbox(self) -> Sandbox:
        return self.pulled.argocd.sandbox

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.pulled.run(*ARGS, *words, GIT_ASKPASS=str(self.login))

    def answer(self, model: str) -> str:
        """Return what the stack answers to a question."""
        service = self.pulled.get("service", f"localai-{self.served.pool}", NAMESPACE)["spec"]
        address = f"http://{service['clusterIP']}:{service['ports'][0]['port']}"
        body = {
            "model": model,
            "messages": [{"role": "user", "content": "What is the capital of France?"}],
            "temperature": 0,
        }
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        asked = json.dumps([f"{address}/v1/chat/completions", headers, body])
        done = self.sandbox.run(["python3", "-c", REQUEST], stdin=asked)
        status, text = json.loads(done.stdout)
        return json.loads(text)["choices"][0]["message"]["content"] if status == 200 else text


def workload(kind: str, name: str) -> dict[str, Any]:
    """Return a workload of Argo CD whose pods are on a fake node; its real programs run beside."""
    part = {"app.kubernetes.io/part-of": "argocd", "app.kubernetes.io/name": name}
    container = {"name": "main", "image": "quay.io/argoproj/argocd:v3.5.7"}
    pod = {"containers": [container], "nodeSelector": {"kubernetes.io/hostname": "cpu-0"}}
    template = {"metadata": {"labels": part}, "spec": pod}
    spec = {"replicas": 1, "selector": {"matchLabels": part}, "template": template}
    named = {"serviceName": name} if kind == "StatefulSet" else {}
    metadata = {"name": name, "labels": part}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec | named}


def release(sandbox: Sandbox) -> str:
    """Return a file like `install.yaml` of Argo CD, and take its kinds out of the cluster."""
    kinds = json.loads(sandbox.kubectl("get", "crd", *KINDS, "--output=json"))["items"]
    for one in kinds:
        one.pop("status")
        one["metadata"] = {"name": one["metadata"]["name"]}
    sandbox.kubectl("delete", "crd", *KINDS)
    # Argo CD makes its default project itself.
    settings = json.loads(json.dumps(installation({}, "signs-nothing")[1:-1]))
    workloads = [
        workload("StatefulSet", "argocd-application-controller"),
        workload("Deployment", "argocd-repo-server"),
    ]
    return yaml.safe_dump_all([*kinds, *settings, *workloads])


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Generator[Empty]:
    places = layout(f"boot-{os.getpid()}")
    outside = tmp_path_factory.mktemp("outside")
    try:
        sandbox = up(places, real=True)
        repositories = repositories_folder(sandbox)
        folder, files = repositories / "stacks", sandbox.layout.data / "files"
        address = f"https://{HOST}:{PORT}"
        served = write_project(PROJECT, "dev", folder, files, address)
        for other in ("staging", "production"):
            (folder / f"Pulumi.{other}.yaml").unlink(missing_ok=True)
        repository = Repository(path=folder)
        repository.git("init", "--quiet", "--initial-branch=main")
        argocd = ArgoCd(sandbox=sandbox, repositories=repositories)
        pulled = Pulled(
            argocd=argocd,
            repository=repository,
            name="sandbox",
            applications_awaited=("cluster-sandbox", "cluster-sandbox-places", "stack-dev"),
        )
        prepare(sandbox, served)
        with git_server(sandbox, repositories) as server, source(sandbox, files):
            yield ready(pulled, server, served, outside)
    finally:
        down(places)


def ready(pulled: Pulled, server: GitServer, served: Served, outside: Path) -> Empty:
    """Write and push the cluster file, and keep the repository for those who have the token."""
    (pulled.folder / "argocd").mkdir()
    (pulled.folder / "argocd" / "install.yaml").write_text(release(pulled.argocd.sandbox))
    pulled.edit("dev", delivery="rendered", apiKey={"secret": "api-key", "key": "value"})
    pulled.edit_cluster(
        repository={"url": server.url("stacks")},
        argoCd={"version": "3.5.7", "manifests": "argocd/install.yaml"},
        stacks={"dev": {"delivery": "rendered"}},
    )
    pulled.push("Begin")
    server.only_with(TOKEN)
    write(
        outside / "secrets.yaml",
        {
            "argocd/repository-sandbox": {"password": TOKEN},
            f"{NAMESPACE}/api-key": {"value": KEY},
        },
    )
    login = outside / "login"
    login.write_text(f"#!/bin/sh\necho {TOKEN}\n")
    login.chmod(0o700)
    return Empty(
        pulled=pulled,
        server=server,
        served=served,
        secrets=outside / "secrets.yaml",
        login=login,
    )


def snapshot(sandbox: Sandbox) -> str:
    kinds = "namespaces,secrets,configmaps,crd"
    return sandbox.kubectl("get", kinds, "--all-namespaces", "--output=name")


def test_what_stands_in_the_way_is_told_and_nothing_is_changed(empty: Empty) -> None:
    before = snapshot(empty.sandbox)
    unread = empty.pulled.run(*ARGS, GIT_ASKPASS="false")
    bare = empty.run()
    planned = empty.run("--dry-run", f"--secrets={empty.secrets}")

    assert "repository.url: cannot be read from here" in unread.stderr
    assert "needs the key value of the Secret api-key in the namespace localai-dev" in bare.stderr
    assert (unread.returncode, bare.returncode, planned.returncode) == (1, 1, 0), planned.stderr
    assert planned.stdout.splitlines() == [
        "would apply Argo CD 3.5.7 (argocd/install.yaml) in argocd",
        "would make the Secret repository-sandbox in argocd: password",
        "would make the Secret api-key in localai-dev: value",
        "would apply the project and the Application cluster-sandbox",
    ]
    assert snapshot(empty.sandbox) == before


def test_an_empty_cluster_serves_after_one_command_that_was_cut(
    empty: Empty, record_property: Record
) -> None:
    command = empty.pulled.command(*ARGS, f"--secrets={empty.secrets}")
    variables = {**os.environ, **empty.pulled.variables, "GIT_ASKPASS": str(empty.login)}
    with subprocess.Popen(
        [*enter(empty.sandbox.netns), *command], env=variables, stderr=subprocess.PIPE, text=True
    ) as cut:
        assert cut.stderr
        told: list[str] = []
        for line in cut.stderr:
            told.append(line)
            if "make the Secret repository" in line:
                cut.send_signal(signal.SIGKILL)
    assert any("make the Secret repository" in line for line in told), told
    begun = time.monotonic()
    with ThreadPoolExecutor() as pool:
        running = pool.submit(empty.run, f"--secrets={empty.secrets}")
        start_argo_cd(empty)
        done = running.result()
    assert done.returncode == 0, done.stderr
    assert empty.answer(empty.served.models[0]) == " Paris"
    record_property("seconds of bootstrap", time.monotonic() - begun)
    assert TOKEN not in done.stdout + done.stderr
    assert KEY not in done.stdout + done.stderr


def start_argo_cd(empty: Empty) -> None:
    """Start the programs that the pods on the fake node stand for."""

    def has_kinds() -> bool:
        try:
            empty.sandbox.kubectl("get", "--namespace=argocd", "appprojects")
        except KubectlError:
            return False
        return True

    wait_until(has_kinds, "Argo CD's kinds did not come", seconds=120)
    repositories = empty.pulled.argocd.repositories
    start(empty.sandbox, repositories, customized=False, poll="5s")


def test_it_can_be_run_again_and_changes_nothing(empty: Empty) -> None:
    def versions() -> dict[str, str]:
        secret = empty.pulled.get("secret", "api-key", NAMESPACE)["metadata"]
        root = empty.pulled.get("application", "cluster-sandbox", "argocd")["metadata"]
        return {"secret": secret["resourceVersion"], "root": str(root["generation"])}

    before = versions()
    done = empty.run()

    assert done.returncode == 0, done.stderr
    assert versions()["secret"] == before["secret"]
    assert "Synced, Healthy" in done.stdout


def test_a_key_that_a_secret_lacks_is_added_and_all_others_stay(empty: Empty) -> None:
    moved = json.dumps([{"op": "move", "from": "/data/value", "path": "/data/other"}])
    words = ("patch", "secret", "api-key", "--type=json", f"--patch={moved}")
    empty.sandbox.kubectl(f"--namespace={NAMESPACE}", *words)
    done = empty.run(f"--secrets={empty.secrets}")

    assert done.returncode == 0, done.stderr
    assert "complete the Secret api-key in localai-dev: value" in done.stderr
    data = empty.pulled.get("secret", "api-key", NAMESPACE)["data"]
    kept = base64.b64encode(KEY.encode()).decode()
    assert data == {"value": kept, "other": kept}


def test_a_merge_is_served_without_anybody_touching_the_cluster(
    empty: Empty, record_property: Record
) -> None:
    path = empty.pulled.folder / "Pulumi.dev.yaml"
    pools = yaml.safe_load(path.read_text())["config"]["localai:pools"]
    chat = pools[empty.served.pool]
    pools[empty.served.pool] = chat | {"aliases": {"oracle": empty.served.models[0]}}
    empty.pulled.edit("dev", pools=pools)
    revision = empty.pulled.push("Answer to another name")
    begun = time.monotonic()
    empty.pulled.wait(revision)
    record_property("seconds from merge to converged", time.monotonic() - begun)

    assert empty.answer("oracle") == " Paris"


def test_a_branch_that_is_gone_and_another_cluster_are_told(empty: Empty) -> None:
    empty.pulled.repository.git("branch", "--move", "main", "trunk")
    try:
        gone = empty.run()
    finally:
        empty.pulled.repository.git("branch", "--move", "trunk", "main")

    assert "repository.branch: is 'main', which the repository does not have" in gone.stderr
    assert empty.answer(empty.served.models[0]) == " Paris"
