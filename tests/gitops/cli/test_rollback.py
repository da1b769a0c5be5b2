"""A rollback is one commit, after which the stack declares what the release declared."""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from gitops.adapters.git import GitError
from gitops.adapters.history import History
from gitops.adapters.process import Finished, run
from gitops.cli import exits
from gitops.promotion import releases as history
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine

MODEL, FILE, STACK = (
    "models/qwen3-embedding-0.6b.yaml",
    "releases/staging.yaml",
    "Pulumi.staging.yaml",
)


def digest(checkout: Checkout) -> str:
    line = (checkout.folder / FILE).read_text(encoding="utf-8").splitlines()[1]
    return line.removeprefix("digest: ")


def released(command_line: CommandLine, checkout: Checkout, subject: str) -> str:
    """Release staging as it is, and return the digest."""
    assert command_line("release", "staging").code == exits.DONE
    checkout.commit(subject)
    return digest(checkout)


def objects(command_line: CommandLine) -> str:
    ended = command_line("render", "staging", "--stream")
    assert ended.code == exits.DONE, ended.err
    return ended.out


Two = tuple[str, str, str]


@pytest.fixture
def two(command_line: CommandLine, checkout: Checkout) -> Two:
    """Two releases of staging, the second of which is served, and the objects of the first."""
    first = released(command_line, checkout, "Release the first")
    before = objects(command_line)
    checkout.edit(MODEL, "context_size: ", "context_size: 1")
    return first, released(command_line, checkout, "Release the second"), before


def test_a_rollback_is_one_commit_to_the_objects_of_the_release_before(
    command_line: CommandLine, checkout: Checkout, two: Two
):
    first, second, before = two
    head = checkout.head

    ended = command_line("rollback", "staging", "--reason", "answers are cut off")

    assert ended.code == exits.DONE, ended.err
    assert checkout.git("rev-parse", "HEAD^") == head
    assert checkout.git("status", "--porcelain") == ""
    assert digest(checkout) == first
    assert objects(command_line) == before
    assert "way: release file back; the weights it served are still on the claims" in ended.out
    assert "1 model changed" in ended.out
    blocked = (checkout.folder / "releases/blocked.yaml").read_text(encoding="utf-8")
    assert second in blocked
    assert "answers are cut off" in blocked
    assert command_line("check", "staging").code == exits.DONE


def test_what_was_rolled_back_is_not_gone_back_to(
    command_line: CommandLine, checkout: Checkout, two: Two
):
    _, second, _ = two
    assert command_line("rollback", "staging").code == exits.DONE

    again = command_line("rollback", "staging", "--to", second)
    nowhere = command_line("rollback", "staging")

    assert again.code == nowhere.code == exits.REFUSED
    assert "is blocked: it was rolled back" in again.err
    assert "no earlier release that is not blocked" in nowhere.err
    assert checkout.git("status", "--porcelain") == ""


def test_the_stack_file_comes_back_where_it_would_not_agree_with_the_release(
    command_line: CommandLine, checkout: Checkout
):
    first = released(command_line, checkout, "Release the first")
    before = objects(command_line)
    checkout.edit(STACK, "assistant: qwen3-8b", "assistant: llama-3.2-3b-instruct")
    released(command_line, checkout, "Release the second")

    ended = command_line("rollback", "staging", "--to", first[7:20])

    assert ended.code == exits.DONE, ended.err
    assert "way: alias swap; no download" in ended.out
    assert "come back as they were then: localai:pools" in ended.out
    assert objects(command_line) == before


@pytest.mark.usefixtures("two")
def test_an_edit_of_the_stack_file_that_agrees_with_the_release_stays(
    command_line: CommandLine, checkout: Checkout
):
    checkout.edit(STACK, "size: 60Gi", "size: 70Gi")
    checkout.commit("Give the claim room")

    assert command_line("rollback", "staging").code == exits.DONE

    assert "size: 70Gi" in (checkout.folder / STACK).read_text(encoding="utf-8")


def detached(checkout: Checkout) -> None:
    checkout.git("checkout", "--quiet", "--detach")


def edited(checkout: Checkout) -> None:
    checkout.edit(STACK, "size: 60Gi", "size: 70Gi")


def behind(checkout: Checkout) -> None:
    checkout.git("branch", "elsewhere")
    checkout.git("switch", "--quiet", "elsewhere")
    checkout.commit("Go on elsewhere")
    checkout.git("switch", "--quiet", "main")
    checkout.git("branch", "--quiet", "--set-upstream-to", "elsewhere")


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (detached, "git switch -c"),
        (edited, "is edited, and would be"),
        (behind, "lacks 1 commit of"),
    ],
)
def test_a_checkout_that_is_not_ready_is_refused_with_the_cure_and_stays_as_it_is(
    spoil: Callable[[Checkout], None],
    said: str,
    command_line: CommandLine,
    checkout: Checkout,
):
    spoil(checkout)
    head, status = checkout.head, checkout.git("status", "--porcelain")

    ended = command_line("rollback", "staging")

    assert ended.code == exits.REFUSED
    assert said in ended.err
    assert (checkout.head, checkout.git("status", "--porcelain")) == (head, status)


