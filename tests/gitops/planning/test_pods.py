from typing import Any

import pytest

from gitops.planning.pods import PodChange, pod_change
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
    assert change.downtime == "the pool is removed"


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
    assert any(reason in text for text in change.reasons), change.reasons


def test_the_only_pod_is_away_while_it_restarts():
    assert "no surge" in (pods(in_pool("talk", cpu=8)).downtime or "")


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
    assert "elsewhere" in (change.downtime or "")
