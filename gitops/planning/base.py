"""Chooses what a plan compares with, and says in words what it chose."""

import hashlib
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from documents.problem import refusal
from gitops.adapters.git import Git, GitError
from gitops.adapters.process import Run
from gitops.adapters.scratch import scratch
from gitops.planning.printable import printable
from gitops.planning.renderer import LOCK, has_own_code, identity, locked, renderer
from gitops.planning.rendering.rendering import (
    INDEX,
    Rendering,
    UnreadableRenderingError,
    read_folder,
)
from settings.file import stack_names


@dataclass(frozen=True, kw_only=True)
class Base:
    """A commit to compare with, or None where everything is new; `words` say which and why."""

    commit: str | None
    words: str


NOTHING = "none"


def choose_base(git: Git, wanted: str | None) -> Base:
    """Return the base: as wanted, or the merge base with the main branch, or the first parent.

    Raises:
        RefusedError: `wanted` is not a commit here, or there is no repository.
        MissingProgramError: there is a repository, and no Git that could be asked.
    """
    if wanted == NOTHING:
        return Base(commit=None, words="nothing, as asked: everything is new")
    if not git.is_repository():
        if wanted is not None:
            cure = "run it inside the checkout, or use --base none"
            raise refusal(f"--base {printable(wanted)}", "this is not a Git repository", cure)
        return Base(commit=None, words="nothing, since this is not a Git repository: all is new")
    if wanted is not None:
        return _wanted(git, wanted)
    return _default(git)


def _wanted(git: Git, wanted: str) -> Base:
    commit = git.commit(wanted)
    if commit is None:
        cure = "`git fetch --unshallow`" if git.is_shallow() else "`git fetch`, or `git log --all`"
        place = f"--base {printable(wanted)}"
        raise refusal(place, "is not a commit in this repository", f"try {cure}")
    return Base(commit=commit, words=_words(git, commit))


def _words(git: Git, commit: str) -> str:
    return printable(git.subject(commit))


# New files that declare something; any other one leaves a plan as it is.
_DECLARING = ("Pulumi.*", "models/", "gpus/", "releases/", "*.py")


def _default(git: Git) -> Base:
    head = git.commit("HEAD")
    if head is None:
        return Base(commit=None, words="nothing, since there is no commit yet: all is new")
    branch = git.default_branch()
    if branch is None and git.is_shallow():
        # What HEAD was branched from is not here; HEAD itself would show an empty plan.
        words = "nothing, since no main branch is known here and history is cut"
        return Base(commit=None, words=f"{words} (git fetch --unshallow, or --base): all is new")
    common = git.merge_base("HEAD", branch) if branch else head
    if common is None:
        cut = ", history is cut here (git fetch --unshallow)" if git.is_shallow() else ""
        words = f"nothing, since HEAD and {branch} have no common commit{cut}: all is new"
        return Base(commit=None, words=words)
    if common == head and git.is_clean(_DECLARING):
        return _first_parent(git)
    return Base(commit=common, words=_words(git, common))


def _first_parent(git: Git) -> Base:
    parent = git.commit("HEAD^1")
    if parent is None:
        cut = ", history is cut here (git fetch --unshallow)" if git.is_shallow() else ""
        return Base(commit=None, words=f"nothing, since HEAD is the first commit{cut}: all is new")
    return Base(commit=parent, words=f"{_words(git, parent)} (the parent of HEAD)")


# How a rendering was made; one that was made otherwise is made again.
_MADE = b"exact blobs"
_SEAL = "seal"
_NOTE = "note"
_TOOLLESS = "it has no gitops/ that could render it"


@dataclass(frozen=True, kw_only=True)
class BaseRendering:
    """The stacks of a base by name, or why there are none; `notes` say what to know about it."""

    stacks: Mapping[str, Rendering]
    failure: str = ""
    # The base is older than the tool, which is no fault of it.
    toolless: bool = False
    notes: tuple[str, ...] = ()


def render_base(git: Git, commit: str, run: Run, cache: Path) -> BaseRendering:
    """Return what the code of a commit renders from its own stack files.

    `cache` is a folder that may be written; a rendering is put there whole or not at all.
    """
    lock = locked(git.folder)
    made = _MADE + lock + sys.version.encode() + identity(git.folder)
    key = hashlib.sha256(made).hexdigest()[:12]
    place = cache / f"{commit}-{key}"
    if place.is_dir() and not _is_whole(place):
        shutil.rmtree(place)
    failure = "" if place.is_dir() else _render(git, commit, run, place)
    if failure:
        return BaseRendering(stacks={}, failure=failure, toolless=failure == _TOOLLESS)
    return _read(place, lock)


def _render(git: Git, commit: str, run: Run, place: Path) -> str:
    with scratch(place.parent, ".base-") as folder:
        code, out = folder / "code", folder / "out"
        code.mkdir()
        try:
            git.extract(commit, code)
        except GitError as error:
            return f"Git cannot read it: {error.cause}"
        if not has_own_code(code) and has_own_code(git.folder):
            return _TOOLLESS
        # A tool of then may refuse a checkout that declares nothing.
        if not stack_names(code):
            out.mkdir()
            return _kept(code, out, place)
        chosen = renderer(code, run, place.parent.parent)
        command = [*chosen.command, "render", "--all", "--out", str(out)]
        done = run(command, code, chosen.environment())
        if done.code:
            lines = done.errors.strip().splitlines() or ["it ended without an error message"]
            return f"its own code refuses it: {lines[0]}"
        if chosen.note:
            (out / _NOTE).write_text(chosen.note, encoding="utf-8")
        return _kept(code, out, place)


def _kept(code: Path, out: Path, place: Path) -> str:
    """Put a rendering in its place, with its seal and the libraries it locks; say what fails."""
    if theirs := locked(code):
        (out / LOCK).write_bytes(theirs)
    (out / _SEAL).write_text(_digest(out), encoding="utf-8")
    try:
        out.rename(place)
    except OSError:
        # Another run was first; its result is the same.
        return "" if place.is_dir() else "the cache folder cannot be written"
    return ""


def _is_whole(place: Path) -> bool:
    """Return whether a kept rendering has every byte it was kept with."""
    seal = place / _SEAL
    return seal.is_file() and seal.read_text(encoding="utf-8") == _digest(place)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name != _SEAL:
            digest.update(f"{name}\n{path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(place: Path, lock: bytes) -> BaseRendering:
    stacks: dict[str, Rendering] = {}
    for index in sorted(place.glob(f"*/{INDEX}")):
        try:
            stacks[index.parent.name] = read_folder(index.parent)
        except UnreadableRenderingError as error:
            return BaseRendering(stacks={}, failure=f"its rendering is unreadable: {error}")
    if (place / _NOTE).is_file():
        return BaseRendering(stacks=stacks, notes=((place / _NOTE).read_text(encoding="utf-8"),))
    theirs = locked(place) or lock
    other = ("the base locks other libraries; it was rendered with those of this checkout",)
    return BaseRendering(stacks=stacks, notes=other if theirs != lock else ())
