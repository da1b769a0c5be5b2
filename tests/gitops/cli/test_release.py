"""A release is written by a command, and an edit of a model reaches the first stack alone."""

from gitops.cli import exits
from settings.release import Block, blocked_text, read_release
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine

MODEL = "models/qwen3-embedding-0.6b.yaml"
ALL = ("dev", "production", "staging")


def pinned(command_line: CommandLine, checkout: Checkout) -> str:
    """Give staging and production a release, and return the commit of it."""
    for stack in ("staging", "production"):
        assert command_line("release", stack).code == exits.DONE
    return checkout.commit("Pin what is served")


def served(command_line: CommandLine, stack: str) -> str:
    ended = command_line("render", stack, "--stream")
    assert ended.code == exits.DONE, ended.err
    return ended.out


def test_to_pin_what_is_served_changes_no_object(command_line: CommandLine, checkout: Checkout):
    before = [served(command_line, stack) for stack in ALL]

    pinned(command_line, checkout)

    assert [served(command_line, stack) for stack in ALL] == before


def test_an_edit_of_a_model_reaches_the_first_stack_alone(
    command_line: CommandLine, checkout: Checkout
):
    pinned(command_line, checkout)
    before = {stack: served(command_line, stack) for stack in ALL}

    checkout.edit(MODEL, "context_size: ", "context_size: 1")

    assert served(command_line, "dev") != before["dev"]
    assert served(command_line, "staging") == before["staging"]
    assert served(command_line, "production") == before["production"]


def test_check_says_how_far_a_stack_is_behind_and_release_takes_it_along(
    command_line: CommandLine, checkout: Checkout
):
    pinned(command_line, checkout)
    assert "is behind" not in command_line("check").out
    checkout.edit(MODEL, "context_size: ", "context_size: 1")

    behind = command_line("check", "staging")
    written = command_line("release", "staging")

    assert behind.code == exits.DONE
    assert (
        "releases/staging.yaml: staging: is behind: 1 of its 5 models differs in models/ ("
        in behind.out
    )
    assert "  models: qwen3-embedding-0.6b changed" in written.out
    assert "next:\n  localai-gitops preview staging\n  git add releases/staging.yaml" in written.out
    assert "is behind" not in command_line("check", "staging").out


def test_a_release_may_keep_its_models_and_take_the_stack_file_as_it_is(
    command_line: CommandLine, checkout: Checkout
):
    pinned(command_line, checkout)
    checkout.edit(MODEL, "context_size: ", "context_size: 1")
    checkout.edit("Pulumi.staging.yaml", "assistant: qwen3-8b", "helper: qwen3-8b")
    assert command_line("check", "staging").code == exits.REFUSED

    written = command_line("release", "staging", "--keep")

    assert "qwen3-embedding" not in written.out
    assert "helper" in written.out
    assert command_line("check", "staging").code == exits.DONE


def test_check_refuses_a_release_that_was_edited_by_hand(
    command_line: CommandLine, checkout: Checkout
):
    pinned(command_line, checkout)
    checkout.edit("releases/production.yaml", "steps: ", "steps: 1")

    ended = command_line("check")

    assert ended.code == exits.REFUSED
    assert "releases/production.yaml:2: digest: is sha256:" in ended.out
    assert "take the edit back with `git checkout`" in ended.out


def test_check_refuses_release_files_of_the_first_stack_and_of_no_stack(
    command_line: CommandLine, checkout: Checkout
):
    pinned(command_line, checkout)
    text = (checkout.folder / "releases/staging.yaml").read_text(encoding="utf-8")
    checkout.write("releases/gone.yaml", text)
    checkout.write("releases/dev.yaml", text)

    lines = command_line("check").out.splitlines()

    assert any(line.startswith("releases/dev.yaml: is of the first stack") for line in lines)
    assert any(line.startswith("releases/gone.yaml: is of the stack gone") for line in lines)


def test_the_first_stack_gets_no_release_file(command_line: CommandLine, checkout: Checkout):
    ended = command_line("release", "dev")

    assert ended.code == exits.REFUSED
    assert "first stack" in ended.err
    assert not (checkout.folder / "releases").exists()


def test_a_stack_without_a_release_is_told_so_once_and_passes(
    command_line: CommandLine, checkout: Checkout
):
    told = command_line("check", "staging")
    checkout.edit("Pulumi.staging.yaml", "config:\n", "config:\n  localai:release: floats\n")

    assert told.code == exits.DONE
    assert "has no release file, so an edit of models/ reaches it at once" in told.out
    assert "has no release file" not in command_line("check", "staging").out


def test_the_plan_of_an_edited_model_shows_the_first_stack_alone(
    command_line: CommandLine, checkout: Checkout
):
    base = pinned(command_line, checkout)
    checkout.edit(MODEL, "context_size: ", "context_size: 1")

    lines = command_line("preview", "--base", base).out.splitlines()

    (dev,) = (line for line in lines if line.startswith("dev  models: "))
    assert "1 changed" in dev
    for stack in ("staging", "production"):
        assert any(line.startswith(f"{stack}  no change: stays at release ") for line in lines)


def test_the_plan_names_the_release_before_and_after(command_line: CommandLine, checkout: Checkout):
    base = pinned(command_line, checkout)
    checkout.edit(MODEL, "context_size: ", "context_size: 1")
    assert command_line("release", "staging").code == exits.DONE

    ended = command_line("preview", "staging", "--base", base, "--output", "markdown")

    assert "1 model changed" in ended.out
    assert "**Note:** release " in ended.out


def test_check_says_that_a_stack_has_a_release_that_is_blocked(
    command_line: CommandLine, checkout: Checkout
):
    pinned(command_line, checkout)
    release = read_release(checkout.folder, "staging")
    assert release
    said = {"release": release.digest, "reason": "answers are cut off", "since": "2026-11-28"}
    checkout.write("releases/blocked.yaml", blocked_text([Block.model_validate(said)]))

    told = command_line("check").out

    assert "releases/staging.yaml: staging: is release " in told
    assert "which is blocked: answers are cut off" in told
    assert "releases/production.yaml: production: is release" not in told
