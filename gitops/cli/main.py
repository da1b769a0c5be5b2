"""Runs the command line; every expected failure becomes words and an exit code."""

import errno
import os
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any, TextIO

from documents.problem import RefusedError
from gitops.adapters.process import OutsideError
from gitops.cli import exits
from gitops.cli.app import app
from gitops.cli.interrupts import Interrupts
from gitops.cli.terminal import say

_SPACE = "free space there"
_RIGHTS = "check your rights there, or name another place"
_TAKEN = "move what is there, or name another place"
# What a person can do about what the system refuses, where its number says it.
_CURES = {
    errno.ENOSPC: _SPACE, errno.EDQUOT: _SPACE,
    errno.EACCES: _RIGHTS, errno.EPERM: _RIGHTS, errno.EROFS: _RIGHTS,
    errno.EEXIST: _TAKEN, errno.ENOTDIR: _TAKEN, errno.EISDIR: _TAKEN,
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ENOENT: "check that its folder is there and takes files, and the one you are in",
}  # fmt: skip


def main() -> None:
    """Run one command and exit with its code."""
    interrupts = Interrupts()
    _outlive_readers()
    try:
        _run()
    except BaseException:
        if not interrupts.seen:
            raise
        say("interrupted")
        sys.exit(exits.INTERRUPTED)


class _Patient(FileIO):
    """A file that goes on where its reader has gone, as with `| head`: the verdict still counts."""

    def write(self, data: Any, /) -> int | None:
        """Write bytes, or let them go."""
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def _outlive_readers() -> None:
    # A stream that was closed before the start is None, and its number goes to the next file.
    if sys.stdout is None or sys.stdout is sys.__stdout__:
        sys.stdout = _patient(sys.stdout, 1)
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        sys.stderr = _patient(sys.stderr, 2)


def _patient(stream: TextIO | None, number: int) -> TextIO:
    if stream is None:
        number = os.open(os.devnull, os.O_WRONLY)
    return TextIOWrapper(
        BufferedWriter(_Patient(number, "w", closefd=False)),
        encoding=stream.encoding if stream else "utf-8",
        errors=stream.errors if stream else None,
        line_buffering=number == 2,
    )


def _run() -> None:
    try:
        _verb()
    except RefusedError as error:
        for problem in error.problems:
            say(str(problem))
        sys.exit(exits.REFUSED)
    except OutsideError as error:
        say(str(error))
        sys.exit(exits.REFUSED)
    except OSError as error:
        if "--debug" in sys.argv:
            raise
        cure = _CURES.get(error.errno or 0, "check rights and space")
        say(f"{error.filename or 'system'}: {error.strerror or error}; {cure}")
        # What a full disk did not take would be tried again at the end, and fail with a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(exits.REFUSED)


def _verb() -> None:
    try:
        app(prog_name="localai-gitops", standalone_mode=True)
    except SystemExit:
        sys.stdout.flush()
        raise
