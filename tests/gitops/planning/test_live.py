from dataclasses import replace

import pytest

from gitops.adapters.pulumi import LiveStep
from gitops.planning.live import live_differences
from gitops.planning.plan import StackPlan, stack_plan
from tests.gitops.stacks import Config, changed, in_pool, rendered, stack_file

URN = "urn:pulumi:dev::localai::localai:components:LocalAI$kubernetes:apps/v1:Deployment::d"


def unchanged() -> StackPlan:
    head = rendered(stack_file())
    return stack_plan(head, head)


def steps_of(plan: StackPlan) -> list[LiveStep]:
    steps = (step for item in plan.objects for step in item.steps)
    return [LiveStep(urn=urn, op=operation, fields=()) for urn, operation in steps]


def test_an_engine_that_does_what_the_plan_says_makes_no_difference():
    plan = changed(in_pool("talk", cpu=8))
    assert plan.objects
    assert list(live_differences(plan, steps_of(plan))) == []


def test_an_abandoned_claim_is_a_delete_to_the_engine():
    def remove(config: Config) -> None:
        config["claims"] = {"abandon": ["localai-talk-storage"]}
        config["pools"].pop("talk")

    plan = changed(remove)
    assert list(live_differences(plan, steps_of(plan))) == []


def test_a_step_nobody_planned_is_drift_with_its_fields():
    step = LiveStep(urn=URN, op="update", fields=("spec.replicas",))
    (difference,) = live_differences(unchanged(), [step])
    assert (
        str(difference)
        == "Deployment d: update (spec.replicas); the cluster has drifted from the base"
    )


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ((), []),
        (("spec.replicas",), ["spec.replicas"]),
        (("spec.template.spec.containers[server].image", "spec.replicas"),
         ["spec.template.spec.containers[server].image, spec.replicas"]),
    ],
)  # fmt: skip
def test_drift_on_an_object_that_the_change_updates_is_told_too(
    more: tuple[str, ...], told: list[str]
):
    plan = changed(in_pool("talk", cpu=8))
    planned = {item.urn: tuple(field.path for field in item.fields) for item in plan.objects}
    steps = [
        LiveStep(urn=urn, op=op, fields=(*planned.get(urn, ()), *(more if op == "update" else ())))
        for urn, op in ((step.urn, step.op) for step in steps_of(plan))
    ]
    found = list(live_differences(plan, steps))
    assert [str(one).partition("reverts ")[2].partition(";")[0] for one in found] == told
    assert all("Deployment pool-talk-deployment" in str(one) for one in found)


@pytest.mark.parametrize(
    "field", ["spec.template", "spec.template.spec.containers[server].resources"]
)
def test_a_field_is_planned_where_the_engine_names_what_holds_it(field: str):
    plan = changed(in_pool("talk", cpu=8))
    steps = [replace(step, fields=(field,)) for step in steps_of(plan)]
    assert list(live_differences(plan, steps)) == []


def test_a_create_nobody_planned_is_missing_in_the_cluster():
    (difference,) = live_differences(unchanged(), [LiveStep(urn=URN, op="create", fields=())])
    assert "is missing in the cluster" in str(difference)


def test_a_planned_change_that_the_engine_does_not_need_is_said():
    plan = changed(in_pool("talk", cpu=8))
    differences = list(live_differences(plan, []))
    assert len(differences) == len(steps_of(plan))
    assert all("the cluster is like that already" in str(one) for one in differences)


def test_another_operation_than_planned_names_both():
    plan = changed(in_pool("talk", cpu=8))
    first, *others = steps_of(plan)
    other = "update" if first.op == "replace" else "replace"
    steps = [LiveStep(urn=first.urn, op=other, fields=()), *others]
    (difference,) = live_differences(plan, steps)
    assert f"the plan has {first.op}, the engine {other}" in str(difference)


def test_components_and_the_stack_itself_are_no_objects():
    steps = [
        LiveStep(urn="urn:pulumi:dev::localai::pulumi:pulumi:Stack::s", op="create", fields=()),
        LiveStep(
            urn="urn:pulumi:dev::localai::localai:components:LocalAI::p", op="create", fields=()
        ),
    ]
    assert list(live_differences(unchanged(), steps)) == []
