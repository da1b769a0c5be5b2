"""A stack changes its writer by the printed steps, from Argo CD to the operator and back.

Each command that a step prints is run as it is printed. The operator itself is not here: its pod
is, with the account of the manifests, and this test writes the status that it would write.
"""

import json
import os
import re
import shlex
import shutil
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.argocd.git_server import git_server
from sandbox.argocd.start import repositories_folder, start
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.real_node import import_image
from sandbox.cluster.waiting import wait_until
from sandbox.engine import PROGRAM
from sandbox.images.archive import write_archive
from sandbox.images.workspace import workspace_image
from sandbox.serving.local_volumes import add_local_volume
from tests.e2e.argocd.test_stack_health import DEFINITION
from tests.e2e.pulling import QUOTA, Pulled, checkout
from tests.e2e.workspace import POD, Workspace, secrets_of_a_person, workspace_pod
from tests.support.project import write_project

pytestmark = pytest.mark.e2e

HOME, STACK = "localai-dev", "stacks.pulumi.com"
ABOVE = ("cluster-main", "cluster-main-places")
KINDS = (
    "configmaps,deployments,jobs,networkpolicies,persistentvolumeclaims,poddisruptionbudgets,"
    "serviceaccounts,services"
)
OURS = "--selector=app.kubernetes.io/name=localai"
COMMAND = re.compile(r"`((?:localai-gitops|kubectl) [^`]+)`")
# All other accounts are Kubernetes' own.
WRITERS = {"localai-engine": "engine", "admin": "argocd"}
WRITES = ("create", "update", "patch", "delete")
OPERATOR: dict[str, Any] = {
    "workspace": {"image": f"registry.example.com/workspace@sha256:{'1' * 64}"},
    "state": {"claim": "state", "passphrase": {"secret": "state", "key": "passphrase"}},
}


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """A cluster that pulls one stack, and the pod of the operator."""

    pulled: Pulled
    workspace: Workspace

    def steps(self, to: str) -> list[str]:
        """Return the steps that the tool prints now."""
        done = self.pulled.run("cluster", "switch", "dev", "--to", to)
        assert done.returncode == 0, done.stderr
        return [re.sub(r"^\d+\. ", "", line) for line in done.stdout.splitlines()]

    def merge(self, step: str) -> str:
        """Run the printed command that renders, commit what it wrote, and return the revision."""
        (command,) = (one for one in COMMAND.findall(step) if one.startswith("localai-gitops"))
        done = self.pulled.run(*shlex.split(command)[1:])
        assert done.returncode == 0, done.stderr
        return self.pulled.repository.commit(step.partition("`")[0])

    def kubectl(self, step: str) -> list[str]:
        """Run every other command that a step prints, and return what each printed."""
        sandbox, told = self.pulled.argocd.sandbox, list[str]()
        for command in COMMAND.findall(step):
            program, *words = shlex.split(command)
            if program == "kubectl":
                done = sandbox.run([sandbox.tools.program(program), *words], timeout=900)
                assert done.returncode == 0, done.stdout + done.stderr
                told.append(done.stdout)
        return told

    def place(self, delivery: str, **settings: Any) -> None:
        """Say in the cluster file who applies the stack."""
        stacks = {"dev": {"delivery": delivery, "quota": QUOTA, **settings}}
        self.pulled.edit_cluster(stacks=stacks)

    def planned(self) -> str:
        """Return the plan of what is not merged yet, which must not refuse."""
        done = self.pulled.run("preview", "dev", "--base", "HEAD")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def objects(self) -> dict[str, tuple[str, int]]:
        """Return who each object and pod of the stack is, and how often servers changed."""
        words = (f"--namespace={HOME}", "get", f"{KINDS},pods", OURS, "--output=json")
        listed = json.loads(self.pulled.argocd.sandbox.kubectl(*words))["items"]
        return {
            f"{one['kind']}/{one['metadata']['name']}": (
                one["metadata"]["uid"],
                # The API server counts another one when a NetworkPolicy is applied as it is.
                one["metadata"]["generation"] if one["kind"] == "Deployment" else 0,
            )
            for one in listed
        }

    def log(self) -> list[str]:
        """Return every line of the API server's audit log."""
        path = self.pulled.argocd.sandbox.layout.logs / "audit.log"
        return path.read_text().splitlines()

    def writers(self, since: int) -> set[str]:
        """Return who has written to an object of the stack since a line of the audit log."""
        names = {one.partition("/")[2] for one in self.objects()}
        found = set[str]()
        for line in self.log()[since:]:
            event: dict[str, Any] = json.loads(line)
            of: dict[str, str] = event.get("objectRef") or {}
            real = "dryRun" not in event["requestURI"] and event["verb"] in WRITES
            ours = of.get("resource") in KINDS.split(",") and of.get("name") in names
            if real and ours and of.get("namespace") == HOME and not of.get("subresource"):
                found.add(event["user"]["username"].rpartition(":")[2])
        return {WRITERS[one] for one in found if one in WRITERS}

    def operate(self, kind: str, revision: str) -> None:
        """Write the status of the `Stack` as the operator does after a run."""
        stack = self.pulled.get(STACK, "dev", HOME)
        status = {
            "observedGeneration": stack["metadata"]["generation"],
            "conditions": [{"type": "Ready", "status": "True", "reason": "ProcessingCompleted",
                            "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
            "lastUpdate": {"type": kind, "state": "succeeded", "lastAttemptedCommit": revision,
                           "lastSuccessfulCommit": revision},
        }  # fmt: skip
        patch = (
            "--subresource=status",
            "--type=merge",
            f"--patch={json.dumps({'status': status})}",
        )
        self.pulled.argocd.sandbox.kubectl(f"--namespace={HOME}", "patch", STACK, "dev", *patch)

    def start(self) -> None:
        """Do what the operator does with a new `Stack`: make the pod, and select the state."""
        sandbox = self.pulled.argocd.sandbox
        sandbox.apply([workspace_pod(self.pulled.get(STACK, "dev", HOME))])
        sandbox.kubectl(
            f"--namespace={HOME}", "wait", "--for=condition=Ready", f"pod/{POD}", "--timeout=120s"
        )
        self.workspace.commit((self.pulled.folder / "Pulumi.dev.yaml").read_text())

    def applied_by(self, name: str, gone: str) -> None:
        """Return when one Application has taken the place of another."""
        wait_until(
            lambda: {*ABOVE, name} == self.pulled.applications(),
            f"{name} did not take the place of {gone}",
            seconds=90,
        )

    def wait_for(self, step: str, printed: str) -> None:
        """Return when the command of a step prints one word alone."""
        wait_until(
            lambda: [one.split() for one in self.kubectl(step)] == [[printed]],
            f"`{step}` did not print {printed}",
            seconds=60,
        )

    def see_the_pods(self, step: str, before: Mapping[str, object]) -> None:
        """Check that the pods, and all other objects, are those of before."""
        (listed,) = self.kubectl(step)
        pods = {one.partition("/")[2] for one in before if one.startswith("Pod/")}
        assert pods
        assert pods <= {*listed.split()}
        assert self.objects() == before

    def is_quiet(self) -> bool:
        """Return whether Argo CD syncs nothing in three more looks."""
        before = self.pulled.syncs()
        for _ in range(3):
            self.pulled.wait_for_a_look()
        return self.pulled.syncs() == before


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Generator[Rehearsal]:
    """A cluster that has pulled one rendered stack, and knows the workspace image."""
    places = layout(f"switch-{os.getpid()}")
    try:
        sandbox = up(places, real=True)
        sandbox.kubectl("apply", "--server-side", f"--filename={DEFINITION}")
        folder = repositories_folder(sandbox)
        argocd = start(sandbox, folder, customized=False, poll="5s")
        with git_server(sandbox, folder) as server:
            pulled = checkout(argocd, server.url("stacks"), "stacks")
            (pulled.folder / "Pulumi.production.yaml").unlink()
            workspace = Workspace(sandbox=sandbox, namespace=HOME, stack="organization/localai/dev")
            made = Rehearsal(pulled=pulled, workspace=workspace)
            made.place("rendered")
            revision = pulled.push("Begin")
            pulled.begin()
            image = workspace_image(program(pulled, tmp_path_factory.mktemp("program")))
            archive = write_archive(image, tmp_path_factory.mktemp("images") / "workspace.tar")
            import_image(sandbox, archive)
            add_local_volume(sandbox, "engine-state", "1Gi")
            pulled.wait(revision, *ABOVE, "stack-dev")
            yield made
    finally:
        down(places)


def program(pulled: Pulled, folder: Path) -> Path:
    """Write what the operator fetches: the program, and the stack."""
    made = write_project(folder / "checkout", [*PROGRAM])
    for one in made.glob("Pulumi.*.yaml"):
        one.unlink()
    shutil.copy(pulled.folder / "Pulumi.dev.yaml", made)
    return made


def test_argo_cd_hands_a_stack_to_the_operator(rehearsal: Rehearsal) -> None:
    before = rehearsal.objects()
    freeze, rest, change, ready, release, forget, look = rehearsal.steps("operator")

    rehearsal.place("rendered", frozen=True)
    rehearsal.pulled.wait(rehearsal.merge(freeze), *ABOVE)
    rehearsal.wait_for(rest, "Succeeded")
    frozen = len(rehearsal.log())
    begin_with_the_operator(rehearsal, change, ready)
    assert rehearsal.objects() == before
    assert rehearsal.writers(frozen) == set()

    rehearsal.place("operator")
    revision = rehearsal.merge(release)
    wait_until(
        lambda: "preview" not in rehearsal.pulled.get(STACK, "dev", HOME)["spec"],
        "the Stack stayed frozen",
        seconds=60,
    )
    rehearsal.workspace.up()
    rehearsal.operate("up", revision)
    rehearsal.pulled.wait(revision, *ABOVE, "operator-dev")
    assert rehearsal.objects() == before
    assert rehearsal.writers(frozen) == {"engine"}

    assert "`adopt`" in forget
    told = without_adoption(rehearsal)
    # That one is of the provider, which loses the option.
    assert "~ 1 updated" in told
    assert not re.search(r"\d+ (created|replaced|deleted)", told), told
    rehearsal.see_the_pods(look, before)
    assert rehearsal.is_quiet()


def begin_with_the_operator(rehearsal: Rehearsal, change: str, ready: str) -> None:
    """Make the change of both files, and see what the frozen operator would do."""
    pulled = rehearsal.pulled
    pulled.edit_cluster(**OPERATOR)
    rehearsal.place("operator", frozen=True)
    pulled.edit("dev", delivery=None, claims={"adopt": True})
    assert "restart" not in rehearsal.planned()
    pulled.argocd.sandbox.apply(secrets_of_a_person(HOME))
    revision = rehearsal.merge(change)
    rehearsal.applied_by("operator-dev", gone="stack-dev")
    wait_until(lambda: bool(pulled.names(STACK, HOME)), "there is no Stack", seconds=60)
    rehearsal.start()
    rehearsal.operate("preview", revision)
    _, preview = rehearsal.kubectl(ready)
    pulled.wait(revision, *ABOVE)
    assert "to create" in preview
    assert not re.search(r"to (replace|delete|update)", preview), preview


def without_adoption(rehearsal: Rehearsal) -> str:
    """Take `adopt` back, and return what the next update says."""
    rehearsal.pulled.edit("dev", claims=None)
    rehearsal.pulled.push()
    rehearsal.workspace.commit((rehearsal.pulled.folder / "Pulumi.dev.yaml").read_text())
    return rehearsal.workspace.up()


def test_the_operator_hands_it_back(rehearsal: Rehearsal) -> None:
    pulled, before = rehearsal.pulled, rehearsal.objects()
    freeze, rest, change, drop, delete, release, look = rehearsal.steps("rendered")

    rehearsal.place("operator", frozen=True)
    revision = rehearsal.merge(freeze)
    rehearsal.wait_for(rest, "true")
    rehearsal.operate("preview", revision)
    pulled.wait(revision, *ABOVE)
    frozen = len(rehearsal.log())
    pulled.edit_cluster(workspace=None, state=None)
    rehearsal.place("rendered", frozen=True)
    pulled.edit("dev", delivery="rendered")
    assert "restart" not in rehearsal.planned()
    revision = rehearsal.merge(change)
    rehearsal.applied_by("stack-dev", gone="operator-dev")
    pulled.wait(revision, *ABOVE)
    rehearsal.kubectl(drop)
    left = rehearsal.workspace.inside("pulumi", "stack", "ls", "--all", "--json").stdout
    rehearsal.kubectl(delete)
    # The operator deletes the pod with the Stack.
    pulled.argocd.sandbox.kubectl(f"--namespace={HOME}", "delete", "pod", POD, "--wait=true")
    assert json.loads(left) == []
    assert rehearsal.objects() == before
    assert rehearsal.writers(frozen) == set()

    rehearsal.place("rendered")
    pulled.wait(rehearsal.merge(release), *ABOVE, "stack-dev")
    rehearsal.see_the_pods(look, before)
    # Argo CD finds the objects as it declares them, and need not write at all.
    assert rehearsal.writers(frozen) <= {"argocd"}
    assert rehearsal.is_quiet()