@pytest.mark.parametrize("name", ["abcdef1", "../../etc"])
def test_an_unknown_release_is_refused_with_the_known_ones(
    name: str, command_line: CommandLine, two: Two
):
    ended = command_line("rollback", "staging", "--to", name)

    assert ended.code == exits.REFUSED
    assert "is not a release of this stack" in ended.err
    assert two[0][7:19] in ended.err


@pytest.mark.parametrize("count", [0, 4, 5])
def test_too_few_digits_of_a_release_are_refused_with_how_many_it_takes(
    count: int, command_line: CommandLine, two: Two
):
    ended = command_line("rollback", "staging", "--to", f"sha256:{two[0][7 : 7 + count]}")

    assert ended.code == exits.REFUSED
    assert "is too short: a release is named by 6 of its digits or more; use one of: " in ended.err
    assert two[0][7:19] in ended.err


@pytest.mark.usefixtures("two")
def test_a_release_whose_stack_file_is_not_known_is_refused(
    command_line: CommandLine, checkout: Checkout
):
    checkout.edit(STACK, "qwen3-8b", "qwen3-4b")
    assert command_line("release", "staging").code == exits.DONE
    checkout.git("rm", "--quiet", "--cached", STACK)
    checkout.git("commit", "--quiet", "--message", "Forget the file")
    checkout.commit("Release the third")

    ended = command_line("rollback", "staging")

    assert ended.code == exits.REFUSED
    assert "was not there before" in ended.err


def test_the_way_back_needs_no_server_of_git_and_is_pushed_once_one_is_back(
    command_line: CommandLine, checkout: Checkout, two: Two, tmp_path: Path
):
    remote, away = tmp_path / "remote.git", tmp_path / "away.git"
    checkout.git("clone", "--quiet", "--bare", ".", str(remote))
    checkout.git("remote", "add", "origin", str(remote))
    checkout.git("push", "--quiet", "--set-upstream", "origin", "main")
    remote.rename(away)

    assert command_line("rollback", "staging").code == exits.DONE
    applied = objects(command_line)
    away.rename(remote)
    checkout.git("push", "--quiet")

    assert applied == two[2]
    assert checkout.git("ls-remote", "origin", "main").split()[0] == checkout.head


def test_where_every_earlier_release_is_blocked_none_of_them_is_proposed(
    command_line: CommandLine, two: Two
):
    command_line("rollback", "staging", "--reason", "too slow")

    ended = command_line("rollback", "staging")

    assert ended.code == exits.REFUSED
    assert "use one of" not in ended.err
    assert "releases/blocked.yaml says why they are blocked" in ended.err
    assert two[1][7:19] not in ended.err


def test_the_first_stack_has_no_release_and_is_told_its_own_way_back(command_line: CommandLine):
    ended = command_line("rollback", "dev")

    assert ended.code == exits.REFUSED
    assert "serves models/ as they are; `git revert`" in ended.err
    assert "localai-gitops release" not in ended.err


@pytest.mark.parametrize(
    ("stack", "said"), [("dev", "serves models/ as they are"), ("staging", "release staging`")]
)
def test_a_history_of_no_release_says_why(stack: str, said: str, command_line: CommandLine):
    ended = command_line("history", stack)

    assert (ended.code, ended.out) == (exits.DONE, "")
    assert said in ended.err


@pytest.mark.usefixtures("two")
def test_a_dry_run_writes_nothing(command_line: CommandLine, checkout: Checkout):
    head = checkout.head

    ended = command_line("rollback", "staging", "--dry-run")

    assert ended.code == exits.DONE
    assert "release file back" in ended.out
    assert (checkout.head, checkout.git("status", "--porcelain")) == (head, "")


def test_history_lists_releases_newest_first(command_line: CommandLine, two: Two):
    command_line("rollback", "staging", "--reason", "too slow")

    table = command_line("history", "staging")
    found = json.loads(command_line("history", "staging", "--output", "json").out)["releases"]

    assert [one["release"] for one in found] == [two[0], two[1], two[0]]
    assert [one["blocked"] for one in found] == [False, True, False]
    assert found[1]["subject"] == "Release the second"
    assert "BLOCKED: too slow" in table.out


