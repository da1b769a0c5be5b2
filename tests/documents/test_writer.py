"""What is written is read back as it was, by both libraries and by both versions of YAML."""

import io
from typing import Any, cast

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from documents.writer import to_yaml
from tests.documents.test_scalar import TEXTS, TRAPS

# Surrogates are no characters; NUL and most control characters no YAML holds even in quotes.
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t\r"))
LINES = st.lists(st.sampled_from(["", "a", " a", "a ", "\ta", "- a", "a: b", "# a", "---", "é"]))
SCALAR = st.one_of(
    TEXT, st.sampled_from([*TEXTS, *TRAPS]), LINES.map("\n".join), st.booleans(), st.none(),
    st.integers(-(10**18), 10**18),
)  # fmt: skip
KEY = st.one_of(TEXT.filter(lambda key: len(key) < 60), st.sampled_from([*TEXTS, *TRAPS]))
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=12,
)
MAPPING = st.dictionaries(KEY, VALUE, max_size=5)


def by_pyyaml(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def by_ruamel(text: str) -> Any:
    reader = cast("Any", YAML(typ="safe", pure=True))
    reader.version = (1, 2)
    return reader.load(io.StringIO(text))


@pytest.mark.thorough
@pytest.mark.parametrize("read", [by_pyyaml, by_ruamel])
@settings(max_examples=300, deadline=None)
@example({"a": "\ufeff", "\ufeff": "x\ufeff\n"})
@example({"a": "a\x85b", "b": "a\u2028b\n", "c": "2025-01-31 \u2029"})
@example({"a": "a\r\nb\r\n"})
@example({"a": [[], [[]], {}, [{}]], "b": {"c": {}}})
@example({"k" * 500: "v", "l" * 129: {"m" * 300: ["n" * 2000]}})
@given(value=MAPPING)
def test_what_is_written_is_read_back(read: Any, value: dict[str, Any]):
    assert read(to_yaml(value)) == value


@given(value=MAPPING)
def test_the_same_value_is_written_the_same_way(value: dict[str, Any]):
    assert to_yaml(value) == to_yaml(value)


@pytest.mark.parametrize("text", [*TRAPS, "", "~", "null", "true", "1", "0x1F", "1e3"])
def test_text_that_a_library_could_take_for_something_else_is_quoted(text: str):
    assert to_yaml({"a": text}) == f"a: '{text}'\n"


@pytest.mark.parametrize("text", ["chat", "v4.9.0", "20Gi", "10.0.0.0/8", "/models", "a:b"])
def test_plain_text_has_no_quotes(text: str):
    assert to_yaml({"a": text}) == f"a: {text}\n"


def test_keys_keep_the_order_in_which_they_were_built():
    assert to_yaml({"kind": "Job", "apiVersion": "v1"}) == "kind: Job\napiVersion: v1\n"


def test_lists_stand_below_their_keys():
    ports = [{"name": "http", "port": 80}, "other", ["a", {"b": 1}]]

    assert to_yaml({"spec": {"ports": ports, "none": [], "empty": {}}}) == (
        "spec:\n"
        "  ports:\n"
        "  - name: http\n"
        "    port: 80\n"
        "  - other\n"
        "  - - a\n"
        "    - b: 1\n"
        "  none: []\n"
        "  empty: {}\n"
    )


def test_lines_are_written_as_lines_and_empty_ones_without_spaces():
    assert to_yaml({"data": {"a.py": "one\n\n  two\n", "b": ["x\ny"]}}) == (
        "data:\n  a.py: |\n    one\n\n      two\n  b:\n  - |-\n    x\n    y\n"
    )


@pytest.mark.parametrize("text", [" a\nb", "a \nb", "a\nb\t", "\na", "a\n\n", "a\x85b\n", "a\r\nb"])
def test_lines_that_would_not_be_seen_are_written_out(text: str):
    written = to_yaml({"a": text})

    assert written.startswith('a: "')
    assert written.count("\n") == 1


def test_a_value_of_another_class_is_refused():
    with pytest.raises(yaml.YAMLError):
        to_yaml({"a": object()})


def test_nothing_is_an_empty_mapping():
    assert to_yaml({}) == "{}\n"


@settings(max_examples=200)
@given(value=st.recursive(
    st.sampled_from(TEXTS) | st.booleans() | st.integers(0, 99)
    | st.floats(0.001, 9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(TEXTS), inner, max_size=3),
).filter(lambda value: isinstance(value, dict)))  # fmt: skip
def test_what_needs_no_care_is_written_as_pyyaml_writes_it(value: dict[str, Any]):
    theirs = yaml.dump(
        value, Dumper=_Plain, sort_keys=False, width=1 << 20, allow_unicode=True
    )  # fmt: skip

    assert to_yaml(value) == theirs


class _Plain(yaml.CSafeDumper):
    """Repeats what is the same object."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def test_a_number_is_written_without_an_exponent_since_the_reader_refuses_one():
    assert to_yaml({"a": 1e-5, "b": 1e16}) == "a: 0.00001\nb: 10000000000000000.0\n"
