"""Every form is shown by an example, which is of that form."""

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from pydantic import BaseModel

from documents.validation import examples
from models.definition import Definition
from settings.cluster import ClusterFile
from settings.stack.stack import StackSettings

EXAMPLES = examples()


def forms(schema: Any) -> Iterator[str]:
    """Yield the expressions that a model matches texts against."""
    if isinstance(schema, dict):
        known = cast("dict[str, Any]", schema)
        if known.get("type") == "str" and "pattern" in known:
            yield known["pattern"]
        schema = list(known.values())
    if isinstance(schema, list | tuple):
        for one in cast("list[Any]", schema):
            yield from forms(one)


@pytest.mark.parametrize("pattern", EXAMPLES)
def test_an_example_is_of_its_form(pattern: str):
    assert re.search(pattern, EXAMPLES[pattern])


@pytest.mark.parametrize("model", [StackSettings, ClusterFile, Definition])
def test_no_form_is_without_an_example(model: type[BaseModel]):
    # A model is built when it is first used.
    model.model_rebuild()

    found = set(forms(model.__pydantic_core_schema__))

    assert found
    assert found <= EXAMPLES.keys()
