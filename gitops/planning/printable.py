"""Text from outside as people may safely see it: one line, and nothing that a screen obeys."""


def printable(text: str) -> str:
    """Return text on one line, with control and invisible characters as their escapes."""
    flat = " ".join(text.split())
    return "".join(_visible(character) for character in flat)


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
