"""The versions of one file in Git's history, and a commit of a few files on the branch here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitops.adapters.branch import Branches
from gitops.adapters.git import GitError


@dataclass(frozen=True, kw_only=True)
class Version:
    """What one commit made of a file: its blob, or none where it deleted it; time is ISO 8601."""

    commit: str
    time: str
    subject: str
    blob: str


@dataclass(frozen=True, kw_only=True)
class History(Branches):
    """The history of the branch that is checked out, as the branch itself had it."""

    def versions(self, path: str) -> tuple[Version, ...]:
        """Return every version of a file below the folder, newest first, by one run of Git.

        Raises:
            GitError: there is no commit, or Git cannot read one.
        """
        told = self._told(
            "log", "--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames",
            "--no-show-signature", "--format=%x00%H%x09%cI%x09%s", "--", path,
        )  # fmt: skip
        found: list[Version] = []
        # The one sign that no message of a commit can hold.
        for entry in told.split("\0")[1:]:
            head, _, rest = entry.partition("\n")
            commit, time, subject = head.split("\t", maxsplit=2)
            lines = (line for line in rest.splitlines() if line.startswith(":"))
            for facts in (line.partition("\t")[0].split() for line in lines):
                blob = "" if set(facts[3]) == {"0"} else facts[3]
                found.append(Version(commit=commit, time=time, subject=subject, blob=blob))
        return tuple(found)

    def edited(self, paths: Sequence[str]) -> list[str]:
        """Return those of some paths that are otherwise here than in HEAD, untracked ones too.

        Raises:
            GitError: Git cannot say.
        """
        told = self._told("status", "--porcelain", "--untracked-files=all", "--", *paths)
        return [line[3:] for line in told.splitlines()]

    def missing(self) -> int:
        """Return how many commits its upstream has, as last fetched, that the branch has not."""
        done = self._git("rev-list", "--count", "HEAD..@{upstream}")
        return int(done.output) if done.code == 0 else 0

    def advance(self, branch: str, commit: str, old: str, paths: Sequence[str]) -> None:
        """Move the branch that is checked out to a commit; the index takes some paths from it.

        Raises:
            GitError: the branch was moved meanwhile.
        """
        done = self._git("update-ref", f"refs/heads/{branch}", commit, old)
        if done.code:
            raise GitError(f"{branch} was moved meanwhile", "run this again")
        self._told("reset", "--quiet", "--", *paths)

    def committed(
        self, branch: str, files: Mapping[str, bytes | None], message: str
    ) -> tuple[str, str]:
        """Return a new commit of files on top of HEAD, which no branch has yet, and HEAD.

        Raises:
            GitError: Git does not know who commits, or cannot write it.
        """
        head = self._told("rev-parse", "--verify", f"refs/heads/{branch}").strip()
        return self.commit(self.tree(head, files), head, message), head
