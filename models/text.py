"""Texts of a model file: what a reviewer sees is all there is."""

import unicodedata

from documents.validation import contradiction

# Bidirectional overrides and isolates, which show a text in another order than it is read in
# (CVE-2021-42574), and signs without any width.
_HIDING = frozenset(
    "\u200b\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def text(said: str) -> str:
    """Return a text as it is.

    Raises:
        PydanticCustomError: it holds a sign that nobody sees, or is not in its normal form.
    """
    for sign in said:
        unseen = unicodedata.category(sign) in ("Cc", "Cs", "Cn", "Co") and sign not in "\n\t"
        if unseen or sign in _HIDING:
            raise contradiction(f"holds a sign that nobody sees, U+{ord(sign):04X}", "delete it")
    if not unicodedata.is_normalized("NFC", said):
        # The same to the eye, and another text to every program.
        raise contradiction("is not in Unicode's composed form (NFC)", "type its accents anew")
    return said
