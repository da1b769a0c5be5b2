from typing import Any

import pytest
from pydantic import ValidationError

from settings.chart import ChartSettings


def chart(**fields: Any) -> ChartSettings:
    known = {"repository": "https://charts.example", "chart": "qdrant", "version": "1.15.5"}
    return ChartSettings.model_validate(known | fields)


def test_a_chart_goes_to_the_stacks_namespace_and_the_default_project():
    found = chart()

    assert (found.namespace, found.project, found.values) == (None, "default", {})


@pytest.mark.parametrize("version", ["1.15.5", "v1.15.5", "1.0.0-rc.1", "2.0.0+build.7"])
def test_a_version_that_stands_still_is_taken(version: str):
    assert chart(version=version).version == version


@pytest.mark.parametrize(
    "version", ["", "1", "1.15", "1.15.x", "^1.15.5", ">=1.0.0", "latest", "*", "1.15.5 ", "1.0.0-"]
)
def test_a_version_that_could_move_is_refused(version: str):
    with pytest.raises(ValidationError):
        chart(version=version)


@pytest.mark.parametrize("repository", ["https://charts.example/a", "oci://registry.example/a"])
def test_a_repository_is_fetched_over_tls(repository: str):
    assert chart(repository=repository).repository == repository


@pytest.mark.parametrize(
    "repository",
    ["http://charts.example", "git@host:a/b", "https://me:key@charts.example", "https://a b", "a"],
)
def test_another_way_to_a_repository_is_refused(repository: str):
    with pytest.raises(ValidationError):
        chart(repository=repository)


def test_helm_values_keep_zero_false_and_empty():
    values: dict[str, Any] = {
        "zero": 0,
        "off": False,
        "text": "",
        "list": [],
        "map": {},
        "deep": [[{"a": 0}]],
    }

    assert chart(values=values).values == values


def test_a_truth_in_helm_values_is_no_number():
    assert chart(values={"a": True, "b": 1}).values["a"] is True
    assert chart(values={"a": True, "b": 1}).values["b"] is not True
