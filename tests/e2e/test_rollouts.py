"""Versions that take over in steps, over a real MLflow, Git, Argo Rollouts, Traefik and Prometheus.

What Git declares is applied by the test in place of Argo CD. Each test goes on where the one before
it ended.
"""

import json
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from components.addons.served.served import components
from components.engine.declaration import parts_of
from gitops.planning.checkout import resolved_stack
from gitops.registry.entries import KEY
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.netns import NODE
from sandbox.cluster.real_node import import_image
from sandbox.images.archive import write_archive
from tests.e2e.predicting import (
    LOGIN,
    READER,
    READER_PASSWORD,
    declared,
    let_read,
    predict_image,
)
from tests.e2e.registry.server import Model, Registry, trained
from tests.e2e.registry.stores import programs
from tests.e2e.registry.test_contract import environment as login
from tests.e2e.rolling import PROMETHEUS, SCRAPE_SECONDS, Rolling, answers, rolling
from tests.e2e.routing.reaching import reachable
from tests.gitops.commands import run
from tests.gitops.promoting import POOLS, PROMOTION, Project, project
from tests.samples import manifests

pytestmark = pytest.mark.e2e
NAME, MODEL = "digits", "rolled-digits"
NAMESPACE, STACK, HOST = "localai-production", "production", "digits.example.com"
SAMPLES = (
    "import json; from sklearn.datasets import load_digits as l; x, y = l(return_X_y=True); "
    "print(json.dumps({'rows': x[-200:].tolist(), 'labels': y[-200:].tolist()}))"
)
# A model that predicts a row of zeros, and nothing that has a number above 1.
FAILING = """\
import sys
from onnx import TensorProto as T, checker, helper as h
row = h.make_tensor_value_info("X", T.FLOAT, [None, 64])
label = h.make_tensor_value_info("label", T.INT64, [None])
figures = h.make_tensor_value_info("probabilities", T.FLOAT, [None, 1])
nodes = [
    h.make_node("ReduceSum", ["X", "axes"], ["sum"], keepdims=1),
    h.make_node("Sub", ["one", "sum"], ["left"]), h.make_node("Log", ["left"], ["probabilities"]),
    h.make_node("ArgMax", ["X"], ["label"], axis=1, keepdims=0),
]
given = [h.make_tensor("axes", T.INT64, [1], [1]), h.make_tensor("one", T.FLOAT, [1], [1.0])]
graph = h.make_graph(nodes, "failing", [row], [label, figures], given)
made = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
checker.check_model(made)
open(sys.argv[1], "wb").write(made.SerializeToString())
"""
STEP = 6 * SCRAPE_SECONDS
ROLLOUT: dict[str, Any] = {
    "stepSeconds": STEP, "watch": {"seconds": STEP}, "leastRequests": 5,
    "prometheus": PROMETHEUS, "traffic": {"host": HOST},
}  # fmt: skip
ACCURACY = {"samples": {"configMap": "digits-samples"}}


