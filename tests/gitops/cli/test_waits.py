"""Whoever looks at a terminal sees what takes a while; no file and no pipe gets a word of it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine

WAITS: dict[tuple[str, ...], str] = {
    ("preview", "--base", "HEAD"): "Comparing with",
    ("preview", "--base", "none"): "Rendering stacks",
    ("check",): "Checking what is declared",
    ("models", "list"): "Reading the catalog",
    ("models", "fit", "qwen3-0.6b"): "Computing what the model needs",
    ("models", "gpus"): "Reading GPU profiles",
    ("explain", "chat", "--stack", "dev"): "Explaining chat",
    ("render", "dev", "--stream"): "Rendering the stack",
    ("render", "--all"): "Rendering stacks",
    ("stack", "new", "qa", "--from", "staging"): "Checking the stack",
    ("cluster", "render", "near"): "Rendering cluster near",
    (
        "adopt",
        "--namespace",
        "ai",
        "--stack",
        "home",
        "--from",
        "none.yaml",
    ): "Looking at namespace",
}


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("command", WAITS, ids=" ".join)
def test_a_verb_says_what_it_does_meanwhile(
    command_line: CommandLine, command: Sequence[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert WAITS[tuple(command)] in command_line(*command).err


def test_a_pipe_gets_none_of_it(command_line: CommandLine, checkout: Checkout, tmp_path: Path):
    del checkout
    monitored = command_line("render", "--all", "--out", str(tmp_path / "out")).err
    assert "Rendering" not in monitored + command_line("check").err
