from pathlib import Path

import pytest

from sandbox.cluster.layout import layout
from sandbox.cluster.processes import Process
from sandbox.cluster.sandbox import KubectlError, Sandbox, report
from sandbox.toolchain import Toolset

SANDBOX = Sandbox(
    layout=layout("a", Path("/state")), tools=Toolset(), holder=Process(pid=1, started=0)
)


def test_a_cluster_that_does_not_answer_is_not_well(monkeypatch: pytest.MonkeyPatch):
    def silent(*_: object) -> str:
        raise KubectlError("No answer", "Wait")

    monkeypatch.setattr(Sandbox, "kubectl", silent)
    text, healthy = report(SANDBOX)
    assert "No answer" in text
    assert not healthy


def test_an_ended_program_is_shown(monkeypatch: pytest.MonkeyPatch):
    def answer(*_: object) -> str:
        return "real-0 Ready\n"

    def programs(_: object) -> dict[str, bool]:
        return {"etcd": True, "kwok": False}

    monkeypatch.setattr(Sandbox, "kubectl", answer)
    monkeypatch.setattr(Sandbox, "programs", programs)
    text, healthy = report(SANDBOX)
    assert "ENDED       kwok" in text
    assert not healthy
