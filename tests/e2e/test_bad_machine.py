"""What a sandbox says on a machine that it cannot use: one sentence with the cure, no trace."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cluster import netns
from sandbox.cluster.layout import Layout, layout
from sandbox.cluster.lifecycle import down, up
from sandbox.cluster.sandbox import report
from tests.e2e.program import CHECKOUT
from tests.support.crash import crash

pytestmark = pytest.mark.e2e

NO_GROUPS = "mount -t tmpfs tmpfs /sys/fs/cgroup"
FIXED_GROUPS = (
    "grep -E ' cgroup2? ' /proc/self/mounts | while read -r _ one _; "
    "do mount -o remount,bind,ro $one; done"
)
BAD: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "no control groups": (NO_GROUPS, "--real-node", ("do not limit memory", "Leave out")),
    "control groups that cannot be made": (
        FIXED_GROUPS, "--real-node", ("Read-only file system", "Leave out --real-node"),
    ),
    "a full disk": (
        "mount -t tmpfs -o size=40m tmpfs {state}", "", ("needs 500 MB of disk", "larger disk"),
    ),
    "a disk that is read-only": (
        "mount -t tmpfs -o ro tmpfs {state}", "", ("Read-only file system", "XDG_STATE_HOME"),
    ),
    "a file where the folder should be": (
        "rmdir {state}; touch {state}", "", ("Not a directory", "XDG_STATE_HOME"),
    ),
    "state that the programs cannot see": (
        "mount -t tmpfs tmpfs /run; export XDG_STATE_HOME=/run", "",
        ("see a /run of their own", "elsewhere"),
    ),
}  # fmt: skip
"""By name: what spoils the machine in a mount namespace of its own, options, what is told."""


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Layout]:
    made = layout(f"bad-{os.getpid()}", tmp_path / "localai-gitops" / "sandbox")
    yield made
    down(made)


def told(places: Layout, spoil: str, options: str) -> tuple[int, list[str]]:
    """Return the exit code of `up`, and its words without those of progress."""
    state = places.root.parents[2]
    verb = f"{sys.executable} -m sandbox up --name {places.name} {options}"
    script = f"{spoil.format(state=state, name=places.name)}\n{verb}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        cwd=CHECKOUT, env={**os.environ, "XDG_STATE_HOME": str(state)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = done.stderr.splitlines()
    return done.returncode, [
        line for line in lines if not line.endswith((": cached", ": installed"))
    ]


@pytest.mark.parametrize("name", BAD)
def test_a_machine_that_cannot_be_used_is_told_in_one_line_and_left_as_it_was(
    places: Layout, name: str
) -> None:
    spoil, options, words = BAD[name]
    code, lines = told(places, spoil, options)
    assert code == 1
    assert len(lines) == 1, lines
    assert [word for word in words if word not in lines[0]] == []
    assert not netns.exists(places.netns)


def test_without_control_groups_there_is_a_cluster_of_fake_nodes(places: Layout) -> None:
    code, lines = told(places, NO_GROUPS, "")
    assert (code, len(lines)) == (0, 1), lines
    assert "fake nodes are ready" in lines[0]


def test_what_a_crash_left_is_replaced(places: Layout) -> None:
    Path("/run/netns", places.netns).touch()
    places.processes.mkdir(parents=True)
    for name in ("holder", "etcd"):
        (places.processes / f"{name}.json").write_text('{"pid": 1, "sta')
    first = up(places)
    crash(first, "etcd")
    text, healthy = report(first)
    assert "ENDED       etcd" in text
    assert not healthy
    again = up(places)
    assert again.holder != first.holder
    assert report(again)[1]
