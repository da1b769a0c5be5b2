"""Writes a commit that no work tree has, and pushes it if nobody moved its branch meanwhile."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitops.adapters.git import GitError
from gitops.adapters.process import Finished, Run

_FILE = "100644"
_WORDS = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
# A promotion is not made of the files here, so programs that look at these say nothing about it.
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")


class TakenError(GitError):
    """The branch is another one than it was: another run was faster."""


@dataclass(frozen=True, kw_only=True)
class Tip:
    """Where a branch of the remote is: its commit, parents, message and tree."""

    commit: str
    parents: tuple[str, ...]
    message: str
    tree: str


@dataclass(frozen=True, kw_only=True)
class Branches:
    """The branches of a remote of a repository; no file of the work tree is touched."""

    folder: Path
    run: Run
    remote: str = "origin"

    def current(self) -> str | None:
        """Return the branch that is checked out; None where HEAD is detached."""
        done = self._git("symbolic-ref", "--quiet", "--short", "HEAD")
        return _line(done) if done.code == 0 else None

    def address(self) -> str:
        """Return the address of the remote.

        Raises:
            GitError: there is no such remote.
        """
        done = self._git("remote", "get-url", "--", self.remote)
        if done.code:
            cure = f"`git remote add {self.remote} …`, or name another one with --remote"
            raise GitError(f"there is no remote {self.remote!r} here", cure)
        return _line(done)

    def heads(self) -> tuple[dict[str, str], str]:
        """Return the branches of the remote with their commits, and which is its main one.

        Raises:
            GitError: the remote cannot be asked.
        """
        told = self._told("ls-remote", "--symref", "--", self.remote, "HEAD", "refs/heads/*")
        heads: dict[str, str] = {}
        main = ""
        for line in told.splitlines():
            first, _, name = line.partition("\t")
            if name == "HEAD" and first.startswith("ref: "):
                main = first.removeprefix("ref: refs/heads/")
            elif name.startswith("refs/heads/"):
                heads[name.removeprefix("refs/heads/")] = first
        return heads, main

    def tip(self, branch: str, commit: str) -> Tip:
        """Return the commit that a branch of the remote is at; its objects are here afterwards.

        Raises:
            GitError: it cannot be fetched.
        """
        if self._git("cat-file", "-e", f"{commit}^{{commit}}").code:
            fetch = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--")
            self._told(*fetch, self.remote, f"refs/heads/{branch}")
        told = self._told(
            "show", "--no-patch", "--no-show-signature", "--format=%P%n%T%n%B", commit
        )
        parents, tree, message = told.split("\n", maxsplit=2)
        return Tip(
            commit=commit, parents=tuple(parents.split()), message=message.strip(), tree=tree
        )

    def last_change(self, paths: Sequence[str]) -> tuple[int, str] | None:
        """Return since when HEAD's branch has some paths as they are, in seconds, and the commit.

        Whoever commits sets the date, so one that is older than a commit before it is not
        believed: it is the newest of them. None where history was cut, or never had the paths.
        """
        if _line(self._git("rev-parse", "--is-shallow-repository")) == "true":
            return None
        log = ("log", "--first-parent")
        last = self._git(*log, "-1", "--format=%ct %H", "HEAD", "--", *paths)
        seconds, _, commit = _line(last).partition(" ")
        if not commit:
            return None
        # A clock that was years ahead once is not waited for.
        before = self._told(*log, "--until=now", "--format=%ct", commit, "--").split()
        return max(map(int, (seconds, *before))), commit

    def prefix(self) -> str:
        """Return the path of the folder below the top of its repository; empty at the top."""
        return _line(self._git("rev-parse", "--show-prefix")).rstrip("/")

    def tree(self, commit: str, files: Mapping[str, bytes | None]) -> str:
        """Return the tree of a commit with other files below the folder; None is for one that goes.

        Raises:
            GitError: Git cannot write it.
        """
        prefix = self.prefix()
        blobs: dict[str, str] = {}
        for path, content in files.items():
            at = f"{prefix}/{path}" if prefix else path
            blobs[at] = "" if content is None else self._written(content)
        return self._tree(f"{commit}^{{tree}}", blobs)

    def commit(self, tree: str, parent: str, message: str) -> str:
        """Return a new commit, which no branch has yet.

        Raises:
            GitError: Git does not know who commits, or cannot sign as it is told to.
        """
        signed = self._git("config", "--type=bool", "commit.gpgSign")
        sign = ["--gpg-sign"] if _line(signed) == "true" else []
        done = self._git("commit-tree", *sign, "-p", parent, tree, given=message.encode())
        if done.code:
            cause = f"Git makes no commit: {_said(done)}"
            cure = "`git config user.name` and `git config user.email`"
            raise GitError(cause, cure if "tell me who you are" in done.errors else "correct that")
        return _line(done)

    def push(self, commit: str, branch: str, expected: str | None) -> None:
        """Move a branch of the remote to a commit, if it is where it was; None: if it is new.

        Raises:
            TakenError: another run moved it meanwhile.
            GitError: the remote cannot be reached, or refuses.
        """
        lease = f"--force-with-lease=refs/heads/{branch}:{expected or ''}"
        words = ("push", "--porcelain", "--no-verify", lease, "--", self.remote)
        done = self._git(*words, f"{commit}:refs/heads/{branch}")
        if done.code == 0:
            return
        said = f"{done.output.decode('utf-8', 'replace')} {done.errors}"
        if "\n!" in said and self.heads()[0].get(branch) != expected:
            cause = f"another run moved {branch} at the same time, and this one pushed nothing"
            raise TakenError(cause, "look at its pull request, or run this again")
        cause = f"{self.remote} does not take {branch}: {' '.join(said.split())[-400:]}"
        raise GitError(cause, "see that you may push that branch")

    def _written(self, content: bytes) -> str:
        return self._told("hash-object", "-w", "--stdin", given=content).strip()

    def _tree(self, tree: str, blobs: Mapping[str, str]) -> str:
        """Return a tree with other blobs at paths below it; without an id a path goes."""
        listed = self._git("ls-tree", "-z", "--full-tree", tree).output if tree else b""
        entries: dict[bytes, bytes] = {}
        for line in filter(None, listed.split(b"\0")):
            entries[line.partition(b"\t")[2]] = line.partition(b"\t")[0]
        folders: dict[str, dict[str, str]] = {}
        for path, blob in blobs.items():
            first, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(first, {})[rest] = blob
                continue
            entries.pop(os.fsencode(first), None)
            if blob:
                entries[os.fsencode(first)] = f"{_FILE} blob {blob}".encode()
        for name, inner in folders.items():
            old = entries.pop(os.fsencode(name), b"").decode().split()
            below = self._tree(old[2] if old[1:2] == ["tree"] else "", inner)
            if below:
                entries[os.fsencode(name)] = f"040000 tree {below}".encode()
        given = b"".join(facts + b"\t" + name + b"\0" for name, facts in entries.items())
        return self._told("mktree", "-z", given=given).strip() if entries else ""

    def _told(self, *arguments: str, given: bytes = b"") -> str:
        done = self._git(*arguments, given=given)
        if done.code:
            raise GitError(
                f"Git says: {_said(done)}", "see that the remote answers, and lets you in"
            )
        return done.output.decode("utf-8", "surrogateescape")

    def _git(self, *arguments: str, given: bytes = b"") -> Finished:
        kept = {name: value for name, value in os.environ.items() if not _moves(name)}
        command = [
            "git",
            "--no-optional-locks",
            *_NO_HOOKS,
            "-c",
            "core.fsmonitor=false",
            *arguments,
        ]
        return self.run(command, self.folder, {**kept, **_WORDS}, given)


def _moves(name: str) -> bool:
    """Return whether a variable of Git moves the repository, its index or its objects elsewhere."""
    moving = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
              "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_COMMON_DIR", "GIT_PREFIX",
              "GIT_QUARANTINE_PATH", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE")  # fmt: skip
    return name in moving


def _line(done: Finished) -> str:
    return done.output.decode("utf-8", "replace").strip()


def _said(done: Finished) -> str:
    return " ".join(done.errors.split())[-400:] or "nothing"
