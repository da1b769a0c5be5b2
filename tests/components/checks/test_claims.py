"""What a pool keeps fits where it keeps it, or is refused with what would."""

from typing import Any

import pytest

from settings.config import SettingsError
from tests.samples import pool_fields, stack

IMAGES = {"server": {"version": "v4.9.0", "engines": "image-volume"}}


def reasons(pools: dict[str, Any], **fields: Any) -> list[str]:
    with pytest.raises(SettingsError) as error:
        stack(pools, **fields)
    return str(error.value).splitlines()


def test_engines_count_on_a_claim_and_not_where_pods_copy_them():
    small = pool_fields(models=["qwen3-8b"], storage={"size": "5Gi"})
    (reason,) = reasons({"chat": small})

    assert "4.7 GiB of weights and about 0.7 GiB of engines, the claim 5Gi" in reason
    assert reason.endswith("use at least 7Gi")
    assert len(stack({"chat": small}, **IMAGES)[1]) == 1


def test_engines_for_gpus_are_larger():
    (reason,) = reasons({"chat": pool_fields(gpu="nvidia-l4", storage={"size": "5Gi"})})

    assert "about 7.5 GiB of engines" in reason


def test_what_guests_read_counts_on_the_claim_of_their_host():
    pools = {
        "chat": pool_fields(storage={"size": "3Gi", "access": "ReadWriteMany"}),
        "find": pool_fields(models=["qwen3-8b"], storage={"from": "chat"}),
    }
    (reason,) = reasons(pools)

    assert reason.startswith("config.localai:pools.chat.storage.size: ")
    assert "its models and those of find have 5." in reason


def test_engines_for_another_processor_count_as_others():
    lent = {"size": "1536Mi", "access": "ReadWriteMany"}
    guest = pool_fields(storage={"from": "chat"})
    pools = {"chat": pool_fields(storage=lent), "find": guest}
    of_another = guest | {"scheduling": {"arch": "arm64"}}
    (reason,) = reasons({**pools, "find": of_another})

    assert len(stack(pools)[1]) == 2
    assert "about 1.5 GiB of engines, the claim 1536Mi" in reason


def test_a_cache_holds_the_weights_of_its_pool():
    storage = {"size": "100Gi", "cache": {"size": "4Gi"}}
    (reason,) = reasons({"chat": pool_fields(models=["qwen3-8b"], storage=storage)})

    assert reason.startswith("config.localai:pools.chat.storage.cache.size: ")
    assert reason.endswith("use at least 6Gi")


def test_a_pool_that_keeps_nothing_has_all_of_it_in_images():
    found = reasons({"chat": pool_fields(storage={"images": True})})

    assert any(
        "engines go into a claim; use `server: {engines: image-volume}`" in one for one in found
    )
    assert any("the weights of qwen3-0.6b are not an image" in one for one in found)


def test_pools_on_two_processors_do_not_install_engines_into_one_existing_claim():
    shared = pool_fields(storage={"existing": "models", "access": "ReadWriteMany"})
    arm = shared | {"scheduling": {"arch": "arm64"}}
    (reason,) = reasons({"chat": shared, "find": arm})

    assert reason.startswith("config.localai:pools.find.storage: shares the engines on the claim")
    assert "models with chat, but runs on arm64 nodes, and chat on any nodes; name one" in reason
    assert len(stack({"chat": arm, "find": arm})[1]) == 2
    assert len(stack({"chat": shared, "find": arm}, **IMAGES)[1]) == 2
