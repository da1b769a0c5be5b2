"""A LocalAI that runs already is taken over on the real engine, by the steps the report prints."""

import json
import os
import shlex
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.cluster.sandbox import Sandbox
from sandbox.engine import Engine
from tests.e2e.objects import GPU_TOLERATION
from tests.e2e.program import CHECKOUT, project_engine
from tests.gitops.adoption.namespaces import (
    NAMESPACE,
    PHI_FACTS,
    SIZES,
    Object,
    chart,
    hand_made,
    listed,
    pod_of,
    with_figures,
)

pytestmark = pytest.mark.e2e

STACK = "home"
# The fake nodes run no programs.
NEEDS_CONTAINERS = " exec "


@dataclass(frozen=True, kw_only=True)
class Case:
    """Objects that a person or Helm has made, who writes them, and the facts of their files."""

    objects: Callable[[], list[Object]]
    writer: tuple[str, ...]
    facts: str
    workload: str
    service: str
    claim: str
    down: bool


BY_HAND = Case(
    objects=hand_made, writer=(), facts=SIZES, workload="localai", service="localai",
    claim="weights", down=True,
)  # fmt: skip
BY_HELM = Case(
    objects=chart, writer=("--server-side", "--field-manager=helm"), facts=PHI_FACTS,
    workload="local-ai", service="local-ai", claim="local-ai-models", down=False,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Home:
    """A namespace in which LocalAI runs, and an engine with an empty stack for it."""

    cluster: Sandbox
    engine: Engine

    def shell(self, command: str) -> str:
        """Run a command as a person types it, at the top of the checkout."""
        path = self.cluster.tools.path(os.environ["PATH"])
        variables = {**self.engine.variables(), "PATH": path, "PYTHONPATH": str(CHECKOUT)}
        words = ["env", "-C", str(self.engine.program), "sh", "-c", command]
        done = self.cluster.run(words, environment=variables, timeout=300)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def get(self, what: str) -> Object:
        """Return an object of the namespace."""
        return json.loads(
            self.cluster.kubectl("--namespace", NAMESPACE, "get", what, "--output=json")
        )

    def follow(self, step: Object) -> None:
        """Do what a step says; its questions are answered with yes."""
        for command in step["commands"]:
            if NEEDS_CONTAINERS in command or command.startswith("pulumi stack init"):
                continue
            if command.startswith("pulumi"):
                words = shlex.split(command, comments=True)[1:]
                place = words.index("--stack")
                yes = [] if words[0] == "preview" else ["--yes", "--skip-preview"]
                self.engine.do(*words[:place], *words[place + 2 :], *yes)
            else:
                tool = f"{shlex.quote(sys.executable)} -m gitops"
                self.shell(command.replace("localai-gitops", tool))


@pytest.fixture
def home(cluster: Sandbox, tmp_path: Path) -> Generator[Home]:
    made = project_engine(cluster, tmp_path, STACK)
    for file in made.program.glob("Pulumi.*.yaml"):
        file.unlink()
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    cluster.apply([namespace])
    yield Home(cluster=cluster, engine=made)
    cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=true", "--timeout=120s")


def running(home: Home, case: Case) -> None:
    """Make the objects of a case, and wait until they serve."""
    objects = case.objects()
    for one in objects:
        if one["kind"] == "Service":
            del one["spec"]["clusterIP"]
        if one["metadata"]["name"] == case.claim:
            many = "ReadWriteMany" in one["spec"]["accessModes"]
            one["spec"]["storageClassName"] = "fast" if many else "standard"
    pod_of(objects)["tolerations"] = [GPU_TOLERATION]
    pod_of(objects)["nodeSelector"].pop("disk", None) if case is BY_HAND else None
    written = json.dumps(
        listed([one for one in objects if "output" not in one["metadata"]["name"]])
    )
    if case is BY_HELM:
        written = written.replace('"local-ai-output"', '"local-ai-models"')
    home.cluster.kubectl("apply", *case.writer, "--filename=-", stdin=written)
    home.cluster.kubectl(
        "--namespace", NAMESPACE, "wait", f"deployment/{case.workload}",
        "--for=condition=Available", "--timeout=60s",
    )  # fmt: skip


def adopted(home: Home, case: Case) -> list[Object]:
    """Run `adopt` against the cluster and return the steps it prints."""
    (home.engine.program / "facts.txt").write_text(case.facts)
    told = home.shell(
        f"{shlex.quote(sys.executable)} -m gitops adopt --namespace {NAMESPACE} --stack {STACK} "
        "--facts facts.txt --output json --force"
    )
    models = home.engine.program / "models"
    known = {path.name: path.read_text() for path in models.glob("*.yaml")}
    for name, text in with_figures(known).items():
        (models / name).write_text(text)
    return json.loads(told)["steps"]


@pytest.mark.parametrize("case", [BY_HAND, BY_HELM], ids=["by hand", "by the old chart"])
def test_the_printed_steps_take_it_over_and_lose_nothing(home: Home, case: Case):
    running(home, case)
    service, claim = home.get(f"service/{case.service}"), home.get(f"pvc/{case.claim}")
    steps = adopted(home, case)
    order = [step["title"] for step in steps]
    for step in steps[: order.index("Apply the stack")]:
        home.follow(step)

    changes = {step["urn"].rsplit("::", 1)[-1]: step["op"] for step in home.engine.steps()}
    assert changes.pop(f"pool-main-addresses-{case.service}") == "update"
    assert set(changes.values()) == {"create"}
    assert (home.get(f"deployment/{case.workload}")["spec"]["replicas"] == 0) is case.down

    for step in steps[order.index("Apply the stack") : order.index("The way back, at any moment")]:
        home.follow(step)

    assert home.engine.steps() == []
    same_object(home.get(f"pvc/{case.claim}"), claim)
    now = home.get(f"service/{case.service}")
    same_object(now, service)
    assert now["spec"]["clusterIP"] == service["spec"]["clusterIP"]
    assert now["spec"]["selector"]["localai.gitops/pool"] == "main"
    assert home.get(f"deployment/{case.workload}")["spec"]["replicas"] == 0
    assert home.get("deployment/localai-main")["status"]["readyReplicas"] == 1
    assert claims_of(home.get("deployment/localai-main")) == [case.claim]


def test_the_printed_way_back_leads_to_the_old_pods(home: Home):
    running(home, BY_HELM)
    before = home.get("service/local-ai")["spec"]["selector"]
    steps = adopted(home, BY_HELM)
    order = [step["title"] for step in steps]
    for step in steps[: order.index("The way back, at any moment") + 1]:
        home.follow(step)

    assert home.get("service/local-ai")["spec"]["selector"] == before
    home.cluster.kubectl(
        "--namespace", NAMESPACE, "wait", "deployment/local-ai", "--for=condition=Available",
        "--timeout=60s",
    )  # fmt: skip


def test_without_the_import_nothing_is_taken_by_surprise(home: Home):
    running(home, BY_HAND)
    before = home.get("service/localai")
    adopted(home, BY_HAND)

    done = home.engine.run("up", "--yes", "--skip-preview")

    assert done.returncode
    assert "provided IP is already allocated" in done.stdout
    same_object(home.get("service/localai"), before)
    assert home.get("service/localai")["spec"] == before["spec"]


def test_the_operator_takes_over_without_an_import(home: Home):
    running(home, BY_HAND)
    service = home.get("service/localai")
    adopted(home, BY_HAND)
    home.shell("kubectl --namespace ai scale deployment/localai --replicas=0")
    file = home.engine.program / f"Pulumi.{STACK}.yaml"
    file.write_text(file.read_text() + "  localai:claims:\n    adopt: true\n")

    home.engine.up()

    same_object(home.get("service/localai"), service)
    assert home.engine.steps() == []


def same_object(one: Object, other: Object) -> None:
    assert one["metadata"]["uid"] == other["metadata"]["uid"]


def claims_of(deployment: Object) -> list[Any]:
    volumes = deployment["spec"]["template"]["spec"]["volumes"]
    sources = (volume.get("persistentVolumeClaim") for volume in volumes)
    return [source["claimName"] for source in sources if source]
