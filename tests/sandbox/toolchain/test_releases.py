import re
from pathlib import Path

import pytest

from sandbox.toolchain.go import WRAPPERS
from sandbox.toolchain.releases import SCRIPTS, STAGES, release
from sandbox.toolchain.tools import ETCD, TOOLS, Platform, Tool
from tests.sandbox.toolchain.release_server import AMD64

BY_NAME = {tool.name: tool for tool in TOOLS}
ARM_MAC = Platform(system="darwin", architecture="arm64")


def targets(tool: Tool, platform: Platform) -> set[str]:
    return {member.target for one in release(tool, platform) for member in one.members}


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_release_gives_all_that_a_build_gives(tool: Tool):
    wanted = {f"bin/{program}" for program in tool.programs}
    side_files = {file.target for file in tool.files}
    assert wanted | side_files <= targets(tool, AMD64)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
@pytest.mark.parametrize("platform", [AMD64, ARM_MAC], ids=str)
def test_every_file_comes_by_https_and_has_a_digest(tool: Tool, platform: Platform):
    for one in release(tool, platform):
        assert one.url.startswith("https://")
        assert one.digests.startswith("https://") or re.fullmatch("[0-9a-f]{64}", one.sha256)


@pytest.mark.parametrize("system", ["windows", "freebsd"])
def test_other_systems_have_no_release(system: str):
    other = Platform(system=system, architecture="amd64")
    assert all(release(tool, other) == () for tool in TOOLS)


def test_a_processor_that_nothing_is_built_for_has_no_release():
    other = Platform(system="linux", architecture="riscv64")
    assert all(release(tool, other) == () for tool in TOOLS)


def test_a_cluster_has_no_release_for_a_mac():
    assert release(BY_NAME["kubernetes"], ARM_MAC) == ()
    assert release(BY_NAME["pulumi"], ARM_MAC)[0].name.endswith("-darwin-arm64.tar.gz")


def test_pulumi_has_its_own_word_for_amd64():
    (archive,) = release(BY_NAME["pulumi"], AMD64)
    assert archive.name == f"pulumi-v{BY_NAME['pulumi'].version}-linux-x64.tar.gz"


def test_etcd_is_the_release_that_a_build_takes():
    modules = (WRAPPERS / "kubernetes" / "go.mod").read_text()
    assert f"go.etcd.io/etcd/server/v3 v{ETCD}\n" in modules


def test_side_files_of_the_source_are_those_of_the_module():
    paths = {file.path for name in ("kwok", "argocd") for file in BY_NAME[name].files}
    fetched = {f"kustomize/stage/{path}" for path in STAGES} | {f"hack/{name}" for name in SCRIPTS}
    assert {Path(path) for path in paths} == {Path(path) for path in fetched}
