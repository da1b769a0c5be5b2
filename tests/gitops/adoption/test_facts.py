import pytest

from documents.problem import RefusedError
from gitops.adoption.given import Fact, measuring, read_facts
from tests.gitops.adoption.namespaces import DIGEST


def test_facts_are_what_sha256sum_and_stat_print():
    text = f"{DIGEST.upper()}  ./a.gguf\n12  ./a.gguf\n\n7 folder/b c.gguf\n"

    assert read_facts(text) == {
        "a.gguf": Fact(sha256=DIGEST, length=12),
        "folder/b c.gguf": Fact(length=7),
    }


def test_another_line_is_refused_with_its_number():
    with pytest.raises(RefusedError, match="line 2"):
        read_facts("12 a.gguf\nNo such file\n")


def test_the_command_asks_for_both_and_quotes_strange_names():
    command = measuring(
        ["a b.gguf"], kubectl="kubectl -n ai", workload="deployment/x", folder="/models"
    )

    assert command.startswith("kubectl -n ai exec deployment/x -- sh -c ")
    assert "sha256sum" in command
    assert "stat" in command
    assert "./a b.gguf" in command
