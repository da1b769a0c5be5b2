from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from models.options import text


@pytest.mark.parametrize(
    "said", ["Chat.", "a\nb\tc", "<\uff5cbegin\u2581of\u2581sentence\uff5c>", "日本語", "שלום", "é"]
)
def test_what_is_seen_is_taken(said: str):
    assert text(said) == said


@pytest.mark.parametrize(
    ("said", "sign"),
    [
        ("a\u202eb", "U\\+202E"),
        ("a\u2066b", "U\\+2066"),
        ("a\u200bb", "U\\+200B"),
        ("a\ufeffb", "U\\+FEFF"),
        ("a\0b", "U\\+0000"),
        ("a\x1b[2Jb", "U\\+001B"),
        ("a\rb", "U\\+000D"),
        ("a\ue000b", "U\\+E000"),
    ],
)
def test_what_is_not_seen_is_refused(said: str, sign: str):
    with pytest.raises(PydanticCustomError, match=f"holds a sign that nobody sees, {sign}"):
        text(said)


def test_accents_are_composed():
    with pytest.raises(PydanticCustomError, match="NFC"):
        text("e\u0301")


@given(st.text())
def test_any_text_is_kept_or_refused(said: str):
    with suppress(PydanticCustomError):
        assert text(said) == said
