from pathlib import Path

import pytest

from sandbox.toolchain import cache
from sandbox.toolchain.cache import Means
from sandbox.toolchain.ensure import ToolNameError, ensure
from sandbox.toolchain.releases import Download
from sandbox.toolchain.tools import Platform, Tool
from tests.sandbox.toolchain.release_server import AMD64


def nothing(_: Tool, __: Platform) -> tuple[Download, ...]:
    return ()


def assemble(tool: Tool, folder: Path) -> None:
    (folder / "bin").mkdir()
    names = [*tool.programs, *(["pulumi-language-python"] if tool.name == "pulumi" else [])]
    for name in names:
        (folder / "bin" / name).write_text(tool.name)


@pytest.fixture
def by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Means:
    monkeypatch.setattr(cache, "BUILD_SPACE", 0)
    monkeypatch.setenv("PATH", "/nowhere")
    return Means(folder=tmp_path, platform=AMD64, release=nothing, assemble=assemble)


def test_an_unknown_tool_is_refused_with_the_choice():
    with pytest.raises(ToolNameError, match=r"no tool 'kubernets'.*kubernetes, pulumi"):
        ensure(["kubernets"])


def test_a_tool_gives_its_programs_and_its_share(by: Means):
    tools = ensure(["kwok"], by=by)
    assert Path(tools.program("kwok")).read_text() == "kwok"
    assert tools.shares["kwok"].parent == tools.programs["kwok"].parents[1]


def test_a_program_that_came_with_another_tool_is_not_made_again(by: Means):
    tools = ensure(["pulumi", "pulumi-language-python"], by=by)
    assert tools.programs["pulumi-language-python"].read_text() == "pulumi"


def test_an_installed_tool_that_is_refused_is_told(
    by: Means, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\necho v3.1.0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    lines: list[str] = []
    tools = ensure(["pulumi"], lines.append, by=by)
    assert tools.programs["pulumi"] != program
    assert f"{program} says 'v3.1.0', and v3.259.0* is needed\n" in "".join(lines)
