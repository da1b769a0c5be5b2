from pathlib import Path

import pytest

from sandbox.cluster import processes
from sandbox.cluster.control_plane import check_alive, write_files
from sandbox.cluster.layout import layout
from sandbox.cluster.processes import Process
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import WaitError
from sandbox.toolchain import Toolset

NOBODY = Process(pid=2**22 + 1, started=0)


def test_a_program_that_ended_is_told_with_its_last_words(tmp_path: Path):
    places = layout("a", tmp_path)
    for folder in places.folders():
        folder.mkdir(parents=True)
    (places.logs / "etcd.log").write_text("first\naddress in use\n")
    processes.save(NOBODY, places.processes / "etcd.json")
    with pytest.raises(WaitError, match=r"etcd ended .*: address in use"):
        check_alive(Sandbox(layout=places, tools=Toolset(), holder=NOBODY))


def test_all_stages_go_into_one_file_and_every_client_gets_a_kubeconfig(tmp_path: Path):
    places = layout("a", tmp_path)
    for folder in places.folders():
        folder.mkdir(parents=True)
    stages = tmp_path / "stages"
    stages.mkdir()
    for name in ("one", "two"):
        (stages / f"{name}.yaml").write_text(f"kind: {name}")
    write_files(places, stages)
    assert (places.config / "stages.yaml").read_text() == "kind: one\n---\nkind: two"
    assert len(list(places.config.glob("*.kubeconfig"))) == 7
