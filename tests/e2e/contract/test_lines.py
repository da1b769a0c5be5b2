"""Every line of the provider's contract, with the stand-in and a real API server."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from sandbox.cluster.sandbox import Sandbox
from sandbox.plugins.properties import Properties
from tests.e2e.contract.client import Plugin
from tests.e2e.contract.objects import NAMESPACE
from tests.sandbox.plugins.contract import Run, lines
from tests.sandbox.plugins.contract_answers import check

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Kubectl:
    """Other hands on the cluster: kubectl, in the namespace of the tests."""

    sandbox: Sandbox

    def kubectl(self, *words: str) -> str:
        """Run one command."""
        return self.sandbox.kubectl(f"--namespace={NAMESPACE}", *words)

    def apply(self, manifest: Properties) -> None:
        """Write an object."""
        self.sandbox.apply([manifest])

    def get(self, manifest: Properties) -> Properties | None:
        """Return the live object with its owners, or None."""
        thing = (manifest["kind"].lower(), manifest["metadata"]["name"])
        shown = ("--ignore-not-found", "--output=json", "--show-managed-fields")
        found = self.kubectl("get", *thing, *shown)
        return json.loads(found) if found else None


@pytest.mark.parametrize("line", lines(("nothing", "cluster")))
def test_a_line_holds(
    line: Properties, running: Plugin, name: str, sandbox: Sandbox, request: pytest.FixtureRequest
) -> None:
    plugin = request.getfixturevalue("unhurried") if "endpoints settle" in line else running
    plugin.configure(**line.get("arguments", {}))
    check(line, Run(plugin=plugin, name=name, hands=Kubectl(sandbox)))
