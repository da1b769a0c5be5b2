"""A Python image, made from the interpreter that runs this and the libraries it loads."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path

from sandbox.images.archive import Image

NAMED = re.compile(r"^\s*\S+ => (/\S+)", re.MULTILINE)
LOADER = re.compile(r"^\s*(/\S*ld-linux\S*)", re.MULTILINE)


def parse_ldd(output: str) -> list[str]:
    """Return the absolute paths in the output of `ldd`, loader included."""
    return [*NAMED.findall(output), *LOADER.findall(output)]


def libraries(programs: Iterable[Path]) -> dict[str, Path]:
    """Return every library that these programs load, by the path at which they look for it."""
    done = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False)
    return {path: Path(path) for path in parse_ldd(done.stdout)}


PYTHON = "docker.io/local/python:1"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PREFIX = "/usr/local"
"""The interpreter finds its library relative to itself, so it may move."""

UNUSED = frozenset(
    {"__pycache__", "site-packages", "dist-packages", "test", "tests", "idlelib", "ensurepip",
     "lib2to3", "tkinter", "turtledemo"}
)  # fmt: skip
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
ACCOUNTS = "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n"


def is_needed(path: Path) -> bool:
    """Tell whether a file below the standard library belongs into the image."""
    static = any(part.startswith("config-") for part in path.parts)
    return not static and not UNUSED.intersection(path.parts)


def tree(source: Path, target: str) -> dict[str, Path]:
    """Return the needed files below a folder by their path in the image."""
    found = (path for path in source.rglob("*") if path.is_file())
    inside = ((path, path.relative_to(source)) for path in found)
    return {f"{target}/{name}": path for path, name in inside if is_needed(name)}


def interpreter() -> dict[str, Path]:
    """Return this machine's interpreter, standard library and shared libraries."""
    program = Path(sys.executable).resolve()
    library = tree(Path(sysconfig.get_path("stdlib")), f"{PREFIX}/lib/python{VERSION}")
    native = [path for path in library.values() if path.suffix == ".so"]
    return {
        f"{PREFIX}/bin/python{VERSION}": program,
        **library,
        **libraries([program, *native]),
    }


def packages(paths: Iterable[Path]) -> dict[str, Path]:
    """Return packages of this machine by their path in the image; each is a folder or a module."""
    target = f"{PREFIX}/lib/python{VERSION}/site-packages"
    files: dict[str, Path] = {}
    for path in paths:
        files |= (
            tree(path, f"{target}/{path.name}")
            if path.is_dir()
            else {f"{target}/{path.name}": path}
        )
    return files


def python_image(
    name: str = PYTHON,
    *,
    files: Mapping[str, Path] | None = None,
    site_packages: Iterable[Path] = (),
    entrypoint: tuple[str, ...] = (f"{PREFIX}/bin/python3",),
) -> Image:
    """Return a Python image with these extra files and packages; it runs as user 65532."""
    certificates = {str(CERTIFICATES): CERTIFICATES} if CERTIFICATES.exists() else {}
    return Image(
        name=name,
        entrypoint=entrypoint,
        files={**interpreter(), **certificates, **packages(site_packages), **(files or {})},
        texts={"/etc/passwd": ACCOUNTS},
        links={f"{PREFIX}/bin/python3": f"python{VERSION}"},
        environment=(f"PATH={PREFIX}/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1"),
        user="65532:65532",
    )
