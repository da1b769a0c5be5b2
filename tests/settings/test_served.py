from typing import Any

import pytest
from pydantic import ValidationError

from documents.problem import RefusedError
from settings.config import SettingsError
from settings.file import read_stack_file
from settings.served import ModelRegistry, ServedModel
from tests.samples import settings
from tests.support.project import PROJECT

DIGEST = f"sha256:{'a' * 64}"
REGISTRY = {"url": "http://mlflow.ml.svc:5000", "namespace": "ml"}
LEAST: dict[str, Any] = {
    "version": 2, "semver": "1.1.0", "digest": DIGEST, "size": 261132,
    "image": "registry.example.com/predict:1.0.0", "registry": REGISTRY,
}  # fmt: skip


def served(**fields: Any) -> ServedModel:
    return ServedModel.model_validate({**LEAST, **fields})


def test_the_least_a_served_model_can_say_is_one_pod_with_one_core():
    found = served()

    assert (found.model, found.file, found.metrics) == (None, "model.onnx", {})
    assert (found.replicas.min, found.replicas.max, found.cpu, found.memory) == (1, 1, 1, "512Mi")


@pytest.mark.parametrize("key", ["version", "semver", "digest", "size", "image"])
def test_nothing_that_decides_what_is_served_has_a_default(key: str):
    with pytest.raises(ValidationError, match=f"{key}\n  Field required"):
        ServedModel.model_validate({name: one for name, one in LEAST.items() if name != key})


@pytest.mark.parametrize("name", ["Digits", "digits_v2", "digits.v2", "-digits", "d" * 33])
def test_a_name_that_is_no_short_label_is_refused(name: str):
    with pytest.raises(ValidationError, match=r"is not a DNS label|is too long"):
        settings(servedModels={name: LEAST})


@pytest.mark.parametrize("digest", ["a" * 64, f"sha256:{'A' * 64}", "sha256:aa", f"md5:{'a' * 32}"])
def test_a_digest_of_another_form_is_refused(digest: str):
    with pytest.raises(ValidationError, match="digest"):
        served(digest=digest)


def test_bounds_that_cross_are_refused():
    with pytest.raises(ValidationError, match="goes from 3 to 2, which is less"):
        served(replicas={"min": 3, "max": 2})


@pytest.mark.parametrize("figure", ["nan", "NaN", "-nan", "inf", "-Infinity", "sNaN"])
def test_a_metric_that_is_no_number_is_refused(figure: str):
    with pytest.raises(ValidationError, match="which no threshold can be held against"):
        served(metrics={"accuracy": figure})


@pytest.mark.parametrize("figure", ["", "high", "0,98", "0.9" * 20, "1_0", "٣", ".5", "1e999"])
def test_a_metric_that_is_no_figure_is_refused(figure: str):
    with pytest.raises(ValidationError, match="not a figure"):
        served(metrics={"accuracy": figure})


@pytest.mark.parametrize(("name", "figure"), [("accuracy", "1.01"), ("f1", "-0.1"), ("f1", "98")])
def test_a_share_is_between_0_and_1(name: str, figure: str):
    with pytest.raises(ValidationError, match=f"has {name} {figure}, which is a share"):
        served(metrics={name: figure})


def test_a_metric_of_ones_own_may_be_any_number():
    assert served(metrics={"rmse": "12.5", "epochs": 40, "accuracy": 1}).metrics == {
        "rmse": "12.5", "epochs": "40", "accuracy": "1",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["../digits", "digits/2", "di gits", "models:x", ""])
def test_a_registered_name_has_nothing_of_a_path(name: str):
    with pytest.raises(ValidationError, match="model"):
        served(model=name)


@pytest.mark.parametrize("file", ["model.pkl", "../model.onnx", "a/model.onnx", ".onnx"])
def test_a_file_that_is_not_onnx_is_refused(file: str):
    with pytest.raises(ValidationError, match="file"):
        served(file=file)


def test_a_model_that_cannot_be_loaded_into_its_memory_is_refused():
    gigabyte = 2**30
    with pytest.raises(ValidationError, match="has 2Gi of memory for 1073741824 bytes"):
        served(size=gigabyte, memory="2Gi")

    assert served(size=gigabyte, memory="2144Mi")


def test_a_model_without_any_registry_is_refused_at_its_key():
    without = {key: one for key, one in LEAST.items() if key != "registry"}

    with pytest.raises(SettingsError) as refused:
        settings(servedModels={"digits": without})

    (problem,) = refused.value.problems
    assert problem.path == ("config", "localai:servedModels", "digits")
    assert problem.cause == "serves digits, and no registry is named to fetch it from"


@pytest.mark.parametrize(
    "url", ["ftp://mlflow", "http://user:secret@mlflow", "http://169.254.169.254/x", "mlflow:5000"]
)
def test_an_address_that_is_no_registry_is_refused(url: str):
    with pytest.raises(ValidationError, match="url"):
        served(registry={"url": url, "namespace": "ml"})


def test_a_registry_is_somewhere():
    with pytest.raises(ValidationError, match="is nowhere"):
        served(registry={"url": "http://mlflow:5000"})


def test_a_login_does_not_leave_the_cluster_in_plain_text():
    with pytest.raises(ValidationError, match="in plain text"):
        served(registry={"url": "http://mlflow.example.com", "networks": ["10.8.1.0/24"]})


@pytest.mark.parametrize(
    ("url", "port"), [("http://m:5000/x", 5000), ("http://m", 80), ("https://m.example.com", 443)]
)
def test_the_port_of_a_registry_is_that_of_its_address(url: str, port: int):
    assert ModelRegistry.model_validate({"url": url, "namespace": "ml"}).port == port


def test_a_metric_without_quotes_is_told_to_be_quoted(tmp_path: Any):
    text = (PROJECT / "Pulumi.dev.yaml").read_text()
    text += (
        "  localai:servedModels:\n    digits:\n      metrics: {accuracy: 0.98}\n      version: 1\n"
    )
    (tmp_path / "Pulumi.dev.yaml").write_text(text)

    with pytest.raises(RefusedError) as refused:
        read_stack_file(tmp_path, "dev")

    (problem,) = [one for one in refused.value.problems if "accuracy" in one.path]
    assert "quote" in problem.cure
