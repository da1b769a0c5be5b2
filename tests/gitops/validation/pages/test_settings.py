from typing import Any

import pytest

from gitops.validation.pages.settings import settings_page, type_words
from models.definition import Definition
from settings.stack.stack import StackSettings

CLASSES: dict[str, Any] = {
    "Pool": {"type": "object", "properties": {}},
    "Access": {"type": "string", "enum": ["one", "many"]},
}


def test_the_page_names_every_key_of_both_files():
    page = settings_page()

    for field in StackSettings.model_fields.values():
        assert f"| `localai:{field.alias}` |" in page
    for name in Definition.model_fields:
        assert f"| `{name}` |" in page


def test_the_page_says_what_is_required_and_what_is_not_said():
    page = settings_page()

    assert "| `size` | size |  | Size of the claim; it can grow in place. |" in page
    assert "| `secret` | DNS label | required | Name of the Secret. |" in page
    assert "| `cpu` | whole number, 1 to 256 | `4` |" in page


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "title": "size"}, "size"),
        ({"type": "boolean"}, "true or false"),
        ({"type": "integer"}, "whole number"),
        ({"type": "integer", "minimum": 1}, "whole number from 1"),
        ({"type": "number", "minimum": 0, "maximum": 5}, "number, 0 to 5"),
        ({"$ref": "#/$defs/Pool"}, "[Pool](#pool)"),
        ({"$ref": "#/$defs/Access"}, "`one`, `many`"),
        ({"type": "array", "items": {"$ref": "#/$defs/Access"}}, "list of `one`, `many`"),
        ({"type": "object", "additionalProperties": {}}, "mapping of text to anything"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "whole number or text"),
    ],
)
def test_a_type_is_said_in_words(field: dict[str, Any], words: str):
    assert type_words(field, CLASSES) == words


def test_no_cell_hides_an_angle_bracket_or_breaks_its_row():
    rows = [line for line in settings_page().splitlines() if line.startswith("|")]

    assert {row.count("|") for row in rows} == {4, 5}
    assert not any("<" in piece for row in rows for piece in row.split("`")[::2])
