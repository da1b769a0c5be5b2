import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.reader import read
from gitops.adoption.yaml_text import yaml_text


@pytest.mark.parametrize(
    "text", ["yes", "1e5", "0123", "12:30", "2024-01-01", "", "a: b", "{{.Input}}\nOutput:", " x"]
)
def test_a_text_is_read_back_as_the_same_text(text: str):
    written = yaml_text({"key": text}, "a comment")

    assert read(written.encode(), name="x", floats=True).value == {"key": text}


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])))
def test_every_text_is_read_back(text: str):
    assert read(yaml_text({"key": [text]}).encode(), name="x").value == {"key": [text]}


def test_lists_are_indented_and_comments_come_first():
    assert yaml_text({"a": {"b": ["c"]}}, "head") == "# head\na:\n  b:\n    - c\n"
