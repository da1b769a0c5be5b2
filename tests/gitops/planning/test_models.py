"""What reviewers read: each edit of a stack file or of a model, in models."""

import copy
from typing import Any

import pytest

from gitops.planning.models import ModelChangeKind
from gitops.planning.note import Kind
from gitops.planning.output import words
from gitops.planning.plan import StackPlan, stack_plan
from tests.gitops.stacks import (
    MEGABYTE,
    MODELS,
    Config,
    catalog,
    changed,
    in_pool,
    model,
    rendered,
    stack_file,
    weights,
)

UNCHANGED = ModelChangeKind.UNCHANGED


def edited(name: str, **fields: Any) -> StackPlan:
    """Return the plan of an edit of one model that both pools could serve."""
    config = stack_file()
    config["pools"]["talk"]["models"] = ["small", "large", "ear", "painter"]
    config["pools"]["find"]["models"] = ["embedder"]
    return stack_plan(rendered(config), rendered(config, catalog(**{name: fields})))


def test_nothing_edited_changes_no_model():
    plan = changed(lambda config: config)
    assert {one.change for one in plan.models} == {UNCHANGED}
    assert plan.changed_models == ()
    assert plan.download_bytes == 0


def test_an_added_model_is_fetched_and_restarts_its_pool_alone():
    plan = changed(in_pool("talk", models=["small", "large", "guessed"]))
    added = model(plan, "guessed")
    assert added.change is ModelChangeKind.ADDED
    assert (added.download_bytes, added.exact) == (200 * MEGABYTE, False)
    assert (added.license, added.gpu) == ("MIT", "1 x nvidia-l4")
    assert added.restart
    assert added.downtime is None
    assert model(plan, "small").change is UNCHANGED
    assert model(plan, "small").restart
    assert "no surge" in str(model(plan, "small").downtime)
    assert not model(plan, "embedder", "find").restart


def test_an_added_model_goes_back_with_one_restart_and_no_bytes():
    way_back = model(
        changed(in_pool("talk", models=["small", "large", "guessed"])), "guessed"
    ).way_back
    assert "one restart, the same downtime" in str(way_back)
    assert "0 bytes of weights to fetch" in str(way_back)
    assert "localai-talk-storage" in str(way_back)


def test_a_removed_model_is_no_longer_served():
    plan = changed(in_pool("talk", models=["small"]))
    removed = model(plan, "large")
    assert removed.change is ModelChangeKind.REMOVED
    assert str(removed.downtime) == "it is no longer served"
    assert any("404" in note.text for note in removed.reasons)
    assert removed.download_bytes == 0


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("small", {"context_size": 8192}, "context_size: 4096 -> 8192"),
        ("small", {"slots": 4}, "parallel:4"),
        ("small", {"batch": 1024}, "batch: (none) -> 1024"),
        ("small", {"parameters": {"temperature": 0.5}}, "temperature: 0.9 -> 0.5"),
        ("small", {"parameters": {"seed": 7}}, "seed: (none) -> 7"),
        ("small", {"template": {"chat": "{{.Input}}"}}, "template.chat"),
        ("small", {"stopwords": ["</s>"]}, "stopwords"),
        ("small", {"options": ["swa_full:true"]}, "swa_full:true"),
        ("small", {"weights": weights("tuned", 5 * MEGABYTE)}, "parameters.model: weights/"),
        ("small", {"companions": {"mmproj": weights("eyes", MEGABYTE)}}, "mmproj"),
        ("small", {"companions": {"draft": weights("hasty", MEGABYTE)}}, "draft_model"),
        ("embedder", {"pooling": "cls"}, "pooling:cls"),
        ("embedder", {"kind": "rerank"}, "reranking: (none) -> true"),
        ("ear", {"parameters": {"language": "de"}}, "language: (none) -> de"),
        ("painter", {"steps": 30}, "step: 20 -> 30"),
        ("painter", {"cfg_scale": 4.5}, "cfg_scale: (none) -> 4.5"),
        ("painter", {"companions": {"vae": weights("vae", MEGABYTE)}}, "vae_path"),
    ],
)
def test_a_field_that_the_server_reads_changes_the_model_and_restarts_it(
    name: str, fields: dict[str, Any], reason: str
):
    pool = "find" if name == "embedder" else "talk"
    plan = edited(name, **fields)
    one = model(plan, name, pool)
    assert one.change is ModelChangeKind.CHANGED
    assert any(reason in note.text for note in one.reasons), one.reasons
    assert one.restart
    others = [other for other in plan.models if other.name != name and not other.alias]
    assert {other.change for other in others} == {UNCHANGED}


