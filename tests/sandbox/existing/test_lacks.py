from dataclasses import replace

import pytest

from sandbox.existing.prepare import Facts, Needs, lacks

NEEDS = Needs(
    namespaces=frozenset({"here"}),
    devices=frozenset({"nvidia.com/gpu"}),
    classes=frozenset({"", "fast"}),
    secrets=frozenset({"here/key"}),
)
FULL = Facts(
    version="v1.34.10",
    namespaces=frozenset(),
    definitions=frozenset(),
    devices=frozenset({"nvidia.com/gpu"}),
    classes=frozenset({"", "fast", "standard"}),
    secrets=frozenset({"here/key"}),
)


def test_a_cluster_with_everything_lacks_nothing():
    assert list(lacks(NEEDS, FULL)) == []


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("devices", "nvidia.com/gpu: no node offers it"),
        ("classes", "a default storage class: claims stay pending"),
        ("secrets", "secret here/key: pods that read it do not start"),
    ],
)
def test_what_is_missing_is_told_with_what_follows(field: str, expected: str):
    told = list(lacks(NEEDS, replace(FULL, **{field: frozenset[str]()})))
    assert told[0].startswith(expected)


@pytest.mark.parametrize("field", ["devices", "classes"])
def test_what_nobody_may_tell_is_said_so(field: str):
    (told,) = lacks(NEEDS, replace(FULL, **{field: None}))
    assert told.startswith("the right to list")


@pytest.mark.parametrize(
    ("version", "old"), [("v1.32.9", True), ("v1.9.0", True), ("v1.33.1+k3s1", False)]
)
def test_a_cluster_that_is_too_old_is_told(version: str, old: bool):
    told = list(lacks(NEEDS, replace(FULL, version=version)))
    assert any("upgrade it" in line for line in told) is old
