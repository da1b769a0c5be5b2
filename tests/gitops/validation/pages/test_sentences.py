"""What a validator found, in words."""

from typing import Any

import pytest

from gitops.validation.pages.rules import sentences
from gitops.validation.schemas.schemas import validator


def said(**fields: Any) -> list[str]:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", **fields}
    errors = validator("1.37", "v1", "ConfigMap").iter_errors(manifest)
    return sorted(sentence for error in errors for sentence in sentences(error))


def test_what_is_right_needs_no_words():
    assert said(data={"a": "b"}) == []


@pytest.mark.parametrize("names", [("dta",), ("dta", "metdata")])
def test_every_unknown_field_is_named(names: tuple[str, ...]):
    assert said(**dict.fromkeys(names, "")) == [f"{name}: unknown field" for name in names]


def test_a_value_is_never_repeated():
    (sentence,) = said(data={"a": 4711})

    assert sentence.startswith("data.a: ")
    assert "4711" not in sentence
