"""The GPUs that a stack declares, against all the pods that may ever run."""

from typing import Any

import pytest
from pydantic import ValidationError

from settings.config import SettingsError
from settings.stack.stack import StackSettings
from tests.components.distributed_pool import distributed_fields
from tests.samples import keys, pool_fields, settings

MANY = {"size": "100Gi", "access": "ReadWriteMany"}
CPU = {"min": 1, "max": 4, "cpu": 70}
ROUTED = {"min": 1, "max": 2, "requests": 4}


def stack(gpus: dict[str, int] | None = None, **pools: dict[str, Any]) -> StackSettings:
    named = {name: pool_fields(gpu="nvidia-l4", storage=MANY, **one) for name, one in pools.items()}
    growth = {} if gpus is None else {"scaling": {"gpus": gpus}}
    return settings(named, **growth)


def refusal(gpus: dict[str, int] | None = None, **pools: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as caught:
        stack(gpus, **pools)
    (problem,) = caught.value.problems
    return f"{problem.cause}; {problem.cure}"


def test_pools_of_a_fixed_size_need_no_declared_gpus():
    assert stack(chat={"replicas": 100})


def test_a_pool_that_scales_on_gpus_needs_to_know_how_many_there_are():
    found = refusal(chat={"scaling": CPU})

    assert "lets pool chat scale on nvidia-l4, but nothing says how many there are" in found
    assert "add `localai:scaling: {gpus: {nvidia-l4: …}}`" in found


def test_a_refusal_shows_its_arithmetic():
    found = refusal(
        {"nvidia-l4": 11},
        chat={"scaling": CPU, "gpus": 2, "surge": 1},
        find={"replicas": 2},
    )

    assert "has 11 nvidia-l4, but its pools may need 12: " in found
    assert "4 + 1 pods x 2 of chat, 2 pods x 1 of find" in found
    assert "lower scaling.max, replicas or surge, or raise scaling.gpus" in found


@pytest.mark.parametrize(("surge", "fits"), [(0, True), (1, False)])
def test_pods_of_a_rollout_count_beside_those_of_the_autoscaler(surge: int, fits: bool):
    if fits:
        assert stack({"nvidia-l4": 4}, chat={"scaling": CPU, "surge": surge})
    else:
        assert "4 + 1 pods x 1 of chat" in refusal(
            {"nvidia-l4": 4}, chat={"scaling": CPU, "surge": surge}
        )


def test_shares_of_one_kind_add_up_to_whole_gpus_and_kinds_do_not_mix():
    halves = {"replicas": 1, "gpuShare": {"kind": "mps", "of": 2}}
    turns = {"replicas": 1, "gpuShare": {"kind": "time-slicing", "of": 2}}

    assert stack({"nvidia-l4": 1}, a=halves, b=halves)
    assert "may need 2: 1 pods x 1 / 2 of a, 1 pods x 1 / 2 of b" in refusal(
        {"nvidia-l4": 1}, a=halves, b=turns
    )


def test_claimed_gpus_count_like_others():
    pool = stack(chat={"gpuClaim": {"count": 3}}).pools["chat"]

    assert pool.gpus_each == 3
    assert "2 pods x 3 of chat" in refusal(
        {"nvidia-l4": 5}, chat={"gpuClaim": {"count": 3}, "replicas": 2}
    )


def test_workers_hold_the_gpus_of_a_distributed_pool_and_its_front_ends_none():
    workers = {"replicas": 2, "surge": 2, "distributed": distributed_fields(workers=3)}

    assert stack({"nvidia-l4": 3}, chat=workers)
    assert "may need 3: 3 pods x 1 of chat" in refusal({"nvidia-l4": 2}, chat=workers)


def test_gpus_of_another_profile_do_not_help():
    assert "nothing says how many there are" in refusal({"nvidia-l40s": 9}, chat={"scaling": CPU})


def test_a_pool_without_gpus_takes_none():
    assert settings().pools["chat"].gpus_each == 0


@pytest.mark.parametrize("low", [0, 1])
def test_what_a_router_counts_needs_a_router(low: int):
    scaling = {**ROUTED, "min": low}
    with pytest.raises(SettingsError) as caught:
        settings({"chat": pool_fields(storage=MANY, scaling=scaling)})

    zero = "to zero " if low == 0 else ""
    assert f"lets pool chat scale {zero}by what a router counts, but has no router" in str(
        caught.value
    )


def routed(low: int = 0, **fields: Any) -> StackSettings:
    pools = {"chat": pool_fields(storage=MANY, scaling={**ROUTED, "min": low})}
    return settings(pools, **{"router": {}, "scaling": {"prometheus": "http://p:9090"}} | fields)


def test_a_router_lets_a_pool_sleep():
    assert routed()


def test_what_a_router_counts_is_read_from_prometheus():
    with pytest.raises(SettingsError, match="by the router's metrics, but names no Prometheus"):
        routed(scaling={})


def test_a_router_that_checks_its_models_keeps_none_asleep():
    assert routed(low=1, router={"healthChecks": {}})
    with pytest.raises(SettingsError, match="lets pool chat sleep, but the router's health"):
        routed(router={"healthChecks": {}})


def test_an_unknown_key_beside_gpus_is_refused():
    with pytest.raises(ValidationError, match="nodes"):
        StackSettings.model_validate(keys(scaling={"nodes": 3}))
