import struct
import sys
from pathlib import Path

import pytest

from sandbox.toolchain.tools import Platform, here, platform_of
from tests.sandbox.toolchain.release_server import elf

MACH_O = b"\xcf\xfa\xed\xfe" + struct.pack("<I", 0x0100000C) + bytes(12)


def test_the_running_python_is_for_this_machine():
    assert platform_of(Path(sys.executable)) == here()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (elf(62), "linux/amd64"),
        (elf(183), "linux/arm64"),
        (elf(243), "linux/ELF machine 243"),
        (MACH_O, "darwin/arm64"),
        (b"#!/bin/sh\nexec something", "None"),
        (b"\x7fELF", "None"),
        (b"", "None"),
    ],
)
def test_the_head_of_a_program_says_what_it_is_for(tmp_path: Path, content: bytes, expected: str):
    program = tmp_path / "program"
    program.write_bytes(content)
    assert str(platform_of(program)) == expected


def test_a_platform_reads_as_go_writes_it():
    assert str(Platform(system="linux", architecture="arm64")) == "linux/arm64"
