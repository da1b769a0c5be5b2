"""Stack files beside a registry: declared, compared, and aliases that follow."""

import json
from pathlib import Path

import pytest

from predict.declared import DIGEST
from settings.file import read_stack_file
from tests.gitops.commands import CommandLine, Ended
from tests.gitops.mlflow import Service
from tests.support.project import write_project

ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
IMAGE = ("--image", "registry.example.com/localai/predict:1.0.0", "--registry-url",
         "http://mlflow.ml.svc:5000", "--registry-namespace", "ml")  # fmt: skip


def tags(semver: str, digest: str, accuracy: str = "0.985") -> dict[str, str]:
    return {"semver": semver, "digest": digest, "size": "9", "accuracy": accuracy, "f1": "0.98"}


@pytest.fixture
def there(there: Service) -> Service:
    """A registry with two versions of digits."""
    there.add("digits", tags("1.0.0", ONE), "models:/m-1")
    there.add("digits", tags("1.1.0", TWO), "models:/m-2")
    for number in (1, 2):
        there.files[f"1/models/m-{number}/artifacts/model.onnx"] = b"the bytes"
    return there


@pytest.fixture
def here(tmp_path: Path, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that serves no such model yet."""
    del command_line
    folder = tmp_path / "checkout"
    write_project(folder)
    monkeypatch.chdir(folder)
    return folder


def declared(command_line: CommandLine, version: str = "2", *words: str) -> Ended:
    return command_line("registry", "declare", "digits", version, "--stack", "dev", *words)


def test_a_version_is_declared_as_the_registry_has_it(
    command_line: CommandLine, there: Service, here: Path
):
    before = (here / "Pulumi.dev.yaml").read_text()
    found = declared(command_line, "2", *IMAGE)

    assert (found.code, found.out.splitlines()) == (0, [
        "wrote Pulumi.dev.yaml: digits is 1.1.0, models:/digits/2",
        "next:", "  localai-gitops preview dev",
    ]), found.err  # fmt: skip
    served = read_stack_file(here, "dev").settings.served_models["digits"]
    assert (served.version, served.semver, served.digest, served.size) == (2, "1.1.0", TWO, 9)
    assert served.metrics == {"accuracy": "0.985", "f1": "0.98"}
    assert (here / "Pulumi.dev.yaml").read_text().startswith(before)
    assert there.models["digits"]["aliases"] == []


def test_another_version_changes_four_values_and_no_comment(
    command_line: CommandLine, there: Service, here: Path
):
    del there
    declared(command_line, "2", *IMAGE)
    file = here / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("version: 2", "version: 2  # of May"))
    before = file.read_text()
    found = declared(command_line, "1.0.0")

    assert found.code == 0, found.err
    assert file.read_text() == before.replace("version: 2 ", "version: 1 ").replace(
        "semver: 1.1.0", "semver: 1.0.0"
    ).replace(TWO, ONE)
    assert "declares it already" in declared(command_line, "1").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("7", *IMAGE), "version '7': is not in the registry; there are: 5, 4, 3, 2"),
        (("2",), "--image: is needed for the first served model of a stack"),
        (("2", *IMAGE[:2]), "no registry is named to fetch it from"),
        (("2", *IMAGE, "--label", "Digits"), "'Digits': is no label, which names a Service"),
        (("3", *IMAGE), "models:/digits/3: has no digest, which a stack file declares"),
        (("4", *IMAGE), "models:/digits/4: has no accuracy, which a stack file declares"),
        (("5", *IMAGE), "models:/digits/5: has no model.onnx in the artifact store: it is gone"),
    ],
)
def test_what_cannot_be_served_is_not_declared(
    command_line: CommandLine, there: Service, here: Path, words: tuple[str, ...], said: str
):
    before = (here / "Pulumi.dev.yaml").read_text()
    there.add("digits", {**tags("1.2.0", ""), "digest": "md5"}, "models:/m-2")
    there.add("digits", tags("1.3.0", TWO, "nan"), "models:/m-2")
    there.add("digits", tags("1.4.0", TWO), "models:/m-5")
    found = declared(command_line, *words)

    assert found.code == 1
    assert said in found.err
    assert (here / "Pulumi.dev.yaml").read_text() == before


def test_a_list_says_which_stacks_declare_a_version(
    command_line: CommandLine, there: Service, here: Path
):
    del there, here
    declared(command_line, "2", *IMAGE)
    found = json.loads(command_line("registry", "list", "digits", "--output", "json").out)

    assert [one["stacks"] for one in found["versions"]] == [["dev"], []]


def test_a_stack_that_agrees_with_the_registry_passes_and_its_alias_is_told(
    command_line: CommandLine, there: Service, here: Path
):
    del there, here
    declared(command_line, "2", *IMAGE)
    found = command_line("registry", "check", "dev")

    assert found.code == 0
    assert found.out.splitlines()[1].split() == [
        "dev", "digits", "models:/digits/2", "1.1.0", "0.985", "0.98", "-", "agrees",
    ]  # fmt: skip
    assert "its alias names no version of digits; `localai-gitops registry follow dev`" in found.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"digest": ONE}, f"has digest {ONE} in the registry, not {TWO}"),
        ({"accuracy": "0.5"}, "has accuracy 0.5 in the registry, not 0.985"),
        ({"accuracy": "nan"}, "has accuracy None in the registry, not 0.985"),
        ({"semver": "9.0.0"}, "has semver 9.0.0 in the registry, not 1.1.0"),
        ({"size": "10"}, "has size 10 in the registry, not 9"),
    ],
)
def test_a_registry_that_says_something_else_is_refused(
    command_line: CommandLine, there: Service, here: Path, change: dict[str, str], said: str
):
    del here
    declared(command_line, "2", *IMAGE)
    new = {**tags("1.1.0", TWO), **change}
    there.versions["digits"][1]["tags"] = [{"key": key, "value": one} for key, one in new.items()]
    found = command_line("registry", "check")

    assert found.code == 1
    assert f"models:/digits/2 {said}; declare a version that the registry has" in found.err
    assert "Pulumi.dev.yaml:" in found.err


@pytest.mark.parametrize("gone", ["version", "file", "model", "status"])
def test_what_is_gone_is_refused_and_no_alias_follows(
    command_line: CommandLine, there: Service, here: Path, gone: str
):
    del here
    declared(command_line, "2", *IMAGE)
    if gone == "version":
        there.versions["digits"].pop()
    elif gone == "file":
        there.files.clear()
    elif gone == "model":
        there.models.clear()
    else:
        there.versions["digits"][1]["status"] = "FAILED_REGISTRATION"
    checked = command_line("registry", "check")
    followed = command_line("registry", "follow", "dev", "--verified")

    assert (checked.code, followed.code) == (1, 1)
    assert "models:/digits/2 " in checked.err
    assert "models:/digits/2 " in followed.err
    assert not any(one["aliases"] for one in there.models.values())


def aliases(there: Service) -> dict[str, str]:
    return {one["alias"]: one["version"] for one in there.models["digits"]["aliases"]}


def test_an_alias_follows_a_stack_and_goes_back_with_it(
    command_line: CommandLine, there: Service, here: Path
):
    del here
    said: list[str] = []
    for version in ("1", "2", "2", "1"):
        declared(command_line, version, *IMAGE)
        said.append(command_line("registry", "follow", "dev", "--verified").out)
        assert aliases(there) == {"dev": version}

    assert said == [
        "digits: dev names version 1, after none\n",
        "digits: dev names version 2, after 1\n",
        "dev: its aliases name what it declares\n",
        "digits: dev names version 1, after 2\n",
    ]


def test_an_alias_of_a_model_that_is_no_longer_served_goes(
    command_line: CommandLine, there: Service, here: Path
):
    del here
    there.add("letters", tags("1.0.0", ONE), "models:/m-1")
    there.models["letters"]["aliases"] += [
        {"alias": "dev", "version": "1"}, {"alias": "prod", "version": "1"},
    ]  # fmt: skip
    declared(command_line, "2", *IMAGE)
    command_line("registry", "follow", "dev", "--verified")

    assert there.models["letters"]["aliases"] == [{"alias": "prod", "version": "1"}]


def test_two_versions_of_one_model_have_no_one_alias(
    command_line: CommandLine, there: Service, here: Path
):
    del here
    declared(command_line, "1", *IMAGE)
    declared(command_line, "2", "--label", "newer")
    found = command_line("registry", "follow", "dev", "--verified")

    assert (found.code, aliases(there)) == (1, {})
    assert "serves two versions of digits, and an alias names one" in found.err


def pod(digest: str, ready: str = "True", **metadata: str) -> dict[str, object]:
    container = {"name": "serve", "env": [{"name": DIGEST, "value": digest}]}
    return {
        "metadata": metadata, "spec": {"containers": [container]},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("pods", "said"),
    [
        ([pod(TWO)], ""),
        ([pod(TWO), pod(TWO, "False")], ""),
        ([], "is served by 0 of 1 pods, and 0 pods serve another version; wait for the rollout"),
        ([pod(TWO, "False")], "is served by 0 of 1 pods"),
        ([pod(TWO), pod(ONE)], "is served by 1 of 1 pods, and 1 pods serve another version"),
        ([pod(TWO, deletionTimestamp="now")], "is served by 0 of 1 pods"),
    ],
)
def test_with_a_cluster_the_pods_say_whether_an_alias_may_follow(
    command_line: CommandLine, there: Service, here: Path, monkeypatch: pytest.MonkeyPatch,
    pods: list[object], said: str,
):  # fmt: skip
    declared(command_line, "2", *IMAGE)
    programs = here.parent / "programs"
    programs.mkdir()
    (programs / "pods.json").write_text(json.dumps({"items": pods}))
    (programs / "kubectl").write_text(f"#!/bin/sh\ncat {programs}/pods.json\n")
    (programs / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    found = command_line("registry", "follow", "dev", "--context", "dev")

    assert (found.code, aliases(there)) == ((1, {}) if said else (0, {"dev": "2"}))
    assert said in found.err


@pytest.mark.parametrize("words", [(), ("--context", "dev", "--verified")])
def test_whether_it_was_verified_is_said_once(
    command_line: CommandLine, there: Service, here: Path, words: tuple[str, ...]
):
    del there, here
    found = command_line("registry", "follow", "dev", *words)

    assert (found.code, "exactly one is needed" in found.err) == (1, True)


def test_a_version_that_is_declared_or_named_is_not_deleted(
    command_line: CommandLine, there: Service, here: Path
):
    del here
    declared(command_line, "2", *IMAGE)
    there.models["digits"]["aliases"] += [{"alias": "staging", "version": "1"}]
    served, named = (command_line("registry", "delete", "digits", one) for one in ("2", "1"))

    assert (served.code, named.code) == (1, 1)
    assert "models:/digits/2: is what dev serves" in served.err
    assert "models:/digits/1: is named by staging, and would be lost with the alias" in named.err
    assert len(there.versions["digits"]) == 2


def test_nothing_is_deleted_while_a_stack_cannot_be_read(
    command_line: CommandLine, there: Service, here: Path
):
    (here / "Pulumi.staging.yaml").write_text("config: 1\n")
    found = command_line("registry", "delete", "digits", "1")
    listed = command_line("registry", "list", "digits")

    assert (found.code, listed.code, len(there.versions["digits"])) == (1, 0, 2)
    assert "Pulumi.staging.yaml" in found.err
    assert "note: Pulumi.staging.yaml" in listed.err


def test_a_version_that_nothing_serves_is_deleted(
    command_line: CommandLine, there: Service, here: Path
):
    del here
    found = command_line("registry", "delete", "digits", "1.0.0")

    assert (found.code, len(there.versions["digits"])) == (0, 1)
    assert found.out == "deleted version 1 of digits; `mlflow gc` frees its file\n"