@dataclass(frozen=True, kw_only=True)
class Team:
    """A project in Git, the cluster that serves it, and the registry of its models."""

    here: Project
    there: Registry
    rolling: Rolling
    address: str
    rows: list[Any]

    def register(self, model: Model, semver: str) -> dict[str, Any]:
        """Register a model, and return its entry in a stack file."""
        number = self.there.add(MODEL, model, semver)
        fields = {"model": MODEL, "semver": semver, "memory": "256Mi"}
        return declared(model, number, self.address, **fields)

    def declare(self, entry: Mapping[str, Any], **rollout: Any) -> None:
        """Declare a version in Git as a release of its own, and apply what Git says."""
        file = self.here.folder / f"Pulumi.{STACK}.yaml"
        kept = [one for one in file.read_text().splitlines() if KEY not in one]
        given = {**ROLLOUT, **rollout}
        said = {**entry, "rollout": {key: one for key, one in given.items() if one is not None}}
        kept.insert(kept.index("config:") + 1, f"  {KEY}: {json.dumps({NAME: said})}")
        file.write_text("\n".join(kept) + "\n")
        done = run(self.here.folder, "release", STACK, environment=login(self.there))
        assert done.code == 0, done.err
        self.here.merge(f"Serve {entry['semver']}")
        self.apply()

    def apply(self) -> None:
        """Apply what is in Git of served models; the pods ask for less than a whole core."""
        context, _ = resolved_stack(self.here.folder, STACK)
        found = manifests(parts_of(components(context)))
        # There are no name servers here, so the Job is told what they would say.
        self.rolling.sandbox.apply([one for one in found if one["kind"] == "Service"])
        listed = json.loads(self.rolling.kubectl("get", "services", "--output=json"))["items"]
        names = [
            {"ip": one["spec"]["clusterIP"],
             "hostnames": [f"{one['metadata']['name']}.{NAMESPACE}.svc"]}
            for one in listed
        ]  # fmt: skip
        for pod in (pod for one in found for pod in pods_of(one)):
            pod["hostAliases"] = names if pod.get("restartPolicy") == "Never" else []
            pod["nodeSelector"] = {"kubernetes.io/hostname": "real-0"}
            for each in (*pod["containers"], *pod.get("initContainers", ())):
                each["resources"]["requests"]["cpu"] = "100m"
        self.rolling.sandbox.apply(found, "--force-conflicts")

    def alias(self) -> str:
        found = self.there.api("GET", "registered-models/get", name=MODEL)["registered_model"]
        return {one["alias"]: one["version"] for one in found.get("aliases", [])}.get(STACK, "")

    def roll_back(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command that goes back where a rollout was aborted."""
        box = self.rolling.sandbox
        kubectl = Path(box.tools.program("kubectl")).parent
        command = ["env", "-C", str(self.here.folder), sys.executable, "-m", "gitops"]
        return box.run(
            [*command, "rollback", STACK, "--aborted", *words],
            environment={**login(self.there), "PATH": f"{kubectl}:/usr/bin:/bin"},
        )

    def follow(self) -> None:
        done = run(
            self.here.folder, "registry", "follow", STACK, "--verified",
            environment=login(self.there),
        )  # fmt: skip
        assert done.code == 0, done.err


def pods_of(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the pods that a Rollout makes, or a Job of an analysis."""
    if one["kind"] == "Rollout":
        return [one["spec"]["template"]["spec"]]
    providers = [each["provider"] for each in one.get("spec", {}).get("metrics", ())]
    return [each["job"]["spec"]["template"]["spec"] for each in providers if "job" in each]


@pytest.fixture(scope="module")
def team(model_registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Generator[Team]:
    places = layout(f"rollouts-{time.time_ns() % 10**6}")
    folder = tmp_path_factory.mktemp("rollouts")
    try:
        box = up(places, real=True)
        box.apply([
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {
                "name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
        ])  # fmt: skip
        archive = write_archive(predict_image(), folder / "predict.tar")
        import_image(box, archive)
        known = samples()
        box.apply(secrets(known))
        port = int(model_registry.address.rpartition(":")[2])
        with (
            rolling(box, NAMESPACE, f"served-{NAME}") as running,
            reachable(box.netns, NODE, port) as found,
        ):
            yield Team(
                here=watched(folder), there=model_registry, rolling=running, rows=known["rows"],
                address=f"http://{NODE}:{found}",
            )  # fmt: skip
    finally:
        down(places)


def samples() -> dict[str, list[Any]]:
    done = subprocess.run(
        [programs() / "python", "-c", SAMPLES], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def secrets(known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a team makes by hand: a login, and samples."""
    words = {"username": READER, "password": READER_PASSWORD}
    where = {"namespace": NAMESPACE}
    return [
        {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth",
         "metadata": {"name": LOGIN, **where}, "stringData": words},
        {"apiVersion": "v1", "kind": "ConfigMap", "data": {"samples.json": json.dumps(known)},
         "metadata": {"name": "digits-samples", **where}},
    ]  # fmt: skip


def watched(folder: Path) -> Project:
    """Return a project whose production has a Prometheus that scrapes it."""
    here = project(folder)
    monitoring = f"  localai:monitoring: {{intervalSeconds: {SCRAPE_SECONDS}}}\n"
    here.edit(f"Pulumi.{STACK}.yaml", PROMOTION + POOLS, monitoring + PROMOTION + POOLS)
    here.merge("Watch production")
    return here


@pytest.fixture(scope="module")
def first(team: Team, digits: Model) -> dict[str, Any]:
    """Return the first version, which serves without having been judged."""
    entry = team.register(digits, "1.0.0")
    which = {"name": MODEL, "version": str(entry["version"])}
    found = team.there.api("GET", "model-versions/get-download-uri", **which)
    experiment = Registry.path(found["artifact_uri"]).partition("/")[0]
    let_read(team.there, READER, MODEL, experiment)
    team.declare(entry, accuracy=ACCURACY)
    team.rolling.healthy()
    team.follow()
    assert team.alias() == "1"
    return entry


@pytest.fixture(scope="module")
def second(
    team: Team, first: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Return a better version, which takes over under the eyes of a client."""
    folder = tmp_path_factory.mktemp("second")
    entry = team.register(trained(folder, trees=30, seed=8), "1.1.0")
    seen: list[int] = []
    log = folder / "answers"
    with team.rolling.asked(HOST, 40, team.rows, log):
        team.declare(entry, accuracy=ACCURACY)

        def is_through(status: Mapping[str, Any]) -> bool:
            seen.append(team.rolling.weight())
            assert not status.get("abort"), team.rolling.told()
            return status.get("phase") == "Healthy"

        seconds = team.rolling.until(is_through)
    report("a good version went through", seconds)
    got = answers(log)
    steps = [one for at, one in enumerate(seen) if at == 0 or seen[at - 1] != one]
    assert [one for one in steps if one][:4] == [5, 25, 50, 100]
    assert {one.status for one in got} == {200}
    assert {one.semver for one in got} == {first["semver"], entry["semver"]}
    assert got[-1].semver == entry["semver"]
    return entry


def report(what: str, seconds: float) -> None:
    """Say a figure, which `pytest -s` shows."""
    sys.stderr.write(f"\nfigure: {what}: {seconds:.1f} s\n")


def broken(folder: Path) -> Model:
    """Return a model that says the best of itself, and fails on every picture."""
    file = folder / "failing.onnx"
    subprocess.run([programs() / "python", "-c", FAILING, file], check=True)
    return Model(onnx=file.read_bytes(), accuracy=0.99, f1=0.99)


def unmeasured(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry that says nothing of its accuracy, so that nothing measures it."""
    return {key: value for key, value in entry.items() if key != "metrics"}


def since_abort(team: Team) -> float:
    return datetime.fromisoformat(team.rolling.status()["abortedAt"]).timestamp()


def test_a_good_version_takes_over_in_steps_without_a_failed_answer(
    team: Team, second: dict[str, Any]
):
    done = team.roll_back("--wait", "60")

    assert (done.returncode, done.stderr) == (0, "")
    assert "its rollouts are healthy, and nothing is rolled back" in done.stdout
    team.follow()
    assert team.alias() == str(second["version"])


def test_a_version_that_fails_is_aborted_and_rolled_back_into_git_with_its_alias(
    team: Team, second: dict[str, Any], tmp_path: Path
):
    bad = team.register(broken(tmp_path), "2.0.0")
    # Its metrics say nothing of accuracy here, so errors alone are measured.
    entry = unmeasured(bad)
    # An alias that was moved too early.
    team.there.alias(MODEL, STACK, bad["version"])
    log = tmp_path / "answers"
    with team.rolling.asked(HOST, 40, team.rows, log):
        began = time.time()
        team.declare(entry)
        done = team.roll_back("--wait", "200", "--push")
        team.follow()
        ended = time.time()

        assert done.returncode == 0, done.stderr
        assert "digits: RolloutAborted" in team.here.git("log", "-1", "--format=%b")
        at = since_abort(team)
        report("from the declaration to the abort", at - began)
        report("from the abort to Git and the alias", ended - at)
        assert team.here.git("rev-parse", "main", folder=team.here.remote) == team.here.git(
            "rev-parse", "HEAD"
        )
        assert team.alias() == str(second["version"])
        team.apply()
        report("until it is healthy again", team.rolling.healthy())
    got = answers(log)
    failed = [one for one in got if one.status != 200]
    # It never got more than its share.
    assert failed
    assert len(failed) <= 0.1 * len([one for one in got if one.time < at + 5])
    assert "error-percent" in team.here.git("log", "-1", "--format=%b") or "error-percent" in (
        team.rolling.kubectl("get", "analysisruns.argoproj.io", "-o", "yaml")
    )


@pytest.mark.usefixtures("second")
def test_a_version_that_lies_about_its_accuracy_is_aborted(team: Team, tmp_path: Path):
    bad = trained(tmp_path, trees=3, shuffled=True)
    liar = Model(onnx=bad.onnx, accuracy=0.99, f1=0.99)
    with team.rolling.asked(HOST, 40, team.rows, tmp_path / "answers"):
        team.declare(team.register(liar, "1.2.0"), accuracy=ACCURACY)
        began = time.time()
        assert '"accuracy" assessed Failed' in team.rolling.aborted()
        report("a lie was found", time.time() - began)

    done = team.roll_back()
    assert done.returncode == 0, done.stderr
    assert '"accuracy" assessed Failed' in team.here.git("log", "-1", "--format=%b")
    team.apply()
    team.rolling.healthy()


@pytest.mark.usefixtures("second")
def test_a_version_that_answers_too_late_is_aborted(team: Team, digits: Model, tmp_path: Path):
    with team.rolling.asked(HOST, 40, team.rows, tmp_path / "answers"):
        entry = unmeasured(team.register(digits, "1.3.0"))
        team.declare(entry, p99Milliseconds=1)
        assert '"p99-milliseconds" assessed Failed' in team.rolling.aborted()
    assert team.roll_back().returncode == 0
    team.apply()
    team.rolling.healthy()


@pytest.mark.usefixtures("second")
def test_a_version_that_nobody_asks_is_aborted(team: Team, digits: Model):
    team.declare(unmeasured(team.register(digits, "1.4.0")))

    assert "assessed Failed" in team.rolling.aborted()
    runs = team.rolling.kubectl("get", "analysisruns.argoproj.io", "-o", "yaml")
    assert "assessed Failed" in runs
    assert team.roll_back().returncode == 0
    team.apply()
    team.rolling.healthy()


@pytest.mark.usefixtures("second")
def test_a_version_is_aborted_where_prometheus_does_not_answer(
    team: Team, digits: Model, tmp_path: Path
):
    with (
        team.rolling.asked(HOST, 40, team.rows, tmp_path / "answers"),
        team.rolling.without_prometheus(),
    ):
        team.declare(unmeasured(team.register(digits, "1.5.0")))
        assert "assessed Error" in team.rolling.aborted()
    assert team.roll_back().returncode == 0
    team.apply()
    team.rolling.healthy()


@pytest.mark.usefixtures("first")
def test_blue_green_lets_nobody_ask_a_version_that_lies_and_moves_all_to_one_that_does_not(
    team: Team, tmp_path: Path
):
    at_once = {"strategy": "blueGreen", "traffic": None, "accuracy": ACCURACY}
    bad = trained(tmp_path, trees=3, shuffled=True)
    log = tmp_path / "answers"
    with team.rolling.asked(HOST, 40, team.rows, log):
        team.declare(
            team.register(Model(onnx=bad.onnx, accuracy=0.99, f1=0.99), "3.0.0"), **at_once
        )
        assert "accuracy" in team.rolling.aborted()
        assert team.roll_back().returncode == 0
        team.apply()
        team.rolling.healthy()
        good = trained(tmp_path, trees=25, seed=9)
        team.declare(team.register(good, "3.1.0"), **at_once)
        report("blue-green", team.rolling.healthy())
    got = answers(log)
    assert {one.status for one in got} == {200}
    assert "3.0.0" not in {one.semver for one in got}
    assert got[-1].semver == "3.1.0"
