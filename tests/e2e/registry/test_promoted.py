"""A version from MLflow through Git into two stacks and back, by the command line alone."""

import json
from pathlib import Path

import pytest

from settings.release import parse_release
from tests.e2e.registry.server import Model, Registry, trained
from tests.e2e.registry.test_contract import environment
from tests.gitops.commands import Ended, run
from tests.gitops.promoting import BRANCH, Project, project

pytestmark = pytest.mark.e2e
NAME = "promoted"
FIRST = ("--image", "registry.example.com/localai/predict:1.0.0", "--label", "digits",
         "--registry-url", "http://mlflow.ml.svc:5000", "--registry-namespace", "ml")  # fmt: skip


def told(here: Project, there: Registry, *words: str, code: int = 0) -> Ended:
    found = run(here.folder, *words, environment=environment(there))
    assert found.code == code, found.err
    return found


def registered(here: Project, there: Registry, model: Model, data: str) -> int:
    """Register a model by the command line, and return its number."""
    file, metrics = here.outside / "model.onnx", here.outside / "metrics.json"
    file.write_bytes(model.onnx)
    metrics.write_text(json.dumps({"accuracy": model.accuracy, "f1": model.f1}))
    found = told(
        here, there, "registry", "register", str(file), "--name", NAME, "--metrics", str(metrics),
        "--data-digest", f"sha256:{data * 64}", "--output", "json",
    )  # fmt: skip
    return json.loads(found.out)["registered"]["version"]


def promoted(here: Project, there: Registry, code: int = 0) -> Ended:
    words = ("promote", "staging", "production", "--forge", "none", "--evidence", here.evidence())
    found = told(here, there, *words, code=code)
    if not code:
        here.git("fetch", "--quiet", "origin")
        here.git("merge", "--quiet", "--ff-only", f"origin/{BRANCH}")
        here.git("push", "--quiet", "origin", "main", f":{BRANCH}")
    return found


def alias(there: Registry) -> dict[str, str]:
    found = there.api("GET", "registered-models/get", name=NAME)["registered_model"]
    return {one["alias"]: one["version"] for one in found.get("aliases", [])}


def test_a_good_version_moves_a_bad_one_is_refused_and_an_alias_goes_back(
    model_registry: Registry, digits: Model, tmp_path: Path
):
    there, here = model_registry, project(tmp_path)
    bad = trained(tmp_path, trees=3, shuffled=True)
    assert bad.accuracy < 0.8
    assert registered(here, there, digits, "a") == 1

    told(here, there, "registry", "declare", NAME, "1", "--stack", "staging", *FIRST)
    here.merge("Serve digits in staging")
    told(here, there, "registry", "check", "staging")
    promoted(here, there)
    told(here, there, "registry", "follow", "production", "--verified")
    assert alias(there) == {"production": "1"}

    assert registered(here, there, bad, "b") == 2
    told(here, there, "registry", "declare", NAME, "2", "--stack", "staging", "--label", "digits")
    here.merge("Try another one in staging")
    refused = promoted(here, there, code=1)
    assert f"digits 1.1.0 has {bad.accuracy}; it must reach 0.90" in refused.err

    # One that says more of itself than is true passes the gate; what serves it finds out.
    better = Model(onnx=bad.onnx + b"\x1a\x00", accuracy=0.99, f1=0.99)
    assert registered(here, there, better, "c") == 3
    told(here, there, "registry", "declare", NAME, "3", "--stack", "staging", "--label", "digits")
    here.merge("And one that lies")
    promoted(here, there)
    told(here, there, "registry", "follow", "production", "--verified")
    assert alias(there) == {"production": "3"}

    told(here, there, "rollback", "production", "--reason", "its accuracy was another")
    told(here, there, "registry", "follow", "production", "--verified")
    assert alias(there) == {"production": "1"}
    text = (here.folder / "releases/production.yaml").read_bytes()
    assert parse_release(text, "production").served["digits"].version == 1
    kept = told(here, there, "registry", "delete", NAME, "1", code=1)
    assert "is what production serves" in kept.err
