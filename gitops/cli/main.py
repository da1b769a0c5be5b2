"""Runs the command line; every expected failure becomes words and an exit code."""

import os
import sys

from documents.problem import RefusedError
from gitops.adapters.git import GitError
from gitops.adapters.process import MissingProgramError
from gitops.adapters.pulumi import LivePreviewError
from gitops.cli import exits
from gitops.cli.app import app
from gitops.cli.interrupts import Interrupts
from gitops.cli.terminal import say
from gitops.planning.base import UnknownBaseError

_EXPECTED = (UnknownBaseError, MissingProgramError, LivePreviewError, GitError)


def main() -> None:
    """Run one command and exit with its code."""
    interrupts = Interrupts()
    try:
        _run()
    except BaseException:
        if not interrupts.seen:
            raise
        say("interrupted")
        sys.exit(exits.INTERRUPTED)


def _run() -> None:
    try:
        _verb()
    except RefusedError as error:
        for problem in error.problems:
            say(str(problem))
        sys.exit(exits.REFUSED)
    except _EXPECTED as error:
        say(str(error))
        sys.exit(exits.REFUSED)
    except BrokenPipeError:
        # The reader has gone, as with `| head`; nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(exits.DONE)
    except OSError as error:
        if "--debug" in sys.argv:
            raise
        say(f"{error.filename or 'system'}: {error.strerror or error}; check rights and space")
        sys.exit(exits.REFUSED)


def _verb() -> None:
    try:
        app(standalone_mode=True)
    except SystemExit as ended:
        # typer turns a broken pipe into an exit of its own.
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        sys.stdout.flush()
        raise
