"""A model of a real MLflow in the real model server: as processes, and in a real pod."""

import json
import subprocess
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sandbox.cluster.netns import NODE
from sandbox.cluster.real_node import import_image
from sandbox.cluster.sandbox import Sandbox
from sandbox.images.archive import write_archive
from tests.e2e.predicting import (
    LOGIN,
    READER,
    READER_PASSWORD,
    Place,
    Serving,
    args_of,
    declared,
    let_read,
    objects,
    predict_image,
)
from tests.e2e.registry.server import Model, Registry, trained
from tests.e2e.registry.stores import programs
from tests.e2e.routing.loopback import wait_until
from tests.e2e.routing.reaching import reachable

pytestmark = pytest.mark.e2e
NAMESPACE = "localai-test"
NAME = "digits"
IMAGES = (
    "import json; from sklearn.datasets import load_digits as l; x, y = l(return_X_y=True); "
    "print(json.dumps([x[-60:].tolist(), y[-60:].tolist()]))"
)
ASK = (
    "import sys, urllib.request as u\n"
    "sent = u.Request(sys.argv[1], sys.stdin.buffer.read() or None)\n"
    "print(u.urlopen(sent, None, 5).read().decode())\n"
)


@pytest.fixture(scope="module")
def version(model_registry: Registry, digits: Model) -> int:
    """Return a version of the registry that one user may read, its artifact as well."""
    number = model_registry.add(NAME, digits, "1.0.0")
    let_read(model_registry, READER, NAME, experiment_of(model_registry, number))
    return number


def experiment_of(registry: Registry, number: int) -> str:
    return place_of(registry, number).partition("/")[0]


def place_of(registry: Registry, number: int) -> str:
    """Return where the artifact of a version is in the store."""
    which = {"name": NAME, "version": str(number)}
    found = registry.api("GET", "model-versions/get-download-uri", **which)
    return Registry.path(found["artifact_uri"])


def place(folder: Path, registry: Registry, model: Model, number: int, **fields: Any) -> Place:
    said = declared(model, number, registry.address, model=NAME, **fields)
    return Place(folder=folder, args=args_of(said))


def refused(tried: Place) -> str:
    done = tried.fetch()
    assert (done.returncode, done.stdout) == (1, "")
    assert list((tried.folder / "model").iterdir()) == []
    (said,) = done.stderr.splitlines()
    return said


@pytest.fixture(scope="module")
def serving(
    model_registry: Registry, digits: Model, version: int, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Serving]:
    here = place(tmp_path_factory.mktemp("served"), model_registry, digits, version)
    done = here.fetch()
    assert done.returncode == 0, done.stderr
    with here.serve() as running:
        yield running


def test_it_knows_digits_as_well_as_the_registry_says(serving: Serving, digits: Model):
    done = subprocess.run(
        [programs() / "python", "-c", IMAGES], capture_output=True, text=True, check=True
    )
    images, labels = json.loads(done.stdout)

    status, found = serving.predict(images)

    assert status == 200
    right = sum(one == two for one, two in zip(found["outputs"]["label"], labels, strict=True))
    assert right / len(labels) >= digits.accuracy - 0.1
    assert (found["version"], found["digest"]) == ("1", digits.digest)


def test_wrong_shapes_are_answered_422_and_counted_and_it_serves_on(serving: Serving):
    status, found = serving.predict([[1.0] * 63])
    assert (status, found["error"]) == (422, "row 0 has 63 values where X has 64")

    assert serving.predict([[0.0] * 64])[0] == 200
    text = serving.client.ask("/metrics")[1]
    assert 'predict_requests_total{code="422"} 1' in text
    assert 'predict_model_info{model="digits",version="1",semver="1.0.0"' in text


def test_a_server_that_is_told_to_end_gives_every_answer_under_way(
    model_registry: Registry, digits: Model, version: int, tmp_path: Path
):
    here = place(tmp_path, model_registry, digits, version)
    assert here.fetch().returncode == 0
    rows = [[float(one % 17) for one in range(64)]] * 900
    with here.serve() as running, ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(running.predict, rows) for _ in range(8)]
        # One that is not read yet when the server ends is not under way.
        wait_until(lambda: running.taken() == 8, running.log.read_text)
        running.process.terminate()
        assert [one.result()[0] for one in asked] == [200] * 8
        assert running.process.wait(30) == 0
    assert running.log.read_text() == "ended: every answer under way was given\n"
    # The runtime would else write down an id of the machine, and try to send statistics.
    assert list((tmp_path / "home").iterdir()) == []


def test_a_wrong_digest_is_refused(
    model_registry: Registry, digits: Model, version: int, tmp_path: Path
):
    here = place(tmp_path, model_registry, digits, version, digest=f"sha256:{'0' * 64}")

    assert f"models:/digits/{version} is {digits.digest}, and declared is sha256:0000" in refused(
        here
    )


def test_bytes_that_were_changed_in_the_store_are_refused(
    model_registry: Registry, digits: Model, tmp_path: Path
):
    number = model_registry.add(NAME, digits, "1.0.1")
    path = f"/api/2.0/mlflow-artifacts/artifacts/{place_of(model_registry, number)}/model.onnx"
    changed = digits.onnx[:-1] + bytes([digits.onnx[-1] ^ 1])
    assert model_registry.send("PUT", path, content=changed).status_code == 200
    here = place(tmp_path, model_registry, digits, number)

    assert "nothing of it is served" in refused(here)

    assert model_registry.send("DELETE", path).status_code == 200
    assert f"models:/digits/{number} holds no model.onnx, but MLmodel" in refused(here)


