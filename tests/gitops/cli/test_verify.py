"""`verify` as people run it."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from gitops.cli import exits
from tests.gitops.commands import CommandLine
from tests.proof.served import KEY, Served, says, serving
from tests.support.project import ROOT

CHAT = ["qwen3-0.6b", "llama-3.2-1b-instruct", "assistant"]
SCHEMA = json.loads((ROOT / "docs/reference/verify.schema.json").read_text(encoding="utf-8"))


def chat() -> Served:
    return Served(names=CHAT, aliases={"assistant": "qwen3-0.6b"})


def embeddings() -> Served:
    return Served(names=["qwen3-embedding-0.6b"])


@pytest.fixture
def key(tmp_path: Path) -> str:
    (tmp_path / "key").write_text(f"{KEY}\n")
    return str(tmp_path / "key")


def test_a_stack_that_serves_what_it_declares_passes(command_line: CommandLine, key: str):
    with serving(chat()) as one, serving(embeddings()) as two:
        ended = command_line(
            "verify", "dev", "--url", f"chat={one.url}", "--url", f"embeddings={two.url}",
            "--key-file", key,
        )  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    *rows, last = ended.out.splitlines()
    assert rows[0].split() == [
        "verdict", "pool", "check", "name", "seconds", "answered", "by", "what", "was", "seen"
    ]  # fmt: skip
    assert last == "dev: serves what it declares (11 pass)"
    assert KEY not in ended.out


def test_one_that_does_not_is_refused_in_every_form(command_line: CommandLine, key: str):
    served = chat()
    served.behaviors["qwen3-0.6b"] = says(b'{"error": {"message": "a\\u001b[31m|b"}}')
    arguments = ("verify", "dev", "--url", "", "--key-file", key)
    with serving(served):
        arguments = (*arguments[:3], f"chat={served.url}", *arguments[4:])
        text = command_line(*arguments)
        told = command_line(*arguments, "--output", "json")
        marked = command_line(*arguments, "--output", "markdown")
    assert (text.code, told.code, marked.code) == (1, 1, 1)
    assert "\x1b" not in text.out + told.out + marked.out
    assert (
        text.err
        == "note: pool embeddings was not asked: give its address as --url embeddings=http://…\n"
    )
    made = json.loads(told.out)
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(made)
    assert (made["passed"], made["stack"]) == (False, "dev")
    assert "| fail | chat | answers | qwen3-0.6b |" in marked.out


def test_the_key_comes_from_the_environment_too(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LOCALAI_API_KEY", KEY)
    with serving(chat()) as served:
        assert command_line("verify", "dev", "--url", f"chat={served.url}").code == 0


@pytest.mark.parametrize("text", ["", "two words", "two\nlines", "k\u00e4y", "a\x07"])
def test_a_file_that_holds_no_key_is_refused_and_not_shown(
    command_line: CommandLine, tmp_path: Path, text: str
):
    (tmp_path / "key").write_text(text, encoding="utf-8")
    ended = command_line(
        "verify", "dev", "--url", "chat=http://127.0.0.1:1", "--key-file", str(tmp_path / "key")
    )
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.endswith(
        "key: does not hold one key on one line; put the key there, and nothing else\n"
    )


@pytest.mark.parametrize("verb", [("verify",), ("accept", "load"), ("accept", "evaluate")])
def test_an_unknown_stack_is_told_before_an_address_is_asked_for(
    command_line: CommandLine, verb: tuple[str, ...]
):
    ended = command_line(*verb, "nowhere")
    assert ended.code == 1
    assert ended.err.startswith("Pulumi.nowhere.yaml: is not there; use one of: dev")
    assert "Missing option '--url'" in command_line(*verb, "dev").err


def test_a_folder_for_the_evidence_is_refused_before_anything_is_asked(
    command_line: CommandLine, tmp_path: Path
):
    ended = command_line(
        "verify", "dev", "--url", "http://127.0.0.1:1", "--evidence", str(tmp_path)
    )

    assert ended.code == exits.WRONG_USAGE
    assert "is a directory" in ended.err


def test_a_key_cannot_be_an_argument(command_line: CommandLine):
    assert command_line("verify", "dev", "--url", "http://h", "--key", KEY).code == 2
