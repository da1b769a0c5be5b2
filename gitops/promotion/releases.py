"""The releases that a stack had, as Git's history has its release file."""

from collections.abc import Sequence
from pathlib import Path

from documents.problem import refusal
from documents.reader import Value
from gitops.adapters.git import Git
from gitops.adapters.history import History
from gitops.adapters.process import run
from gitops.planning.printable import printable
from gitops.promotion.rollback import Kept, kept
from settings.release import Block, release_name


def releases(root: Path, stack: str) -> list[Kept]:
    """Return every version of the release file of a stack, newest first, by two runs of Git.

    Raises:
        RefusedError: this is not a Git repository.
        OutsideError: Git is not there, or cannot read one.
    """
    git = Git(folder=root, run=run)
    if not git.is_repository():
        raise refusal(
            stack, "is in no Git repository, so it has no history", "run it in a checkout"
        )
    versions = History(folder=root, run=run).versions(release_name(stack))
    contents = git.contents(one.blob for one in versions if one.blob)
    found = (
        kept(contents[one.blob], one.commit, one.time, printable(one.subject), one.blob)
        for one in versions
        if one.blob
    )
    return [one for one in found if one]


def history_document(
    stack: str, found: Sequence[Kept], blocks: Sequence[Block]
) -> dict[str, Value]:
    """Return the releases of a stack as plain values."""
    blocked = {one.release for one in blocks}
    return {
        "version": 1,
        "stack": stack,
        "releases": [
            {"release": one.digest, "server": one.server, "models": one.models,
             "commit": one.commit, "time": one.time, "subject": one.subject,
             "blocked": one.digest in blocked}
            for one in found
        ],
    }  # fmt: skip
