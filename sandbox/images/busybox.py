"""The pause image: the one process that keeps a pod's namespaces open."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.images.archive import Image, write_archive

PAUSE = "docker.io/local/pause:1"


class BusyboxError(SandboxError):
    """The machine has no static busybox."""


def pause(busybox: Path) -> Image:
    """Return the pause image around a static busybox."""
    forever = str(2**31 - 1)
    return Image(
        name=PAUSE, entrypoint=("/bin/busybox", "sleep", forever), files={"/bin/busybox": busybox}
    )


def pause_image(path: Path) -> Path:
    """Write the pause image to `path` and return it; raises BusyboxError without a busybox."""
    busybox = shutil.which("busybox")
    if not busybox:
        raise BusyboxError(
            "The pause image needs a static busybox", "Run: apt-get install busybox-static"
        )
    return write_archive(pause(Path(busybox)), path)
