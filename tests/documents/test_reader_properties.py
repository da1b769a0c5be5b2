"""Whatever a file holds, it is read or refused; and what is read is what was written."""

from typing import Any, cast

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from documents.problem import RefusedError
from documents.reader import Document, read
from documents.scalar import LARGEST, AmbiguousScalarError, resolve

# Pieces of YAML: random letters alone hardly ever get past the first bracket.
PIECES = st.sampled_from(
    ["a: ", "b: ", "- ", "[", "]", "{", "}", ",", "\n", "\n  ", "'", '"', "|\n", ">\n", "&a ",
     "*a ", "!!str ", "!x ", "? ", ": ", "---\n", "...\n", "#", "%", "\t", "yes", "~", "1e3",
     "0x1", "12:30", "<<: ", "\ufeff", "\x00", "\x85", "\u2028", "é", "\\", "\r\n", " "]
)  # fmt: skip
YAML_LIKE = st.lists(PIECES, max_size=30).map("".join)
# The letters of numbers, dates and switches in any version of YAML.
PLAIN = st.text("0123456789.-+_:eEtTxXobyYnNulLarsfFIA~=<", min_size=1, max_size=6)
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["yes", "no", "on", "~", "null", "", "1.5", "010", "0x1", "1:30", "<<", "=", "2025-01-31", " a"]
)
SCALARS = TEXTS | st.booleans() | st.integers(-LARGEST, LARGEST)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def read_or_refused(content: bytes) -> Document | None:
    try:
        return read(content, name="a.yaml")
    except RefusedError as error:
        text = str(error)
    assert text.startswith("a.yaml")
    assert text.isprintable()
    return None


@given(st.binary(max_size=80))
@example(b"\xff\xfea\x00")
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes):
    read_or_refused(content)


@given(st.text(max_size=80) | YAML_LIKE)
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused(text: str):
    read_or_refused(text.encode("utf-8", "surrogatepass"))


@pytest.mark.thorough
@given(st.lists(PLAIN, min_size=1, max_size=12))
@settings(max_examples=300, deadline=None)
def test_a_plain_scalar_that_is_read_is_what_a_reader_of_yaml_1_1_makes_of_it(words: list[str]):
    for word in words:
        found = read_or_refused(f"a: {word}".encode())

        assert found is None or found.value == yaml.safe_load(f"a: {word}")


@pytest.mark.thorough
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
@settings(max_examples=200, deadline=None)
def test_a_document_equals_what_was_written_with_quotes_where_they_are_needed(
    value: dict[str, Any],
):
    assert read(written(value).encode(), name="a.yaml").value == value


def written(value: dict[str, Any]) -> str:
    """Return a value as YAML in which every text that is a trap is in quotes."""
    return yaml.dump(value, Dumper=_Dumper, width=10_000, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Quotes every trap, and never writes an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = '"' if is_trap(data) else None
        return yaml.ScalarNode("tag:yaml.org,2002:str", data, style=style)


def is_trap(text: str) -> bool:
    try:
        return not text.isprintable() or resolve(text, floats=False) != text
    except AmbiguousScalarError:
        return True


_Dumper.add_representer(str, cast("Any", _Dumper.represent_str))
