from pathlib import Path

import pytest

from sandbox.cluster.layout import Layout, layout
from sandbox.cluster.processes import LogError, tail


@pytest.fixture
def places(tmp_path: Path) -> Layout:
    made = layout("a", tmp_path)
    made.logs.mkdir(parents=True)
    (made.logs / "kubelet.log").write_text("one\ntwo\nthree\n")
    (made.logs / "etcd.log").write_text("")
    return made


def test_the_last_lines_are_shown(places: Layout):
    assert tail(places, "kubelet", 2) == "two\nthree"


def test_without_a_program_the_logs_are_listed(places: Layout):
    assert tail(places, "", 2) == "etcd\nkubelet"


def test_an_unknown_program_is_told_with_the_choice(places: Layout):
    with pytest.raises(LogError, match="Choose from etcd, kubelet"):
        tail(places, "kubelets", 2)


def test_a_sandbox_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(LogError, match="sandbox up"):
        tail(layout("b", tmp_path), "kubelet", 2)
