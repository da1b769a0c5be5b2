"""Labels and names are the same everywhere, and a name follows its content."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.parts.labels import common, content_digest, content_name, metadata
from components.parts.part import plain
from tests.samples import committed_manifests, context

CONTENT = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4)


def test_every_object_of_every_stack_says_what_it_is_part_of():
    for manifest in committed_manifests():
        labels = manifest["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"] == "localai"
        assert labels["app.kubernetes.io/part-of"].startswith("localai-")
        assert labels["app.kubernetes.io/managed-by"] == "localai-gitops"


def test_every_label_is_one_that_kubernetes_accepts():
    value = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
    for manifest in committed_manifests():
        assert all(value.fullmatch(text) for text in manifest["metadata"]["labels"].values())


def test_an_object_is_in_the_namespace_of_its_stack():
    found = plain(metadata(context(), "one", {"a": "b"}))

    assert (found["name"], found["namespace"]) == ("one", "localai-test")
    assert found["labels"] == {**common(context()), "a": "b"}
    assert "annotations" not in found


def test_annotations_are_kept():
    assert plain(metadata(context(), "one", {}, {"a": "b"}))["annotations"] == {"a": "b"}


@pytest.mark.thorough
@given(CONTENT, CONTENT)
def test_a_name_changes_exactly_when_the_content_does(one: dict[str, str], other: dict[str, str]):
    assert (content_name("a", one) == content_name("a", other)) == (one == other)


@given(CONTENT)
def test_the_order_of_keys_does_not_matter(content: dict[str, str]):
    assert content_digest(dict(reversed(content.items()))) == content_digest(content)


def test_a_name_by_content_starts_with_what_it_is():
    assert re.fullmatch(r"localai-chat-models-[0-9a-f]{8}", content_name("localai-chat-models", {}))
