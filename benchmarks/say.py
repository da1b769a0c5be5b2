"""Printing a line at once, so that a long benchmark shows how far it is."""

import sys


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
