"""Writes plain values as block YAML: the same bytes every time, texts of several lines as lines.

Which text needs quotes is PyYAML's word, and that of `documents.scalar` where libraries differ.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any

import yaml

from documents.scalar import AmbiguousScalarError, resolve

# A word that means itself wherever it stands, but for the few that `resolve` knows as others.
_WORD = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*\Z")
# A line that ends in a space, or a text that starts or ends with an empty line, reads badly as it
# is, and some libraries lose it.
_UNTIDY = re.compile(r"\A\s|[ \t]$|\n\n\Z", re.MULTILINE)
_BREAK = re.compile("[\n\r\x85\u2028\u2029]")
_LONGEST_SIMPLE_KEY = 128
# Texts that are kept once written: the lines that many objects of a stack have in common.
_KEPT = 1 << 16


def to_yaml(value: Mapping[str, Any]) -> str:
    """Return a mapping of plain values as a YAML document, keys in the order they are in."""
    if not value:
        return "{}\n"
    lines: list[str] = []
    _mapping(lines, value, "", "")
    return "".join(lines)


def _mapping(lines: list[str], value: Mapping[str, Any], lead: str, indent: str) -> None:
    for key, one in value.items():
        _entry(lines, f"{lead}{_key(key, indent)}:", one, indent)
        lead = indent


def _entry(lines: list[str], head: str, value: Any, indent: str) -> None:
    # Exact classes: this runs a million times for a large stack.
    if value.__class__ is dict and value:
        lines.append(f"{head}\n")
        inner = f"{indent}  "
        _mapping(lines, value, inner, inner)
    elif (value.__class__ is list or value.__class__ is tuple) and value:
        lines.append(f"{head}\n")
        _sequence(lines, value, indent, indent)
    else:
        lines.append(f"{head} {_leaf(value, indent)}\n")


def _sequence(lines: list[str], value: Sequence[Any], lead: str, indent: str) -> None:
    for one in value:
        if one.__class__ is dict and one:
            _mapping(lines, one, f"{lead}- ", f"{indent}  ")
        elif (one.__class__ is list or one.__class__ is tuple) and one:
            _sequence(lines, one, f"{lead}- ", f"{indent}  ")
        else:
            lines.append(f"{lead}- {_leaf(one, indent)}\n")
        lead = indent


def _leaf(value: Any, indent: str) -> str:
    if value.__class__ is str:
        return _lines(value, indent) if "\n" in value else _text(value)
    if value.__class__ is bool:
        return "true" if value else "false"
    if value.__class__ is float and "e" in repr(value) and isfinite(value):
        # Libraries differ on exponents, so `reader` refuses them.
        digits = f"{Decimal(repr(value)):f}"
        return digits if "." in digits else f"{digits}.0"
    return str(value) if value.__class__ is int else _quoted(value)


def _key(key: Any, indent: str) -> str:
    text = _text(key) if key.__class__ is str else _quoted(key)
    return text if len(text) <= _LONGEST_SIMPLE_KEY else f"? {text}\n{indent}"


@lru_cache(maxsize=_KEPT)
def _text(text: str) -> str:
    written = text if _WORD.match(text) else _quoted(text)
    return written if written != text or _is_text(text) else "'{}'".format(text.replace("'", "''"))


def _is_text(text: str) -> bool:
    """Return whether every library takes it for text where it stands without quotes."""
    try:
        return resolve(text, floats=True) == text
    except AmbiguousScalarError:
        return False


def _quoted(value: Any) -> str:
    """Return a scalar on one line, as PyYAML writes it."""
    text = yaml.dump(
        [value], Dumper=yaml.CSafeDumper, default_flow_style=False, width=1 << 30,
        allow_unicode=True, default_style='"' if isinstance(value, str) and _BREAK.search(value)
        else None,
    )  # fmt: skip
    return text.removeprefix("- ").removesuffix("\n")


@lru_cache(maxsize=_KEPT)
def _lines(text: str, indent: str) -> str:
    """Return a text of several lines, each on its own line where that can be read back."""
    if _UNTIDY.search(text) or not re.sub("[\n\t]", "", text).isprintable():
        return _quoted(text)
    chomping = "" if text.endswith("\n") else "-"
    body = re.sub("^(?=.)", f"{indent}  ", text.removesuffix("\n"), flags=re.MULTILINE)
    return f"|{chomping}\n{body}"
