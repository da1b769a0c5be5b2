"""`accept` as people run it: a verdict for each server, and evidence of a pass alone."""

import json
import sys
from collections.abc import Generator
from pathlib import Path
from subprocess import PIPE, Popen

import jsonschema_rs
import pytest

from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine, Ended
from tests.proof.served import KEY, Served, error, serving, status
from tests.support.project import ROOT

SCHEMA = json.loads((ROOT / "docs/reference/verify.schema.json").read_text(encoding="utf-8"))
LOAD = """\
  localai:acceptance:
    load:
      assistant:
        chatsPerMinute: 1200
        seconds: 1
        firstTokenMilliseconds: 900
"""
ARGUMENTS = ("accept", "load", "dev", "--url")


@pytest.fixture
def declared(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    monkeypatch.setenv("LOCALAI_API_KEY", KEY)
    path = checkout.folder / "Pulumi.dev.yaml"
    path.write_text(path.read_text() + LOAD)
    return checkout


@pytest.fixture
def streaming() -> Generator[str]:
    """Run a server, in a process of its own, that waits 0.4 s before its first token."""
    command = [sys.executable, "-m", "tests.gitops.acceptance.streamed", "0.4", "0.01", "4"]
    with Popen(command, stdout=PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        port = process.stdout.readline().strip()
        yield f"chat=http://127.0.0.1:{port}"
        process.terminate()


def loaded(command_line: CommandLine, *arguments: str) -> Ended:
    """Run a load; again where this machine was too busy to begin chats in time."""
    ended = command_line(*ARGUMENTS, *arguments)
    for _ in range(10):
        if "the generator fell behind" not in ended.out:
            break
        assert ended.code == 1
        ended = command_line(*ARGUMENTS, *arguments)
    return ended


@pytest.mark.thorough
def test_a_load_that_holds_leaves_a_page_and_evidence_until_the_limits_are_stricter(
    declared: Checkout, command_line: CommandLine, streaming: str
):
    more = ("--url", "embeddings=http://127.0.0.1:1", "--page", "load.html")
    ended = loaded(command_line, streaming, *more, "--evidence", "evidence/load.json")
    assert (ended.code, ended.err.splitlines()[-1]) == (0, "wrote evidence/load.json")
    assert ended.out.splitlines()[-1] == "dev: holds its limits under load (4 pass)"
    assert "<svg" in Path("load.html").read_text()
    made = json.loads(Path("evidence/load.json").read_text())
    assert made["tools"].keys() == {"python", "aiohttp"}
    # The known wait, and at most five percent.
    assert made["load"][0]["first_token"]["p50"] == pytest.approx(400, rel=0.05)
    assert command_line("evidence", "verify", "evidence/load.json").code == 0
    declared.edit("Pulumi.dev.yaml", "Milliseconds: 900", "Milliseconds: 300")
    stricter = command_line("evidence", "verify", "evidence/load.json")
    assert (stricter.code, stricter.out) == (1, "")
    assert "load.json: shows of assistant: first token: 4" in stricter.err


@pytest.mark.thorough
def test_a_load_over_its_limit_is_refused_and_leaves_no_evidence(
    declared: Checkout, command_line: CommandLine, streaming: str
):
    declared.edit("Pulumi.dev.yaml", "Milliseconds: 900", "Milliseconds: 100")
    ended = loaded(command_line, streaming, "--output", "json")
    assert ended.code == 1
    made = json.loads(ended.out)
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(made)
    assert (made["kind"], made["passed"], len(made["load"])) == ("load", False, 1)
    assert not Path("evidence").exists()


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize(
    ("code", "cause"),
    [(401, "answered 401: no key; give a key"), (429, "answered 429: no key; ask again later"),
     (500, "answered 500: no key; read the log of localai-chat")],
)  # fmt: skip
def test_a_server_that_refuses_is_told_at_once_and_leaves_a_page(
    command_line: CommandLine, code: int, cause: str
):
    served = Served(names=["assistant"])
    served.behaviors["assistant"] = status(code, error("no key"), retry_after="60")
    with serving(served):
        ended = command_line(*ARGUMENTS, f"chat={served.url}", "--page", "load.html")
    assert ended.code == 1
    assert cause in ended.out
    assert ended.out.splitlines()[-1] == "dev: does not hold its limits under load (1 fail)"
    assert f"answered {code}" in Path("load.html").read_text()


@pytest.mark.usefixtures("declared")
def test_a_server_that_is_down_is_told_at_once(command_line: CommandLine):
    ended = command_line(*ARGUMENTS, "chat=http://127.0.0.1:1")
    assert ended.code == 1
    assert "cannot be reached: " in ended.out


@pytest.mark.usefixtures("checkout")
def test_a_stack_without_a_load_says_where_to_declare_one(command_line: CommandLine):
    ended = command_line(*ARGUMENTS, "chat=http://127.0.0.1:1")
    assert (ended.code, ended.out) == (1, "")
    cure = "add localai:acceptance, with load"
    assert ended.err == f"Pulumi.dev.yaml: declares no load that is served there; {cure}\n"


@pytest.mark.usefixtures("declared")
def test_without_the_extra_it_says_what_to_install(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, "gitops.adapters.streams", raising=False)
    ended = command_line(*ARGUMENTS, "chat=http://127.0.0.1:1")
    assert ended.code == 1
    assert "needs aiohttp, which is not installed; install requirements-accept.txt" in ended.err


@pytest.mark.usefixtures("checkout")
def test_smoke_asks_what_verify_asks(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOCALAI_API_KEY", KEY)
    names = ["qwen3-0.6b", "llama-3.2-1b-instruct", "assistant"]
    with serving(Served(names=names, aliases={"assistant": "qwen3-0.6b"})) as served:
        ended = command_line("accept", "smoke", "dev", "--url", f"chat={served.url}")
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "dev: serves what it declares (7 pass)")


SUITE = """\
description: What a model of any size knows.
questions:
  - id: france
    ask: What is the capital of France?
    expect: {contains: [Paris]}
  - id: again
    ask: And again?
    expect: {exact: Paris}
"""
EVALUATE = ("accept", "evaluate", "dev", "--url")


@pytest.fixture
def asked(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """Declare a suite, and run a server that answers all of it with Paris."""
    monkeypatch.setenv("LOCALAI_API_KEY", KEY)
    path = checkout.folder / "Pulumi.dev.yaml"
    declared = "{evaluate: {facts: {models: [assistant], leastPercent: 80}}}"
    path.write_text(f"{path.read_text()}  localai:acceptance: {declared}\n")
    checkout.write("evaluations/facts.yaml", SUITE)
    names = ["qwen3-0.6b", "llama-3.2-1b-instruct", "assistant"]
    with serving(Served(names=names, aliases={"assistant": "qwen3-0.6b"})) as served:
        yield f"chat={served.url}"


def test_scores_leave_a_page_and_evidence_until_the_suite_is_another(
    checkout: Checkout, command_line: CommandLine, asked: str
):
    more = ("--url", "embeddings=http://127.0.0.1:1", "--page", "scores.html")
    ended = command_line(*EVALUATE, asked, *more, "--evidence", "evaluated.json")
    assert (ended.code, ended.err.splitlines()[-1]) == (0, "wrote evaluated.json")
    assert "facts: 2 of 2 right, 34 % to 100 % with 95 % confidence, of 80 %" in ended.out
    assert ended.out.splitlines()[-1] == "dev: answers well enough (2 pass)"
    assert "2 of 2 questions." in Path("scores.html").read_text()
    assert command_line("evidence", "verify", "evaluated.json").code == 0
    again = command_line(*EVALUATE, asked, "--baseline", "evaluated.json", "--output", "json")
    made = json.loads(again.out)
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(made)
    assert (again.code, made["checks"][-1]["verdict"]) == (0, "unseen")
    assert [one["id"] for one in made["evaluate"][0]["answers"]] == ["france", "again"]
    checkout.edit("evaluations/facts.yaml", "exact: Paris", "exact: paris")
    stale = command_line("evidence", "verify", "evaluated.json")
    assert (stale.code, stale.out) == (1, "")
    assert "scored facts of assistant with other questions than it has now" in stale.err
    other = command_line(*EVALUATE, asked, "--baseline", "evaluated.json")
    assert (other.code, other.out) == (1, "")
    assert "evaluated.json: scored facts with other questions" in other.err


def test_too_few_right_answers_are_refused_and_leave_no_evidence(
    checkout: Checkout, command_line: CommandLine, asked: str
):
    checkout.edit("evaluations/facts.yaml", "exact: Paris", "exact: Rome")
    ended = command_line(*EVALUATE, asked)
    assert ended.code == 1
    assert "1 of 2 right" in ended.out
    assert "read the answers to again: --page has them" in ended.out


def test_a_baseline_of_another_kind_or_edited_by_hand_is_refused(
    command_line: CommandLine, asked: str
):
    more = ("--url", "embeddings=http://127.0.0.1:1")
    assert command_line(*EVALUATE, asked, *more, "--evidence", "evaluated.json").code == 0
    text = Path("evaluated.json").read_text()
    Path("evaluated.json").write_text(text.replace('"right": 2', '"right": 1'))
    edited = command_line(*EVALUATE, asked, "--baseline", "evaluated.json")
    assert (edited.code, edited.out) == (1, "")
    assert "evaluated.json: was edited" in edited.err


def test_a_broken_suite_is_refused_by_accept_and_by_check(
    checkout: Checkout, command_line: CommandLine, asked: str
):
    checkout.edit("evaluations/facts.yaml", "{exact: Paris}", "{exact: Paris, judge: a}")
    cause = "facts.yaml:8: questions[1].expect: expects exact and judge at once"
    for verb in ((*EVALUATE, asked), ("check", "dev")):
        ended = command_line(*verb)
        assert ended.code == 1
        assert cause in ended.out + ended.err
