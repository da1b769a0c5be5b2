"""The programs of judges: pinned, and kept in the cache until their pins change."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from judges.verdict import JudgeError
from sandbox.toolchain import go
from sandbox.toolchain.go import ENVIRONMENT

_HERE = Path(__file__).parent
_LOCK = _HERE / "requirements.txt"
_MODULE = _HERE / "go"
_COMPLETE = ".complete"


@cache
def from_pypi() -> Path:
    """Return the folder of the programs that are locked in judges/requirements.txt.

    Raises:
        JudgeError: they cannot be installed.
    """
    return kept("python", _LOCK.read_bytes() + sys.version.encode(), _install) / "bin"


@cache
def from_go() -> Path:
    """Return the folder of the programs that judges/go/go.mod names.

    Raises:
        SandboxError: Go is missing or too old, or the module proxy does not answer.
    """
    pins = b"".join((_MODULE / name).read_bytes() for name in ("go.mod", "go.sum"))
    return kept("go", pins + go.version().encode(), _build)


def answer(argv: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a judge to its end; it may not call home, and finds no settings of a person."""
    with TemporaryDirectory() as home:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "NO_COLOR": "1"}
        return subprocess.run(
            argv, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )


def _install(folder: Path) -> None:
    uv = str(Path(sys.executable).parent / "uv")
    python = str(folder / "bin" / "python")
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
    lock = ["--require-hashes", "--requirement", str(_LOCK)]
    _run([uv, "pip", "install", "--quiet", "--python", python, *lock])


def _run(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines()[-1:] or ["it printed nothing"]
        raise JudgeError(f"the judges from PyPI cannot be installed: {told[0]}; run it again")


def _build(folder: Path) -> None:
    folder.mkdir(parents=True)
    flags = ["-mod=readonly", "-trimpath", f"-o={folder}/"]
    go.run(["go", "build", *flags, "tool"], _MODULE)


def kept(name: str, pins: bytes, make: Callable[[Path], None]) -> Path:
    """Return a folder of the cache for these pins, made by `make` if it is not whole yet."""
    recipe = repr(sorted(ENVIRONMENT.items())).encode()
    key = hashlib.sha256(pins + recipe).hexdigest()[:16]
    folder = _cache() / f"{name}-{key}"
    with _alone(folder.with_suffix(".lock")):
        if not (folder / _COMPLETE).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            (folder / _COMPLETE).touch()
    return folder


def _cache() -> Path:
    root = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (root if root.is_absolute() else Path.home() / ".cache") / "localai-gitops" / "judges"


@contextmanager
def _alone(path: Path) -> Generator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
