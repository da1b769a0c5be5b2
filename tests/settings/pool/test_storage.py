from typing import Any

import pytest
from pydantic import ValidationError

from settings.pool.storage import Access, StorageSettings


def storage(**fields: Any) -> StorageSettings:
    return StorageSettings.model_validate(fields)


def test_a_claim_of_ours_has_a_size_and_is_for_one_node():
    found = storage(size="20Gi")

    assert (found.size, found.access, found.existing) == ("20Gi", Access.ONE_NODE, None)


def test_the_class_is_the_clusters_unless_it_is_named():
    assert storage(size="20Gi").storage_class is None
    assert storage(**{"size": "20Gi", "class": "fast"}).storage_class == "fast"


def test_an_existing_claim_is_used_as_it_is():
    assert storage(existing="weights", access="ReadWriteMany").existing == "weights"


@pytest.mark.parametrize(
    "fields",
    [{"existing": "weights", "size": "20Gi"}, {"existing": "weights", "class": "fast"}],
)
def test_an_existing_claim_has_neither_size_nor_class(fields: dict[str, Any]):
    with pytest.raises(ValidationError, match="names an existing claim and also a size or class"):
        storage(**fields)


@pytest.mark.parametrize("fields", [{}, {"class": "fast"}, {"access": "ReadWriteMany"}])
def test_a_claim_needs_a_size_or_an_owner(fields: dict[str, Any]):
    with pytest.raises(ValidationError, match="has neither a size nor an existing claim"):
        storage(**fields)


@pytest.mark.parametrize("access", ["ReadOnlyMany", "readwriteonce", "", 1])
def test_an_unknown_access_is_refused(access: object):
    with pytest.raises(ValidationError):
        storage(size="20Gi", access=access)


def test_another_pools_claim_and_no_claim_at_all_are_for_any_node():
    assert storage(**{"from": "chat"}).lender == "chat"
    assert storage(**{"from": "chat"}).access is storage(images=True).access is Access.MANY_NODES


@pytest.mark.parametrize("way", [{"from": "chat"}, {"images": True}])
@pytest.mark.parametrize("more", [{"class": "fast"}, {"access": "ReadWriteMany"}])
def test_who_has_no_claim_of_its_own_says_nothing_of_it(way: dict[str, Any], more: dict[str, Any]):
    with pytest.raises(ValidationError, match="class or access of a claim of its own"):
        storage(**way, **more)


@pytest.mark.parametrize(
    "fields",
    [
        {"from": "chat", "size": "20Gi"},
        {"images": True, "existing": "weights"},
        {"from": "chat", "images": True},
    ],
)
def test_files_are_kept_in_one_way(fields: dict[str, Any]):
    with pytest.raises(ValidationError, match="keeps its files in two ways"):
        storage(**fields)


def test_a_cache_is_of_a_claim():
    cache = {"size": "40Gi", "class": "local-nvme"}
    for way in ({"size": "1Ti", "access": "ReadWriteMany"}, {"existing": "w"}, {"from": "chat"}):
        found = storage(**way, cache=cache).cache
        assert found
        assert (found.size, found.storage_class) == ("40Gi", "local-nvme")
    with pytest.raises(ValidationError, match="caches a claim, but has none"):
        storage(images=True, cache=cache)
