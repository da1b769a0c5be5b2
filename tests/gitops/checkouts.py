"""Real checkouts in temporary folders: a copy of the program and the tool, with commits."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.project import write_project

ROOMS = (
    "fetch", "proof", "predict", "localai", "hardware", "documents", "models", "settings",
    "components", "gitops",
)  # fmt: skip
FILES = ("stack.py", "__main__.py", "requirements.txt", ".gitignore")
# Nobody's own configuration may decide how a test ends.
GIT_ENVIRONMENT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A folder that Git knows, and what a person does in it."""

    folder: Path

    def git(self, *arguments: str) -> str:
        """Run Git here and return what it says."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env={**os.environ, **GIT_ENVIRONMENT},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        """Write a file, and its folder where it is missing."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that the file holds."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        self.write(name, text.replace(old, new))

    def commit(self, subject: str) -> str:
        """Commit everything and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.head

    @property
    def head(self) -> str:
        """Return the commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def private_files(self) -> dict[str, bytes]:
        """Return everything below .git by its path."""
        private = self.folder / ".git"
        found = (path for path in private.rglob("*") if path.is_file())
        return {str(path.relative_to(private)): path.read_bytes() for path in found}


def new_checkout(folder: Path) -> Checkout:
    """Return an empty repository whose branch is main."""
    folder.mkdir(parents=True, exist_ok=True)
    checkout = Checkout(folder=folder)
    checkout.git("init", "--quiet", "--initial-branch=main", "--template=")
    _name_somebody(checkout)
    return checkout


def program_checkout(folder: Path) -> Checkout:
    """Return a repository with program, tool and the tests' project in its only commit."""
    checkout = new_checkout(folder)
    write_project(folder, (*ROOMS, *FILES))
    checkout.commit("Start here")
    # One pack instead of a file an object: tests copy it often.
    checkout.git("gc", "--quiet")
    return checkout


def copied(checkout: Checkout, folder: Path) -> Checkout:
    """Return a copy of a checkout, with its history."""
    shutil.copytree(checkout.folder, folder, symlinks=True)
    return Checkout(folder=folder)


def cloned(checkout: Checkout, folder: Path, *arguments: str) -> Checkout:
    """Return a clone over Git's own transport, which can be shallow."""
    checkout.git("clone", "--quiet", *arguments, checkout.folder.as_uri(), str(folder))
    clone = Checkout(folder=folder)
    _name_somebody(clone)
    return clone


def _name_somebody(checkout: Checkout) -> None:
    checkout.git("config", "user.name", "Somebody")
    checkout.git("config", "user.email", "somebody@example.org")