def test_an_unknown_version_and_one_that_may_not_be_read_are_told(
    model_registry: Registry, digits: Model, version: int, tmp_path: Path
):
    unknown = place(tmp_path, model_registry, digits, 999)
    assert "does not have it (404): " in refused(unknown)

    let_read(model_registry, "halfway", NAME)
    known = place(tmp_path, model_registry, digits, version)
    halfway = Place(folder=tmp_path, args=known.args, user="halfway")
    assert "refuses the login (403); give its user READ on the registered model" in refused(halfway)
    stranger = Place(folder=tmp_path, args=known.args, user="stranger")
    assert "refuses the login (401)" in refused(stranger)


def test_a_registry_that_is_down_is_told_and_one_that_is_back_is_asked(
    model_registry: Registry, digits: Model, version: int, tmp_path: Path
):
    here = place(tmp_path, model_registry, digits, version)
    model_registry.server.stop()
    try:
        said = refused(here)
    finally:
        model_registry.server.start()

    assert f"{model_registry.address} cannot be reached: Connection refused" in said
    done = here.fetch()
    assert (done.returncode, done.stderr) == (0, "")
    # What is there needs no registry.
    assert "is there already" in here.fetch().stdout


@pytest.fixture(scope="module")
def address(cluster: Sandbox, model_registry: Registry) -> Generator[str]:
    """Give the address at which pods reach the registry."""
    port = int(model_registry.address.rpartition(":")[2])
    with reachable(cluster.netns, NODE, port) as found:
        yield f"http://{NODE}:{found}"


@pytest.fixture(scope="module")
def deployed(
    cluster: Sandbox, address: str, digits: Model, version: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[dict[str, Any]]:  # fmt: skip
    """Give a served model whose pod is ready, as its stack file says it."""
    archive = tmp_path_factory.mktemp("image") / "predict.tar"
    import_image(cluster, write_archive(predict_image(), archive))
    said = declared(digits, version, address, replicas={"min": 1, "max": 3}, memory="256Mi")
    login = {"username": READER, "password": READER_PASSWORD}
    cluster.apply([
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
        {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth",
         "metadata": {"name": LOGIN, "namespace": NAMESPACE}, "stringData": login},
        *objects(said),
    ])  # fmt: skip
    inside(cluster, "rollout", "status", "deployment/served-digits", "--timeout=180s")
    yield said
    # Other files have a namespace of this name in the same cluster.
    cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=true", "--timeout=180s")


def inside(cluster: Sandbox, *words: str) -> str:
    return cluster.kubectl("--namespace", NAMESPACE, *words)


def ask(cluster: Sandbox, path: str, body: object = None) -> str:
    host = inside(cluster, "get", "service/served-digits", "--output=jsonpath={.spec.clusterIP}")
    sent = "" if body is None else json.dumps(body)
    return cluster.run(["python3", "-c", ASK, f"http://{host}:8080{path}"], stdin=sent).stdout


def test_a_real_pod_fetches_the_model_from_the_registry_and_predicts(
    cluster: Sandbox, deployed: dict[str, Any]
):
    found = json.loads(ask(cluster, "/predict", {"rows": [[0.0] * 64]}))

    assert found["digest"] == deployed["digest"]
    assert len(found["outputs"]["probabilities"][0]) == 10
    assert "predict_ready 1" in ask(cluster, "/metrics")


def test_a_version_of_other_bytes_never_gets_ready_and_the_one_before_serves_on(
    cluster: Sandbox, deployed: dict[str, Any]
):
    wrong = {**deployed, "digest": f"sha256:{'0' * 64}"}
    cluster.apply(objects(wrong))
    path = "{.items[*].status.initContainerStatuses[*].lastState.terminated.message}"

    def message() -> str:
        return inside(cluster, "get", "pods", f"--output=jsonpath={path}")

    wait_until(lambda: "nothing of it is served" in message(), message)

    assert json.loads(ask(cluster, "/readyz"))["digest"] == deployed["digest"]
    cluster.apply(objects(deployed))
    inside(cluster, "rollout", "status", "deployment/served-digits", "--timeout=60s")


def test_a_better_version_takes_over_without_a_failed_answer(
    cluster: Sandbox, deployed: dict[str, Any], model_registry: Registry, address: str,
    tmp_path: Path,
):  # fmt: skip
    better = trained(tmp_path, trees=30, seed=8)
    number = model_registry.add(NAME, better, "1.1.0")
    cluster.apply(objects({**deployed, **declared(better, number, address, semver="1.1.0")}))
    answered: list[str] = []

    def is_new() -> bool:
        answered.append(json.loads(ask(cluster, "/predict", {"rows": [[0.0] * 64]}))["semver"])
        return answered[-1] == "1.1.0"

    wait_until(is_new, lambda: str(answered))
    assert answered == sorted(answered)
    inside(cluster, "rollout", "status", "deployment/served-digits", "--timeout=60s")
