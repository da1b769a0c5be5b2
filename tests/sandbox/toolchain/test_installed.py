import pytest

from sandbox.toolchain.installed import installed, reports
from sandbox.toolchain.tools import TOOLS, Probe, Tool

PULUMI = Probe(program="pulumi", arguments=("version",), accepts="v3.259.0")
KUBERNETES = Probe(program="kube-apiserver", arguments=("--version",), accepts="v1.34.")


@pytest.mark.parametrize(
    ("probe", "output", "expected"),
    [
        (PULUMI, "v3.259.0\n", True),
        (PULUMI, "v3.100.0\n", False),
        (KUBERNETES, "Kubernetes v1.34.2\n", True),
        (KUBERNETES, "Kubernetes v1.35.0\n", False),
        (KUBERNETES, "", False),
    ],
)
def test_only_a_suitable_version_is_taken(probe: Probe, output: str, expected: bool):
    assert reports(probe, output) is expected


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool.files], ids=lambda tool: tool.name)
def test_a_tool_with_side_files_is_never_taken_from_the_machine(tool: Tool):
    assert installed(tool) is None


def test_a_tool_that_is_not_on_the_path_is_not_installed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert all(installed(tool) is None for tool in TOOLS)
