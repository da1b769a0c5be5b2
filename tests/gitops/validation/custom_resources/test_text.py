import pytest

from gitops.validation.custom_resources.definitions import parsed, text
from gitops.validation.custom_resources.sources import SOURCES, Source

LARGE = {f"field{number}": {"type": "string"} for number in range(20)}


def test_what_repeats_stands_once_and_reads_back_the_same():
    definition = {"a": {"b": dict(LARGE)}, "c": [dict(LARGE)]}
    written = text(SOURCES[0], definition)
    assert written.count("field0") == 1
    assert parsed(written) == definition


def test_small_parts_are_written_out():
    assert "*" not in text(SOURCES[0], {"a": {"type": "string"}, "b": {"type": "string"}})


def test_a_file_says_where_it_is_from():
    assert text(SOURCES[0], {}).startswith(
        "# manifests/crds/application-crd.yaml of github.com/argoproj/argo-cd/v3@v"
    )


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.kind)
def test_the_files_are_as_they_would_be_written(source: Source):
    content = source.path.read_text(encoding="utf-8")
    assert text(source, parsed(content)) == content
