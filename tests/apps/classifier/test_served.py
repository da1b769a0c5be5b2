"""The trained classifier in the server of served models: pictures in, digits out."""

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.apps.classifier.test_training import run
from tests.e2e.locked import locked
from tests.e2e.predicting import Place, Serving, args_of, declared
from tests.e2e.registry.server import Model
from tests.e2e.routing.loopback import HOST, Client, free_port, wait_until
from tests.predict.png import png
from tests.support.project import ROOT

pytestmark = pytest.mark.thorough


@contextmanager
def served(folder: Path, candidate: str, version: int) -> Generator[Serving]:
    """Train a candidate, and serve it as a version."""
    run("train", "--out", folder, "--only", candidate)
    content = (folder / "model.onnx").read_bytes()
    model = Model(onnx=content, **json.loads((folder / "metrics.json").read_text()))
    here = Place(folder=folder, args=args_of(declared(model, version, "http://unused.test")))
    here.make()
    (folder / "model" / "model.onnx").write_bytes(content)
    with here.serve() as running:
        yield running


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Generator[Serving]:
    with served(tmp_path_factory.mktemp("served"), "support-vectors", 2) as running:
        yield running


def picture(rows: list[list[int]]) -> bytes:
    return png(bytes(value for row in rows for value in row), 8, 8)


def test_a_plan_a_hundred_answers_and_a_report(serving: Serving, tmp_path: Path):
    address = f"http://{HOST}:{serving.client.port}"
    files = ("--answers", tmp_path / "answers", "--truths", tmp_path / "truths")
    plan = tmp_path / "test.json"
    run("plan", plan, "--first", "1", "--second", "2", "--expected", "0.98")

    run("ask", address, *files, "--number", "100")

    told = json.loads(run("compare", plan, *files, "--json"))
    assert told["verdict"] == "not yet known"
    assert told["versions"]["2"]["total"] == 100
    assert told["versions"]["2"]["right"] >= 95
    assert told["versions"]["1"]["total"] == 0
    unheard = run("ask", "http://127.0.0.1:9", *files, code=1)
    assert "does not answer as the classifier does" in unheard


def test_of_two_versions_behind_one_address_the_better_one_is_found(
    serving: Serving, tmp_path: Path
):
    files = ("--answers", tmp_path / "answers", "--truths", tmp_path / "truths")
    plan = tmp_path / "test.json"
    told = run(
        "plan", plan, "--first", "1", "--second", "2", "--expected", "0.93", "--least", "0.05"
    )
    number = 2 * int(told.partition(" ")[0])
    with (
        served(tmp_path / "worse", "small-forest", 1) as worse,
        divided(tmp_path, worse.client.port, serving.client.port) as address,
    ):
        run("ask", address, *files, "--number", str(number), "--seed", "1")

    found = json.loads(run("compare", plan, *files, "--json"))

    assert found["verdict"] == "better"
    assert found["difference"]["low"] > 0
    assert {one["total"] for one in found["versions"].values()} == {number // 2}


def serves(port: int) -> bool:
    with suppress(OSError):
        return Client(port=port).ask("/schema")[0] == 200
    return False


@contextmanager
def divided(folder: Path, *ports: int) -> Generator[str]:
    """Run Traefik, which gives each port the same share of the requests to one address."""
    port = free_port()
    single = {f"version-{one}": one for one in ports}
    servers = {
        name: {"loadBalancer": {"servers": [{"url": f"http://{HOST}:{one}"}]}}
        for name, one in single.items()
    }
    shares = {"weighted": {"services": [{"name": name, "weight": 1} for name in single]}}
    all_of_it = {"all": {"rule": "PathPrefix(`/`)", "service": "both"}}
    said = {"http": {"routers": all_of_it, "services": {"both": shares, **servers}}}
    (folder / "traefik.yaml").write_text(json.dumps(said))
    program = locked("traefik", ROOT / "requirements-traefik.txt") / "traefik"
    process = subprocess.Popen([
        program, f"--entrypoints.web.address={HOST}:{port}", "--global.sendanonymoususage=false",
        f"--providers.file.filename={folder}/traefik.yaml", "--global.checknewversion=false",
    ], stdout=subprocess.DEVNULL)  # fmt: skip
    try:
        wait_until(lambda: serves(port), lambda: "Traefik does not answer")
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        process.wait()


def test_a_picture_is_answered_as_its_pixels_are_and_others_are_refused(serving: Serving):
    rows = [[index * 30 % 256] * 8 for index in range(8)]
    client = serving.client

    status, text = client.send("/predict", picture(rows), "image/png")

    assert status == 200
    assert json.loads(text) == serving.predict([rows])[1]
    for body, kind, wanted in (
        (b"", "image/png", 415),
        (b"GIF89a", "image/gif", 415),
        (png(bytes(100), 10, 10), "image/png", 422),
        (bytes(2 << 20), "image/png", 413),
        (json.dumps({"rows": [[[256] * 8] * 8]}).encode(), "application/json", 422),
    ):
        status, text = client.send("/predict", body, kind)
        assert status == wanted, text
        assert json.loads(text)["error"]
    assert serving.predict([rows])[0] == 200
    assert json.loads(client.ask("/schema")[1])["picture"]["width"] == 8