@pytest.mark.parametrize("field", ["weights", "companions"])
def test_new_bytes_of_a_changed_model_are_counted(field: str):
    new = weights("new", 5 * MEGABYTE)
    plan = edited("small", **{field: new if field == "weights" else {"mmproj": new}})
    assert model(plan, "small").download_bytes == plan.download_bytes == 5 * MEGABYTE


def test_another_license_is_a_change_without_a_restart():
    plan = edited("small", license="Apache-2.0")
    assert model(plan, "small").change is ModelChangeKind.CHANGED
    (reason,) = model(plan, "small").reasons
    assert (reason.kind, reason.subjects) == (Kind.LICENSE_CHANGES, ("MIT", "Apache-2.0"))
    assert str(reason) == "license: MIT -> Apache-2.0"
    assert not model(plan, "small").restart
    assert plan.objects == ()


def test_weights_that_come_as_an_image_instead_are_said():
    image = f"registry.example.org/small@sha256:{'a' * 64}"
    plan = edited("small", weights={**MODELS["small"]["weights"], "url": f"oci://{image}"})

    texts = [str(reason) for reason in model(plan, "small").reasons]

    assert f"weights: files on a claim -> {image}" in texts


@pytest.mark.parametrize("fields", [{"description": "Other words."}, {"minimum_server": "v4.8.2"}])
def test_a_field_that_no_server_reads_changes_nothing(fields: dict[str, Any]):
    plan = edited("small", **fields)
    assert plan.changed_models == ()
    assert plan.objects == ()


def test_another_address_of_the_same_bytes_restarts_nobody():
    moved = {**MODELS["small"]["weights"], "url": "https://mirror.example.org/small.gguf"}
    plan = edited("small", weights=moved)
    assert plan.download_bytes == 0
    assert {change.kind for change in plan.objects} == {"ConfigMap", "Job"}
    assert plan.changed_models == ()


def test_a_moved_alias_restarts_its_pool_and_fetches_nothing():
    plan = changed(in_pool("talk", aliases={"assistant": "large"}))
    alias = model(plan, "assistant")
    assert alias.alias
    assert alias.change is ModelChangeKind.CHANGED
    assert [str(one) for one in alias.reasons] == ["another name: now for large, before for small"]
    assert alias.restart
    assert plan.download_bytes == 0
    assert not model(plan, "embedder", "find").restart


@pytest.mark.parametrize(
    ("aliases", "name", "kind"),
    [
        ({"assistant": "small", "helper": "large"}, "helper", ModelChangeKind.ADDED),
        ({}, "assistant", ModelChangeKind.REMOVED),
    ],
)
def test_a_new_or_a_deleted_alias_is_named(
    aliases: dict[str, str], name: str, kind: ModelChangeKind
):
    plan = changed(in_pool("talk", aliases=aliases))
    assert model(plan, name).change is kind
    assert model(plan, name).restart


def test_estimates_are_said_to_be_estimates():
    config = copy.deepcopy(stack_file())
    config["pools"]["talk"]["models"] = ["small", "guessed"]
    plan = stack_plan(None, rendered(config))
    assert model(plan, "guessed").fit == "fits (sizes estimated)"
    assert (model(plan, "small").exact, model(plan, "guessed").exact) == (True, False)


def test_a_model_whose_pool_gets_another_name_moves():
    def renamed(config: Config) -> None:
        config["pools"]["speak"] = config["pools"].pop("talk")
        config["claims"] = {"abandon": ["localai-talk-storage"]}

    plan = changed(renamed)
    come, gone = [one for one in plan.models if one.name == "small"]
    assert (come.pool, come.moves, str(come.reasons[0])) == (
        "speak",
        "talk",
        "moves here from pool talk",
    )
    assert gone.moves == "speak"
    assert [one.kind for one in gone.reasons] == [Kind.MODEL_MOVES, Kind.SERVICE_DELETED]
    assert "moved" in words.verdict(plan)


def test_a_model_that_leaves_one_of_two_pools_is_removed_there():
    base = stack_file()
    base["pools"]["more"] = {**base["pools"]["talk"], "aliases": {}}
    plan = changed(lambda config: config["pools"].pop("more"), base)
    assert {one.moves for one in plan.models} == {""}
