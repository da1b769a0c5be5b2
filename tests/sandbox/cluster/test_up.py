from collections.abc import Iterable
from pathlib import Path

import pytest

from sandbox.cluster import lifecycle
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import UpError, kept, require_packages, require_root
from sandbox.toolchain.ensure import SystemPackage, Toolset


def test_a_user_who_is_not_root_is_told_what_to_do():
    require_root(0)
    with pytest.raises(UpError, match="sudo"):
        require_root(1000)


def lacking(packages: Iterable[SystemPackage]) -> list[SystemPackage]:
    return [package for package in packages if package.package in {"runc", "redis-server"}]


def test_a_real_node_names_the_packages_it_lacks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lifecycle, "missing", lacking)
    with pytest.raises(UpError, match=r"needs runc.*apt-get install"):
        require_packages(real=True)


def test_without_a_real_node_no_container_package_is_needed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lifecycle, "missing", lacking)
    require_packages(real=False)


def test_the_programs_stay_visible_to_the_sandbox(tmp_path: Path):
    places = layout("a", tmp_path)
    tools = Toolset(programs={"a": Path("/x/a"), "b": Path("/x/b"), "c": Path("/y/c")})
    assert kept(places, tools) == [places.root, Path("/x"), Path("/y")]


def test_another_system_than_linux_is_told_of_the_clusters_that_are_there():
    with pytest.raises(UpError, match=r"machine runs darwin.*--context NAME"):
        require_root(0, "darwin")
