import json
from pathlib import Path

import pytest

from gitops.adapters.kubectl import KubectlError, command, objects
from tests.gitops.programs import program


def test_objects_are_read_and_no_secret_is_asked_for():
    kubectl = program(0, json.dumps({"items": []}))

    assert objects(kubectl, Path(), "home", "ai") == b'{"items": []}'
    assert kubectl.asked[0][:6] == ["kubectl", "--context", "home", "--namespace", "ai", "get"]
    assert "secret" not in " ".join(kubectl.asked[0]).lower()


def test_without_a_context_kubectl_takes_its_own():
    assert command(None, "ai") == ["kubectl", "--namespace", "ai"]


def test_a_cluster_that_does_not_answer_is_said_with_the_cure():
    kubectl = program(1, "", "refused\nby the server")

    with pytest.raises(KubectlError, match=r"kubectl says: refused by .*--from"):
        objects(kubectl, Path(), None, "ai")
