"""Options of engines in a model file: those that a known version of the engine reads."""

import unicodedata
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from documents.validation import contradiction
from localai.server import SERVERS
from localai.tables.engine_options import FIXED, OWN_TEMPLATE, POOLING, SLOTS, SYNONYMS

# Known options that reach beyond the file and the memory of the model.
_FORBIDDEN = {
    "grpc_servers": "it sends what users write to other machines",
    "rpc_servers": "it sends what users write to other machines",
    "trust_remote_code": "it runs code that comes with the weights",
    **dict.fromkeys(SLOTS, "`slots` says it"),
    **dict.fromkeys(OWN_TEMPLATE, "`template` says it"),
    **dict.fromkeys(POOLING, "`pooling` says it"),
    **dict.fromkeys((*FIXED, *SYNONYMS), "every pool sets it"),
}
_DIRECTORIES = ("embedding_dir", "lora_dir")


def known_engine(name: str) -> str:
    """Return the name of an engine as it is.

    Raises:
        PydanticCustomError: no known version of LocalAI has it.
    """
    known = sorted({engine for one in SERVERS.values() for engine in one.engines})
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.6)
        cure = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(known)}"
        raise contradiction(f"is {name[:60]}, which no known LocalAI version has", cure)
    return name


def refusals(engine: str, options: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the cause and the cure of each option that is refused."""
    known = _options(engine)
    for name in (option.partition(":")[0] for option in options):
        if name in _FORBIDDEN:
            yield f"lists {name}: {_FORBIDDEN[name]}", "delete it"
        elif name.endswith("_path") or name in _DIRECTORIES:
            yield f"lists {name}, a file that nobody has verified", "list it as a companion"
        elif known and name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.6)
            cure = f"did you mean {near[0]!r}?" if near else "delete it"
            yield f"lists {name}, which the engine {engine} ignores", cure


def _options(engine: str) -> frozenset[str]:
    found = (one.engines.get(engine) for one in SERVERS.values())
    return frozenset(name for one in found if one for name in one.options)


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
