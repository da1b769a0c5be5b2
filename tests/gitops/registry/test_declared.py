from typing import Any

import pytest

from documents.problem import RefusedError
from gitops.adapters.mlflow.registry import Row
from gitops.registry.declared import disagreements, entry
from gitops.registry.versions import Version
from settings.served import ServedVersion

DIGEST = "sha256:" + "1f" * 32
TAGS = {"semver": "1.1.0", "digest": DIGEST, "size": "9", "accuracy": "9.9e-1", "f1": "0.98"}
FILES = {"model.onnx": 9}


def version(status: str = "READY", **tags: str) -> Version:
    row = Row(number=2, status=status, source="", description="", created=0, tags={**TAGS, **tags})
    return Version(row=row)


def declared(**fields: Any) -> ServedVersion:
    keys = entry("digits", "digits", version(), FILES)
    return ServedVersion.model_validate({**keys, "image": "a.example/predict:1", **fields})


def test_an_entry_says_all_that_is_served_and_is_what_settings_take():
    found = entry("digits", "post", version(), {"MLmodel": 5, "digits.onnx": 9})

    assert found == {
        "model": "digits", "version": 2, "semver": "1.1.0", "digest": DIGEST, "size": 9,
        "file": "digits.onnx", "metrics": {"accuracy": "0.99", "f1": "0.98"},
    }  # fmt: skip
    assert list(disagreements(declared(), version(), FILES)) == []


@pytest.mark.parametrize(
    ("found", "files", "words"),
    [
        (version("FAILED_REGISTRATION"), FILES, "status READY: it is FAILED_REGISTRATION"),
        (version(semver="1"), FILES, "has no semver"),
        (version(f1="2"), FILES, "has no f1"),
        (version(), {"model.onnx": 8}, "has 8 bytes of model.onnx in the artifact store, not 9"),
        (version(), {"a.onnx": 9, "b.onnx": 9}, "has no model.onnx in the artifact store"),
    ],
)
def test_a_version_that_is_not_whole_has_no_entry(
    found: Version, files: dict[str, int], words: str
):
    with pytest.raises(RefusedError, match=words):
        entry("digits", "digits", found, files)


def test_a_metric_that_no_stack_declares_may_be_anything():
    assert list(disagreements(declared(metrics={}), version(accuracy="nan"), FILES)) == []
