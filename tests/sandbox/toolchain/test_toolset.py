from pathlib import Path

from sandbox.toolchain.ensure import Toolset


def test_the_search_path_names_each_folder_once():
    programs = {"a": Path("/x/a"), "b": Path("/x/b"), "c": Path("/y/c")}
    assert Toolset(programs=programs).path("/bin") == "/x:/y:/bin"
