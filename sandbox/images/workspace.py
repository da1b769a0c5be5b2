"""The workspace image as package/workspace/Dockerfile makes it, with our stand-ins for plugins."""

from __future__ import annotations

import re
import shutil
from importlib.metadata import distribution
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.images.archive import Image
from sandbox.images.python import PREFIX, VERSION, interpreter, libraries
from sandbox.plugins.standin import PACKAGES, version
from sandbox.toolchain import ensure

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "package" / "workspace" / "Dockerfile"
WORKSPACE = "docker.io/local/workspace:1"
_VENV, _BIN = "/opt/venv", "/opt/pulumi/bin"
_STAND_IN = f"""\
#!/bin/sh
PYTHONPATH=/opt/standin exec {_VENV}/bin/python -m sandbox.plugins {{}} "$@"
"""
_STAND_IN_ROOMS = ("sandbox", "sandbox/plugins", "gitops", "gitops/planning")
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_VARIABLE = re.compile(r"^ENV (\w+)=(\S+)$", re.MULTILINE)


class LockError(SandboxError):
    """What requirements.txt locks is not what is installed here."""


def settings() -> tuple[tuple[str, ...], str]:
    """Return the variables and the user that the Dockerfile gives the image."""
    text = DOCKERFILE.read_text().rpartition("\nFROM ")[2]
    (user,) = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
    return tuple(f"{name}={value}" for name, value in _VARIABLE.findall(text)), user


def locked_packages(requirements: Path = ROOT / "requirements.txt") -> dict[str, Path]:
    """Return the files of every locked library and of pip, by their path in the image.

    The language host asks pip what is installed.

    Raises:
        LockError: one is not installed here.
    """
    place = f"{_VENV}/lib/python{VERSION}/site-packages"
    found: dict[str, Path] = {}
    for name in ("pip", *_LOCKED.findall(requirements.read_text())):
        try:
            files = distribution(name).files or ()
        except ModuleNotFoundError as error:
            cure = "Run: make setup"
            raise LockError(f"{name} of {requirements.name} is not installed", cure) from error
        for file in files:
            path = Path(str(file.locate()))
            if ".." not in file.parts and "__pycache__" not in file.parts and path.is_file():
                found[f"{place}/{file}"] = path
    return found


def programs() -> dict[str, Path]:
    """Return the CLI and the language host with its script, by their path in the image."""
    tools = ensure(("pulumi", "pulumi-language-python"))
    return {f"{_BIN}/{name}": path for name, path in tools.programs.items()}


def stand_ins() -> tuple[dict[str, Path], dict[str, str]]:
    """Return the files of the stand-ins, and the scripts that start them under the plugins' names.

    No test shows that these are the official plugins: those come with the Dockerfile.
    """
    code = [path for room in _STAND_IN_ROOMS for path in (ROOT / room).glob("*.py")]
    files = {f"/opt/standin/{path.relative_to(ROOT)}": path for path in code}
    return files, {
        f"/opt/pulumi/plugins/resource-{name}-v{version(name)}/pulumi-resource-{name}": (
            _STAND_IN.format(name)
        )
        for name in PACKAGES
    }


def workspace_image(checkout: Path | None = None) -> Image:
    """Return the image; a checkout is added where operators would fetch it, for tests."""
    environment, user = settings()
    code, scripts = stand_ins()
    packages = locked_packages()
    native = [path for path in packages.values() if path.suffix == ".so"]
    shell = Path(shutil.which("busybox") or "/bin/busybox")
    inside = [path for path in checkout.rglob("*") if path.is_file()] if checkout else []
    return Image(
        name=WORKSPACE,
        entrypoint=(),
        files={
            **interpreter(),
            **libraries(native),
            **packages,
            **programs(),
            **code,
            **{f"/checkout/{path.relative_to(checkout or path)}": path for path in inside},
            "/bin/busybox": shell,
        },
        texts={
            **scripts,
            f"{_VENV}/pyvenv.cfg": f"home = {PREFIX}/bin\ninclude-system-site-packages = false\n",
        },
        links={
            f"{_VENV}/bin/python": f"{PREFIX}/bin/python{VERSION}",
            **{f"/bin/{name}": "busybox" for name in ("cp", "ln", "sh", "sleep")},
        },
        environment=environment,
        user=user,
    )
