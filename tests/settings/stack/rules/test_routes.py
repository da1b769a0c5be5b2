from typing import Any

import pytest

from settings.config import SettingsError
from tests.samples import KEY, pool_fields, settings

A, B = "qwen3-0.6b", "qwen3-1.7b"
EXPOSED = {"kind": "gateway", "host": "ai.example.com", "gateway": {"name": "g", "namespace": "n"}}


def two(second: dict[str, Any], **router: Any) -> Any:
    """Return a stack of two pools with a router; the first serves A, also as `assistant`."""
    first = pool_fields(models=[A], aliases={"assistant": A})
    return settings({"first": first, "second": pool_fields(**second)}, router=router)


@pytest.mark.parametrize(
    "second",
    [
        {"models": [A]},
        {"models": [B], "aliases": {"assistant": B}},
        {"models": [B], "aliases": {A: B}},
    ],
)
def test_two_pools_that_serve_one_name_are_refused_with_the_cure(second: dict[str, Any]):
    with pytest.raises(SettingsError, match="in pool first and in pool second"):
        two(second)


def test_two_pools_may_serve_one_name_if_the_router_spreads_its_requests():
    assert two({"models": [A], "aliases": {"assistant": A}}, loadBalance=True)


def test_one_name_means_one_model_even_then():
    with pytest.raises(SettingsError, match=f"means {A} by assistant in pool first, and {B}"):
        two({"models": [B], "aliases": {"assistant": B}}, loadBalance=True)


def test_without_a_router_each_pool_has_names_of_its_own():
    assert settings({"first": pool_fields(), "second": pool_fields()})


@pytest.mark.parametrize(
    ("router", "place"),
    [
        ({"models": {"nope": {"rpm": 1}}}, r"router\.models"),
        ({"fallbacks": {"nope": [A]}}, r"router\.fallbacks"),
        ({"fallbacks": {A: ["nope"]}}, r"router\.fallbacks"),
        ({"keys": {"app": {**KEY, "models": ["nope"]}}}, r"router\.keys\.app"),
    ],
)
def test_a_name_that_no_pool_serves_is_refused_where_it_stands(router: dict[str, Any], place: str):
    with pytest.raises(SettingsError, match=f"names nope in {place}"):
        settings(router=router)


def test_an_alias_is_a_name_like_any_other():
    assert two({"models": [B]}, fallbacks={B: ["assistant"]}, models={"assistant": {"tpm": 9}})


def test_a_pool_cannot_have_the_routers_name():
    assert settings({"router": pool_fields()})
    with pytest.raises(SettingsError, match="a router and a pool named router"):
        settings({"router": pool_fields()}, router={})


def test_rendered_manifests_hold_no_master_key():
    with pytest.raises(SettingsError, match=r"names no router\.masterKey"):
        settings(delivery="rendered", apiKey=KEY, router={})

    assert settings(delivery="rendered", apiKey=KEY, router={"masterKey": KEY})


def test_the_router_is_what_is_exposed():
    assert settings(router={}, exposure=EXPOSED)
    with pytest.raises(SettingsError, match="exposes pool chat beside its router"):
        settings(router={}, exposure={**EXPOSED, "pool": "chat"})


def test_without_a_router_a_stack_says_which_pool_is_exposed():
    assert settings(exposure={**EXPOSED, "pool": "chat"})
    with pytest.raises(SettingsError, match="exposes itself but has no router: chat; add"):
        settings(exposure=EXPOSED)
    with pytest.raises(SettingsError, match="exposes pool speech, which it does not have"):
        settings(exposure={**EXPOSED, "pool": "speech"})


def test_a_stack_that_stays_inside_its_cluster_may_say_so():
    assert settings(exposure={"kind": "cluster"})
