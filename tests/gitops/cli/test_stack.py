from pathlib import Path

import pytest

from gitops.cli import exits
from tests.gitops.authoring.folders import small_repository
from tests.gitops.commands import CommandLine


@pytest.fixture
def folder(tmp_path: Path, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    del command_line  # it goes to a checkout first
    made = small_repository(tmp_path / "repository")
    monkeypatch.chdir(made)
    return made


def test_a_stack_is_written_and_the_next_commands_are_said(command_line: CommandLine, folder: Path):
    ended = command_line("stack", "new", "qa", "--from", "dev")

    assert ended.code == exits.DONE
    assert "localai-gitops preview qa" in ended.out
    # Until it has a release, an edit of models/ reaches it at once.
    assert "localai-gitops release qa" in ended.out
    assert "git add Pulumi.qa.yaml releases/qa.yaml" in ended.out
    # A further stack has to pin its images.
    assert "localai-gitops digests lock qa" in ended.out
    assert "[image-by-digest]" in ended.err
    assert "localai:namespace: localai-qa" in (folder / "Pulumi.qa.yaml").read_text()


def test_nothing_is_overwritten_and_nothing_refused_is_written(
    command_line: CommandLine, folder: Path
):
    (folder / "Pulumi.qa.yaml").write_text("mine\n")
    ended = command_line("stack", "new", "qa", "--from", "dev")
    assert ended.err.endswith(
        "Pulumi.qa.yaml: is there already, and would be overwritten; "
        "move it, or choose another name\n"
    )
    assert (folder / "Pulumi.qa.yaml").read_text() == "mine\n"
    ended = command_line("stack", "new", "uat", "--from", "dev", "--namespace", "localai-dev")
    assert ended.code == exits.REFUSED
    assert not (folder / "Pulumi.uat.yaml").exists()


def test_a_source_that_is_not_there_is_refused_with_those_that_are(
    command_line: CommandLine, folder: Path
):
    del folder
    assert "use one of: dev" in command_line("stack", "new", "qa", "--from", "staging").err
