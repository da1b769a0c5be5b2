"""Which machine a program is for: this one, and what the head of a program file says."""

from __future__ import annotations

import platform
import struct
from dataclasses import dataclass
from pathlib import Path

ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

# The ELF specification's e_machine, and cputype of <mach/machine.h>.
_ELF = {62: "amd64", 183: "arm64"}
_MACH_O = {0x01000007: "amd64", 0x0100000C: "arm64"}


@dataclass(frozen=True, kw_only=True)
class Platform:
    """An operating system and a processor, in the words of Go: `linux`, `amd64`."""

    system: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.system}/{self.architecture}"


def here() -> Platform:
    """Return the platform of this machine."""
    machine = platform.machine().lower()
    return Platform(
        system=platform.system().lower(), architecture=ARCHITECTURES.get(machine, machine)
    )


def platform_of(program: Path) -> Platform | None:
    """Return which platform a program file is for; None for a script or an unknown format."""
    with program.open("rb") as stream:
        head = stream.read(20)
    if len(head) == 20 and head.startswith(b"\x7fELF"):
        (machine,) = struct.unpack_from("<H", head, 18)
        return Platform(system="linux", architecture=_ELF.get(machine, f"ELF machine {machine}"))
    if len(head) == 20 and head.startswith(b"\xcf\xfa\xed\xfe"):
        (machine,) = struct.unpack_from("<I", head, 4)
        name = _MACH_O.get(machine, f"Mach-O processor {machine}")
        return Platform(system="darwin", architecture=name)
    return None
