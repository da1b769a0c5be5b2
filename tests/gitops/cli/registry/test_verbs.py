import json

import pytest

from tests.gitops.commands import CommandLine
from tests.gitops.mlflow import Service

DIGEST = "sha256:" + "1f" * 32
TAGS = {"semver": "1.0.0", "digest": DIGEST, "size": "9", "accuracy": "0.991", "f1": "0.98"}


@pytest.fixture(autouse=True)
def two(there: Service) -> None:
    """Two versions: one of ours that staging serves, and one that somebody else made."""
    there.add("digits", TAGS, "models:/m-1")
    there.add("digits", {"accuracy": "nan"}, "models:/m-2")
    there.models["digits"]["aliases"].append({"alias": "staging", "version": "1"})
    there.files["1/models/m-1/artifacts/model.onnx"] = b"the bytes"


def test_versions_are_listed_newest_first_and_nan_is_no_metric(command_line: CommandLine):
    found = command_line("registry", "list", "digits")

    assert [line.split() for line in found.out.splitlines()] == [
        ["version", "semver", "accuracy", "f1", "aliases", "declared", "by", "digest", "status",
         "registered"],
        ["2", "-", "-", "-", "-", "-", "-", "READY", "2026-11-28", "22:00"],
        ["1", "1.0.0", "0.991", "0.980", "staging", "-", "1f1f1f1f1f1f", "READY", "2026-11-28",
         "22:00"],
    ]  # fmt: skip


def test_versions_are_listed_for_programs(command_line: CommandLine):
    found = json.loads(command_line("registry", "list", "digits", "--output", "json").out)

    assert [one["version"] for one in found["versions"]] == [2, 1]
    assert found["versions"][0]["accuracy"] is None
    assert found["versions"][1] == {
        "version": 1, "semver": "1.0.0", "accuracy": 0.991, "f1": 0.98, "digest": DIGEST,
        "size": 9, "aliases": ["staging"], "status": "READY", "data_digest": None,
        "parameters": None, "revision": None, "architecture": None,
        "registered": 1_795_903_200_000, "description": "", "stacks": [],
    }  # fmt: skip


def test_models_are_listed(command_line: CommandLine):
    text = command_line("registry", "list").out
    found = json.loads(command_line("registry", "list", "--output", "json").out)

    assert text.splitlines()[1].split() == ["digits", "staging", "=", "1"]
    assert found["models"] == [{"name": "digits", "aliases": {"staging": 1}, "description": ""}]


@pytest.mark.parametrize("which", ["1", "1.0.0", "staging"])
def test_a_version_is_shown_with_its_file(command_line: CommandLine, which: str):
    found = command_line("registry", "show", "digits", which).out
    document = json.loads(command_line("registry", "show", "digits", which, "--output", "json").out)

    assert "model.onnx (9 bytes)" in found
    assert document["registered"]["files"] == {"model.onnx": 9}


def test_a_file_that_is_gone_is_told(command_line: CommandLine, there: Service):
    there.files.clear()

    assert (
        "GONE: no model server can load it" in command_line("registry", "show", "digits", "1").out
    )


def test_a_description_is_set(command_line: CommandLine, there: Service):
    command_line("registry", "describe", "digits", "8x8", "--version", "1.0.0")
    found = command_line("registry", "describe", "digits", "handwritten")

    assert (found.code, found.out) == (0, "described digits\n")
    assert there.versions["digits"][0]["description"] == "8x8"
    assert there.models["digits"]["description"] == "handwritten"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "letters"), "model 'letters': has no version in the registry; register one"),
        (("show", "digits", "7"), "version '7': is not in the registry; there are: 2, 1"),
        (("describe", "digits", "x", "--version", "7"), "version '7': is not in the registry"),
        (("list", "a/b"), "'a/b': is no name of a model"),
    ],
)
def test_what_is_not_there_is_told(command_line: CommandLine, words: tuple[str, ...], said: str):
    found = command_line("registry", *words)

    assert (found.code, said in found.err) == (1, True)
