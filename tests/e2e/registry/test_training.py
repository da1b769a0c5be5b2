"""The training of the classifier against MLflow: what it keeps there, and what is to do next."""

import hashlib
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.locked import locked
from tests.e2e.registry.server import Registry
from tests.e2e.registry.test_contract import environment
from tests.gitops.commands import run
from tests.support.project import ROOT

pytestmark = pytest.mark.e2e


def trained(registry: Registry, folder: Path, seed: int) -> str:
    """Train one candidate with a seed, tracked by a server, and return what is printed."""
    python = locked("classifier", ROOT / "apps/classifier/requirements.txt") / "python"
    words = ("--out", str(folder), "--only", "network", "--seed", str(seed))
    return subprocess.run(
        [python, "-m", "apps.classifier", "train", *words], cwd=ROOT, check=True, text=True,
        capture_output=True,
        env={**environment(registry), "PATH": os.environ["PATH"], "REVISION": "a" * 40},
    ).stdout  # fmt: skip


def test_every_run_is_on_the_server_with_its_file_and_the_printed_line_registers_the_best(
    model_registry: Registry, tmp_path: Path
):
    trained(model_registry, tmp_path, 7)
    printed = trained(model_registry, tmp_path, 8)

    api = model_registry.api
    experiment = api("GET", "experiments/get-by-name", experiment_name="classifier")["experiment"]
    ids = [experiment["experiment_id"]]
    found: list[dict[str, Any]] = api("POST", "runs/search", experiment_ids=ids)["runs"]
    assert {values(one, "params")["seed"] for one in found} == {"7", "8"}
    for one in found:
        tags = values(one, "tags")
        assert tags["revision"] == "a" * 40
        assert tags["data"].startswith("sha256:")
        listed = api("GET", "artifacts/list", run_id=one["info"]["run_id"])["files"]
        assert [each["path"] for each in listed] == ["model.onnx"]
    (line,) = (one for one in printed.splitlines() if "registry register" in one)
    words = shlex.split(line.partition(": ")[2])[1:]
    done = run(ROOT, *words, "--output", "json", environment=environment(model_registry))
    assert done.code == 0, done.err
    digest = hashlib.sha256((tmp_path / "model.onnx").read_bytes()).hexdigest()
    assert json.loads(done.out)["registered"]["digest"] == f"sha256:{digest}"


def values(one: dict[str, Any], what: str) -> dict[str, str]:
    return {each["key"]: each["value"] for each in one["data"][what]}
