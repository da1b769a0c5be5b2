"""Whom promotions tell: once, without the address, and nothing fails for it."""

import signal
import sys
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from gitops.adapters.forge.place import Kind
from gitops.cli import exits
from tests.gitops import receivers
from tests.gitops.checkouts import GIT_ENVIRONMENT
from tests.gitops.commands import CommandLine, Ended
from tests.gitops.forges import TOKEN, service
from tests.gitops.promoting import PROMOTION, Project, project
from tests.gitops.receivers import SECRET, Receiver

VARIABLE = "LOCALAI_NOTICES"
Words = Sequence[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name, value in {**GIT_ENVIRONMENT, "LOCALAI_FORGE_TOKEN": TOKEN}.items():
        monkeypatch.setenv(name, value)
    return project(tmp_path)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Generator[Receiver]:
    with receivers.receiver() as found:
        monkeypatch.setenv(VARIABLE, found.address)
        yield found


@pytest.fixture
def command_line(
    here: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Generator[CommandLine]:
    """The command line in the project."""
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(sys, "argv", ["localai-gitops"])
    monkeypatch.chdir(here.folder)
    yield CommandLine(monkeypatch=monkeypatch, capsys=capsys)
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def words(here: Project) -> Generator[Words]:
    with service(Kind.GITHUB, here.remote) as github:
        yield ("promote", "staging", "production", "--evidence", here.evidence(),
               "--forge", "github", "--forge-url", github.address)  # fmt: skip


def quiet(ended: Ended) -> Ended:
    """Return how a command ended, once it is seen that it did not say the address."""
    assert SECRET not in ended.out + ended.err
    assert "a-secret-of-the-test" not in ended.out + ended.err
    return ended


def test_a_promotion_that_was_opened_is_told_once(
    here: Project, there: Receiver, command_line: CommandLine, words: Words
):
    here.ask(f"    notices: {{webhook: {VARIABLE}}}\n")

    first, second = quiet(command_line(*words)), quiet(command_line(*words))

    assert (first.code, second.code) == (exits.DONE, exits.DONE), first.err
    (body,) = there.bodies
    assert (body["event"], body["stack"], body["key"]) == ("opened", "production", there.keys[0])
    assert body["models"]["added"] == ["whisper-large-v3-turbo"]
    assert body["pull_request"] in first.out


def test_slack_is_told_in_its_own_form(
    here: Project, there: Receiver, command_line: CommandLine, words: Words
):
    here.ask(f"    notices: {{slack: {VARIABLE}}}\n")

    assert quiet(command_line(*words)).code == exits.DONE
    assert there.bodies[0]["text"] == "production: a promotion was opened"


@pytest.mark.parametrize("asked", ["", f"    notices: {{slack: {VARIABLE}, events: [merged]}}\n"])
def test_who_does_not_ask_is_not_told(
    here: Project, there: Receiver, command_line: CommandLine, words: Words, asked: str
):
    here.ask(f"{asked}    approvals: 1\n")

    assert quiet(command_line(*words)).code == exits.DONE
    assert there.bodies == []


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "is no https address"),
        (f"http://hooks.example/{SECRET}", "is no https address"),
        (f"http://127.0.0.1:1/{SECRET}", "the receiver did not answer"),
    ],
)
def test_a_notice_that_cannot_be_sent_is_a_warning(
    here: Project, command_line: CommandLine, words: Words, monkeypatch: pytest.MonkeyPatch,
    address: str, why: str,
):  # fmt: skip
    here.ask(f"    notices: {{slack: {VARIABLE}}}\n")
    monkeypatch.setenv(VARIABLE, address)
    monkeypatch.setattr("gitops.adapters.notices._TRIES", 1)

    ended = quiet(command_line(*words))

    assert ended.code == exits.DONE
    assert f"warning: no notice that production was opened: {VARIABLE}: {why}" in ended.err
    assert "pull request opened: " in ended.out


def released(here: Project, command_line: CommandLine, context: str) -> None:
    name = "models/qwen3-embedding-0.6b.yaml"
    here.edit(name, "context_size: ", f"context_size: {context}")
    assert command_line("release", "production").code == exits.DONE
    here.merge("Release production")


@pytest.fixture
def two(here: Project, there: Receiver, command_line: CommandLine) -> Receiver:
    """A production with two releases in Git, which tells a receiver."""
    here.edit(
        "Pulumi.production.yaml", PROMOTION, f"{PROMOTION}    notices: {{webhook: {VARIABLE}}}\n"
    )
    released(here, command_line, "")
    released(here, command_line, "1")
    return there


def test_a_rollback_tells_where_it_is_asked_to(command_line: CommandLine, two: Receiver):
    ended = quiet(command_line("rollback", "production", "--notify"))
    again = quiet(command_line("notify", "rolled-back", "production"))

    assert (ended.code, again.code) == (exits.DONE, exits.DONE), ended.err + again.err
    assert [one["event"] for one in two.bodies] == ["rolled-back", "rolled-back"]
    assert two.bodies[0] == two.bodies[1]


def test_a_rollback_that_was_merged_is_told_as_one(command_line: CommandLine, two: Receiver):
    assert command_line("rollback", "production").code == exits.DONE

    ended = quiet(command_line("notify", "merged", "production"))

    assert ended.code == exits.DONE, ended.err
    (body,) = two.bodies
    assert (body["event"], body["way_back"]) == ("rolled-back", "revert the commit")


def test_a_rollback_that_is_tried_tells_nobody(command_line: CommandLine, two: Receiver):
    assert command_line("rollback", "production", "--notify", "--dry-run").code == exits.DONE
    assert two.bodies == []


def test_a_verb_tells_what_became_of_a_release(command_line: CommandLine, two: Receiver):
    url = "https://github.com/team/models/pull/12"

    ended = quiet(command_line("notify", "verified", "production", "--pull-request", url))

    assert (ended.code, ended.err) == (exits.DONE, "notice sent: production verified\n")
    (body,) = two.bodies
    assert body["models"] == {"added": [], "changed": ["qwen3-embedding-0.6b"], "removed": []}
    assert (body["pull_request"], body["way_back"]) == (url, "localai-gitops rollback production")


def test_a_notice_goes_out_on_a_machine_without_git(
    command_line: CommandLine, two: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))

    ended = quiet(command_line("notify", "verified", "production"))

    assert (ended.code, ended.err) == (exits.DONE, "notice sent: production verified\n")
    assert [one["event"] for one in two.bodies] == ["verified"]


def test_an_unknown_event_is_refused(command_line: CommandLine):
    ended = command_line("notify", "closed", "production")

    assert ended.code == exits.REFUSED
    assert "EVENT: is 'closed'; use one of: opened, merged" in ended.err


def test_a_verb_of_a_stack_that_tells_nobody_says_so(command_line: CommandLine):
    ended = command_line("notify", "merged", "production")

    assert ended.code == exits.DONE
    assert ended.err.startswith("no notice is sent: Pulumi.production.yaml has no `notices`")


@pytest.mark.parametrize(
    "told",
    [f"slack: https://hooks.example/{SECRET}", f"slack: {VARIABLE}, webhook: {VARIABLE}", ""],
)
def test_an_address_in_a_stack_file_is_refused_and_not_repeated(
    here: Project, command_line: CommandLine, told: str
):
    here.edit("Pulumi.production.yaml", PROMOTION, f"{PROMOTION}    notices: {{{told}}}\n")

    for output in ("text", "json", "sarif"):
        ended = quiet(command_line("check", "--output", output))
        assert ended.code == exits.REFUSED
        assert "notices" in ended.out + ended.err
