import os
from pathlib import Path

import pytest

from sandbox.cluster import processes
from sandbox.cluster.layout import layout
from sandbox.cluster.processes import Process, child_of, identify, is_alive, is_running
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.toolchain import Toolset
from tests.support.crash import CrashError, crash


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    places = layout("a", tmp_path)
    places.processes.mkdir(parents=True)
    return Sandbox(layout=places, tools=Toolset(), holder=Process(pid=1, started=0))


def test_the_program_ends_and_with_it_the_command_that_entered_the_namespaces(
    sandbox: Sandbox, tmp_path: Path
):
    # The shell waits for its child, as nsenter does.
    pid = processes.spawn(["sh", "-c", "sleep 600; exit 0"], tmp_path / "log")
    entered = identify(pid)
    assert entered
    wait_until(lambda: child_of(pid) is not None, "the child did not start")
    child = child_of(pid) or 0
    processes.save(entered, sandbox.layout.processes / "etcd.json")
    crash(sandbox, "etcd")
    assert not is_running(entered)
    assert not is_alive(child)
    os.waitpid(pid, 0)


def test_a_program_that_does_not_run_is_refused(sandbox: Sandbox):
    with pytest.raises(CrashError, match="'etcd' does not run in sandbox a"):
        crash(sandbox, "etcd")
