"""A checkout that declares no stack is as good as any: one begins like that, or ends."""

import json

import pytest

from gitops.planning.note import NO_STACK
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine
from tests.support.project import STACKS


@pytest.fixture
def emptied(checkout: Checkout) -> Checkout:
    """A checkout whose last commit deletes every stack and every model."""
    for glob in ("Pulumi.*.yaml", "models/*.yaml"):
        for path in checkout.folder.glob(glob):
            path.unlink()
    checkout.commit("Declare nothing")
    return checkout


@pytest.mark.usefixtures("emptied")
def test_check_finds_nothing(command_line: CommandLine):
    ended = command_line("check")
    assert (ended.code, ended.out) == (0, "0 stacks, 0 objects: no problems found\n")


@pytest.mark.usefixtures("emptied")
@pytest.mark.parametrize("output", ["text", "markdown"])
def test_preview_says_so(command_line: CommandLine, output: str):
    ended = command_line("preview", "--base", "HEAD", "--output", output)
    assert ended.code == 0
    assert NO_STACK in ended.out


@pytest.mark.usefixtures("emptied")
def test_preview_shows_the_stacks_that_were_deleted(command_line: CommandLine):
    ended = command_line("preview", "--base", "HEAD^", "--output", "json")
    plan = json.loads(ended.out)
    assert [one["stack"] for one in plan["stacks"]] == list(STACKS)
    assert all("was deleted" in one["notes"][0]["text"] for one in plan["stacks"])


def test_preview_of_the_first_stack_is_of_a_new_one(emptied: Checkout, command_line: CommandLine):
    emptied.git("checkout", "--quiet", "HEAD^", "--", "Pulumi.dev.yaml", "models")
    ended = command_line("preview", "--base", "HEAD")
    assert ended.code == 0
    assert "created" in ended.out
    assert NO_STACK not in ended.out


def test_render_writes_nothing_and_says_so(emptied: Checkout, command_line: CommandLine):
    ended = command_line("render", "--all")
    assert (ended.code, ended.err) == (0, "no stack is declared: wrote nothing\n")
    assert not (emptied.folder / "rendered").exists()