@pytest.mark.parametrize(
    "subject", ["Fix a\x01b typo", f"Fix\x01{'d' * 40}\t2020-01-01T00:00:00Z\tReviewed", "a\tb"]
)
def test_a_subject_with_control_characters_forges_no_entry_of_the_history(
    command_line: CommandLine, checkout: Checkout, subject: str
):
    first = released(command_line, checkout, "Release the first")
    checkout.edit(MODEL, "context_size: ", "context_size: 1")
    released(command_line, checkout, subject)

    ended = command_line("history", "staging", "--output", "json")
    found = json.loads(ended.out)["releases"]

    assert [one["commit"] for one in found] == [checkout.head, checkout.git("rev-parse", "HEAD^")]
    assert "2020" not in found[0]["time"]
    assert command_line("rollback", "staging").code == exits.DONE
    assert digest(checkout) == first


@pytest.mark.usefixtures("two")
def test_a_history_that_is_cut_is_told_and_how_it_is_had(
    command_line: CommandLine, checkout: Checkout
):
    (checkout.folder / ".git/shallow").write_text(f"{checkout.head}\n", encoding="utf-8")

    ended = command_line("rollback", "staging")

    assert ended.code == exits.REFUSED
    assert "has no such release in the part of its history here; `git fetch --unshallow`" in (
        ended.err
    )


class KilledError(BaseException):
    """The process ends here, and cleans nothing up."""


def test_what_a_rollback_leaves_that_is_killed_is_the_release_it_goes_back_to(
    command_line: CommandLine, checkout: Checkout, two: Two, monkeypatch: pytest.MonkeyPatch
):
    def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(History, "advance", killed)
        with pytest.raises(KilledError):
            command_line("rollback", "staging")

    # Who does as the message says, and commits what is there, commits the rollback.
    assert digest(checkout) == two[0]
    assert "git stash` or commit it first" in command_line("rollback", "staging").err
    checkout.commit("As told")
    assert two[1] in (checkout.folder / "releases/blocked.yaml").read_text(encoding="utf-8")
    assert objects(command_line) == two[2]


def test_a_branch_that_was_moved_meanwhile_leaves_the_files_as_they_were(
    command_line: CommandLine, checkout: Checkout, two: Two, monkeypatch: pytest.MonkeyPatch
):
    def moved(*_: object) -> None:
        raise GitError("main was moved meanwhile", "run this again")

    monkeypatch.setattr(History, "advance", moved)

    assert command_line("rollback", "staging").code == exits.REFUSED
    assert checkout.git("status", "--porcelain") == ""
    assert digest(checkout) == two[1]


def many(checkout: Checkout, count: int) -> None:
    """Commit so many versions of the release file, each with another digest."""
    text = (checkout.folder / FILE).read_text(encoding="utf-8")
    start = text.index("sha256:") + len("sha256:")
    stream: list[str] = []
    for number in range(count):
        content = f"{text[:start]}{number:064x}{text[start + 64 :]}"
        origin = "" if number else "from refs/heads/main^0\n"
        stream.append(
            f"commit refs/heads/main\ncommitter A <a@example.org> {number} +0000\n"
            f"data 1\nx\n{origin}M 100644 inline {FILE}\ndata {len(content.encode())}\n{content}\n"
        )
    subprocess.run(
        ["git", "fast-import", "--quiet", "--force"], cwd=checkout.folder,
        input="".join(stream).encode(), check=True,
    )  # fmt: skip


def test_a_thousand_releases_are_read_by_two_runs_of_git(
    command_line: CommandLine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
):
    released(command_line, checkout, "Release the first")
    many(checkout, 1000)
    asked: list[str] = []

    def counted(command: Sequence[str], *rest: Any, **more: Any) -> Finished:
        asked.append(" ".join(command))
        return run(command, *rest, **more)

    monkeypatch.setattr(history, "run", counted)
    found = json.loads(
        command_line("history", "staging", "--most", "2000", "--output", "json").out
    )["releases"]

    assert len({one["release"] for one in found}) == 1001
    assert len([one for one in asked if " log " in one or " cat-file " in one]) == 2


SERVED = """\
  localai:monitoring: {}
  localai:servedModels:
    digits:
      version: %d
      semver: 1.%d.0
      digest: sha256:%s
      size: 370
      image: registry.example.com/predict:1.0.0
      registry: {url: "http://mlflow.ml.svc:5000", namespace: ml}
      rollout: {prometheus: "http://prometheus:9090", steps: [100]}
"""


def rolled_out(digest: str, **status: Any) -> dict[str, Any]:
    """Return what the cluster has of the served model."""
    container = {"env": [{"name": "PREDICT_DIGEST", "value": f"sha256:{digest * 64}"}]}
    return {
        "metadata": {"generation": 2, "labels": {"localai.gitops/served-model": "digits"}},
        "spec": {"template": {"spec": {"containers": [container]}}},
        "status": {"observedGeneration": "2", **status},
    }


