"""What reviewers read of a change to a served model."""

import copy
import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from gitops.planning.models import ModelChange, ModelChangeKind
from gitops.planning.note import Kind
from gitops.planning.objects import Change
from gitops.planning.output import words
from gitops.planning.output.document import plan_document
from gitops.planning.output.markdown import markdown
from gitops.planning.output.text import print_text
from gitops.planning.plan import Plan, StackPlan, stack_plan
from gitops.planning.pods import rollout_notes
from gitops.planning.rendering.rendering import Rendering
from tests.gitops.stacks import Config, rendered, said, stack_file

OLD, NEW = (f"sha256:{letter * 64}" for letter in "ab")
DIGITS: dict[str, Any] = {
    "version": 1, "semver": "1.0.0", "digest": OLD, "size": 6_100_000,
    "metrics": {"accuracy": "0.976", "f1": "0.975"},
    "image": "registry.example.com/predict:1.0.0",
    "replicas": {"min": 2, "max": 4}, "memory": "1Gi",
    "registry": {"url": "http://mlflow.ml.svc:5000", "namespace": "ml"},
}  # fmt: skip
SECOND = {
    "version": 2, "semver": "1.1.0", "digest": NEW,
    "metrics": {"accuracy": "0.991", "f1": "0.97", "rmse": "3"},
}  # fmt: skip


def serving(**models: dict[str, Any]) -> Config:
    return {**stack_file(), "servedModels": models}


def plan_of(before: Config, **fields: Any) -> StackPlan:
    after = copy.deepcopy(before)
    after["servedModels"]["digits"].update(fields)
    return stack_plan(rendered(before), rendered(after))


def of_digits(plan: StackPlan) -> ModelChange:
    (found,) = [one for one in plan.models if one.pool == "served-digits"]
    return found


def test_another_version_is_a_change_of_a_model_with_its_metrics_before_and_after():
    found = of_digits(plan_of(serving(digits=DIGITS), **SECOND))

    assert found.change is ModelChangeKind.CHANGED
    assert [one.kind for one in found.reasons] == [
        Kind.VERSION_CHANGES, Kind.METRICS_CHANGE, Kind.WEIGHTS_CHANGE,
    ]  # fmt: skip
    assert said(found.reasons) == [
        "models:/digits/1 -> models:/digits/2, version 1.0.0 -> 1.1.0 (minor)",
        "accuracy 0.976 -> 0.991 (+0.015), f1 0.975 -> 0.97 (-0.005), rmse none -> 3",
        "other bytes: sha256:aaaaaaaaaaaa… -> sha256:bbbbbbbbbbbb…",
    ]


def test_its_pods_restart_new_ones_first_and_each_fetches_it():
    plan = plan_of(serving(digits=DIGITS), **SECOND)
    found = of_digits(plan)

    assert (found.restart, found.downtime, found.download_bytes) == (True, None, 2 * 6_100_000)
    assert "no downtime" in words.verdict(plan)
    (rollout,) = plan.rollouts
    assert (rollout.pool, rollout.pods, rollout.new_first) == ("served-digits", 4, True)
    assert rollout.ending == 35


def test_the_way_back_is_the_version_before_while_the_registry_has_it():
    way_back = of_digits(plan_of(serving(digits=DIGITS), **SECOND)).way_back

    assert str(way_back) == (
        "revert the commit; one rollout, no downtime, each pod fetches models:/digits/1 1.0.0 "
        "(6.1 MB) again, while the registry has it"
    )


@pytest.mark.parametrize(
    ("semver", "step"),
    [("2.0.0", "(major)"), ("1.0.1", "(patch)"), ("0.9.9", "(back)"), ("10.0.0", "(major)")],
)
def test_what_rises_of_a_semantic_version_is_told(semver: str, step: str):
    found = of_digits(plan_of(serving(digits=DIGITS), semver=semver))

    assert str(found.reasons[0]) == f"models:/digits/1, version 1.0.0 -> {semver} {step}"


def test_other_bytes_of_the_same_version_are_told_to_be_strange():
    (reason,) = of_digits(plan_of(serving(digits=DIGITS), digest=NEW)).reasons

    assert str(reason).endswith("of the same version, which a registry does not change by itself")


def test_other_metrics_alone_restart_nothing_and_fetch_nothing():
    found = of_digits(plan_of(serving(digits=DIGITS), metrics={"accuracy": "0.976"}))

    assert (found.change, found.restart) == (ModelChangeKind.CHANGED, False)
    assert said(found.reasons) == ["f1 0.975 -> none"]
    assert found.download_bytes == 0


def test_more_memory_restarts_pods_of_an_unchanged_model():
    found = of_digits(plan_of(serving(digits=DIGITS), memory="2Gi"))

    assert (found.change, found.restart) == (ModelChangeKind.UNCHANGED, True)
    assert "its pods restart: containers[serve].resources" in str(found.reasons[0])
    assert found.way_back


