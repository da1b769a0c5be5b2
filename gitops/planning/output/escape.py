"""Any text as GitHub's Markdown that shows it, and that makes nothing else of it.

It names what may stay as it is. Letters, digits and spaces do; a few marks do where they mean
nothing; every other mark of ASCII is escaped, and what cannot be seen becomes its code point.
GitHub looks for mentions, references, emoji and addresses once Markdown has been read, where an
escape is gone: there an invisible space is put between the mark and what would follow it.
"""

import re

from gitops.planning.printable import printable

# As an entity, so that whatever prints the text passes it on.
_GAP = "&#8203;"
# Marks that mean nothing in Markdown, wherever they are.
_PLAIN = frozenset(",;'(%?")
# Marks that mean nothing inside a word: at the start of one they would begin a list or a ruler.
_INSIDE = frozenset(".-/")
# Read again once Markdown is HTML: mentions, references, emoji and addresses.
_READ_AGAIN = frozenset("@#:")
# GitHub finds mathematics before it reads escapes.
_ENTITY = {"$": "&#36;"}
_WORDS = re.compile(r"www(?=\.)|gh(?=-)", re.IGNORECASE)
_RUN = re.compile(r"`+")


def text(value: str) -> str:
    """Return a value as text on one line; nothing at all would change what is beside it."""
    return _escaped(printable(value)) or "(empty)"


def _escaped(flat: str) -> str:
    gaps = {found.end() for found in _WORDS.finditer(flat)}
    return "".join(
        (_GAP if place in gaps else "") + _character(flat, place) for place in range(len(flat))
    )


def _character(flat: str, place: int) -> str:
    sign = flat[place]
    if sign.isalnum() or sign == " " or not sign.isascii() or sign in _PLAIN:
        return sign
    if sign in _ENTITY:
        return _ENTITY[sign]
    after = flat[place + 1 : place + 2]
    if sign == ":" and after == " " and flat[place - 1 : place].isalnum():
        return sign
    if sign in _INSIDE and flat[place - 1 : place].isalnum() and after.isalnum():
        return sign
    return f"\\{sign}{_GAP if sign in _READ_AGAIN and after.strip() else ''}"


def code(value: str) -> str:
    """Return a value as code on one line, its fence longer than any run of backticks in it."""
    flat = printable(value) or " "
    fence = "`" * (1 + max((len(run) for run in _RUN.findall(flat)), default=0))
    room = " " if flat[0] in "` " or flat[-1] in "` " else ""
    return f"{fence}{room}{flat}{room}{fence}"


def prose(value: str) -> str:
    """Return a sentence of the tool: what it quotes in backticks, such as a command, is code."""
    parts = value.split("`")
    if len(parts) < 3 or len(parts) % 2 == 0 or any(not part.strip() for part in parts[1::2]):
        return text(value)
    pieces = (code(part) if place % 2 else _piece(part) for place, part in enumerate(parts))
    return "".join(pieces)


def _piece(part: str) -> str:
    """Return the text beside a piece of code, with the spaces between them."""
    before = " " if part[:1].isspace() else ""
    after = " " if part.strip() and part[-1:].isspace() else ""
    return f"{before}{_escaped(printable(part))}{after}"
