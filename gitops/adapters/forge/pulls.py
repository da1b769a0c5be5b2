"""The one pull request that a branch has: what is wanted of it, and of the forge that has it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gitops.adapters.forge.place import ForgeError


@dataclass(frozen=True, kw_only=True)
class Pull:
    """One open pull request, or merge request, as its forge shows it; `commit` is its head."""

    number: int
    url: str
    title: str
    body: str
    commit: str
    author: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The pull request that is to be open from a branch of the repository into another one.

    `commit` is where the branch is: what was pushed, and nothing else, is to be merged.
    """

    branch: str
    commit: str
    base: str
    title: str
    body: str


class Forge(Protocol):
    """What a promotion needs of a forge, for one repository."""

    def pulls(self, branch: str, base: str) -> list[Pull]:
        """Return the open pull requests from one branch of the repository into another."""
        ...

    def create(self, wanted: Wanted) -> Pull:
        """Open a pull request."""
        ...

    def edit(self, pull: Pull, wanted: Wanted) -> Pull:
        """Give a pull request another title and body."""
        ...

    def approvals(self, pull: Pull) -> frozenset[str]:
        """Return who approves what it asks to merge now, less its author."""
        ...


class Done(StrEnum):
    """What was done about a pull request."""

    OPENED = "opened"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


# A forge looks at what was pushed to it a moment later.
_WAITS = (1.0, 2.0, 4.0, 8.0)


def put(
    forge: Forge, wanted: Wanted, pause: Callable[[float], None] = time.sleep
) -> tuple[Pull, Done]:
    """Have one open pull request say what is wanted; another run may open it at the same time.

    Raises:
        ForgeError: the forge cannot be asked, or refuses; or it shows another commit.
    """
    found, done = forge.pulls(wanted.branch, wanted.base), Done.UPDATED
    if not found:
        try:
            found, done = [forge.create(wanted)], Done.OPENED
        except ForgeError as error:
            # There is one already: another run was faster, or an answer was lost on its way.
            found = forge.pulls(wanted.branch, wanted.base) if error.status in (409, 422) else []
            if not found:
                raise
    pull = _at_commit(forge, wanted, found, pause)
    if done is Done.OPENED:
        return pull, done
    if pull.title == wanted.title and _plain(pull.body) == _plain(wanted.body):
        return pull, Done.UNCHANGED
    return forge.edit(pull, wanted), done


def _at_commit(
    forge: Forge, wanted: Wanted, found: list[Pull], pause: Callable[[float], None]
) -> Pull:
    """Return the pull request once it asks to merge what was pushed."""
    waits = iter(_WAITS)
    while not found or found[0].commit != wanted.commit:
        seconds = next(waits, None)
        if seconds is None:
            at = f"at {found[0].commit[:7]}" if found else "not open"
            cause = f"the pull request from {wanted.branch} is {at}, not at {wanted.commit[:7]}"
            raise ForgeError(cause, "see who else pushes to that branch, and run it again")
        pause(seconds)
        found = forge.pulls(wanted.branch, wanted.base)
    return found[0]


def _plain(body: str) -> str:
    return body.replace("\r\n", "\n").strip()
