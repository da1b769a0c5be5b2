"""What a stack file names is looked up, and refused with its key, a cause and a cure."""

import re
from dataclasses import replace
from typing import Any

import pytest

from components.checks.resolve import release_of, resolve
from models.catalog import Catalog
from settings.config import SettingsError
from settings.release import Release
from tests.components.addons.served.stacks import MODEL
from tests.samples import catalog, committed, pool_fields, settings, stack
from tests.support.project import STACKS


def refused(pools: dict[str, Any] | None = None, **fields: Any) -> list[str]:
    """Return why a stack is refused: each finding as `key: cause; cure`."""
    with pytest.raises(SettingsError) as error:
        stack(pools, **fields)
    return str(error.value).splitlines()


def one(**fields: Any) -> str:
    """Return the one reason why a pool is refused."""
    (reason,) = refused({"chat": pool_fields(**fields)})
    return reason


@pytest.mark.parametrize("name", STACKS)
def test_every_committed_stack_is_found_whole(name: str):
    context, pools = committed(name)

    assert context.stack == name
    assert [pool.name for pool in pools] == list(context.settings.pools)
    assert all(len(pool.models) == len(pool.settings.models) for pool in pools)


def test_an_unknown_server_version_is_refused():
    (reason,) = refused(server={"version": "v1.0.0"})

    assert reason.startswith("config.localai:server.version: is v1.0.0; ")
    assert "v4.9.0" in reason


def test_a_misspelt_model_is_refused_with_the_nearest():
    reason = one(models=["qwen3-0.6b", "qwen3-8bb"])

    assert reason.startswith("config.localai:pools.chat.models[1]: qwen3-8bb is not in models/; ")
    assert "did you mean 'qwen3-8b'?" in reason
    assert "add models/qwen3-8bb.yaml" in reason


def test_an_unknown_gpu_is_refused():
    reason = one(gpu="nvidia-l400")

    assert reason.startswith("config.localai:pools.chat.gpu: nvidia-l400 is not a GPU profile; ")
    assert "nvidia-l40s" in reason


def test_models_that_do_not_fit_their_gpu_are_refused():
    reason = one(models=["llama-3.3-70b-instruct"], gpu="nvidia-l4")

    assert "1 of its models need" in reason
    assert "1 x nvidia-l4 has 22.5 GiB" in reason
    assert "use a larger gpu or more gpus" in reason


def test_fewer_models_at_once_are_offered_where_there_are_several():
    reason = one(models=["qwen3-8b", "qwen3-14b", "qwen3-32b"], gpu="nvidia-l4")

    assert "; lower `active`, use a larger gpu" in reason


def test_models_that_do_not_fit_their_pod_are_refused():
    assert "raise `memory`" in one(models=["qwen3-8b"], memory="4Gi")


def test_weights_that_do_not_fit_their_claim_are_refused():
    reason = one(models=["qwen3-8b"], storage={"size": "4Gi"})

    assert reason.startswith("config.localai:pools.chat.storage.size: its models have 4.7 GiB")
    assert reason.endswith("use at least 7Gi")


def test_a_model_that_needs_a_newer_server_is_refused():
    newer = catalog().definitions["qwen3-0.6b"].model_copy(update={"minimum_server": "v9.0.0"})
    known = replace(catalog(), definitions={newer.name: newer})

    with pytest.raises(SettingsError, match=r"models\[0\]: qwen3-0.6b needs LocalAI v9.0.0; raise"):
        resolve("test", settings(), known)


def test_a_model_whose_engine_the_server_does_not_have_is_refused():
    other = catalog().definitions["qwen3-0.6b"].model_copy(update={"backend": "abacus"})

    with pytest.raises(SettingsError, match=r"needs the engine abacus; .*llama-cpp"):
        resolve("test", settings(), Catalog(definitions={other.name: other}))


def test_everything_that_is_wrong_is_said_at_once():
    reasons = refused(
        {
            "a": pool_fields(models=["nothing-like-it"], gpu="abacus"),
            "b": pool_fields(models=["neither"]),
            "c": pool_fields(models=["qwen3-8b"], memory="4Gi"),
        }
    )

    assert [reason.split(":")[1].split(";")[0] for reason in reasons] == [
        "pools.a.gpu",
        "pools.a.models[0]",
        "pools.b.models[0]",
        "pools.c.models",
    ]


def test_pools_on_other_nodes_cannot_share_a_one_node_claim():
    shared = {"existing": "shared"}
    pools = {
        "chat": pool_fields(gpu="nvidia-l4", storage=shared),
        "find": pool_fields(storage=shared),
    }
    (reason,) = refused(pools)
    assert "shares the one-node claim shared with chat on other nodes" in reason
    del pools["chat"]["gpu"]
    assert len(stack(pools)[1]) == 2


