import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from gitops.adapters.kubectl import KubectlError, command, objects
from gitops.adapters.process import Finished


class Answers:
    """Stands for kubectl, and keeps what it was asked."""

    def __init__(self, code: int, output: str, errors: str = "") -> None:
        self.finished = Finished(code=code, output=output.encode(), errors=errors)
        self.asked: list[str] = []

    def __call__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        given: bytes = b"",
    ) -> Finished:
        del folder, environment, given
        self.asked = list(command)
        return self.finished


def test_objects_are_read_and_no_secret_is_asked_for():
    kubectl = Answers(0, json.dumps({"items": []}))

    assert objects(kubectl, Path(), "home", "ai") == b'{"items": []}'
    assert kubectl.asked[:6] == ["kubectl", "--context", "home", "--namespace", "ai", "get"]
    assert "secret" not in " ".join(kubectl.asked).lower()


def test_without_a_context_kubectl_takes_its_own():
    assert command(None, "ai") == ["kubectl", "--namespace", "ai"]


def test_a_cluster_that_does_not_answer_is_said_with_the_cure():
    kubectl = Answers(1, "", "refused\nby the server")

    with pytest.raises(KubectlError, match=r"kubectl says: refused by .*--from"):
        objects(kubectl, Path(), None, "ai")
