"""Chooses the code that renders a base: its own, or the version of the tool that it requires."""

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import gitops
from documents.files import declared_bytes
from gitops.adapters.process import Run
from gitops.planning.printable import printable

LOCK = "requirements.txt"
_LARGEST_LOCK = 4 * 1024 * 1024
_PIN = re.compile(rb"^localai-gitops\s*==\s*([\w.+!-]+)", re.MULTILINE)
_NAME = gitops.__name__
_TOP = Path(gitops.__file__).resolve().parents[1 + _NAME.count(".")]


@dataclass(frozen=True, kw_only=True)
class Renderer:
    """A command and its environment; `note` says what a plan has to know about it."""

    command: tuple[str, ...]
    path: str = ""
    note: str = ""

    def environment(self) -> Mapping[str, str]:
        """Return the environment, in which nothing of ours is found unless it is meant."""
        return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": self.path}


def has_own_code(folder: Path) -> bool:
    """Return whether a folder has the tool itself, and not only what it reads."""
    return (folder / "gitops" / "__main__.py").is_file()


def locked(folder: Path) -> bytes:
    """Return the file of locked libraries in a folder; nothing where it is not there."""
    if not os.path.lexists(folder / LOCK):
        return b""
    return declared_bytes(folder, LOCK, most=_LARGEST_LOCK)


def pinned(lock: bytes) -> str:
    """Return the version of the tool that a lock file pins; nothing where it pins none."""
    found = _PIN.search(lock)
    return found[1].decode() if found else ""


def identity(root: Path) -> bytes:
    """Return what tells this tool from another, where it renders bases that have no code."""
    if has_own_code(root):
        return b""
    digest = hashlib.sha256()
    for path in sorted(_TOP.joinpath(*_NAME.split(".")).parent.rglob("*.py")):
        digest.update(f"{path.relative_to(_TOP)} {path.stat().st_mtime_ns}\n".encode())
    return digest.digest()


def renderer(code: Path, run: Run, cache: Path) -> Renderer:
    """Return what renders the files of a base in `code`; `cache` may keep an environment."""
    if has_own_code(code):
        return Renderer(command=(sys.executable, "-m", "gitops"))
    here = Renderer(command=(sys.executable, "-m", _NAME), path=str(_TOP))
    lock = locked(code)
    version = pinned(lock)
    if version in ("", gitops.VERSION):
        return here
    upgrade = f"localai-gitops {printable(version)} -> {gitops.VERSION}"
    python = _environment(code, lock, run, cache / "environments")
    if isinstance(python, Path):
        note = f"{upgrade}: the base was rendered by its own version"
        return Renderer(command=(str(python), "-m", "localai_gitops.gitops"), note=note)
    note = (
        f"{upgrade}: the base's version cannot be installed ({python}), so {gitops.VERSION} "
        "rendered both sides: what the upgrade itself changes is not in this plan"
    )
    return Renderer(command=here.command, path=here.path, note=note)


def _environment(code: Path, lock: bytes, run: Run, cache: Path) -> Path | str:
    """Return the Python of an environment with what a base requires, or why there is none."""
    key = hashlib.sha256(lock + sys.version.encode()).hexdigest()[:16]
    place = cache / key
    python = place / "bin" / "python"
    whole = place / "whole"
    if whole.is_file():
        return python
    shutil.rmtree(place, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
    for command in (
        [sys.executable, "-m", "venv", str(place)],
        [str(python), *pip, "--requirement", LOCK],
    ):
        done = run(command, code, {**os.environ, "PYTHONPATH": ""})
        if done.code:
            shutil.rmtree(place, ignore_errors=True)
            lines = done.errors.strip().splitlines() or ["no reason was given"]
            return printable(lines[-1])[:200]
    whole.touch()
    return python
