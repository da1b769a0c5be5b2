"""A stack changes its writer by the printed steps, from Argo CD to the operator and back.

Each command that a step prints is run as it is printed. Neither Argo CD nor the operator is here:
kubectl applies what the Applications of a commit say, under Argo CD's name, and the pod of the
operator, with the account of the manifests, is given the status that the operator would write.
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
import yaml

from sandbox.argocd.argocd import ArgoCd
from sandbox.argocd.start import repositories_folder
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.real_node import import_image
from sandbox.cluster.waiting import wait_until
from sandbox.engine import PROGRAM
from sandbox.images.archive import write_archive
from sandbox.images.workspace import workspace_image
from sandbox.serving.local_volumes import add_local_volume
from tests.e2e.argocd.test_stack_health import DEFINITION
from tests.e2e.pulling import MANIFESTS, QUOTA, Pulled, checkout
from tests.e2e.workspace import POD, Workspace, secrets_of_a_person, workspace_pod
from tests.support.project import write_project

pytestmark = pytest.mark.e2e

HOME, STACK = "localai-dev", "stacks.pulumi.com"
ABOVE = ("cluster-main-places",)
URL = "https://127.0.0.1:8444/stacks"
KINDS = (
    "configmaps,deployments,jobs,networkpolicies,persistentvolumeclaims,poddisruptionbudgets,"
    "serviceaccounts,services"
)
OURS = "--selector=app.kubernetes.io/name=localai"
COMMAND = re.compile(r"`((?:localai-gitops|kubectl) [^`]+)`")
SYNCED: dict[str, Any] = {
    "operationState": {
        "phase": "Succeeded",
        "startedAt": "2026-01-01T00:00:00Z",
        "operation": {},
    }
}
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
        revision = self.pulled.repository.commit(step.partition("`")[0])
        self.sync()
        return revision

    def sync(self) -> None:
        """Do what Argo CD does with a commit: a folder whose Application is not automated stays."""
        sandbox, top = self.pulled.argocd.sandbox, self.pulled.folder / MANIFESTS
        files = [*top.glob("application-*.yaml")]
        pulled = {one["metadata"]["name"]: one for one in map(load, files)}
        for name in self.pulled.applications() - {*pulled}:
            sandbox.kubectl("--namespace=argocd", "delete", "application", name)
        words = ("apply", "--server-side", "--force-conflicts", "--field-manager=argocd-controller")
        for name, one in sorted(pulled.items()):
            sandbox.kubectl(*words, f"--filename={top / f'application-argocd.{name}.yaml'}")
            if "automated" in one["spec"]["syncPolicy"]:
                sandbox.kubectl(
                    *words, f"--filename={self.pulled.folder / one['spec']['source']['path']}"
                )
                patch = ("--type=merge", f"--patch={json.dumps({'status': SYNCED})}")
                sandbox.kubectl("--namespace=argocd", "patch", "application", name, *patch)
        for one in self.dropped():
            sandbox.kubectl(f"--namespace={HOME}", "delete", one)

    def dropped(self) -> set[str]:
        """Return the rights of the engine where a commit has none: Argo CD prunes these."""
        places = self.pulled.folder / MANIFESTS / "places"
        kept = {
            f"{one['kind'].lower()}/{one['metadata']['name']}"
            for one in map(load, places.iterdir())
        }
        names = self.pulled.names("roles,rolebindings,serviceaccounts", HOME)
        mine = {
            one.replace(".rbac.authorization.k8s.io", "")
            for one in names
            if "localai-engine" in one
        }
        return mine - kept

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


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Generator[Rehearsal]:
    """A cluster that has pulled one rendered stack, and knows the workspace image."""
    places = layout(f"switch-{os.getpid()}")
    try:
        sandbox = up(places, real=True)
        sandbox.kubectl("apply", "--server-side", f"--filename={DEFINITION}")
        folder = repositories_folder(sandbox)
        folder.mkdir(parents=True, exist_ok=True)
        sandbox.kubectl("create", "namespace", "argocd")
        pulled = checkout(ArgoCd(sandbox=sandbox, repositories=folder), URL, "stacks")
        (pulled.folder / "Pulumi.production.yaml").unlink()
        workspace = Workspace(sandbox=sandbox, namespace=HOME, stack="organization/localai/dev")
        made = Rehearsal(pulled=pulled, workspace=workspace)
        made.place("rendered")
        pulled.push("Begin")
        made.sync()
        image = workspace_image(program(pulled, tmp_path_factory.mktemp("program")))
        archive = write_archive(image, tmp_path_factory.mktemp("images") / "workspace.tar")
        import_image(sandbox, archive)
        add_local_volume(sandbox, "engine-state", "1Gi")
        wait_until(lambda: has_run(made.objects()), "the pods did not come", seconds=120)
        yield made
    finally:
        down(places)


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def has_run(objects: Mapping[str, object]) -> bool:
    """Return whether there is a pod of the server and of each Job."""
    return sum(one.startswith("Pod/") for one in objects) == sum(
        one.startswith(("Deployment/", "Job/")) for one in objects
    )


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
    rehearsal.merge(freeze)
    rehearsal.wait_for(rest, "Succeeded")
    frozen = len(rehearsal.log())
    begin_with_the_operator(rehearsal, change, ready)
    assert rehearsal.objects() == before
    assert rehearsal.writers(frozen) == set()

    rehearsal.place("operator")
    revision = rehearsal.merge(release)
    assert "preview" not in rehearsal.pulled.get(STACK, "dev", HOME)["spec"]
    rehearsal.workspace.up()
    rehearsal.operate("up", revision)
    assert rehearsal.objects() == before
    assert rehearsal.writers(frozen) == {"engine"}

    assert "`adopt`" in forget
    told = without_adoption(rehearsal)
    # That one is of the provider, which loses the option.
    assert "~ 1 updated" in told
    assert not re.search(r"\d+ (created|replaced|deleted)", told), told
    rehearsal.see_the_pods(look, before)


def begin_with_the_operator(rehearsal: Rehearsal, change: str, ready: str) -> None:
    """Make the change of both files, and see what the frozen operator would do."""
    pulled = rehearsal.pulled
    pulled.edit_cluster(**OPERATOR)
    rehearsal.place("operator", frozen=True)
    pulled.edit("dev", delivery=None, claims={"adopt": True})
    assert "restart" not in rehearsal.planned()
    pulled.argocd.sandbox.apply(secrets_of_a_person(HOME))
    revision = rehearsal.merge(change)
    assert pulled.applications() == {*ABOVE, "operator-dev"}
    rehearsal.start()
    rehearsal.operate("preview", revision)
    _, preview = rehearsal.kubectl(ready)
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
    frozen = len(rehearsal.log())
    pulled.edit_cluster(workspace=None, state=None)
    rehearsal.place("rendered", frozen=True)
    pulled.edit("dev", delivery="rendered")
    assert "restart" not in rehearsal.planned()
    rehearsal.merge(change)
    assert pulled.applications() == {*ABOVE, "stack-dev"}
    rehearsal.kubectl(drop)
    left = rehearsal.workspace.inside("pulumi", "stack", "ls", "--all", "--json").stdout
    rehearsal.kubectl(delete)
    # The operator deletes the pod with the Stack.
    pulled.argocd.sandbox.kubectl(f"--namespace={HOME}", "delete", "pod", POD, "--wait=true")
    assert json.loads(left) == []
    assert rehearsal.objects() == before
    assert rehearsal.writers(frozen) == set()

    rehearsal.place("rendered")
    rehearsal.merge(release)
    rehearsal.see_the_pods(look, before)
    assert rehearsal.writers(frozen) == {"argocd"}
