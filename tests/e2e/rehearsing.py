"""A release on its way: three stacks of one cluster, a forge, and what people do to them."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from components.weights.weights import IMAGE
from localai.release import Accelerator
from localai.server import server, server_image
from sandbox.argocd.application import SETTINGS, Repository
from sandbox.argocd.argocd import ArgoCd
from sandbox.argocd.programs import WEBHOOK
from sandbox.argocd.start import repositories_folder, start, take_webhooks
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.real_node import import_image
from sandbox.cluster.sandbox import KubectlError, Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.images.archive import write_archive
from sandbox.serving.local_volumes import add_local_volume
from sandbox.serving.project import AUTHORITIES, definition
from sandbox.serving.stand_in_image import stand_in_image, weights_image
from sandbox.serving.tiny_model import Tiny, write_tiny
from sandbox.serving.weights_source import Source, source
from tests.e2e.forge import REPOSITORY, RealForge, forge
from tests.e2e.modest import modest
from tests.e2e.pulling import DATA, Pulled
from tests.e2e.serving import REQUEST, STACK
from tests.gitops.promoting import ENDED

STACKS = ("dev", "staging", "production")
# What each of the later ones asks of a promotion. The last one looks into the cluster, too.
ASKED: Mapping[str, Mapping[str, Any]] = {
    "staging": {"from": "dev", "approvals": 1},
    "production": {"from": "staging", "approvals": 1, "health": ["argo", "verify"]},
}
NEWEST, EARLIER = "v4.9.0", "v4.8.2"
MODEL, ALIAS = "tiny", "assistant"
KEY = "a-key-that-asks"
SOON = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
_COMMITS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """A checkout whose remote is on a forge, and the cluster that pulls it from there."""

    pulled: Pulled
    forge: RealForge
    source: Source
    outside: Path

    @property
    def sandbox(self) -> Sandbox:
        """Return the cluster, on whose network the forge is, too."""
        return self.pulled.argocd.sandbox

    @property
    def folder(self) -> Path:
        """Return the checkout."""
        return self.pulled.folder

    @property
    def _variables(self) -> dict[str, str]:
        authority = str(self.sandbox.layout.keys / "ca.crt")
        return {**_COMMITS, "LOCALAI_FORGE_TOKEN": self.forge.token, "SSL_CERT_FILE": authority}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the tool as somebody who may push and open pull requests."""
        return self.pulled.run(*words, **self._variables)

    def did(self, *words: str) -> str:
        """Run the tool, which has to succeed, and return what it prints."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def git(self, *words: str) -> str:
        """Run Git in the checkout, where the forge answers."""
        variables = {**self.pulled.variables, **SETTINGS}
        command = ["git", "-C", str(self.folder), *words]
        done = self.sandbox.run(command, environment=variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def merge(self, message: str) -> str:
        """Render what the cluster pulls, commit and push it, and return the commit."""
        self.did("cluster", "render", "main")
        self.pulled.repository.commit(message)
        return self.push()

    def push(self, *words: str) -> str:
        """Push main, and return its commit."""
        self.git("push", "--quiet", *words, "origin", "main")
        return self.git("rev-parse", "HEAD")

    def serve(self, answer: str, *, bad: bool = False) -> None:
        """Write the model's file anew: it is one that says who it is, or that answers rubbish."""
        weights = write_tiny(self.source.folder / f"{answer}.gguf", Tiny(name=answer, bad=bad))
        keys = definition(MODEL, weights, self.source.url(weights.name))
        (self.folder / "models" / f"{MODEL}.yaml").write_text(yaml.safe_dump(keys))

    def promote(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Promote a release as a pull request on the forge."""
        return self.run("promote", *words, "--forge", "gitea", "--forge-url", self.forge.api)

    def promote_ended(self, step: str, where: str, *words: str) -> int:
        """Do the same and end it with SIGKILL at a step; return how it ended."""
        told = ("promote", *words, "--forge", "gitea", "--forge-url", self.forge.api)
        command = [sys.executable, "-c", ENDED, step, where, *told]
        variables = {**self.pulled.variables, **self._variables}
        inside = ["env", "-C", str(self.folder), *command]
        return self.sandbox.run(inside, environment=variables).returncode

    def pulls(self) -> list[dict[str, Any]]:
        """Return the pull requests that are open."""
        return self.forge.ask("GET", f"repos/{REPOSITORY}/pulls?state=open")

    def branches(self) -> set[str]:
        """Return the branches on the forge."""
        return {one["name"] for one in self.forge.ask("GET", f"repos/{REPOSITORY}/branches")}

    def approve(self) -> None:
        """Approve the pull request that is open, as another person than its author."""
        (pull,) = self.pulls()
        review = {"event": "APPROVED", "body": "good"}
        path = f"repos/{REPOSITORY}/pulls/{pull['number']}/reviews"
        self.forge.ask("POST", path, review, self.forge.reviewer)

    def merge_pull(self) -> str:
        """Merge the pull request that is open, fetch it, and return the commit."""
        (pull,) = self.pulls()
        path = f"repos/{REPOSITORY}/pulls/{pull['number']}"
        wait_until(lambda: self.forge.ask("GET", path)["mergeable"], "It cannot be merged", 60)
        self.forge.ask("POST", f"{path}/merge", {"Do": "merge"})
        self.git("pull", "--quiet", "--ff-only", "origin", "main")
        return self.git("rev-parse", "HEAD")

    def converged(self, stack: str, revision: str) -> None:
        """Return when a stack was synced to a commit, and is well.

        The Application is watched: to ask again and again would take the time that is measured.
        """
        for path, value in (
            ("sync.revision", revision), ("operationState.syncResult.revision", revision),
            ("operationState.phase", "Succeeded"), ("sync.status", "Synced"),
            ("health.status", "Healthy"),
        ):  # fmt: skip
            self.watch(stack, path, value)
        self.pulled.wait(revision, f"stack-{stack}")

    def watch(self, stack: str, path: str, value: str, seconds: int = 120) -> None:
        """Return when a field of the status of a stack's Application has a value."""
        name = f"application/stack-{stack}"
        told = (f"--for=jsonpath={{.status.{path}}}={value}", f"--timeout={seconds}s")
        try:
            self.pulled.argocd.kubectl("wait", name, *told)
        except KubectlError as error:
            raise AssertionError(f"{path} is not {value}: {error}\n{self.pulled.told()}") from error

    def seconds(self, stack: str) -> float:
        """Push main, and return how long a stack takes from then until it is as it declares."""
        revision = self.push()
        begun = time.monotonic()
        self.converged(stack, revision)
        return time.monotonic() - begun

    def address(self, stack: str) -> str:
        """Return where a stack answers in the cluster."""
        spec = self.pulled.get("service", "localai-chat", f"localai-{stack}")["spec"]
        return f"http://{spec['clusterIP']}:{spec['ports'][0]['port']}"

    def says(self, stack: str, model: str = MODEL, question: str = "Who are you?") -> str:
        """Return what a stack answers."""
        body = {"model": model, "messages": [{"role": "user", "content": question}],
                "temperature": 0}  # fmt: skip
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        asked = json.dumps([f"{self.address(stack)}/v1/chat/completions", headers, body])
        done = self.sandbox.run([sys.executable, "-c", REQUEST], stdin=asked)
        assert done.returncode == 0, done.stderr
        status, text = json.loads(done.stdout)
        return json.loads(text)["choices"][0]["message"]["content"] if status == 200 else text

    def verify(self, stack: str, evidence: str) -> subprocess.CompletedProcess[str]:
        """Ask a stack whether it serves what it declares; evidence of that goes to a file."""
        where = ("--url", self.address(stack), "--key-file", str(self.outside / "key"))
        return self.run("verify", stack, *where, "--evidence", str(self.outside / evidence))

    def evidence(self, stack: str, name: str = "smoke.json") -> str:
        """Return a file of evidence that a stack serves what it declares."""
        done = self.verify(stack, name)
        assert done.returncode == 0, done.stdout + done.stderr
        return str(self.outside / name)

    def release(self, stack: str) -> str:
        """Return the release of a stack, as evidence names it."""
        told = self.did("history", stack, "--output", "json", "--most", "1")
        return json.loads(told)["releases"][0]["release"]

    def pods(self, stack: str) -> set[str]:
        """Return the servers of a stack that are not on their way out, by their ids."""
        label = "--selector=app.kubernetes.io/component=server"
        where = f"--namespace=localai-{stack}"
        told = self.sandbox.kubectl(where, "get", "pods", label, "--output=json")
        found = [one["metadata"] for one in json.loads(told)["items"]]
        return {one["uid"] for one in found if "deletionTimestamp" not in one}


@contextmanager
def rehearsal(folder: Path) -> Generator[Rehearsal]:
    """Give three stacks that a cluster pulls from a forge, and that serve one model for real."""
    places = layout(f"promote-{os.getpid()}")
    try:
        sandbox = up(places, real=True)
        _import(sandbox, folder)
        argocd = start(sandbox, repositories_folder(sandbox), customized=False)
        take_webhooks(argocd)
        with ExitStack() as parts:
            parts.enter_context(modest(sandbox, folder))
            (folder / "files").mkdir()
            weights = parts.enter_context(source(sandbox, folder / "files"))
            yield _begun(argocd, parts.enter_context(forge(sandbox)), weights, folder)
    finally:
        down(places)


def _import(sandbox: Sandbox, folder: Path) -> None:
    images = [weights_image(IMAGE, sandbox.layout.keys / "ca.crt")]
    for version in (NEWEST, EARLIER):
        release = server(version)
        made = stand_in_image(server_image(release, Accelerator.CPU), release.binary)
        told = (*made.environment, f"STAND_IN_VERSION={version}")
        images.append(replace(made, environment=told))
    for image in images:
        import_image(sandbox, write_archive(image, folder / "image.tar"))


def _begun(argocd: ArgoCd, gitea: RealForge, weights: Source, folder: Path) -> Rehearsal:
    checkout = folder / "checkout"
    (checkout / "models").mkdir(parents=True)
    shutil.copy(DATA / "Pulumi.yaml", checkout)
    (folder / "key").write_text(KEY)
    names = ("cluster-main", "cluster-main-places", *(f"stack-{one}" for one in STACKS))
    pulled = Pulled(
        argocd=argocd, repository=Repository(path=checkout), url=f"{gitea.address}/{REPOSITORY}",
        applications_awaited=names,
    )  # fmt: skip
    made = Rehearsal(pulled=pulled, forge=gitea, source=weights, outside=folder)
    made.serve("first")
    for stack in STACKS:
        _write(made, stack)
    pulled.edit_cluster(
        repository={"url": f"{pulled.url}.git"},
        stacks={one: {"delivery": "rendered"} for one in STACKS},
    )
    made.git("init", "--quiet", "--initial-branch=main", "--template=")
    made.git("config", "user.name", "Ada")
    made.git("config", "user.email", "ada@example.org")
    made.git("remote", "add", "origin", gitea.remote)
    for stack in ASKED:
        made.did("release", stack)
    told = {"url": WEBHOOK, "content_type": "json"}
    hook = {"type": "gitea", "config": told, "events": ["push"], "active": True}
    gitea.ask("POST", f"repos/{REPOSITORY}/hooks", hook)
    revision = made.merge("Begin")
    pulled.begin()
    pulled.wait(revision, seconds=240)
    return made


def _write(made: Rehearsal, stack: str) -> None:
    """Write a stack, and give its namespace what a person puts there."""
    namespace = f"localai-{stack}"
    pools: Any = STACK["localai:pools"]
    chat = {**pools["chat"], "models": [MODEL], "aliases": {ALIAS: MODEL}}
    waiver = {"rule": "image-by-digest", "reason": "No registry of this test is real.",
              "until": SOON}  # fmt: skip
    config: dict[str, Any] = {
        **STACK,
        "localai:namespace": namespace,
        "localai:cluster": "main",
        "localai:delivery": "rendered",
        "localai:apiKey": {"secret": "api-key", "key": "value"},
        "localai:pools": {"chat": chat},
    }
    if stack in ASKED:
        config |= {"localai:promotion": ASKED[stack], "localai:waivers": [waiver]}
    text = yaml.safe_dump(json.loads(json.dumps({"config": config})), sort_keys=False)
    (made.folder / f"Pulumi.{stack}.yaml").write_text(text)
    sandbox = made.sandbox
    add_local_volume(sandbox, namespace)
    authority = (sandbox.layout.keys / "ca.crt").read_text()
    sandbox.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}])
    sandbox.apply([
        {"apiVersion": "v1", "kind": "Secret", "stringData": {"value": KEY},
         "metadata": {"name": "api-key", "namespace": namespace}},
        {"apiVersion": "v1", "kind": "ConfigMap", "data": {"ca.crt": authority},
         "metadata": {"name": AUTHORITIES, "namespace": namespace}},
    ])  # fmt: skip
