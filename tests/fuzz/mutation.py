"""Inputs from inputs: what was read before, cut, joined and salted with what readers trip over."""

import json
import random
import re
from collections.abc import Sequence

LARGEST = 16 * 1024
# What YAML, JSON, shells, terminals and Markdown take for more than a character.
TOKENS: tuple[bytes, ...] = tuple(
    token.encode("utf-8", "surrogatepass")
    for token in (
        "[", "]", "{", "}", ":", ": ", ",", "- ", "? ", "&a ", "*a", "<<: *a", "!!int ", "!!str ",
        "!x ", "|\n", ">-\n", "---\n", "...\n", "%YAML 1.1\n", "#", '"', "'", "\\", "\\u0000",
        "\\ud800", "\\x1b", "\n", "\n  ", "\r", "\t", "\x00", "\x1b[2J", "\x85", "\u2028", "\u202e",
        "\ufeff", "\ud800", "\x7f", "yes", "no", "null", "~", "true", "NaN", ".inf", "1e999", "-0",
        "0x1f", "010", "0b1", "1_000", "1:30", "2020-01-01", "9" * 40, "9" * 400, "-1", "1.5", "{}",
        "[]", "[[[[[[[[", "{a: {a: {a: ", "https://u:p@h/a", "hf_" + "a" * 24, "../", "/dev/zero",
        "$(id)", "`", "```", "](", "<b>", "@all", "a" * 300, "GGUF", "lmgg",
    )
)  # fmt: skip

_VALUE = re.compile(rb":\s*(\"(?:[^\"\\]|\\.)*\"|[^\s\"{}\[\],]+)")
_VALUES: tuple[bytes, ...] = (
    b"null", b"true", b"0", b"-1", b"1.5", b"12345678901234567890", b"[]", b"{}", b'""', b"[1]",
    b'{"name": "a"}', b'[{"name": 1}]', b'["a"]', b"[[[]]]",
    *(json.dumps(token.decode("utf-8", "replace")).encode() for token in TOKENS),
)  # fmt: skip
_NUMBERS: tuple[bytes, ...] = (
    *(b"%c\0\0\0" % number for number in range(14)),
    *(
        number.to_bytes(8, "little")
        for number in (0, 1, 255, 4096, 10_000, 65_535, 4_000_000, 2**31, 2**63 - 1, 2**64 - 1)
    ),
)


def mutated(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one of the seeds, changed in one to four places."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        _change(data, seeds, chance)
    return bytes(data[:LARGEST])


def _change(data: bytearray, seeds: Sequence[bytes], chance: random.Random) -> None:
    start = chance.randrange(len(data) + 1)
    end = min(len(data), start + chance.choice((1, 1, 2, 8, 64, 512)))
    kind = chance.randrange(12)
    if kind == 0:
        data[start:end] = b""
    elif kind == 1:
        data[start:end] = chance.choice(TOKENS)
    elif kind == 2:
        data[start:start] = chance.choice(TOKENS) * chance.choice((1, 1, 1, 3, 100))
    elif kind == 3:
        data[start:start] = data[start:end] * chance.choice((1, 1, 2, 20))
    elif kind == 4 and start < len(data):
        data[start] = chance.randrange(256)
    elif kind == 5:
        other = chance.choice(seeds)
        data[start:] = other[chance.randrange(len(other) + 1) :]
    elif kind == 6:
        del data[start:]
    else:
        _replace_value(data, start, chance)


def _replace_value(data: bytearray, start: int, chance: random.Random) -> None:
    """Give the next key another value, so that what is read keeps its form."""
    if found := _VALUE.search(data, start) or _VALUE.search(data):
        data[found.start(1) : found.end(1)] = chance.choice(_VALUES)
    else:
        # Not text: a length, a count or a type of another size.
        number = chance.choice(_NUMBERS)
        data[start : start + len(number)] = number
