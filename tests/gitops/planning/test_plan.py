from typing import Any

from gitops.planning.note import Kind
from gitops.planning.objects import Change
from gitops.planning.plan import Plan, StackPlan, removed_stack, stack_plan
from tests.gitops.stacks import changed, in_pool, rendered, stack_file


def plan(*stacks: StackPlan) -> Plan:
    return Plan(base="abc", compared=True, stacks=stacks)


def test_a_stack_against_itself_neither_differs_nor_refuses():
    same = plan(changed(lambda config: config))
    assert not same.differs
    assert not same.refused


def test_a_new_stack_is_created_whole():
    new = stack_plan(None, rendered(stack_file()))
    assert {change.change for change in new.objects} == {Change.CREATE}
    assert {model.change.value for model in new.models} == {"added"}
    assert new.download_bytes == 1_050_000_000
    assert new.refusals == ()
    assert plan(new).differs


def test_a_stack_file_that_is_gone_is_a_difference_and_a_note():
    gone = removed_stack(rendered(stack_file()))
    assert gone.head is None
    (note,) = gone.notes
    assert "Pulumi.dev.yaml was deleted" in str(note)
    assert "namespace localai-dev of cluster near" in str(note)
    assert "pulumi destroy" in str(note)
    assert plan(gone).differs


def test_adopting_is_noted_for_as_long_as_it_is_on_but_is_a_difference_only_once():
    base = stack_file()
    base["claims"] = {"adopt": True}
    switched_on = changed(lambda config: config.update(claims={"adopt": True}))
    still_on = changed(lambda config: config, base)
    for one in (switched_on, still_on):
        assert any("claims.adopt is on" in str(note) for note in one.notes)
    assert plan(switched_on).differs
    assert not plan(still_on).differs


def test_a_move_to_another_cluster_is_noted():
    note, *engines = changed(lambda config: config.update(cluster="far")).notes
    assert "from cluster near to far" in str(note)
    assert {one.kind for one in engines} == {Kind.ENGINES_INSTALLED}


def test_one_refused_stack_refuses_the_plan():
    fine = changed(in_pool("talk", cpu=8))
    lost = changed(lambda config: config["pools"].pop("talk"))
    assert not plan(fine).refused
    assert plan(fine, lost).refused


def test_models_of_every_pool_are_in_the_plan_those_of_removed_pools_last():
    plan = changed(lambda config: config["pools"].pop("talk"))
    assert [model.pool for model in plan.models] == ["find", "talk", "talk", "talk"]


def test_a_change_of_what_binds_a_cluster_is_noted():
    one, other = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"
    free, bound = {**stack_file(), "cluster": "near"}, stack_file()
    bound["cluster"] = {"name": "near", "uid": one}

    def notes(base: dict[str, Any], cluster: Any) -> list[str]:
        plan = changed(lambda config: config.update(cluster=cluster), base)
        assert plan.objects == ()
        return [str(note) for note in plan.notes if note.kind is Kind.CLUSTER_BINDING]

    assert notes(bound, {"name": "near", "uid": one}) == notes(free, {"name": "near"}) == []
    assert "is bound to UID 1111" in notes(free, {"name": "near", "uid": one})[0]
    assert "any cluster that a kubeconfig leads to is changed" in notes(bound, "near")[0]
    assert "it is another cluster" in notes(bound, {"name": "near", "uid": other})[0]
