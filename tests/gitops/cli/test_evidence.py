"""Evidence as people make, read and check it."""

import json
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine
from tests.gitops.promoting import sealed
from tests.proof.served import KEY, Served, says, serving

CHAT = ["qwen3-0.6b", "llama-3.2-1b-instruct", "assistant"]


class Dev:
    """The stack dev, served by two servers; `arguments` ask both."""

    def __init__(self, chat: Served, embeddings: Served) -> None:
        self.chat = chat
        self.arguments = (
            "verify", "dev", "--url", f"chat={chat.url}", "--url", f"embeddings={embeddings.url}",
        )  # fmt: skip


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> Generator[Dev]:
    monkeypatch.setenv("LOCALAI_API_KEY", KEY)
    one = Served(names=CHAT, aliases={"assistant": "qwen3-0.6b"})
    with serving(one), serving(Served(names=["qwen3-embedding-0.6b"])) as two:
        yield Dev(one, two)


def test_evidence_counts_until_another_release_is_declared(
    checkout: Checkout, command_line: CommandLine, dev: Dev
):
    made = command_line(*dev.arguments, "--evidence", "evidence/dev.json")
    assert (made.code, made.err.splitlines()[-1]) == (0, "wrote evidence/dev.json")
    assert "by tag alone: the evidence is bound to no bytes of it" in made.err
    counts = command_line("evidence", "verify", "evidence/dev.json")
    assert counts.code == 0
    assert counts.out.startswith("evidence/dev.json: dev was seen to serve what it declares, 20")
    checkout.edit("models/qwen3-0.6b.yaml", "context_size: ", "context_size: 1")
    other = command_line("evidence", "verify", "evidence/dev.json")
    assert (other.code, other.out) == (1, "")
    assert "evidence/dev.json: is of another release: models: qwen3-0.6b changed" in other.err


@pytest.mark.usefixtures("checkout")
def test_evidence_is_shown_and_an_edited_one_is_not(command_line: CommandLine, dev: Dev):
    assert command_line(*dev.arguments, "--evidence", "dev.json").code == 0
    shown = command_line("evidence", "show", "dev.json")
    assert shown.code == 0
    assert "assistant = qwen3-0.6b" in shown.out
    document = json.loads(command_line("evidence", "show", "dev.json", "--output", "json").out)
    assert document == json.loads(Path("dev.json").read_text())
    Path("dev.json").write_text(Path("dev.json").read_text().replace("said Paris", "said Rome"))
    for verb in ("show", "verify"):
        ended = command_line("evidence", verb, "dev.json")
        assert (ended.code, ended.out) == (1, "")
        assert "dev.json: was edited" in ended.err


@pytest.mark.usefixtures("checkout")
def test_evidence_of_one_stack_is_none_of_another(command_line: CommandLine, dev: Dev):
    assert command_line(*dev.arguments, "--evidence", "dev.json").code == 0
    ended = command_line("evidence", "verify", "dev.json", "--stack", "staging")
    assert ended.code == 1
    assert "dev.json: is of stack dev, not of staging" in ended.err


@pytest.mark.usefixtures("checkout")
def test_evidence_of_a_time_that_is_still_to_come_does_not_count(
    command_line: CommandLine, dev: Dev
):
    assert command_line(*dev.arguments, "--evidence", "dev.json").code == 0
    found = json.loads(Path("dev.json").read_text())
    del found["digest"]
    Path("dev.json").write_text(sealed({**found, "time": "2999-01-01T00:00:00Z"}))
    ended = command_line("evidence", "verify", "dev.json")
    assert (ended.code, ended.out) == (1, "")
    assert "dev.json: time: is of 2999-01-01T00:00:00Z, which is in the future; set" in ended.err


@pytest.mark.usefixtures("checkout")
def test_what_fails_or_is_a_part_leaves_no_evidence(command_line: CommandLine, dev: Dev):
    part = command_line(*dev.arguments[:4], "--evidence", "dev.json")
    assert part.code == 2
    assert "--url embeddings=http://" in part.err
    dev.chat.behaviors["qwen3-0.6b"] = says(b"")
    assert command_line(*dev.arguments, "--evidence", "dev.json").code == 1
    assert not Path("dev.json").exists()


@pytest.mark.usefixtures("checkout")
def test_signed_evidence_names_its_signer_and_no_other_signer_will_do(
    command_line: CommandLine, dev: Dev
):
    assert command_line(*dev.arguments, "--evidence", "dev.json").code == 0
    key = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ci", "-f", "key"]
    subprocess.run(key, check=True)
    Path("signers").write_text(f"ci@example.com {Path('key.pub').read_text()}")
    verify = ("evidence", "verify", "dev.json", "--signers", "signers")
    unsigned = command_line(*verify)
    assert (unsigned.code, unsigned.out) == (1, "")
    assert "dev.json.sig: cannot be read" in unsigned.err
    assert (
        command_line("evidence", "sign", "dev.json", "--key", "key").out == "wrote dev.json.sig\n"
    )
    assert command_line(*verify).out.endswith("Z, signed by ci@example.com\n")
    Path("signers").write_text("")
    stranger = command_line(*verify)
    assert (stranger.code, stranger.out) == (1, "")
    assert "dev.json: is not signed by anybody in signers" in stranger.err
    missing = command_line("evidence", "sign", "dev.json", "--key", "nokey")
    assert (missing.code, missing.err[:32]) == (1, "--key: cannot sign with nokey: C")
