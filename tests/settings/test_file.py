from pathlib import Path

import pytest

from documents.problem import RefusedError
from settings.file import read_stack_file, stack_names
from tests.support.project import PROJECT

TEXT = """\
config:
  localai:namespace: localai-test
  localai:cluster: test
  localai:server: {version: v4.9.0}
  localai:pools: {chat: {models: [qwen3-0.6b], storage: {size: 20Gi}, replicas: 0}}
"""


def write(folder: Path, text: str, stack: str = "test") -> Path:
    (folder / f"Pulumi.{stack}.yaml").write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path) -> list[str]:
    with pytest.raises(RefusedError) as caught:
        read_stack_file(folder, "test")
    return str(caught.value).split("\n")


def test_a_stack_file_has_a_name_lines_and_settings(tmp_path: Path):
    found = read_stack_file(write(tmp_path, TEXT), "test")

    assert found.stack == "test"
    assert found.document.line(("config", "localai:server", "version")) == 4
    assert found.settings.namespace == "localai-test"


def test_no_replica_in_the_file_is_no_replica_in_the_settings(tmp_path: Path):
    assert read_stack_file(write(tmp_path, TEXT), "test").settings.pools["chat"].replicas == 0


def test_stacks_are_named_by_their_files(tmp_path: Path):
    for name in (
        "Pulumi.yaml",
        "Pulumi.dev.yaml",
        "Pulumi.eu.west.yaml",
        "pulumi.a.yaml",
        "b.yaml",
    ):
        (tmp_path / name).touch()

    assert stack_names(tmp_path) == ["dev", "eu.west"]


def test_every_stack_that_is_named_can_be_read(tmp_path: Path):
    for stack in ("eu.west", "dev-2"):
        write(tmp_path, TEXT, stack)

    assert [read_stack_file(tmp_path, name).stack for name in stack_names(tmp_path)] == [
        "dev-2",
        "eu.west",
    ]


def test_the_project_of_the_tests_declares_three_stacks():
    assert stack_names(PROJECT) == ["dev", "production", "staging"]


def test_a_stack_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path):
    with pytest.raises(RefusedError, match=r"Pulumi\.b\.yaml: is not there; add Pulumi\.b\.yaml"):
        read_stack_file(tmp_path, "b")
    write(tmp_path, TEXT, "a")
    with pytest.raises(RefusedError, match=r"Pulumi\.b\.yaml: is not there; use one of: a$"):
        read_stack_file(tmp_path, "b")


def test_tags_of_a_stack_are_let_be(tmp_path: Path):
    assert read_stack_file(write(tmp_path, f"{TEXT}  pulumi:tags: {{a: b}}\n"), "test")


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("pulumi:autonaming: {mode: verbatim}", "steers the engine in a way that no plan shows"),
        (
            "pulumi:disable-default-providers: ['*']",
            "steers the engine in a way that no plan shows",
        ),
        ("kubernetes:context: test", "configures a provider in a way that no plan shows"),
        ("kubernetes:kubeconfig: a", "configures a provider in a way that no plan shows"),
        ("random:seed: {secure: v1:a}", "configures a provider in a way that no plan shows"),
    ],
)
def test_what_steers_the_engine_and_its_providers_is_refused(line: str, cause: str, tmp_path: Path):
    key = line.split(": ")[0]

    (said,) = refusal(write(tmp_path, f"{TEXT}  {line}\n"))

    assert said.startswith(f"Pulumi.test.yaml:6: config.{key}: {cause}; delete it")


@pytest.mark.parametrize(
    "line",
    [
        "encryptionsalt: v1:a", "encryptedkey: YQ==", "secretsprovider: passphrase",
        "secretsprovider: gcpkms://projects/a/locations/b/keyRings/c/cryptoKeys/d",
    ],
)  # fmt: skip
def test_what_the_engine_writes_beside_it_is_let_be(line: str, tmp_path: Path):
    assert read_stack_file(write(tmp_path, f"{line}\n{TEXT}"), "test")


@pytest.mark.parametrize(
    "line",
    [
        "encryptionsalt: {a: b}", "encryptedkey: [a]", "secretsprovider: 1", "encryptedkey: a b",
        "secretsprovider: file:///tmp/key", "secretsprovider: base64key://smGbjm71Nxd1Ig5FS0wj9Slb",
    ],
)  # fmt: skip
def test_another_form_of_it_is_refused(line: str, tmp_path: Path):
    key = line.split(": ")[0]

    (said,) = refusal(write(tmp_path, f"{line}\n{TEXT}"))

    assert said.startswith(
        f"Pulumi.test.yaml:1: {key}: is not what `pulumi` writes there; leave it "
    )


@pytest.mark.parametrize(
    "key", ["namespace", "aws:region", "kubernetes", "localaix:a", "LocalAI:namespace", "local:ai"]
)
def test_configuration_of_anybody_else_is_refused(key: str, tmp_path: Path):
    assert refusal(write(tmp_path, f'{TEXT}  "{key}": a\n')) == [
        f"Pulumi.test.yaml:6: config.{key}: is not a known key; "
        "settings of this program start with `localai:`"
    ]


def test_problems_come_in_the_order_of_the_lines(tmp_path: Path):
    text = TEXT.replace("20Gi", "20GB").replace("cluster: test", "cluster: A") + "other: a\n"

    lines = [line.split(":")[1] for line in refusal(write(tmp_path, text))]

    assert lines == ["3", "5", "6"]
