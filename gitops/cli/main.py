"""Runs the command line; every expected failure becomes words and an exit code."""

import os
import sys

import typer

from documents.problem import RefusedError
from gitops.adapters.process import MissingProgramError
from gitops.cli import exits
from gitops.cli.app import app
from gitops.planning.base import UnknownBaseError


def main() -> None:
    """Run one command and exit with its code."""
    debug = "--debug" in sys.argv
    try:
        app(standalone_mode=True)
    except (RefusedError, UnknownBaseError, MissingProgramError) as error:
        _say(str(error))
        sys.exit(exits.REFUSED)
    except KeyboardInterrupt:
        _say("interrupted")
        sys.exit(exits.INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone, as with `| head`; nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(exits.DONE)
    except OSError as error:
        if debug:
            raise
        _say(f"{error.filename or 'system'}: {error.strerror or error}; check rights and space")
        sys.exit(exits.REFUSED)


def _say(text: str) -> None:
    typer.echo(text, err=True)
