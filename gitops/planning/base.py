"""Chooses what a plan compares with, and says in words what it chose."""

from dataclasses import dataclass

from gitops.adapters.git import Git
from gitops.planning.printable import printable


class UnknownBaseError(Exception):
    """The base that was asked for is no commit here; the text has the cure."""


@dataclass(frozen=True, kw_only=True)
class Base:
    """A commit to compare with, or None where everything is new; `words` say which and why."""

    commit: str | None
    words: str


NOTHING = "none"


def choose_base(git: Git, wanted: str | None) -> Base:
    """Return the base: as wanted, or the merge base with the main branch, or the first parent.

    Raises:
        UnknownBaseError: `wanted` is no commit here, or there is no repository.
    """
    if wanted == NOTHING:
        return Base(commit=None, words="nothing, as asked: everything is new")
    if not git.is_repository():
        if wanted is not None:
            raise UnknownBaseError(
                f"--base {printable(wanted)}: Git knows no repository here; "
                "run it at the top of the checkout, or use --base none"
            )
        return Base(commit=None, words="nothing, since this is no Git repository: all is new")
    if wanted is not None:
        return _wanted(git, wanted)
    return _default(git)


def _wanted(git: Git, wanted: str) -> Base:
    commit = git.commit(wanted)
    if commit is None:
        cure = "`git fetch --unshallow`" if git.is_shallow() else "`git fetch`, or `git log --all`"
        raise UnknownBaseError(f"--base {printable(wanted)} is no commit here; try {cure}")
    return Base(commit=commit, words=_words(git, commit))


def _words(git: Git, commit: str) -> str:
    return printable(git.subject(commit))


def _default(git: Git) -> Base:
    head = git.commit("HEAD")
    if head is None:
        return Base(commit=None, words="nothing, since there is no commit yet: all is new")
    branch = git.default_branch()
    common = git.merge_base("HEAD", branch) if branch else head
    if common is None:
        cut = ", history is cut here (git fetch --unshallow)" if git.is_shallow() else ""
        words = f"nothing, since HEAD and {branch} have no common commit{cut}: all is new"
        return Base(commit=None, words=words)
    if common == head and git.is_clean():
        return _first_parent(git)
    return Base(commit=common, words=_words(git, common))


def _first_parent(git: Git) -> Base:
    parent = git.commit("HEAD^1")
    if parent is None:
        cut = ", history is cut here (git fetch --unshallow)" if git.is_shallow() else ""
        return Base(commit=None, words=f"nothing, since HEAD is the first commit{cut}: all is new")
    return Base(commit=parent, words=f"{_words(git, parent)} (the parent of HEAD)")
