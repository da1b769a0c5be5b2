from pathlib import Path

import pytest

from sandbox.cluster import real_node
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import doomed, removed_groups


def test_a_group_with_processes_left_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    def busy(name: str) -> None:
        raise OSError(16, name)

    monkeypatch.setattr(real_node, "remove", busy)
    assert not removed_groups(layout("a"))


def test_after_a_failure_only_the_logs_stay(tmp_path: Path):
    places = layout("a", tmp_path)
    assert doomed(places, keep_logs=False) == [places.root]
    assert {*doomed(places, keep_logs=True), places.logs} == set(places.folders())
