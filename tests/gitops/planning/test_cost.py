"""What a change costs stands in its first line."""

from dataclasses import replace
from decimal import Decimal

from gitops.planning.cost import Cost, cost, cost_change
from gitops.planning.output import words
from gitops.planning.plan import Plan, stack_plan
from tests.gitops.stacks import Config, changed, in_pool, rendered, stack_file

SHARED = {"size": "60Gi", "access": "ReadWriteMany"}


def shared() -> Config:
    config = stack_file()
    config["pools"]["talk"]["storage"] = SHARED
    return config


def test_a_stack_takes_the_pods_gpus_and_memory_of_its_pools():
    config = shared()
    one, two = (
        cost(rendered(config)),
        changed(in_pool("talk", replicas=3, storage=SHARED), shared()).cost,
    )
    gpus = config["pools"]["talk"].get("gpus", 1)
    assert (two.pods - one.pods, two.gpus - one.gpus) == (2, 2 * gpus)
    assert two.memory > one.memory > 0
    assert two.dollars > one.dollars > 0


def test_only_what_differs_is_said():
    before = Cost(pods=2, gpus=2, memory=2**33, dollars=Decimal("3.72"))
    after = Cost(pods=1000, gpus=1000, memory=2**33, dollars=Decimal(1861))
    assert cost_change(before, before) == ""
    assert cost_change(before, after) == "pods 2 -> 1000, GPUs 2 -> 1000, $3.72 -> $1,861.00/h list"


def test_what_changes_is_in_the_headline_and_summed_over_stacks():
    plan = changed(in_pool("talk", replicas=3, storage=SHARED), shared())
    assert "pods 2 -> 4" in words.verdict(plan)
    assert words.sums(Plan(base="", compared=True, stacks=(plan,))) == ""
    both = Plan(base="", compared=True, stacks=(plan, plan))
    assert words.sums(both).startswith("All stacks: pods 4 -> 8")
    back = replace(plan, cost=plan.cost_before, cost_before=plan.cost)
    same = Plan(base="", compared=True, stacks=(plan, back))
    assert words.sums(same) == "All stacks: as many pods, GPUs and dollars as before"


def test_a_new_stack_costs_all_of_it():
    assert stack_plan(None, rendered(stack_file())).cost_before == Cost()
