"""What runs for the first time is a line of its own, whatever object it is in."""

import copy
from typing import Any

import pytest

from gitops.planning.note import Kind, Rank
from gitops.planning.notes.sources import source_notes
from tests.gitops.stacks import Config, rendered, stack_file

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
IMAGE = "quay.io/go-skynet/local-ai:v4.9.0"
CHART = {"repository": "https://charts.example.org", "chart": "store", "version": "1.2.3"}


def notes(old: Config | None, new: Config) -> list[tuple[Kind, str]]:
    base = rendered(old) if old else None
    return [(one.kind, str(one)) for one in source_notes(base, rendered(new))]


def with_(**settings: Any) -> Config:
    return copy.deepcopy(stack_file()) | settings


def test_the_same_stack_has_no_note():
    assert notes(with_(), with_()) == []


def test_another_pool_of_known_images_has_no_note():
    more = with_()
    more["pools"]["more"] = copy.deepcopy(more["pools"]["talk"])
    assert notes(with_(), more) == []


def test_another_digest_of_the_same_tag_is_said_with_both():
    [(kind, text)] = notes(with_(digests={IMAGE: A}), with_(digests={IMAGE: B}))
    assert kind is Kind.IMAGES_CHANGE
    assert "v4.9.0@sha256:bbbbbbbbbbbb, no longer at v4.9.0@sha256:aaaaaaaaaaaa" in text


def test_a_chart_of_a_new_repository_is_said_with_it():
    [(kind, text)] = notes(with_(), with_(charts={"other": CHART}))
    assert kind is Kind.CHART_SOURCE_ADDED
    assert "store of https://charts.example.org" in text


def test_a_chart_that_is_there_and_moves_to_another_repository_is_new():
    moved = CHART | {"repository": "https://evil.example.org"}
    [(kind, text)] = notes(with_(charts={"other": CHART}), with_(charts={"other": moved}))
    assert kind is Kind.CHART_SOURCE_ADDED
    assert "https://evil.example.org" in text


@pytest.mark.parametrize(
    "image", ["evil.example/x:1", {"repository": "evil.example/x", "tag": "1"}]
)
def test_an_image_among_the_values_of_a_chart_is_one(image: Any):
    evil = CHART | {"values": {"deep": [{"image": image}]}}
    [(kind, text)] = notes(with_(charts={"other": CHART}), with_(charts={"other": evil}))
    assert kind is Kind.IMAGE_SOURCE_ADDED
    assert "evil.example/x at 1" in text


def test_a_new_stack_says_where_all_of_it_comes_from():
    found = notes(None, with_(charts={"other": CHART}))
    assert {kind for kind, _ in found} == {Kind.IMAGE_SOURCE_ADDED, Kind.CHART_SOURCE_ADDED}


def test_they_stand_above_what_is_added():
    assert Kind.IMAGE_SOURCE_ADDED.rank is Kind.IMAGES_CHANGE.rank is Rank.IMAGE
    assert Kind.CHART_SOURCE_ADDED.rank is Rank.CHART
