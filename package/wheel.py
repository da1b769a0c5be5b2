"""Builds the wheel, the same bytes every time: a build backend (PEP 517) that needs nothing."""

import base64
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from package.relocation import relocated

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "localai_gitops"
ROOMS = (
    "fetch", "proof", "predict", "documents", "localai", "hardware", "models", "settings",
    "components",
    "gitops",
)  # fmt: skip
# A module outside the package that may be missing is named as if it were in it: nobody else's
# module of that name is ever imported in its place.
MOVED = frozenset((*ROOMS, "stack", "sandbox"))
REQUIREMENTS = ("requirements.in", "requirements-tool.in")
# What one verb alone needs, by its name.
EXTRAS = {"accept": "requirements-accept.in"}
_SUFFIXES = (".py", ".yaml", ".json", ".sh", ".txt", ".lua")
# Starts the tool of a checkout; the package has an entry point.
_LEFT_OUT = ("gitops/command.py",)
# What a program in another repository calls; the engine's library loads only when it does.
_FRONT = '''"""LocalAI declared per stack: the tool, and the program that Pulumi runs."""


def deploy(program: str) -> None:
    """Declare the stack that the engine asks for; `program` is the caller's own `__file__`."""
    from pathlib import Path

    from localai_gitops.program import deploy as declare

    declare(Path(program).resolve().parent)
'''
_WHEEL = "Wheel-Version: 1.0\nGenerator: localai-gitops\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_COMMAND = f"[console_scripts]\nlocalai-gitops = {PACKAGE}.gitops.__main__:main\n"


def build_wheel(
    wheel_directory: str,
    config_settings: object = None,
    metadata_directory: object = None,
) -> str:
    """Write the wheel into a folder and return its name."""
    del config_settings, metadata_directory  # of the protocol; there is nothing to set
    version = own_version()
    files = dict(_modules())
    info = f"{PACKAGE}-{version}.dist-info"
    files[f"{info}/METADATA"] = _metadata(version).encode()
    files[f"{info}/WHEEL"] = _WHEEL.encode()
    files[f"{info}/entry_points.txt"] = _COMMAND.encode()
    files[f"{info}/licenses/LICENSE"] = (ROOT / "LICENSE").read_bytes()
    files[f"{info}/RECORD"] = _record(files, info).encode()
    name = f"{PACKAGE}-{version}-py3-none-any.whl"
    with ZipFile(Path(wheel_directory) / name, "w") as wheel:
        for path, content in files.items():
            entry = ZipInfo(path)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            wheel.writestr(entry, content)
    return name


def own_version() -> str:
    """Return the version that the tool says of itself, without importing it."""
    text = (ROOT / "gitops" / "__init__.py").read_text(encoding="utf-8")
    return text.split('VERSION = "')[1].partition('"')[0]


def _modules() -> Iterator[tuple[str, bytes]]:
    yield f"{PACKAGE}/__init__.py", _FRONT.encode()
    yield f"{PACKAGE}/program.py", _moved(ROOT / "__main__.py")
    yield f"{PACKAGE}/stack.py", _moved(ROOT / "stack.py")
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix not in _SUFFIXES or name in _LEFT_OUT or not path.is_file():
                continue
            content = _moved(path) if path.suffix == ".py" else path.read_bytes()
            yield f"{PACKAGE}/{name}", content


def _moved(path: Path) -> bytes:
    return relocated(path.read_text(encoding="utf-8"), MOVED, PACKAGE).encode()


def requirements() -> Iterator[str]:
    """Yield what program and tool need, as the lock files are made from it."""
    for name in REQUIREMENTS:
        yield from _lines(name)


def _lines(name: str) -> Iterator[str]:
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-")):
            yield line


def _metadata(version: str) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return "\n".join(
        [
            "Metadata-Version: 2.4",
            f"Name: {project['name']}",
            f"Version: {version}",
            f"Summary: {project['description']}",
            f"Requires-Python: {project['requires-python']}",
            f"License-Expression: {project['license']}",
            "License-File: LICENSE",
            *(f"Requires-Dist: {one}" for one in requirements()),
            *_extras(),
            "",
        ]
    )


def _extras() -> Iterator[str]:
    for extra, name in EXTRAS.items():
        yield f"Provides-Extra: {extra}"
        yield from (f'Requires-Dist: {one}; extra == "{extra}"' for one in _lines(name))


def _record(files: Mapping[str, bytes], info: str) -> str:
    lines = [f"{path},sha256={_hash(content)},{len(content)}" for path, content in files.items()]
    return "\n".join([*lines, f"{info}/RECORD,,", ""])


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
