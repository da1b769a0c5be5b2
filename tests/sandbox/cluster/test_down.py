import pytest

from sandbox.cluster import cgroups
from sandbox.cluster.down import removed_groups
from sandbox.cluster.layout import layout


def test_a_group_with_processes_left_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    def busy(name: str) -> None:
        raise OSError(16, name)

    monkeypatch.setattr(cgroups, "remove", busy)
    assert not removed_groups(layout("a"))
