"""Text from outside as people may safely see it: one line, and nothing that a screen obeys."""

from collections.abc import Sequence

from documents.shown import shown


def printable(text: str) -> str:
    """Return text on one line, with control and invisible characters as their escapes."""
    return shown(" ".join(text.split()))


def decimal(size: int, *, exact: bool = True) -> str:
    """Return a download size in decimal units, as file hosts show it."""
    if size == 0:
        return "0"
    text = f"{size / 1e9:.1f} GB" if size >= 10**8 else f"{max(size / 1e6, 0.1):.1f} MB"
    return text if exact else f"~{text}"


def binary(size: int) -> str:
    """Return a memory size in GiB."""
    return f"{size / 2**30:.1f} GiB"


def counted(count: int, what: str) -> str:
    """Return a number with what it counts: `1 pool`, `2 pools`."""
    return f"{count} {what}{'s' if count != 1 else ''}"


def listed(names: Sequence[str], what: str, most: int = 8) -> str:
    """Return names in a line, and what the number of those left out counts."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {counted(more, f'more {what}')}" if more > 0 else "")
