import json
from pathlib import Path

import pytest

from gitops.cli import exits
from tests.gitops.authoring.folders import small_repository
from tests.gitops.commands import CommandLine


@pytest.fixture(autouse=True)
def in_a_small_repository(
    tmp_path: Path, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> Path:
    del command_line  # it goes to a checkout first
    folder = small_repository(tmp_path / "repository")
    monkeypatch.chdir(folder)
    return folder


def test_a_list_says_size_license_context_and_the_smallest_gpu(command_line: CommandLine):
    ended = command_line("models", "list")
    head, *rows = ended.out.splitlines()

    assert ended.code == exits.DONE
    assert head.split() == [
        "model", "kind", "size", "license", "context", "memory", "smallest", "GPU",
    ]  # fmt: skip
    (row,) = (row for row in rows if row.startswith("large "))
    assert row.split()[1:] == [
        "chat",
        "0.90",
        "GB",
        "MIT",
        "4096",
        "1.4",
        "GiB",
        "nvidia-rtx-4060",
    ]


def test_a_list_is_plain_values_for_scripts_and_a_table_in_markdown(command_line: CommandLine):
    found = json.loads(command_line("models", "list", "--output", "json").out)["models"]

    assert [one["name"] for one in found] == sorted(one["name"] for one in found)
    assert found[-1]["smallest_gpu"]
    assert command_line("models", "list", "--output", "markdown").out.startswith("| model | kind")


def test_a_fit_shows_each_figure_and_each_gpu(command_line: CommandLine):
    ended = command_line("models", "fit", "large")

    assert ended.code == exits.DONE
    assert "large.gguf" in ended.out
    assert "nvidia-l4 " in ended.out


def test_a_gpu_that_is_too_small_ends_with_one(
    command_line: CommandLine, in_a_small_repository: Path
):
    file = in_a_small_repository / "models" / "large.yaml"
    file.write_text(file.read_text().replace("size: 900000000", "size: 9000000000"))
    ended = command_line("models", "fit", "large", "--gpu", "nvidia-rtx-4060")

    assert ended.code == exits.REFUSED
    assert "does not fit" in ended.out
    assert command_line("models", "fit", "large", "--gpu", "nvidia-l4").code == exits.DONE


def test_what_is_not_known_is_refused_with_what_is(command_line: CommandLine):
    assert "known: ear, embedder" in command_line("models", "fit", "larger").err
    assert "did you mean 'nvidia-l4'" in command_line("models", "fit", "large", "--gpu", "l4").err


def test_a_pool_is_explained_in_a_table_and_as_values(command_line: CommandLine):
    ended = command_line("explain", "talk", "--stack", "dev")
    assert "talk of dev, fits: " in ended.out
    (pool,) = json.loads(command_line("explain", "talk", "--output", "json").out)["pools"]
    assert pool["terms"][-1]["what"] == "available"


def test_a_rule_is_explained(command_line: CommandLine):
    assert "requires" in command_line("explain", "alias-has-a-model").out


QUADRO = """name: quadro
images: cuda-12
resource: example.com/gpu
memory: 2Gi
nodeSelector: {card: Quadro}
taints: [{key: cards}]
price: {dollarsPerHour: "0.44", source: our own sum}
"""


def describe_gpu(folder: Path, text: str = QUADRO) -> None:
    (folder / "gpus").mkdir()
    (folder / "gpus" / "quadro.yaml").write_text(text, encoding="utf-8")


def test_a_gpu_of_the_team_is_listed_and_fitted(
    command_line: CommandLine, in_a_small_repository: Path
):
    describe_gpu(in_a_small_repository)

    listed = json.loads(command_line("models", "gpus", "--output", "json").out)["gpus"]
    assert listed[-1]["source"] == "gpus/quadro.yaml"
    assert "card=Quadro" in command_line("models", "gpus").out
    assert command_line("models", "fit", "large", "--gpu", "quadro").code == exits.DONE
    assert " quadro" in command_line("models", "list").out


def test_a_pool_on_a_gpu_of_the_team_is_checked_planned_priced_and_explained(
    command_line: CommandLine, in_a_small_repository: Path
):
    describe_gpu(in_a_small_repository)
    stack = in_a_small_repository / "Pulumi.dev.yaml"
    text = stack.read_text(encoding="utf-8")
    stack.write_text(text.replace("nvidia-l4", "quadro"), encoding="utf-8")

    assert command_line("check").code == exits.DONE
    planned = command_line("preview", "--base", "none").out
    assert "quadro" in planned
    assert "$0.44" in planned
    assert "quadro" in command_line("explain", "talk").out
    manifests = command_line("render", "dev", "--stream").out
    assert "card: Quadro" in manifests
    assert "example.com/gpu: " in manifests
    assert "key: cards" in manifests


def test_a_gpu_that_nothing_describes_is_refused_with_what_to_write(
    command_line: CommandLine, in_a_small_repository: Path
):
    describe_gpu(in_a_small_repository)
    ended = command_line("models", "fit", "large", "--gpu", "quadroo")

    assert ended.code == exits.REFUSED
    assert "did you mean 'quadro'? If not, describe it in gpus/quadroo.yaml" in ended.err
