from pathlib import Path

import pytest

from sandbox.toolchain.ensure import ToolNameError, Toolset, cache_folder, ensure


def test_an_unknown_tool_is_refused_with_the_choice():
    with pytest.raises(ToolNameError, match=r"no tool 'kubernets'.*kubernetes, pulumi"):
        ensure(["kubernets"])


def test_the_cache_follows_the_base_directory_rules():
    assert cache_folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/localai-gitops/toolchain")
    assert cache_folder({}) == Path.home() / ".cache/localai-gitops/toolchain"


def test_the_search_path_names_each_folder_once():
    programs = {"a": Path("/x/a"), "b": Path("/x/b"), "c": Path("/y/c")}
    assert Toolset(programs=programs).path("/bin") == "/x:/y:/bin"
