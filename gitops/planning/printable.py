"""Text from outside as people may safely see it: one line, and nothing that a screen obeys."""

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
