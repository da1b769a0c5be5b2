from gitops.cli import exits
from tests.gitops.commands import CommandLine


def test_the_help_names_an_example(command_line: CommandLine):
    ended = command_line("adopt", "--help")

    assert ended.code == exits.DONE
    assert "Example: localai-gitops adopt" in ended.out


def test_namespace_and_stack_have_to_be_said(command_line: CommandLine):
    assert command_line("adopt", "--stack", "home").code == exits.WRONG_USAGE
