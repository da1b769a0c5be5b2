from typing import Any

import pytest

from gitops.planning.pods import PodChange, pod_change
from tests.components.distributed_pool import distributed_fields
from tests.gitops.stacks import Config, Edit, in_pool, rendered, shared_stack_file, stack_file


def pods(edit: Edit, base: Config | None = None, pool: str = "talk") -> PodChange:
    after = base or stack_file()
    before = rendered(after)
    edit(after)
    return pod_change(before, rendered(after), pool)


def test_the_same_pods_stay():
    assert pods(lambda config: config) == PodChange(claim="localai-talk-storage")


def test_new_pods_are_created_and_take_nothing_away():
    change = pod_change(None, rendered(stack_file()), "talk")
    assert change.created
    assert change.downtime is None


def test_pods_of_a_removed_pool_go():
    change = pods(lambda config: config["pools"].pop("talk"))
    assert change.restart
    assert str(change.downtime) == "the pool is removed"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"models": ["small"], "aliases": {}}, "model list"),
        ({"gpu": "nvidia-l40s"}, "GPU"),
        ({"gpus": 2}, "GPU"),
        ({"storage": {"existing": "other"}}, "claim"),
        ({"memory": "48Gi"}, "memory"),
        ({"runtimeClass": "nvidia"}, "runtimeClassName"),
    ],
)
def test_a_restart_has_its_reason_in_words(values: dict[str, Any], reason: str):
    change = pods(in_pool("talk", **values))
    assert change.restart
    assert any(reason in text for text in change.causes), change.causes


def test_the_only_pod_is_away_while_it_restarts():
    assert "no surge" in str(pods(in_pool("talk", cpu=8)).downtime)


@pytest.mark.parametrize("values", [{"surge": 1}, {"replicas": 2}])
def test_pods_that_overlap_or_take_turns_are_never_all_away(values: dict[str, Any]):
    base = shared_stack_file()
    base["pools"]["talk"].update(values)
    change = pods(in_pool("talk", cpu=8), base)
    assert change.restart
    assert change.downtime is None


def test_the_strategy_that_counts_is_the_new_one():
    base = shared_stack_file()
    change = pods(in_pool("talk", cpu=8, surge=1), base)
    assert change.restart
    assert change.downtime is None


def test_pods_of_another_home_start_there_even_with_a_surge():
    base = shared_stack_file()
    base["pools"]["talk"]["surge"] = 1
    change = pods(lambda config: config.update(cluster="far"), base)
    assert change.restart
    assert "another cluster or namespace" in str(change.downtime)


def scaled(low: int, high: int, **values: Any) -> Config:
    base = shared_stack_file()
    base["scaling"] = {"gpus": {"nvidia-l4": 9}}
    base["pools"]["talk"].update(scaling={"min": low, "max": high, "cpu": 70}, **values)
    return base


@pytest.mark.parametrize(
    ("bounds", "values", "away"),
    [((1, 3), {}, True), ((2, 3), {}, False), ((1, 3), {"surge": 1}, False)],
)
def test_an_autoscaler_that_may_run_one_pod_may_be_away(
    bounds: tuple[int, int], values: dict[str, Any], *, away: bool
):
    change = pods(in_pool("talk", cpu=8), scaled(*bounds, **values))

    assert change.restart
    assert ("while its autoscaler runs one pod" in str(change.downtime)) is away


def test_other_bounds_restart_no_pod():
    change = pods(in_pool("talk", scaling={"min": 2, "max": 4, "cpu": 70}), scaled(1, 3))

    assert not change.restart
    assert change.downtime is None


def test_another_share_of_a_gpu_is_a_reason_to_restart():
    change = pods(in_pool("talk", gpuShare={"kind": "mps", "of": 2}))

    assert change.causes == ("GPU",)


def spread(workers: int, memory: str = "8Gi") -> Edit:
    """Return the change that makes a pool distributed, with so many workers."""

    def edit(config: Config) -> None:
        config["router"] = {}
        config["pools"]["talk"] |= {
            "distributed": distributed_fields(workers=workers),
            "memory": memory,
            "storage": {"size": "100Gi", "access": "ReadWriteMany"},
            "replicas": 2,
        }

    return edit


def test_a_worker_that_stays_takes_nobody_down():
    base = stack_file()
    spread(1)(base)

    assert pods(lambda config: config, base) == PodChange(claim="localai-talk-storage-rwx")


@pytest.mark.parametrize(("workers", "down"), [(1, True), (2, False)])
def test_workers_that_change_restart_and_one_alone_is_away(workers: int, down: bool):
    base = stack_file()
    spread(workers)(base)
    change = pods(spread(workers, memory="9Gi"), base)

    assert change.restart
    assert any("[worker].resources" in reason for reason in change.causes)
    assert (change.downtime is not None) is down
