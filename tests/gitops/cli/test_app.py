import pytest

from gitops.cli import exits
from tests.gitops.commands import CommandLine

VERBS = ("preview", "render", "check")


def test_without_a_verb_the_verbs_are_listed_and_the_usage_is_wrong(command_line: CommandLine):
    ended = command_line()
    assert ended.code == exits.WRONG_USAGE
    assert all(verb in ended.out + ended.err for verb in VERBS)


def test_help_lists_the_verbs(command_line: CommandLine):
    ended = command_line("--help")
    assert ended.code == exits.DONE
    assert all(verb in ended.out for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_shows_an_example(command_line: CommandLine, verb: str):
    ended = command_line(verb, "--help")
    assert ended.code == exits.DONE
    assert f"Example: localai-gitops {verb} " in ended.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("previw",),
        ("preview", "--bsae", "main"),
        ("preview", "--output", "xml"),
        ("check", "--output", "yaml"),
        ("render",),
        ("render", "dev", "--all"),
        ("render", "dev", "staging"),
    ],
)
def test_wrong_usage_is_said_on_standard_error_alone(
    command_line: CommandLine, arguments: tuple[str, ...]
):
    ended = command_line(*arguments)
    assert ended.code == exits.WRONG_USAGE
    assert ended.out == ""
    assert "Usage:" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("verb", ["preview", "check", "render"])
def test_an_unknown_stack_is_refused_with_the_known_ones(command_line: CommandLine, verb: str):
    ended = command_line(verb, "devel")
    assert ended.code == exits.REFUSED
    assert "Pulumi.devel.yaml" in ended.out + ended.err
    assert "dev, production, staging" in ended.out + ended.err
