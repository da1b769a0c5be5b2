"""Asks the Git command line about one repository; changes nothing in it."""

import io
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gitops.adapters.process import Finished, MissingProgramError, Run


class GitError(Exception):
    """Git refused; the text is its own first line."""


@dataclass(frozen=True, kw_only=True)
class Git:
    """A repository, by a folder in it."""

    folder: Path
    run: Run

    def is_repository(self) -> bool:
        """Return whether the folder is the top of a work tree, and Git is installed.

        Raises:
            GitError: there is a repository, but Git refuses it, as it does for one of another user.
        """
        try:
            done = self._git("rev-parse", "--show-toplevel")
        except MissingProgramError:
            return False
        if done.code and (self.folder / ".git").exists():
            raise GitError(f"Git refuses this repository: {' '.join(done.errors.split())}")
        top = done.output.decode("utf-8", "replace").strip()
        return done.code == 0 and Path(top).resolve() == self.folder.resolve()

    def commit(self, reference: str) -> str | None:
        """Return the commit that a reference names, or None."""
        return self._ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}"
        )

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two commits, or None where none is known here."""
        return self._ask("merge-base", one, other)

    def default_branch(self) -> str | None:
        """Return a reference of the main branch, as the remote says or by its usual names."""
        said = self._ask("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
        usual = ("refs/remotes/origin/main", "refs/heads/main", "refs/remotes/origin/master",
                 "refs/heads/master")  # fmt: skip
        names = ((said,) if said else ()) + usual
        return next((name for name in names if self.commit(name)), None)

    def is_clean(self) -> bool:
        """Return whether the work tree equals HEAD."""
        return self._ask("status", "--porcelain") in (None, "")

    def is_shallow(self) -> bool:
        """Return whether history was cut when the repository was cloned."""
        return self._ask("rev-parse", "--is-shallow-repository") == "true"

    def subject(self, commit: str) -> str:
        """Return a commit's short name and subject."""
        return self._ask("log", "-1", "--format=%h %s", commit) or commit[:9]

    def extract(self, commit: str, folder: Path) -> None:
        """Write the files of a commit into a folder; the repository gets no trace of it.

        Raises:
            GitError: Git cannot produce them, or one of them would lie outside the folder.
        """
        done = self._git("archive", "--format=tar", commit)
        if done.code:
            raise GitError(done.errors.strip().split("\n", maxsplit=1)[0])
        with tarfile.open(fileobj=io.BytesIO(done.output)) as archive:
            extract: Callable[..., None] = archive.extractall
            try:
                extract(folder, filter="data")
            except tarfile.TarError as error:
                raise GitError(str(error)) from None

    def _ask(self, *arguments: str) -> str | None:
        done = self._git(*arguments)
        return done.output.decode("utf-8", "replace").strip() if done.code == 0 else None

    def _git(self, *arguments: str) -> Finished:
        return self.run(["git", "--no-optional-locks", *arguments], self.folder)
