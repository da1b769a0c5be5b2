"""Programs that are locked apart from ours; each lock is installed once, apart from all others.

`python -m tests.e2e.locked NAME LOCK` prints the folder of such programs.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from gitops.cli.root import cache_folder


def locked(name: str, lock: Path) -> Path:
    """Return the folder of programs of an environment that holds what a lock names."""
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    place = cache_folder() / f"{name}-{digest}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as turn:
        # Another worker of the suite may be at it.
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (place / "whole").is_file():
            uv = [str(Path(sys.executable).with_name("uv")), "--quiet"]
            subprocess.run([*uv, "venv", "--clear", "--python", sys.executable, place], check=True)
            install = ["pip", "install", "--python", place / "bin" / "python", "--require-hashes"]
            subprocess.run([*uv, *install, "--compile-bytecode", "-r", lock], check=True)
            (place / "whole").touch()
    return place / "bin"


if __name__ == "__main__":
    sys.stdout.write(f"{locked(sys.argv[1], Path(sys.argv[2]))}\n")