POOLS = {"chat": pool_fields(models=["qwen3-0.6b"], aliases={"assistant": "qwen3-0.6b"})}
RELEASE = release_of(*stack(POOLS))
IMAGE, PIN = next(iter(RELEASE.images)), f"sha256:{'1' * 64}"


def released(
    pools: dict[str, Any] | None = None, release: Release | None = RELEASE, **fields: Any
) -> Release:
    """Return what a stack serves by its file and a release."""
    return release_of(*resolve("test", settings(pools or POOLS, **fields), catalog(), release))


def disagreement(pools: dict[str, Any] | None = None, **fields: Any) -> str:
    with pytest.raises(SettingsError) as error:
        released(pools, **fields)
    (line,) = str(error.value).splitlines()
    assert "releases/test.yaml" in line
    return line


def test_a_stack_serves_what_its_release_holds_and_not_what_models_say_now():
    model = RELEASE.models["qwen3-0.6b"]
    edited = Catalog(definitions={model.name: model.model_copy(update={"context_size": 512})})

    with_release = release_of(*resolve("test", settings(POOLS), edited, RELEASE))
    floating = release_of(*resolve("test", settings(POOLS), edited))

    assert with_release.digest == RELEASE.digest != floating.digest


def test_a_digest_that_came_with_a_release_pins_the_image():
    pinned = RELEASE.model_copy(update={"images": {**RELEASE.images, IMAGE: PIN}})

    context, _ = resolve("test", settings(POOLS), catalog(), pinned)

    assert context.image(IMAGE).endswith(f"{IMAGE}@{PIN}")


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        (
            {"server": {"version": "v4.8.2"}},
            "localai:server.version: is v4.8.2, but releases/test.yaml has v4.9.0",
        ),
        (
            {"pools": {"chat": pool_fields(models=["qwen3-0.6b"])}},
            "localai:pools: has no alias assistant, but releases/test.yaml has 'qwen3-0.6b'",
        ),
        ({"pools": {"chat": pool_fields(models=["qwen3-1.7b"])}}, "models[0]: qwen3-1.7b is not"),
        (
            {"digests": {IMAGE: PIN}},
            f"{IMAGE}: is '111111111111', but releases/test.yaml has it by tag alone",
        ),
    ],
)
def test_a_stack_file_that_says_otherwise_than_its_release_is_refused(
    fields: dict[str, Any], place: str
):
    line = disagreement(**fields)

    assert place in line
    assert "`localai-gitops release test`" in line


def test_a_served_model_that_a_release_does_not_hold_is_refused_at_its_key():
    with pytest.raises(SettingsError) as error:
        released(POOLS, servedModels={"digits": MODEL})

    lines = [one for one in str(error.value).splitlines() if "localai:servedModels.digits: " in one]
    assert any("', but releases/test.yaml has nothing; " in one for one in lines)


def test_an_alias_and_an_image_that_differ_from_the_release_are_shown_with_both_values():
    pools = {"chat": pool_fields(models=["qwen3-0.6b"], aliases={"assistant": "qwen3-0.6b"})}
    other = RELEASE.model_copy(update={"aliases": {"assistant": "phi-4"}})
    images = {name: digest for name, digest in RELEASE.images.items() if name != IMAGE}
    fewer = RELEASE.model_copy(update={"images": images})

    alias = "pools.chat.aliases.assistant: is 'qwen3-0.6b', but releases/test.yaml has 'phi-4'"
    assert alias in disagreement(pools, release=other)
    image = f"localai:digests: has image {IMAGE}, but releases/test.yaml has nothing"
    assert image in disagreement(pools, release=fewer)


def test_a_model_that_a_stack_no_longer_lists_is_refused_until_the_release_is_written_anew():
    two = release_of(*stack({"chat": pool_fields(models=["qwen3-0.6b", "qwen3-1.7b"])}))
    pools = {"chat": pool_fields(models=["qwen3-0.6b"])}

    line = disagreement(pools, release=two)
    assert "localai:pools: has no model qwen3-1.7b, but releases/test.yaml has '" in line


@pytest.mark.parametrize(
    ("word", "release", "words"),
    [
        ("floats", RELEASE, "is 'floats', but releases/test.yaml exists; delete one of the two"),
        (
            "pinned",
            None,
            "is 'pinned', but releases/test.yaml does not exist; "
            "write it with `localai-gitops release test`",
        ),
    ],
)
def test_a_stack_that_floats_has_no_release_file_and_a_pinned_one_has(
    word: str, release: Release | None, words: str
):
    with pytest.raises(SettingsError, match=re.escape(words)):
        resolve("test", settings(POOLS, release=word), catalog(), release)
