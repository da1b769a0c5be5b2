"""What reviewers read of a pool that may grow, share its GPUs, split its models or sleep."""

from typing import Any

import pytest

from gitops.planning.notes.growth import growth_notes
from gitops.planning.plan import StackPlan
from tests.gitops.stacks import Config, Edit, changed, in_pool, rendered, said, shared_stack_file

CPU = {"min": 1, "max": 4, "cpu": 70}


def growing(**scaling: Any) -> Edit:
    def edit(config: Config) -> None:
        config["scaling"] = {"gpus": {"nvidia-l4": 6}}
        config["pools"]["talk"]["scaling"] = CPU | scaling
        config["pools"]["talk"].pop("replicas", None)

    return edit


def told(plan: StackPlan) -> str:
    return "\n".join(said(plan.notes))


def replicas(count: int) -> Config:
    config = shared_stack_file()
    config["pools"]["talk"]["replicas"] = count
    return config


def test_a_pool_that_starts_to_scale_says_bounds_target_gpus_price_and_warm_up():
    notes = said(changed(growing(warmUpSeconds=240), shared_stack_file()).notes)

    assert notes == [
        "pool talk runs 1-4 pods by CPU (70 % of a pod), before 1; it takes up to 4 of 6 "
        "nvidia-l4, $0.81-$3.22/h list; a new pod has 240 s to serve, of the 620 s its start-up "
        "probe allows",
    ]


def test_a_pool_of_several_pods_falls_to_one_before_its_autoscaler_acts():
    assert "for some seconds it falls from 3 to 1, until the autoscaler raises it to 2" in told(
        changed(growing(min=2), replicas(3))
    )


@pytest.mark.parametrize("count", [0, 1])
def test_a_pool_of_one_pod_falls_nowhere(count: int):
    assert "falls" not in told(changed(growing(), replicas(count)))


def test_other_bounds_are_told_against_the_old_ones():
    base = shared_stack_file()
    growing()(base)

    assert "pool talk runs 1-6 pods by CPU (70 % of a pod), before 1-4;" in told(
        changed(growing(max=6), base)
    )


def test_a_pool_that_stops_scaling_says_how_many_pods_it_keeps():
    base = shared_stack_file()
    growing()(base)

    def fix(config: Config) -> None:
        config["pools"]["talk"].pop("scaling")
        config["pools"]["talk"]["replicas"] = 2

    assert told(changed(fix, base)) == (
        "pool talk runs 2 pods, before 1-4 by its autoscaler: the update takes the number over at "
        "once, and deletes the autoscaler at its end; if that sets another number meanwhile, the "
        "next `pulumi up --refresh` corrects it"
    )


def test_a_pool_whose_growth_does_not_change_says_nothing():
    base = shared_stack_file()
    growing()(base)

    assert changed(in_pool("talk", aliases={}), base).notes == ()


def test_a_pool_that_scales_to_zero_says_who_pays_for_the_waking():
    def sleepy(config: Config) -> None:
        config["router"] = {}
        config["scaling"] = {"gpus": {"nvidia-l4": 2}, "prometheus": "http://prometheus:9090"}
        config["pools"]["talk"]["scaling"] = {"min": 0, "max": 2, "perMinute": 30}

    notes = told(changed(sleepy, shared_stack_file()))

    assert "pool talk runs 0-2 pods by requests a minute (30 a pod)" in notes
    assert "$0.00-$1.61/h list" in notes
    assert "scales to zero: requests that wake it fail, or use a fallback" in notes


@pytest.mark.parametrize(
    ("kind", "means"),
    [
        (
            "time-slicing",
            "time-slicing does not isolate memory: a pod that takes more than its 11.2 GiB",
        ),
        ("mps", "each is held to 11.2 GiB"),
    ],
)
def test_a_shared_gpu_says_what_is_isolated(kind: str, means: str):
    notes = told(changed(in_pool("talk", gpuShare={"kind": kind, "of": 2})))

    assert f"pool talk shares each nvidia-l4 among 2 pods; {means}" in notes


def test_a_split_says_how_full_the_fullest_gpu_is():
    notes = told(changed(in_pool("talk", gpus=2, tensorSplit=[3, 1])))

    assert "pool talk splits its models 3:1 over 2 x nvidia-l4; the fullest holds " in notes
    assert " of 22.5 GiB" in notes


def test_a_new_stack_says_all_of_it_once():
    base = shared_stack_file()
    growing()(base)

    assert len([one for one in growth_notes(None, rendered(base)) if "talk" in str(one)]) == 1