def test_nothing_edited_changes_nothing():
    plan = plan_of(serving(digits=DIGITS))

    assert (plan.changed_models, plan.rollouts) == ((), ())
    assert of_digits(plan).way_back is None


def test_a_new_one_is_added_with_its_version_and_costs_its_most_pods():
    plan = stack_plan(rendered(stack_file()), rendered(serving(digits=DIGITS)))
    (added,) = [str(one) for one in words.explanations(plan) if one.kind is Kind.MODEL_CHANGES]

    assert added == "digits added: CPU; models:/digits/1, 1.0.0, accuracy 0.976, f1 0.975"
    assert plan.cost.pods == plan.cost_before.pods + 4
    assert plan.cost.memory == plan.cost_before.memory + 4 * 2**30
    assert of_digits(plan).downtime is None


def test_one_that_is_taken_out_is_no_longer_served():
    plan = stack_plan(rendered(serving(digits=DIGITS)), rendered(stack_file()))
    found = of_digits(plan)

    assert found.change is ModelChangeKind.REMOVED
    assert str(found.downtime) == "it is no longer served"
    assert "fetch models:/digits/1 1.0.0" in str(found.way_back)


def test_another_cluster_is_downtime():
    before = serving(digits=DIGITS)
    plan = stack_plan(rendered(before), rendered({**before, "cluster": "far"}))

    assert "moves to another cluster" in str(of_digits(plan).downtime)
    assert plan.rollouts == ()


def test_every_form_of_a_plan_shows_it():
    plan = Plan(base="abc", compared=True, stacks=(plan_of(serving(digits=DIGITS), **SECOND),))
    screen = StringIO()
    print_text(plan, Console(file=screen, width=200))
    text, comment = screen.getvalue(), markdown(plan_document(plan))

    assert "  digits  models:/digits/2 1.1.0, 2-4 pods, accuracy 0.991, f1 0.97, rmse 3" in text
    assert "accuracy 0.976 -> 0.991 (+0.015)" in text
    assert "| digits | served-digits | changed | yes | no | 12.2 MB | \\- |" in comment


ROLLOUT = {"prometheus": "http://prometheus:9090", "traffic": {"host": "digits.example.com"},
           "accuracy": {"samples": {"configMap": "digits"}}}  # fmt: skip


def judged(**fields: Any) -> Config:
    return {**serving(digits={**DIGITS, "rollout": {**ROLLOUT, **fields}}), "monitoring": {}}


def test_a_rollout_says_how_long_it_is_judged_and_who_serves_meanwhile():
    (rollout,) = plan_of(judged(), **SECOND).rollouts

    # Three steps of 5 min, and the watch of 10 min.
    assert rollout.judging == 25 * 60
    (told,) = rollout_notes([rollout], ())
    assert str(told).endswith(
        "; its figures are judged for 25 min, and where one is bad or missing, the version before "
        "serves on"
    )


def test_blue_green_is_judged_before_and_after():
    before = judged(strategy="blueGreen", traffic=None)

    assert plan_of(before, **SECOND).rollouts[0].judging == 15 * 60


def test_a_deployment_that_becomes_a_rollout_restarts_its_pods_and_is_not_judged():
    before: Config = {**serving(digits=DIGITS), "monitoring": {}}
    plan = plan_of(before, rollout=ROLLOUT)
    found = of_digits(plan)

    assert (found.restart, found.downtime) == (True, None)
    assert said(found.reasons) == ["its pods restart: Deployment -> Rollout"]
    assert plan.rollouts[0].judging == 0


def of_another_program(rendering: Rendering) -> Rendering:
    """Return a rendering whose program of served models has another content, so another name."""
    (new,) = [one for one in rendering.parts if one.name.startswith("served-program-")]
    hashed, other = new.name.rpartition("-")[2], "0" * 8
    thing: Any = json.loads(json.dumps(new.object).replace(hashed, other))
    thing["data"]["__main__.py"] = "print('the version before')"
    old = replace(
        new, name=new.name.replace(hashed, other), urn=new.urn.replace(hashed, other), object=thing
    )
    return replace(rendering, parts=tuple(old if one is new else one for one in rendering.parts))


def test_another_program_of_served_models_with_a_rollout_is_replaced_and_refuses_nothing():
    head = rendered(judged())
    plan = stack_plan(of_another_program(head), head)

    (program,) = plan.objects
    assert (program.kind, program.replaces_retained) == ("ConfigMap", True)
    assert "the old one is left behind" in words.fate(program)
    assert plan.refusals == ()


def test_the_last_served_model_with_a_rollout_leaves_its_program_and_refuses_nothing():
    plan = stack_plan(rendered(judged()), rendered({**stack_file(), "monitoring": {}}))

    (program,) = [one for one in plan.objects if one.change is Change.ABANDON]
    assert program.kind == "ConfigMap"
    assert plan.refusals == ()
