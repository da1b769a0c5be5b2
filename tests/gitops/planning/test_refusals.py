from dataclasses import replace
from typing import Any

import pytest

from gitops.planning.plan import StackPlan, stack_plan
from gitops.planning.rendering.rendering import PartRecord, Rendering
from tests.gitops.stacks import Config, Edit, changed, in_pool, rendered, stack_file

CLAIM = "localai-talk-storage"


def rename(config: Config) -> None:
    config["pools"]["speak"] = config["pools"].pop("talk")


LOSING: dict[str, Edit] = {
    "another class": in_pool("talk", storage={"size": "60Gi", "class": "fast"}),
    "another access": in_pool("talk", storage={"size": "60Gi", "access": "ReadWriteMany"}),
    "a removed pool": lambda config: config["pools"].pop("talk"),
    "a renamed pool": rename,
    "a claim of somebody else": in_pool("talk", storage={"existing": "theirs"}),
}


@pytest.mark.parametrize("what", LOSING)
def test_what_leaves_a_claim_behind_is_refused_with_its_cure(what: str):
    (refusal,) = changed(LOSING[what]).refusals
    assert f"PersistentVolumeClaim {CLAIM} would be left behind" in str(refusal)
    assert f"{{abandon: [{CLAIM}]}}" in str(refusal)
    assert "Pulumi.dev.yaml" in str(refusal)


@pytest.mark.parametrize("what", LOSING)
def test_what_the_stack_file_abandons_may_be_left_behind(what: str):
    def edit(config: Config) -> None:
        LOSING[what](config)
        config["claims"] = {"abandon": [CLAIM]}

    assert changed(edit).refusals == ()


def test_abandoning_one_claim_does_not_abandon_another():
    def edit(config: Config) -> None:
        config["pools"] = {"speak": config["pools"]["talk"]}
        config["claims"] = {"abandon": [CLAIM]}

    (refusal,) = changed(edit).refusals
    assert "localai-find-storage" in str(refusal)


@pytest.mark.parametrize("key", ["namespace", "cluster"])
def test_another_home_leaves_every_claim_behind(key: str):
    (refusal,) = changed(lambda config: config.update({key: "elsewhere"})).refusals
    assert "would be left behind" in refusal.text
    assert key in refusal.text
    assert refusal.subjects == ("localai-talk-storage", "localai-find-storage")


def test_what_allows_a_loss_is_one_line_that_keeps_what_was_allowed_before():
    base = stack_file()
    base["claims"] = {"abandon": ["localai-old-storage"]}
    (refusal,) = changed(lambda config: config.update(namespace="elsewhere"), base).refusals
    every = "localai-old-storage, localai-talk-storage, localai-find-storage"
    assert f"`localai:claims: {{abandon: [{every}]}}`" in refusal.cure


def test_a_claim_of_somebody_else_is_never_lost():
    base = stack_file()
    base["pools"]["talk"]["storage"] = {"existing": "theirs"}
    assert changed(lambda config: config["pools"].pop("talk"), base).refusals == ()


def rendered_delivery(config: Config) -> None:
    config.update(delivery="rendered", apiKey={"secret": "key", "key": "api-key"})


def test_another_delivery_is_refused_since_two_would_write():
    (refusal,) = changed(rendered_delivery).refusals
    assert "from operator to rendered" in str(refusal)
    assert "two writers" in str(refusal)


def test_a_rendered_stack_stays_rendered_without_a_refusal():
    base = stack_file()
    rendered_delivery(base)
    assert changed(in_pool("talk", cpu=8), base).refusals == ()


ORDINARY: dict[str, Edit] = {
    "more cores": in_pool("talk", cpu=8),
    "more storage": in_pool("talk", storage={"size": "80Gi"}),
    "a parked pool": in_pool("talk", replicas=0),
    "another server": lambda config: config["server"].update(version="v4.8.2"),
    "adopting": lambda config: config.update(claims={"adopt": True}),
}


@pytest.mark.parametrize("what", ORDINARY)
def test_an_ordinary_change_is_not_refused(what: str):
    assert changed(ORDINARY[what]).refusals == ()


def test_a_pool_moves_to_other_nodes_only_while_no_pod_holds_its_claim():
    (refusal,) = changed(in_pool("talk", gpu="nvidia-l40s")).refusals
    assert "pool talk moves to other nodes" in str(refusal)
    assert "set replicas: 0 in one change" in str(refusal)
    parked = stack_file()
    parked["pools"]["talk"]["replicas"] = 0
    assert changed(in_pool("talk", gpu="nvidia-l40s", replicas=1), parked).refusals == ()


def moved(head: Rendering, name: str, **fields: Any) -> StackPlan:
    """Return the plan of a change of code that gives one part another URN."""

    def move(part: PartRecord) -> PartRecord:
        return replace(part, urn=f"{part.urn}-moved", **fields) if part.name == name else part

    return stack_plan(head, replace(head, parts=tuple(move(part) for part in head.parts)))


def test_a_urn_that_moves_without_an_alias_is_refused_with_both_urns():
    head = rendered(stack_file())
    urn = next(part.urn for part in head.parts if part.name == "pool-talk-deployment")
    (refusal,) = moved(head, "pool-talk-deployment").refusals
    assert "Deployment localai-talk would be created while it is still there" in str(refusal)
    assert f"from {urn} to {urn}-moved" in str(refusal)
    assert "alias" in str(refusal)


def test_a_claim_whose_urn_moves_without_an_alias_is_refused():
    refusals = moved(rendered(stack_file()), "pool-talk-storage-claim").refusals
    assert any("its URN moves" in str(refusal) for refusal in refusals)


def test_a_urn_that_moves_with_an_alias_is_fine():
    head = rendered(stack_file())
    urn = next(part.urn for part in head.parts if part.name == "pool-talk-storage-claim")
    plan = moved(head, "pool-talk-storage-claim", aliases=(urn,))
    assert plan.refusals == ()
    assert plan.objects == ()


def test_a_claim_that_would_shrink_is_refused_with_both_sizes():
    (refusal,) = changed(in_pool("talk", storage={"size": "10Gi"})).refusals
    assert "would shrink from" in str(refusal)
    assert "to 10Gi" in str(refusal)
