import json
from collections.abc import Iterator

import pytest

from gitops.cli import check, exits
from gitops.planning.rendering import Rendering
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine


def test_the_committed_stacks_have_nothing_to_mend(command_line: CommandLine):
    ended = command_line("check", "dev")
    assert ended.code == exits.DONE
    assert ended.out.startswith("1 stack, ")
    assert "nothing to mend" in ended.out
    assert ended.err == ""


def test_every_problem_is_named_with_its_line_and_cure(
    command_line: CommandLine, checkout: Checkout
):
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpus: 4")
    checkout.edit("Pulumi.staging.yaml", "gpu: nvidia-l4", "gpu: nvidia-l44")
    ended = command_line("check")
    assert ended.code == exits.REFUSED
    lines = ended.out.splitlines()
    assert any(line.startswith("Pulumi.dev.yaml:") and "'cpu'" in line for line in lines)
    assert any(line.startswith("Pulumi.staging.yaml:") and "nvidia-l44" in line for line in lines)


def _nothing(_: Rendering) -> Iterator[str]:
    return iter(())


def test_json_is_one_document_and_nothing_else(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(check, "schema_findings", _nothing)
    ended = command_line("check", "dev", "--output", "json")
    assert json.loads(ended.out) == {"version": 1, "stacks": ["dev"], "problems": []}
    assert (ended.code, ended.err) == (exits.DONE, "")


def test_json_names_what_is_wrong(command_line: CommandLine, checkout: Checkout):
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpus: 4")
    ended = command_line("check", "dev", "--output", "json")
    (problem,) = json.loads(ended.out)["problems"]
    assert problem.startswith("Pulumi.dev.yaml:")
    assert ended.code == exits.REFUSED


def test_markdown_is_a_list(command_line: CommandLine, checkout: Checkout):
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpus: 4")
    ended = command_line("check", "--output", "markdown")
    assert all(line.startswith("- ") for line in ended.out.splitlines())


def test_a_broken_model_is_named_with_its_file(command_line: CommandLine, checkout: Checkout):
    checkout.edit("models/qwen3-0.6b.yaml", "slots: 2", "slotts: 2")
    ended = command_line("check")
    assert ended.code == exits.REFUSED
    assert "models/qwen3-0.6b.yaml:" in ended.out
