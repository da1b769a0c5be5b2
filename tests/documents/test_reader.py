from pathlib import Path

import pytest

from documents.problem import RefusedError
from documents.reader import DEEPEST, LARGEST_BYTES, Document, read, read_file

TEXT = b"""\
# A stack.
config:
  name: chat
  list:
    - first
    - key: second
      other: 'true'
  flow: {a: [1, 2], "b": -3}
on-off: true
block: |
  one
  two
"""


def document(text: bytes, *, floats: bool = False) -> Document:
    return read(text, name="a.yaml", floats=floats)


def refusal(text: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        document(text)
    return str(caught.value)


def test_a_file_is_read_as_its_mapping():
    assert document(TEXT).value == {
        "config": {
            "name": "chat",
            "list": ["first", {"key": "second", "other": "true"}],
            "flow": {"a": [1, 2], "b": -3},
        },
        "on-off": True,
        "block": "one\ntwo\n",
    }


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("config",), 2),
        (("config", "name"), 3),
        (("config", "list", 0), 5),
        (("config", "list", 1), 6),
        (("config", "list", 1, "other"), 7),
        (("config", "flow", "a", 1), 8),
        (("block",), 10),
    ],
)
def test_every_key_and_every_entry_knows_its_line(path: tuple[str | int, ...], line: int):
    assert document(TEXT).line(path) == line


def test_a_key_that_is_not_there_has_the_line_of_its_nearest_parent():
    found = document(TEXT)

    assert found.line(("config", "list", 1, "missing", "deeper")) == 6
    assert found.line(("missing",)) == 2
    assert found.line(()) == 2


def test_a_problem_of_a_document_carries_its_name_and_line():
    problem = document(TEXT).problem(("config", "name"), "is odd", "mend it")

    assert str(problem) == "a.yaml:3: config.name: is odd; mend it"


@pytest.mark.parametrize("text", [b"a: ''", b'a: ""'])
def test_a_quoted_nothing_is_the_empty_text(text: bytes):
    assert document(text).value == {"a": ""}


@pytest.mark.parametrize("word", ["yes", "0x1F", "1.5", "null", "~", "<<", "2025-01-31", "true"])
def test_what_is_quoted_is_text(word: str):
    assert document(f"'{word}': \"{word}\"".encode()).value == {word: word}


@pytest.mark.parametrize("text", [b"a: {}", b"a: []"])
def test_an_empty_collection_stays_empty(text: bytes):
    assert document(text).value["a"] in ({}, [])


def test_line_breaks_of_windows_are_line_breaks():
    found = document(b"a: 1\r\nb: 2\r\n")

    assert (found.value, found.line(("b",))) == ({"a": 1, "b": 2}, 2)


def test_a_number_with_a_point_is_read_only_where_it_is_asked_for():
    assert document(b"a: 0.5", floats=True).value == {"a": 0.5}
    assert refusal(b"a: 0.5") == (
        "a.yaml:1: a: '0.5' is read differently by YAML versions; "
        'for a number write a whole one in digits, for text quote it: "0.5"'
    )


def test_the_deepest_nesting_is_read_and_one_more_is_refused():
    assert document(b"a: " + b"[" * DEEPEST + b"]" * DEEPEST).value
    assert "is nested deeper than 32" in refusal(b"a: " + b"[" * 33 + b"x" + b"]" * 33)


def test_the_largest_file_is_read_and_one_byte_more_is_refused():
    largest = b"a: 1\n#".ljust(LARGEST_BYTES, b"x")

    assert document(largest).value == {"a": 1}
    assert refusal(largest + b"x") == "a.yaml: is longer than 1048576 bytes; keep it under that"


def test_a_file_that_starts_and_ends_its_document_is_one_document():
    assert document(b"---\na: 1\n...\n").value == {"a": 1}


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path):
    with pytest.raises(RefusedError, match=r"^models/a\.yaml: cannot be read: No such file"):
        read_file(tmp_path, "models/a.yaml")