@pytest.fixture
def says(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, Any]], None]:
    """Let staging serve version 1, and then 2; kubectl answers what is said to it."""
    first, second = (SERVED % (one, one, "ab"[one - 1] * 64) for one in (1, 2))
    checkout.edit(STACK, "  localai:pools:\n", f"{first}  localai:pools:\n")
    released(command_line, checkout, "Serve digits")
    checkout.edit(STACK, first, second)
    released(command_line, checkout, "Serve better digits")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "kubectl").write_text(f"#!/bin/sh\ncat {programs}/said.json\n")
    (programs / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")

    def say(rollout: dict[str, Any]) -> None:
        (programs / "said.json").write_text(json.dumps({"items": [rollout]}))

    return say


def test_an_aborted_rollout_is_rolled_back_and_says_why(
    command_line: CommandLine, checkout: Checkout, says: Callable[[dict[str, Any]], None]
):
    says(rolled_out("b", abort=True, message='Metric "error-percent" assessed Failed'))

    ended = command_line("rollback", "staging", "--aborted", "--context", "staging")

    assert ended.code == exits.DONE, ended.err
    assert 'digits: Metric "error-percent" assessed Failed' in checkout.git("log", "-1")
    assert "semver: 1.1.0" in (checkout.folder / STACK).read_text(encoding="utf-8")


def test_a_release_is_not_blamed_for_another_change_of_what_it_serves(
    command_line: CommandLine, checkout: Checkout, says: Callable[[dict[str, Any]], None]
):
    checkout.edit(STACK, "models: [qwen3-8b", "models: [qwen3-0.6b, qwen3-8b")
    released(command_line, checkout, "Serve a small model, too")
    says(rolled_out("b", abort=True, message="its pods do not start"))
    head = checkout.head

    ended = command_line("rollback", "staging", "--aborted")

    assert (ended.code, checkout.head) == (exits.REFUSED, head)
    assert "serves the same version of digits: its rollout was aborted for another" in ended.err


def test_a_healthy_rollout_is_not_rolled_back(
    command_line: CommandLine, checkout: Checkout, says: Callable[[dict[str, Any]], None]
):
    says(rolled_out("b", phase="Healthy"))
    head = checkout.head

    ended = command_line("rollback", "staging", "--aborted")

    assert (ended.code, checkout.head) == (exits.DONE, head)
    assert "its rollouts are healthy, and nothing is rolled back" in ended.out


@pytest.mark.parametrize(
    ("rollout", "why"),
    [
        (rolled_out("b", phase="Progressing", message="more replicas"), "more replicas"),
        # The abort of another version says nothing of this one.
        (rolled_out("a", abort=True), "the cluster does not have it yet"),
    ],
)
def test_a_rollout_that_goes_on_is_told_and_nothing_is_rolled_back(
    command_line: CommandLine, checkout: Checkout, says: Callable[[dict[str, Any]], None],
    rollout: dict[str, Any], why: str,
):  # fmt: skip
    says(rollout)
    head = checkout.head

    ended = command_line("rollback", "staging", "--aborted")

    assert (ended.code, checkout.head) == (exits.REFUSED, head)
    assert f"has not ended the rollout of digits: {why}; wait longer with --wait" in ended.err


def test_a_stack_without_rollouts_has_none_that_was_aborted(command_line: CommandLine, two: Two):
    del two
    ended = command_line("rollback", "staging", "--aborted")

    assert ended.code == exits.REFUSED
    assert "declares no rollout that could be aborted; leave out --aborted" in ended.err


def test_a_rollback_is_pushed_only_where_the_branch_was_as_here(
    command_line: CommandLine, checkout: Checkout, two: Two, tmp_path: Path
):
    del two
    remote = tmp_path / "remote.git"
    checkout.git("clone", "--quiet", "--bare", str(checkout.folder), str(remote))
    checkout.git("remote", "add", "origin", str(remote))
    branch = checkout.git("rev-parse", "--abbrev-ref", "HEAD")

    ended = command_line("rollback", "staging", "--push")

    assert ended.code == exits.DONE, ended.err
    assert f"pushed to {branch}" in ended.out
    assert checkout.git("ls-remote", "origin", branch).split()[0] == checkout.head

    # Somebody else moves the branch meanwhile.
    checkout.git("push", "--quiet", "--force", "origin", f"HEAD~2:{branch}")
    checkout.edit(MODEL, "context_size: ", "context_size: 2")
    released(command_line, checkout, "Release a third")
    ended = command_line("rollback", "staging", "--push")

    assert ended.code == exits.REFUSED
    assert f"another run moved {branch} at the same time" in ended.err
