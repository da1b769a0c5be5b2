from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.cluster.real_node import MachineError, MachineFacts, machine_facts, require_real_node

ABLE = MachineFacts(memory_limits=True, kernel_messages=True, layered_files=True)


def test_an_able_machine_may_run_a_real_node():
    require_real_node(ABLE)


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        ({"memory_limits": False}, "do not limit memory"),
        ({"kernel_messages": False}, "/dev/kmsg"),
        ({"layered_files": False}, "overlay"),
    ],
)
def test_an_unable_machine_says_why_and_what_still_works(lacking: dict[str, bool], sentence: str):
    with pytest.raises(MachineError, match=sentence) as raised:
        require_real_node(replace(ABLE, **lacking))
    assert "Leave out --real-node" in str(raised.value)


def test_the_facts_are_read_from_the_machine(tmp_path: Path):
    groups = tmp_path / "sys/fs/cgroup"
    groups.mkdir(parents=True)
    (groups / "cgroup.controllers").write_text("cpu memory\n")
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/filesystems").write_text("nodev\ttmpfs\n")
    assert machine_facts(tmp_path) == MachineFacts(
        memory_limits=True, kernel_messages=False, layered_files=False
    )
