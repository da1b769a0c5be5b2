"""The lines of the provider's contract that need no API server, and the form of all of them."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from sandbox.plugins.kubernetes import KubernetesPlugin
from sandbox.plugins.properties import Properties
from sandbox.plugins.standin import Engine
from tests.e2e.contract.client import Plugin
from tests.sandbox.plugins.call import context
from tests.sandbox.plugins.contract import FILE, Run, lines
from tests.sandbox.plugins.contract_answers import ANSWERS, check

KEYS = {"line", "source", "needs", "arguments", "endpoints settle", "given", "call", "answer",
        "managers"}  # fmt: skip


class InProcess:
    """The calls of a plugin, without gRPC."""

    def __init__(self) -> None:
        self.plugin = KubernetesPlugin(name="kubernetes", version="1.0.0", engine=Engine())

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def called(request: Any, timeout: float) -> Any:
            del timeout
            return getattr(self.plugin, method)(request, context())

        return called


@pytest.mark.parametrize("line", lines(("nothing",)))
def test_a_line_holds_without_a_cluster(line: Properties) -> None:
    plugin = Plugin(InProcess())
    plugin.configure(kubeconfig="/nowhere", **line.get("arguments", {}))
    check(line, Run(plugin=plugin, name="it"))


def test_every_line_is_a_sentence_of_its_own_with_a_source_and_an_answer() -> None:
    loaded: list[Properties] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert len({line["line"] for line in loaded}) == len(loaded)
    for line in loaded:
        assert set(line) <= KEYS, line["line"]
        assert line["source"], line["line"]
        assert line["answer"], line["line"]
        assert set(line["answer"]) <= set(ANSWERS), line["line"]
