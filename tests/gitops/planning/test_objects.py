from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops.planning.objects import Change, object_changes
from gitops.planning.rendering.rendering import PartRecord, Rendering
from tests.gitops.stacks import Config, changed, in_pool, objects, rendered, stack_file


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """Return a stack file out of the many that are valid."""
    config = stack_file()
    config["cluster"] = draw(st.sampled_from(["near", "far"]))
    config["server"]["version"] = draw(st.sampled_from(["v4.8.2", "v4.9.0"]))
    config["server"]["engines"] = draw(st.sampled_from(["claim", "image-volume"]))
    for name in ("talk", "find"):
        pool = config["pools"][name]
        served = draw(st.sets(st.sampled_from(["small", "guessed", "embedder"]), min_size=1))
        pool.update(models=sorted(served), aliases={}, cpu=draw(st.integers(1, 2)))
        pool["storage"]["access"] = "ReadWriteMany"
        pool["replicas"] = draw(st.integers(0, 2))
    if draw(st.booleans()):
        config["pools"].pop("find")
    return config


def things(rendering: Rendering) -> dict[str, PartRecord]:
    return {part.urn: part for part in rendering.parts if part.object or part.inputs}


@given(configs())
@settings(max_examples=15, deadline=None)
def test_a_stack_against_itself_changes_nothing(config: Config):
    assert object_changes(rendered(config), rendered(config)) == ()


@given(configs())
@settings(max_examples=15, deadline=None)
def test_a_stack_against_nothing_creates_everything(config: Config):
    head = rendered(config)
    changes = object_changes(None, head)
    assert {change.change for change in changes} == {Change.CREATE}
    assert [change.urn for change in changes] == list(things(head))


@pytest.mark.thorough
@given(configs(), configs())
@settings(max_examples=25, deadline=None)
def test_every_object_that_differs_is_reported_and_no_other(old: Config, new: Config):
    base, head = rendered(old), rendered(new)
    before, after = things(base), things(head)
    reported = dict(step for change in object_changes(base, head) for step in change.steps)
    moved = old["cluster"] != new["cluster"]
    for urn in before.keys() | after.keys():
        if urn not in before:
            assert reported[urn] == "create"
        elif urn not in after:
            assert reported[urn] == "delete"
        else:
            one, other = before[urn], after[urn]
            differs = (one.object, one.inputs) != (other.object, other.inputs)
            there = moved and one.token.startswith("kubernetes:")
            assert (urn in reported) == (differs or there)


def test_storage_grows_in_place_and_restarts_nobody():
    plan = changed(in_pool("talk", storage={"size": "80Gi"}))
    (change,) = plan.objects
    assert (change.kind, change.change) == ("PersistentVolumeClaim", Change.UPDATE)
    assert [field.path for field in change.fields] == ["spec.resources.requests.storage"]
    assert plan.changed_models == ()
    assert plan.refusals == ()


def test_a_list_by_another_content_replaces_the_old_one():
    plan = changed(in_pool("talk", aliases={"assistant": "large"}))
    (change, verified) = objects(plan, "ConfigMap")
    assert verified.verifies
    assert not change.verifies
    assert change.change is Change.REPLACE
    assert "metadata.name" in change.forcing


def test_what_a_pool_leaves_is_deleted_in_reverse_but_its_claim_is_left_behind():
    plan = changed(lambda config: config["pools"].pop("talk"))
    fates = [(change.kind, change.change) for change in plan.objects]
    assert ("PersistentVolumeClaim", Change.ABANDON) in fates
    assert [kind for kind, _ in fates[:3]] == ["Job", "ConfigMap", "PodDisruptionBudget"]
    assert fates[-1] == ("ServiceAccount", Change.DELETE)
    assert {change for _, change in fates} == {Change.DELETE, Change.ABANDON}


def test_another_cluster_replaces_every_object_but_no_generated_value():
    plan = changed(lambda config: config.update(cluster="far"))
    assert {change.change for change in plan.objects} == {Change.REPLACE}
    assert objects(plan, "RandomPassword") == []
    (provider,) = objects(plan, "Provider")
    assert provider.forcing == ("clusterIdentifier",)
    assert all("localai:cluster" in one.forcing for one in plan.objects if one != provider)


def test_another_namespace_replaces_every_object_but_the_provider():
    plan = changed(lambda config: config.update(namespace="elsewhere"))
    served = [change for change in plan.objects if not change.verifies]
    assert {change.forcing for change in served} == {("metadata.namespace",)}
    assert {change.change for change in plan.objects} == {Change.REPLACE}
    assert objects(plan, "Provider") == []


def test_adopting_updates_the_provider_in_place():
    plan = changed(lambda config: config.update(claims={"adopt": True}))
    (change,) = plan.objects
    assert (change.kind, change.change) == ("Provider", Change.UPDATE)


def renamed(head: Rendering, name: str, **fields: object) -> Rendering:
    """Return a rendering one part of which has another URN."""
    parts = [
        replace(part, urn=f"{part.urn}-moved", **fields) if part.name == name else part
        for part in head.parts
    ]
    return replace(head, parts=tuple(parts))


def test_a_urn_that_moves_with_an_alias_is_no_change():
    head = rendered(stack_file())
    urn = next(part.urn for part in head.parts if part.name == "pool-talk-service")
    assert object_changes(head, renamed(head, "pool-talk-service", aliases=(urn,))) == ()


def test_a_urn_that_moves_with_an_alias_and_another_field_is_an_update():
    config = stack_file()
    config["pools"]["talk"]["replicas"] = 0
    base, head = rendered(stack_file()), rendered(config)
    urn = next(part.urn for part in base.parts if part.name == "pool-talk-deployment")
    changes = object_changes(base, renamed(head, "pool-talk-deployment", aliases=(urn,)))
    assert [(change.kind, change.change) for change in changes] == [
        ("Deployment", Change.UPDATE), ("Job", Change.DELETE), ("ConfigMap", Change.DELETE)
    ]  # fmt: skip


def test_a_urn_that_moves_without_an_alias_is_created_and_deleted():
    head = rendered(stack_file())
    changes = object_changes(head, renamed(head, "pool-talk-service"))
    assert [change.change for change in changes] == [Change.CREATE, Change.DELETE]
