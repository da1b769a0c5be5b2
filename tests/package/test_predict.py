"""The image of served models, as far as its file says it; `make e2e` runs what it holds."""

import re

import pytest

from components.pool.containers import USER
from tests.support.project import ROOT

FOLDER = ROOT / "package" / "predict"
TEXT = (FOLDER / "Dockerfile").read_text()
LOCK = (FOLDER / "requirements.txt").read_text()


def test_its_base_can_be_given_by_digest_and_has_a_version():
    assert set(re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)) == {"${PYTHON_IMAGE}"}
    assert re.search(r"^ARG PYTHON_IMAGE=\S+:3\.11-\S+$", TEXT, re.MULTILINE)


def test_only_its_lock_and_its_wheels_come_from_the_checkout_and_no_program():
    (copied,) = re.findall(r"^COPY (?!--from)(.+) /build/$", TEXT, re.MULTILINE)

    assert copied == "package/predict/requirements.txt package/predict/wheel[s]"
    ignored = (FOLDER / "Dockerfile.dockerignore").read_text().split()
    assert ignored == ["*", "!package/predict/requirements.txt", "!package/predict/wheels/*"]


@pytest.mark.parametrize("option", ["--require-hashes", "--only-binary=:all:", "unchecked-hash"])
def test_packages_are_locked_and_compiled(option: str):
    assert option in TEXT


def test_it_runs_as_the_user_of_pods_and_sends_no_statistics():
    assert re.findall(r"^USER (\S+)$", TEXT, re.MULTILINE) == [f"{USER}:{USER}"]
    assert "ENV ORT_DISABLE_TELEMETRY=1" in TEXT


def test_it_holds_neither_mlflow_nor_what_loads_pickles():
    names = set(re.findall(r"^([a-z0-9._-]+)==", LOCK, re.MULTILINE))

    assert {"onnxruntime", "uvicorn", "httptools", "numpy"} <= names
    assert not names & {"mlflow", "scikit-learn", "joblib", "cloudpickle", "torch", "skops"}
