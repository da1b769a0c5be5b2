import json
import os
from pathlib import Path

import pytest

from sandbox.cluster import processes
from sandbox.cluster.layout import layout
from sandbox.cluster.processes import Process
from sandbox.cluster.sandbox import Sandbox, listing
from sandbox.toolchain import Toolset

NOBODY = Process(pid=2**22 + 1, started=0)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    places = layout("a", tmp_path)
    places.processes.mkdir(parents=True)
    tools = Toolset(programs={"etcd": Path("/tools/etcd")})
    return Sandbox(layout=places, tools=tools, holder=NOBODY)


def test_objects_are_handed_over_as_one_list():
    assert json.loads(listing([{"kind": "Node"}]))["items"] == [{"kind": "Node"}]


def test_clients_keep_their_cache_inside_the_sandbox(sandbox: Sandbox):
    assert all(str(sandbox.layout.root) in value for value in sandbox.environment.values())


def test_a_program_is_the_toolchains_or_the_distributions(sandbox: Sandbox):
    assert sandbox.program("etcd") == "/tools/etcd"
    assert sandbox.program("containerd") == "containerd"


def test_an_ended_program_is_told_from_a_running_one(sandbox: Sandbox):
    me = processes.identify(os.getpid())
    assert me
    processes.save(me, sandbox.layout.processes / "etcd.json")
    processes.save(NOBODY, sandbox.layout.processes / "kwok.json")
    assert sandbox.programs() == {"etcd": True, "kwok": False}
