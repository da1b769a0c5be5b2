import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.toolchain.go import WRAPPERS, build_command, cache_key, link_flags, wrapper_files
from sandbox.toolchain.tools import TOOLS, Platform, Tool
from tests.sandbox.toolchain.release_server import AMD64

BY_NAME = {tool.name: tool for tool in TOOLS}
KUBERNETES = BY_NAME["kubernetes"]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_has_a_wrapper_with_a_lock(tool: Tool):
    names = {path.name for path in wrapper_files(tool)}
    assert {"go.mod", "go.sum"} <= names


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tools_version_is_the_one_its_wrapper_requires(tool: Tool):
    assert f"v{tool.version}" in (WRAPPERS / tool.wrapper / "go.mod").read_text()


def test_the_key_changes_with_the_platform():
    arm = Platform(system="linux", architecture="arm64")
    assert cache_key(KUBERNETES, AMD64) != cache_key(KUBERNETES, arm)


def test_the_key_changes_with_a_stamp():
    other = replace(KUBERNETES, stamps=())
    assert cache_key(KUBERNETES, AMD64) != cache_key(other, AMD64)


def test_the_key_changes_with_a_wrapper_file(tmp_path: Path):
    shutil.copytree(WRAPPERS / "kwok", tmp_path / "kwok")
    before = cache_key(BY_NAME["kwok"], AMD64, tmp_path)
    (tmp_path / "kwok" / "go.sum").write_text("other")
    assert cache_key(BY_NAME["kwok"], AMD64, tmp_path) != before


def test_the_python_hosts_key_depends_on_the_clis_module_list():
    folders = {path.parent.name for path in wrapper_files(BY_NAME["pulumi-language-python"])}
    assert folders == {"pulumi", "pulumi_language_python"}


def test_kubernetes_is_stamped_in_both_packages():
    flags = link_flags(KUBERNETES)
    assert "-X k8s.io/component-base/version.gitVersion=v1.34.10" in flags
    assert "-X k8s.io/client-go/pkg/version.gitVersion=v1.34.10" in flags


def test_a_build_may_not_change_the_lock():
    assert "-mod=readonly" in build_command(KUBERNETES, Path("out"))
