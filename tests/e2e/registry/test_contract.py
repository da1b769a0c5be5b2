"""The tool against MLflow itself, with logins, PostgreSQL and an S3 server."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import pytest

from gitops.adapters.mlflow.api import RegistryError, Server
from gitops.adapters.mlflow.registry import FILE, Mlflow
from tests.e2e.registry.server import Model, Registry
from tests.gitops.commands import run
from tests.gitops.registry_contract import CONTRACT, TAGS, uploaded
from tests.support.project import ROOT

pytestmark = pytest.mark.e2e
# What a list of a thousand versions may take, seconds.


def asked(registry: Registry, password: str = "") -> Mlflow:
    server = Server(
        address=registry.address, user=registry.user, password=password or registry.password
    )
    return Mlflow(server=server)


def environment(registry: Registry) -> dict[str, str]:
    return {
        # The commands run in a folder of their own.
        "PYTHONPATH": str(ROOT),
        "MLFLOW_TRACKING_URI": registry.address,
        "MLFLOW_TRACKING_USERNAME": registry.user,
        "MLFLOW_TRACKING_PASSWORD": registry.password,
    }


@pytest.mark.parametrize("promise", CONTRACT)
def test_the_contract_of_the_stand_in_holds(
    model_registry: Registry, promise: Callable[[Mlflow, str], None]
):
    promise(asked(model_registry), promise.__name__)


def test_a_wrong_password_is_told(model_registry: Registry):
    with pytest.raises(RegistryError, match="answered 401; the login is missing or wrong"):
        asked(model_registry, "wrong").models()


def test_a_trained_model_is_registered_listed_and_shown(
    model_registry: Registry, digits: Model, tmp_path: Path
):
    (tmp_path / "digits.onnx").write_bytes(digits.onnx)
    metrics = {"accuracy": digits.accuracy, "f1": digits.f1}
    (tmp_path / "metrics.json").write_text(json.dumps(metrics))
    words = ("registry", "register", "digits.onnx", "--name", "by-command",
             "--metrics", "metrics.json", "--output", "json")  # fmt: skip
    first, second = (run(tmp_path, *words, environment=environment(model_registry))
                     for _ in range(2))  # fmt: skip

    assert (first.code, second.code) == (0, 0), first.err + second.err
    made, again = json.loads(first.out), json.loads(second.out)
    assert (made["new"], again["new"], made["semver"]) == (True, False, "1.0.0")
    assert made["registered"]["digest"] == digits.digest
    shown = run(tmp_path, "registry", "show", "by-command", "1.0.0",
                environment=environment(model_registry))  # fmt: skip
    assert f"{FILE} ({len(digits.onnx)} bytes)" in shown.out


def test_a_thousand_versions_are_all_listed(
    model_registry: Registry, tmp_path: Path, record_property: Callable[[str, object], None]
):
    registry = asked(model_registry)
    uploaded(registry, "many", b"x")
    source = registry.versions("many")[0].source
    for number in range(999):
        registry.create_version("many", source, {**TAGS, "number": str(number)}, "")

    began = time.monotonic()
    assert len(registry.versions("many")) == 1000
    asking = time.monotonic() - began
    before = getrusage(RUSAGE_CHILDREN)
    listed = run(tmp_path, "registry", "list", "many", "--output", "json",
                 environment=environment(model_registry))  # fmt: skip
    after = getrusage(RUSAGE_CHILDREN)

    assert len(json.loads(listed.out)["versions"]) == 1000
    # Figures, which other work on the machine changes: nothing is held to them.
    record_property("seconds of the registry", round(asking, 2))
    record_property("seconds of the command", round(after.ru_utime - before.ru_utime, 2))
