import sys

import pytest

from gitops import VERSION
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


def test_h_is_help(command_line: CommandLine):
    assert command_line("-h").out == command_line("--help").out


def test_the_version_is_that_of_the_package(command_line: CommandLine):
    assert command_line("--version").out == f"localai-gitops {VERSION}\n"


def test_every_summary_is_whole_in_80_columns(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "80")
    verbs = summaries(command_line("--help").out)
    assert len(verbs) > 15
    pages = (command_line(line.split()[0], "--help").out for line in verbs)
    lines = [*verbs, *(line for page in pages for line in summaries(page))]
    assert [line for line in lines if line.endswith("...") or not line.endswith(".")] == []


def summaries(page: str) -> list[str]:
    """Return the lines of a page of help that list verbs."""
    return [line for line in page.partition("Commands:\n")[2].splitlines() if line]


def test_verbs_are_listed_from_the_first_that_is_needed(command_line: CommandLine):
    first, *_, last = summaries(command_line("--help").out)
    assert (first.split()[0], last.split()[0]) == ("init", "comment")


def test_a_shell_completes_the_names_of_stacks(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("_LOCALAI_GITOPS_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "localai-gitops preview d")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert command_line().out.split() == ["dev"]


def test_the_sandbox_is_refused_in_words_where_it_is_not_installed(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "sandbox", None)
    monkeypatch.delitem(sys.modules, "sandbox.cli", raising=False)
    ended = command_line("sandbox", "up")
    assert ended.code == exits.REFUSED
    assert "is not part of the package; run it in a checkout" in ended.err


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
