"""The JSON form of a plan, held against the schema that is published for it."""

import copy
import json
from collections.abc import Iterator
from typing import Any, cast

import jsonschema_rs
import pytest

from gitops.planning.note import Kind, Note
from gitops.planning.objects import Change, ObjectChange
from gitops.planning.output.document import plan_document
from gitops.planning.output.markdown import markdown
from gitops.planning.plan import ClusterPlan, Plan, StackPlan, removed_stack, stack_plan
from tests.gitops.stacks import Config, changed, in_pool, rendered, stack_file
from tests.support.project import ROOT

SCHEMA: dict[str, Any] = json.loads(
    (ROOT / "docs/reference/plan.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)


def growth(config: Config) -> None:
    config["scaling"] = {"gpus": {"nvidia-l4": 3}}
    config["pools"]["talk"]["storage"]["access"] = "ReadWriteMany"
    config["pools"]["talk"]["scaling"] = {"min": 1, "max": 3, "cpu": 70}


def chart(config: Config) -> None:
    source = {"repository": "https://charts.example.org", "chart": "store", "version": "1.2.3"}
    config["charts"] = {"store": {**source, "values": {"size": 3, "text": "é\n"}}}


def served(config: Config) -> None:
    config["servedModels"] = {
        "digits": {
            "version": 1, "semver": "1.0.0", "digest": f"sha256:{'a' * 64}", "size": 9,
            "metrics": {"accuracy": "0.9"}, "image": "registry.example.com/predict:1.0.0",
            "registry": {"url": "http://mlflow.ml.svc:5000", "namespace": "ml"},
        }
    }  # fmt: skip


PLANS: dict[str, StackPlan] = {
    "nothing changes": changed(lambda config: config),
    "everything is new": stack_plan(None, rendered(stack_file())),
    "the file is gone": removed_stack(rendered(stack_file())),
    "models come and go": changed(in_pool("talk", models=["small", "guessed"])),
    "a pool is parked": changed(in_pool("talk", replicas=0)),
    "a claim is lost": changed(lambda config: config["pools"].pop("talk")),
    "a chart is new": changed(chart),
    "a pool scales": changed(growth),
    "a model is served": changed(served),
    "the home is another": changed(lambda config: config.update(cluster="far")),
    "it is refused": changed(in_pool("talk", storage={"size": "60Gi", "class": "fast"})),
}


def document(plan: StackPlan) -> dict[str, Any]:
    whole = plan_document(Plan(base="abc Subject", compared=True, stacks=(plan,)))
    return cast("dict[str, Any]", json.loads(json.dumps(whole)))


def objects_of(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        node = cast("dict[str, Any]", schema)
        if "properties" in node:
            yield node
        for value in node.values():
            yield from objects_of(value)


@pytest.mark.parametrize("name", PLANS)
def test_every_plan_is_of_its_published_form(name: str):
    found = [str(error) for error in VALIDATOR.iter_errors(document(PLANS[name]))]
    assert found == []


def test_the_schema_itself_is_valid():
    jsonschema_rs.meta.validate(SCHEMA)


def test_every_object_of_the_schema_is_closed_and_every_field_is_described_and_required():
    nodes = list(objects_of(SCHEMA["$defs"]))
    assert len(nodes) == 11
    for node in nodes:
        assert node["additionalProperties"] is False
        assert sorted(node["required"]) == sorted(node["properties"])
        for name, field in node["properties"].items():
            assert field["description"].endswith("."), name


def test_the_schema_refuses_a_field_that_it_does_not_know():
    plan = document(PLANS["a pool is parked"])
    assert VALIDATOR.is_valid(plan)
    for place in (plan, plan["stacks"][0], plan["stacks"][0]["models"][0]):
        place["surprise"] = True
        assert not VALIDATOR.is_valid(plan)
        del place["surprise"]


@pytest.mark.parametrize("kind", ["pools", "models", "objects"])
def test_the_schema_refuses_a_missing_field(kind: str):
    plan = document(PLANS["everything is new"])
    for name in copy.copy(plan["stacks"][0][kind][0]):
        less = copy.deepcopy(plan)
        del less["stacks"][0][kind][0][name]
        assert not VALIDATOR.is_valid(less), name


def test_a_change_is_told_in_models_and_in_fields():
    (stack,) = document(PLANS["models come and go"])["stacks"]
    changes = {model["name"]: model["change"] for model in stack["models"] if not model["alias"]}
    assert changes == {
        "small": "unchanged", "guessed": "added", "large": "removed", "embedder": "unchanged",
    }  # fmt: skip
    assert all(one["fields"] for one in stack["objects"] if one["change"] == "update")


def test_pods_that_are_replaced_say_how_long_that_takes():
    (stack,) = document(PLANS["models come and go"])["stacks"]
    (rollout,) = stack["rollouts"]

    assert (rollout["pool"], rollout["pods"]) == ("talk", 1)
    assert rollout["seconds"] == rollout["ending_seconds"] + rollout["starting_seconds"]


def test_what_is_refused_has_its_forcing_field():
    (stack,) = document(PLANS["it is refused"])["stacks"]
    assert stack["refusals"]
    assert stack["objects"][0]["forcing"] == ["metadata.name", "spec.storageClassName"]


def cluster_document(plan: ClusterPlan) -> dict[str, Any]:
    whole = Plan(base="abc Subject", compared=True, stacks=(), clusters=(plan,))
    return cast("dict[str, Any]", json.loads(json.dumps(plan_document(whole))))


ROLE = ObjectChange(urn="a", kind="Role", namespace="one", name="wide", change=Change.CREATE)
WIDER = Note(Kind.RIGHTS_WIDEN, ("Role one/wide",), "Role one/wide grants more: pods (get)")


@pytest.mark.parametrize(
    ("plan", "summary"),
    [
        (ClusterPlan(cluster="main"), "no change"),
        (ClusterPlan(cluster="main", notes=(WIDER,)), "no object changes, but see the notes"),
        (ClusterPlan(cluster="main", objects=(ROLE,)), "objects: 1 created"),
        (
            ClusterPlan(cluster="main", there=False),
            "the cluster file was deleted; objects: none",
        ),
    ],
)
def test_a_cluster_is_told_in_the_words_of_a_stack(plan: ClusterPlan, summary: str):
    found = cluster_document(plan)

    assert list(VALIDATOR.iter_errors(found)) == []
    assert found["clusters"][0]["summary"] == summary


def test_a_comment_without_room_keeps_who_may_do_more():
    objects = tuple(
        ObjectChange(urn="a", kind="ConfigMap", namespace="", name="n" * 60, change=Change.CREATE)
        for _ in range(2_000)
    )
    text = markdown(
        cluster_document(ClusterPlan(cluster="main", notes=(WIDER,), objects=(*objects, ROLE)))
    )

    assert "**Note:** Role one/wide grants more" in text
    assert "- cluster main: Role `wide`: created" in text
    assert "x ConfigMap create" in text
