"""Whatever a file holds, it is read or refused; and what is read is what was written."""

from typing import Any, cast

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from documents.problem import RefusedError
from documents.reader import Document, Value, read
from documents.scalar import LARGEST
from settings.config import settings_from_config
from settings.stack_file import engine_config

# Pieces of YAML: random letters alone hardly ever get past the first bracket.
PIECES = st.sampled_from(
    ["a: ", "b: ", "- ", "[", "]", "{", "}", ",", "\n", "\n  ", "'", '"', "|\n", ">\n", "&a ",
     "*a ", "!!str ", "!x ", "? ", ": ", "---\n", "...\n", "#", "%", "\t", "yes", "~", "1e3",
     "0x1", "12:30", "<<: ", "\ufeff", "\x00", "\x85", "\u2028", "é", "\\", "\r\n", " "]
)  # fmt: skip
YAML_LIKE = st.lists(PIECES, max_size=30).map("".join)
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["yes", "no", "on", "~", "null", "", "1.5", "010", "0x1", "1:30", "<<", "=", "2025-01-31", " a"]
)
SCALARS = TEXTS | st.booleans() | st.integers(-LARGEST, LARGEST)
KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def read_or_refused(content: bytes) -> Document | None:
    try:
        return read(content, name="a.yaml")
    except RefusedError as error:
        assert all(str(problem).startswith("a.yaml") for problem in error.problems)
        assert len(str(error).split("\n")) == len(error.problems)
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


@given(YAML_LIKE)
@settings(max_examples=200, deadline=None)
def test_what_is_read_is_what_a_lenient_reader_reads(text: str):
    found = read_or_refused(text.encode())

    if found is not None:
        assert found.value == yaml.load(text, Loader=yaml.CSafeLoader)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
@settings(max_examples=200, deadline=None)
def test_a_document_equals_what_was_written_into_it(value: dict[str, Any]):
    text = yaml.safe_dump(value, allow_unicode=True, default_style=None)

    found = read_or_refused(quoted(value).encode())

    assert found is not None, text
    assert found.value == value


def quoted(value: Value) -> str:
    """Return a value as YAML in which every text is in quotes."""
    return yaml.dump(value, Dumper=_QuotingDumper, width=10_000)


class _QuotingDumper(yaml.SafeDumper):
    """Quotes every text, and never writes an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, style='"')


_QuotingDumper.add_representer(str, cast("Any", _QuotingDumper.represent_str))
