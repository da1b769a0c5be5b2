"""What an edit of a pool, of the server or of the stack's home means for the models."""

from typing import Any

import pytest

from gitops.planning.models import ModelChangeKind
from tests.gitops.stacks import (
    MEGABYTE,
    Config,
    changed,
    in_pool,
    model,
    shared_stack_file,
    stack_file,
)

UNCHANGED = ModelChangeKind.UNCHANGED


def test_another_server_version_restarts_every_pool():
    base = stack_file()
    base["server"]["version"] = "v4.8.2"
    plan = changed(lambda config: config["server"].update(version="v4.9.0"), base)
    assert {one.change for one in plan.models} == {UNCHANGED}
    assert all(one.restart for one in plan.models)
    assert any("server version" in note.text for note in model(plan, "small").reasons)
    assert plan.download_bytes == 0


def test_another_number_of_replicas_restarts_nobody():
    plan = changed(in_pool("talk", replicas=3), shared_stack_file())
    assert plan.changed_models == ()
    assert [change.kind for change in plan.objects] == ["Deployment"]


def test_another_gpu_restarts_the_pool_and_is_the_reason():
    plan = changed(in_pool("talk", gpu="nvidia-l40s"))
    assert model(plan, "small").gpu == "1 x nvidia-l40s"
    assert any("GPU" in note.text for note in model(plan, "small").reasons)
    assert model(plan, "small").restart
    assert plan.download_bytes == 0


def test_a_move_from_gpu_to_cpu_changes_what_the_models_are_told():
    plan = changed(lambda config: config["pools"]["talk"].pop("gpu"))
    assert model(plan, "small").change is ModelChangeKind.CHANGED
    assert "gpu_layers: 999 -> 0" in map(str, model(plan, "small").reasons)
    assert model(plan, "small").gpu is None


@pytest.mark.parametrize(
    "values",
    [
        {"memory": "32Gi"},
        {"cpu": 8},
        {"active": 1},
        {"runtimeClass": "nvidia"},
        {"nodeSelector": {"zone": "a"}},
    ],
)
def test_other_pods_are_a_restart_with_a_reason(values: dict[str, Any]):
    plan = changed(in_pool("talk", **values))
    assert model(plan, "small").restart
    assert all(model(plan, "small").reasons)
    assert not model(plan, "embedder", "find").restart


def test_another_engine_source_restarts_every_pool_and_fetches_no_weights():
    plan = changed(lambda config: config["server"].update(engines="image-volume"))
    assert all(one.restart for one in plan.models)
    assert plan.download_bytes == 0
    assert [change.change.value for change in plan.objects if change.kind == "Job"
            and not change.verifies] == ["delete", "delete"]  # fmt: skip


def test_a_pool_with_room_for_a_surge_restarts_without_downtime():
    base = shared_stack_file()
    base["pools"]["talk"]["surge"] = 1
    plan = changed(in_pool("talk", cpu=8), base)
    assert model(plan, "small").restart
    assert model(plan, "small").downtime is None
    assert "no downtime" in str(model(plan, "small").way_back)


def test_a_pool_of_two_restarts_without_downtime():
    base = shared_stack_file()
    base["pools"]["talk"]["replicas"] = 2
    assert model(changed(in_pool("talk", cpu=8), base), "small").downtime is None


def test_no_replicas_park_a_pool_and_the_plan_says_so():
    plan = changed(in_pool("talk", replicas=0))
    assert "parked" in str(model(plan, "small").downtime)
    assert not model(plan, "small").restart
    assert {one.name for one in plan.changed_models} == {"small", "large", "assistant"}
    assert str(model(plan, "small").way_back) == (
        "revert the commit; its pods start again, 0 bytes of weights to fetch (the old ones stay "
        "on localai-talk-storage)"
    )


def test_a_parked_pool_comes_back_without_downtime():
    base = stack_file()
    base["pools"]["talk"]["replicas"] = 0
    plan = changed(in_pool("talk", replicas=1), base)
    assert model(plan, "small").downtime is None


def test_a_parked_pool_has_no_pods_to_restart():
    base = stack_file()
    base["pools"]["talk"]["replicas"] = 0
    one = model(changed(in_pool("talk", cpu=8, gpu="nvidia-l40s"), base), "small")
    assert not one.restart
    assert one.downtime is None


def test_a_renamed_pool_is_one_that_goes_and_one_that_comes():
    def rename(config: Config) -> None:
        config["pools"]["speak"] = config["pools"].pop("talk")

    plan = changed(rename)
    assert model(plan, "small", "speak").change is ModelChangeKind.ADDED
    assert model(plan, "small", "talk").change is ModelChangeKind.REMOVED
    assert plan.download_bytes == 1000 * MEGABYTE
    assert "claim localai-speak-storage stays" in str(model(plan, "small", "speak").way_back)


def test_a_removed_pool_removes_its_models():
    plan = changed(lambda config: config["pools"].pop("find"))
    assert model(plan, "embedder", "find").change is ModelChangeKind.REMOVED
    assert not model(plan, "small").restart


@pytest.mark.parametrize("key", ["namespace", "cluster"])
def test_another_home_fetches_everything_anew(key: str):
    plan = changed(lambda config: config.update({key: "elsewhere"}))
    assert plan.download_bytes == 1050 * MEGABYTE
    assert "moves to another cluster or namespace" in str(model(plan, "small").downtime)
    assert model(plan, "small").restart


def test_an_abandoned_claim_is_filled_again():
    def switch(config: Config) -> None:
        config["pools"]["talk"]["storage"]["class"] = "fast"
        config["claims"] = {"abandon": ["localai-talk-storage"]}

    plan = changed(switch)
    assert plan.refusals == ()
    assert plan.download_bytes == 1000 * MEGABYTE


def test_another_claim_is_a_reason_to_restart_and_the_old_weights_stay_on_the_old_one():
    base = stack_file()
    base["pools"]["talk"]["storage"] = {"existing": "disk-one"}
    plan = changed(in_pool("talk", storage={"existing": "disk-two"}), base)
    assert any("claim" in note.text for note in model(plan, "small").reasons)
    assert plan.download_bytes == 1000 * MEGABYTE
    assert "the old ones stay on disk-one" in str(model(plan, "small").way_back)
