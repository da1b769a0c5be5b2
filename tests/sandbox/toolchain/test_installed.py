from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.toolchain.ensure import installed, reports
from sandbox.toolchain.tools import TOOLS, Probe, Tool, here
from tests.sandbox.toolchain.release_server import elf

PULUMI = Probe(program="pulumi", arguments=("version",), accepts="v3.259.0")
KUBERNETES = Probe(program="kube-apiserver", arguments=("--version",), accepts="v1.34.")
TOOL = next(tool for tool in TOOLS if tool.name == "pulumi")
# Whatever this machine is, one of the two is another.
FOREIGN = elf(183 if here().architecture == "amd64" else 62)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    return tmp_path


def put(program: Path, content: str | bytes) -> None:
    program.write_bytes(content if isinstance(content, bytes) else content.encode())
    program.chmod(0o755)


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


def test_a_suitable_installed_tool_is_taken(path: Path):
    put(path / "pulumi", f"#!/bin/sh\necho v{TOOL.version}\n")
    assert installed(TOOL).programs == {"pulumi": path / "pulumi"}


def test_a_program_for_another_machine_is_refused_by_name(path: Path):
    put(path / "pulumi", FOREIGN)
    found = installed(TOOL)
    assert not found.programs
    assert f"{path / 'pulumi'} is for linux/" in found.refusal
    assert found.refusal.endswith(f"this machine is {here()}")


def test_another_version_is_refused_with_what_it_says(path: Path):
    put(path / "pulumi", "#!/bin/sh\necho v3.1.0\n")
    assert installed(TOOL).refusal.endswith("says 'v3.1.0', and v3.259.0* is needed")


def test_a_program_that_does_not_start_is_refused(path: Path):
    put(path / "pulumi", "no program")
    assert installed(TOOL).refusal.endswith("does not start")


def test_a_tool_of_which_a_program_is_missing_is_refused(path: Path):
    put(path / "pulumi", "#!/bin/sh\n")
    two = replace(TOOL, programs=("pulumi", "pulumi-other"))
    assert installed(two).refusal == "of the installed programs pulumi-other are missing"


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool.files], ids=lambda tool: tool.name)
def test_a_tool_with_side_files_is_never_taken_from_the_machine(tool: Tool, path: Path):
    put(path / tool.programs[0], f"#!/bin/sh\necho v{tool.version}\n")
    assert not installed(tool).programs


def test_a_tool_that_is_not_on_the_path_is_not_installed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert not any(installed(tool).programs or installed(tool).refusal for tool in TOOLS)
