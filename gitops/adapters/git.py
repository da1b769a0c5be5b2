"""Asks the Git command line about one repository; changes nothing in it."""

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gitops.adapters.process import Finished, MissingProgramError, OutsideError, Run

_LOOK = "look at it with `git status`"


class GitError(OutsideError):
    """Git refused, or what it holds is not what it says; the text is one line."""

    def __init__(self, cause: str, cure: str = _LOOK) -> None:
        super().__init__(cause, cure)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One path of a commit: its mode as Git writes it, and the id of its content."""

    mode: str
    id: str
    path: str

    @property
    def is_odd(self) -> bool:
        """Return whether it is no file: a link, or a module of another repository."""
        return self.mode in (_LINK, _MODULE)


_LINK, _MODULE, _EXECUTABLE = "120000", "160000", "100755"
# No source is larger; one that claims to be counts as another without being read.
_LARGEST = 32 * 1024 * 1024
# What a person tells Git by the environment; the rest of GIT_* moves the repository, its index,
# its objects or its history away from the checkout.
_TOLD = ("GIT_CONFIG", "GIT_EXEC_PATH", "GIT_SSH", "GIT_ASKPASS", "GIT_TERMINAL_PROMPT")
# No commit, tree or blob stands for another one.
_EXACT = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}
# A repository's own settings that run programs or change what these questions answer. Files of a
# checkout that look like a repository without a work tree are none.
_SETTINGS = ("core.fsmonitor=false", "log.showSignature=false", "advice.graftFileDeprecated=false",
             "safe.bareRepository=explicit")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Git:
    """A repository, by a folder in it."""

    folder: Path
    run: Run

    def is_repository(self) -> bool:
        """Return whether the folder is in a work tree.

        Everything else here is about the files below the folder, by their paths from it.

        Raises:
            GitError: there is a repository, but Git refuses it, as it does for one of another user.
            MissingProgramError: there is a repository, and no Git that could be asked.
        """
        above = (self.folder, *self.folder.resolve().parents)
        there = any((one / ".git").exists() for one in above)
        try:
            done = self._git("rev-parse", "--is-inside-work-tree")
        except MissingProgramError:
            # Taken for no repository, its history would be ignored: all would pass as new.
            if there:
                raise
            return False
        if done.code and there:
            raise GitError(f"Git refuses this repository: {' '.join(done.errors.split())}")
        return done.code == 0 and done.output.strip() == b"true"

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

    def is_clean(self, new: Sequence[str] = (".",)) -> bool:
        """Return whether what HEAD has is unchanged, and no file that `new` may match is added."""
        if self._ask("status", "--porcelain", "--untracked-files=no", "--", "."):
            return False
        return not self._ask("ls-files", "--others", "--exclude-standard", "--", *new)

    def is_shallow(self) -> bool:
        """Return whether history was cut when the repository was cloned."""
        return self._ask("rev-parse", "--is-shallow-repository") == "true"

    def subject(self, commit: str) -> str:
        """Return a commit's short name and subject."""
        return self._ask("log", "-1", "--format=%h %s", commit) or commit[:9]

    def tree(self, commit: str) -> tuple[Entry, ...]:
        """Return every path of a commit, whatever its attributes say.

        Raises:
            GitError: Git cannot read it.
        """
        listed = self._told("ls-tree", "-r", "-z", "--end-of-options", commit)
        return tuple(_entries(listed))

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Return blobs by their ids, byte for byte: no filter, no line ending, no keyword.

        Raises:
            GitError: one is not here, or is not what its id says.
        """
        wanted = tuple(dict.fromkeys(ids))
        given = "".join(f"{one}\n" for one in wanted).encode()
        return _blobs(wanted, self._told("cat-file", "--batch", given=given)) if wanted else {}

    def changed(self, commit: str, asked: Callable[[Entry], bool]) -> Mapping[str, Entry | None]:
        """Return the paths that are otherwise here than in a commit, with what the commit has.

        Files here are those of the index, and others that no rule ignores. A file whose line ends
        alone differ is the same.

        Raises:
            GitError: Git cannot read the commit or the index.
        """
        old = {one.path: one for one in self.tree(commit) if asked(one)}
        listed = self._told("ls-files", "-z", "--stage", "--others", "--exclude-standard")
        new = {one.path: one for one in _index(listed) if asked(one)}
        return {
            path: old.get(path)
            for path in sorted({*old, *new})
            if not _is_same(self.folder / path, old.get(path), new.get(path))
        }

    def between(
        self, old: str, new: str, asked: Callable[[Entry], bool]
    ) -> Mapping[str, tuple[Entry | None, Entry | None]]:
        """Return the paths that differ between two commits, with what each of them has.

        Raises:
            GitError: Git cannot read one of them.
        """
        before, after = (
            {one.path: one for one in self.tree(commit) if asked(one)} for commit in (old, new)
        )
        paths = sorted({*before, *after})
        pairs = {path: (before.get(path), after.get(path)) for path in paths}
        return {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}

    def extract(self, commit: str, folder: Path) -> None:
        """Write the files of a commit into an empty folder; the repository gets no trace of it.

        Raises:
            GitError: Git cannot produce them, or they would not be the files of the commit here.
        """
        entries = self.tree(commit)
        contents = self.contents(one.id for one in entries if one.mode != _MODULE)
        # Links come last, so that no file is written through one.
        for entry in sorted(entries, key=lambda one: one.mode == _LINK):
            try:
                _write(entry, contents.get(entry.id, b""), folder)
            except OSError as error:
                raise GitError(f"{entry.path!r} cannot be written: {error.strerror}") from None

    def _ask(self, *arguments: str) -> str | None:
        done = self._git(*arguments)
        return done.output.decode("utf-8", "replace").strip() if done.code == 0 else None

    def _told(self, *arguments: str, given: bytes = b"") -> bytes:
        done = self._git(*arguments, given=given)
        if done.code:
            raise GitError(done.errors.strip().split("\n", maxsplit=1)[0])
        return done.output

    def _git(self, *arguments: str, given: bytes = b"") -> Finished:
        settings = (word for one in _SETTINGS for word in ("-c", one))
        command = ["git", "--no-optional-locks", *settings, *arguments]
        kept = {name: value for name, value in os.environ.items() if _is_kept(name)}
        return self.run(command, self.folder, {**kept, **_EXACT}, given)


def _is_kept(name: str) -> bool:
    return not name.startswith("GIT_") or name.startswith(_TOLD)


def _entries(listed: bytes) -> Iterator[Entry]:
    for line in filter(None, listed.split(b"\0")):
        facts, _, path = line.partition(b"\t")
        mode, _, identity = facts.decode().split()
        yield Entry(mode=mode, id=identity, path=os.fsdecode(path))


_STAGED = re.compile(rb"([0-7]{6}) ([0-9a-f]{40,64}) [0-3]\t")


def _index(listed: bytes) -> Iterator[Entry]:
    for line in filter(None, listed.split(b"\0")):
        facts = _STAGED.match(line)
        mode, identity = (one.decode() for one in facts.groups()) if facts else ("", "")
        path = line[facts.end() :] if facts else line
        yield Entry(mode=mode, id=identity, path=os.fsdecode(path))


def _is_same(path: Path, old: Entry | None, new: Entry | None) -> bool:
    """Return whether what is at a path is what a commit has there; `new` is of the index."""
    try:
        found = path.lstat()
    except OSError:
        return old is None
    if old is None:
        return False
    if old.mode == _MODULE:
        return new is not None and new.id == old.id
    if stat.S_ISLNK(found.st_mode):
        content = os.fsencode(path.readlink())
        return old.mode == _LINK and blob_id(content, old.id) == old.id
    if not stat.S_ISREG(found.st_mode) or old.mode == _LINK or found.st_size > _LARGEST:
        return False
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return old.id in (blob_id(one, old.id) for one in (content, content.replace(b"\r\n", b"\n")))


def _blobs(wanted: Iterable[str], answer: bytes) -> dict[str, bytes]:
    """Return what `cat-file --batch` answered, once every content has the id it was asked by."""
    blobs: dict[str, bytes] = {}
    at = 0
    for identity in wanted:
        end = answer.find(b"\n", at)
        said = answer[at:end].decode("utf-8", "replace").split()
        if said[:2] != [identity, "blob"]:
            raise GitError(f"blob {identity} is not in this repository", "try `git fsck`")
        at = end + 1 + int(said[2])
        blobs[identity] = answer[end + 1 : at]
        if blob_id(blobs[identity], identity) != identity:
            raise GitError(f"blob {identity} has another content", "try `git fsck`")
        at += 1
    return blobs


def blob_id(content: bytes, like: str) -> str:
    """Return the id of a content, by the hash that made another id of the same repository."""
    algorithm: Literal["sha1", "sha256"] = "sha1" if len(like) == 40 else "sha256"
    header = f"blob {len(content)}\0".encode()
    return hashlib.new(algorithm, header + content, usedforsecurity=False).hexdigest()


def _write(entry: Entry, content: bytes, folder: Path) -> None:
    parts = entry.path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise GitError(f"{entry.path!r} is not a path inside a checkout")
    path = folder.joinpath(*parts)
    if entry.mode == _MODULE:
        path.mkdir(parents=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if entry.mode == _LINK:
        path.symlink_to(os.fsdecode(content))
        return
    # Two paths may be one file here, as on a file system that ignores case.
    with path.open("xb") as file:
        file.write(content)
    if entry.mode == _EXECUTABLE:
        path.chmod(0o755)


def remote_heads(run: Run, folder: Path, url: str, *, anonymous: bool) -> dict[str, str]:
    """Return the branches of a repository elsewhere with their commits; nobody is asked anything.

    Raises:
        GitError: Git cannot read it; the text is what it said.
    """
    unknown = ("-c", "credential.helper=", "-c", "core.askPass=") if anonymous else ()
    asked = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}
    environment = {**asked, **os.environ} if not anonymous else {**os.environ, **asked}
    if anonymous:
        environment["GIT_ASKPASS"] = "true"
    command = ["git", *unknown, "ls-remote", "--heads", "--", url]
    done = run(command, folder, {**environment, "GIT_TERMINAL_PROMPT": "0"})
    if done.code:
        raise GitError(" ".join(done.errors.split())[:400])
    lines = (line.split("\t") for line in done.output.decode("utf-8", "replace").splitlines())
    return {name.removeprefix("refs/heads/"): commit for commit, name in lines}
