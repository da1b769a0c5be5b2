from pathlib import Path

import pytest

from sandbox.cluster.real_node import CgroupError, create, hierarchies, is_unified, remove


@pytest.fixture
def separate(tmp_path: Path) -> Path:
    for name in ("memory", "cpuset"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cgroup.procs").touch()
    (tmp_path / "unrelated").mkdir()
    return tmp_path


def test_each_hierarchy_of_the_first_version_is_found(separate: Path):
    assert not is_unified(separate)
    assert [path.name for path in hierarchies(separate)] == ["cpuset", "memory"]


def test_the_second_version_has_one_hierarchy(tmp_path: Path):
    (tmp_path / "cgroup.controllers").touch()
    assert hierarchies(tmp_path) == [tmp_path]


def test_a_group_is_removed_with_all_below_it(separate: Path):
    create("sandbox", separate)
    (separate / "memory" / "sandbox" / "pods" / "pod").mkdir(parents=True)
    remove("sandbox", separate)
    assert not list(separate.rglob("sandbox"))


def test_a_machine_without_control_groups_has_no_hierarchy(tmp_path: Path):
    assert hierarchies(tmp_path / "missing") == []


def test_a_machine_that_refuses_a_group_is_told_with_the_cure(separate: Path):
    (separate / "cpuset" / "sandbox").touch()
    with pytest.raises(CgroupError, match=r"cannot be made here.*--real-node"):
        create("sandbox", separate)


def test_removing_a_group_twice_is_no_error(separate: Path):
    remove("sandbox", separate)
    remove("sandbox", separate)
