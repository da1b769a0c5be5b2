"""Runs other programs from argument lists; nothing goes through a shell."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class OutsideError(Exception):
    """A program or a service could not be asked, or refused: what it said, and what to do."""

    def __init__(self, cause: str, cure: str) -> None:
        self.cause, self.cure = cause, cure
        super().__init__(f"{cause}; {cure}")


class MissingProgramError(OutsideError):
    """A program that is needed is not on PATH."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How a program ended: its exit code, and what it printed."""

    code: int
    output: bytes
    errors: str


class Run(Protocol):
    """Runs a program in a folder to its end."""

    def __call__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        given: bytes = b"",
    ) -> Finished:
        """Return how it ended; `given` is its standard input."""
        ...


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    given: bytes = b"",
) -> Finished:
    """Run a program to its end; it reads what is given, and nobody's terminal.

    Raises:
        MissingProgramError: it is not there.
    """
    try:
        done = subprocess.run(
            list(command), cwd=folder, env=environment, input=given,
            capture_output=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise MissingProgramError(f"{command[0]} is not on PATH", "install it") from None
    errors = done.stderr.decode("utf-8", "replace")
    return Finished(code=done.returncode, output=done.stdout, errors=errors)
