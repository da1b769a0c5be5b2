import os
import shutil
import signal
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.cluster import netns
from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.processes import is_running
from sandbox.cluster.real_node import hierarchies
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until

pytestmark = pytest.mark.e2e

FIXED_PLACES = ("/var/lib/kubelet", "/var/lib/cni", "/var/log/pods", "/run/containerd")


@pytest.fixture
def second(cluster: Sandbox) -> Generator[Sandbox]:
    sandbox = up(layout(f"{cluster.name}-2"))
    yield sandbox
    down(sandbox.layout)


def leftovers(sandbox: Sandbox) -> list[str]:
    groups = [str(path / sandbox.layout.cgroup) for path in hierarchies()]
    paths = [str(sandbox.layout.root), f"/run/netns/{sandbox.netns}", *groups]
    mounted = [line for line in Path("/proc/self/mountinfo").read_text().splitlines()
               if sandbox.netns in line or str(sandbox.layout.root) in line]  # fmt: skip
    return [path for path in paths if Path(path).exists()] + mounted + commands(sandbox)


def commands(sandbox: Sandbox) -> list[str]:
    """Return the command lines on this machine that name the sandbox's folder."""
    pgrep = shutil.which("pgrep") or "pgrep"
    found = subprocess.run(
        [pgrep, "-af", f"{sandbox.layout.root}/"], capture_output=True, text=True, check=False
    )
    return found.stdout.splitlines()


def test_two_sandboxes_do_not_meet_and_a_killed_one_is_replaced_and_removed(
    cluster: Sandbox, second: Sandbox
):
    second.kubectl("create", "namespace", "only-here")
    assert "only-here" not in cluster.kubectl("get", "namespaces", "--output=name")

    os.kill(second.holder.pid, signal.SIGKILL)
    wait_until(lambda: not is_running(second.holder), "The holder did not end")
    again = up(second.layout)
    assert again.holder != second.holder
    assert "only-here" not in again.kubectl("get", "namespaces", "--output=name")

    assert leftovers(again)
    assert down(again.layout)
    assert leftovers(again) == []
    assert not netns.exists(again.netns)
    assert cluster.kubectl("get", "--raw=/readyz") == "ok"


def test_up_returns_the_sandbox_that_already_runs(cluster: Sandbox):
    assert up(cluster.layout, real=True).holder == cluster.holder


def test_a_real_node_does_not_touch_the_folders_other_kubelets_use(cluster: Sandbox):
    inside = cluster.run_inside(["test", "-d", "/var/lib/kubelet"])
    assert inside == "", "the kubelet no longer uses this folder; drop it from the list"
    used = [path for path in FIXED_PLACES if newer(Path(path), cluster.layout.root)]
    assert used == []


def newer(path: Path, other: Path) -> bool:
    """Tell whether a folder of the machine was changed since `other` was made."""
    return path.exists() and path.stat().st_mtime > (other / "keys").stat().st_mtime
