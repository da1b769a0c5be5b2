"""One row says all that holds by kind: class, wave, waits, pods."""

from dataclasses import replace
from typing import Any

import pytest

from components.engine.component import resource_class
from components.parts.delivery import delivered
from components.parts.kinds import KINDS, Kind, Pods, token_of
from components.parts.part import Manifest, Options, Part, object_part
from components.quota.usage import needs, running
from gitops.adoption.running import running as namespace
from gitops.planning.objects import Change, object_changes
from gitops.planning.rendering.rendering import PartRecord
from gitops.validation.rules.pods import servers
from settings.stack.delivery import Delivery
from stack import stack_parts
from tests.everything import STACKS as SAMPLES
from tests.everything import sample
from tests.gitops.stacks import rendered, stack_file
from tests.samples import committed, manifests
from tests.support.project import STACKS

WAVE = "argocd.argoproj.io/sync-wave"


class DaemonSet:
    """The builder of a kind that no stack has yet."""

    def to_dict(self) -> dict[str, Any]:
        container = {"name": "main", "resources": {"requests": {"cpu": "500m"}}}
        return {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": "agent"},
            "spec": {"template": {"spec": {"containers": [container]}}},
        }


class Widget:
    """The builder of a kind that has no row."""

    def to_dict(self) -> dict[str, Any]:
        return {"apiVersion": "widgets.test/v1", "kind": "Widget", "metadata": {"name": "it"}}


@pytest.fixture
def daemon_set(monkeypatch: pytest.MonkeyPatch) -> Part:
    row = Kind(api="apps/v1", module="apps.v1", wave=1, wait_for=("condition=Up",), pods=Pods.SERVE)
    monkeypatch.setitem(KINDS, "DaemonSet", row)
    return object_part("agent", DaemonSet())


def annotations(part: Part, delivery: Delivery) -> dict[str, str]:
    (found,) = manifests(delivered([part], delivery))
    return found["metadata"].get("annotations", {})


@pytest.mark.parametrize("kind", [kind for kind, row in KINDS.items() if row.module])
def test_a_class_registers_the_type_it_stands_for(kind: str):
    token = token_of(KINDS[kind].api, kind)

    assert resource_class(token).pulumi_type == token


@pytest.mark.parametrize(
    "kind", [kind for kind, row in KINDS.items() if row.is_ours and not row.module]
)
def test_a_custom_resource_has_no_class_of_its_own(kind: str):
    assert resource_class(token_of(KINDS[kind].api, kind)).__name__ == "CustomResource"


def test_a_kind_of_another_group_with_the_same_name_has_no_class_of_its_own():
    assert resource_class("kubernetes:serving.knative.dev/v1:Service").__name__ == "CustomResource"


@pytest.mark.parametrize("name", STACKS)
def test_every_kind_of_a_stack_has_its_row(name: str):
    assert_rows(stack_parts(*committed(name)))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_kind_of_a_sample_has_its_row(name: str):
    assert_rows(stack_parts(*sample(name)))


def test_every_row_is_of_a_kind_that_a_stack_or_a_sample_renders():
    stacks = [*map(committed, STACKS), *map(sample, SAMPLES)]
    found = {one["kind"] for stack in stacks for one in manifests(stack_parts(*stack))}

    assert found == {kind for kind, row in KINDS.items() if row.is_ours}


def assert_rows(parts: tuple[Part, ...]) -> None:
    for manifest in manifests(parts):
        assert KINDS[manifest["kind"]].api == manifest["apiVersion"]


def test_a_new_kind_is_one_row_and_its_builder(daemon_set: Part):
    assert resource_class(daemon_set.token).pulumi_type == daemon_set.token
    assert annotations(daemon_set, Delivery.RENDERED)[WAVE] == "1"
    assert "condition=Up" in annotations(daemon_set, Delivery.OPERATOR)["pulumi.com/waitFor"]
    (pods,) = manifests((daemon_set,))
    assert running([pods])["requests.cpu"] > 0
    assert needs([pods])["requests.cpu"] >= running([pods])["requests.cpu"]
    assert namespace("localai", [pods]).workloads == (pods,)
    assert [one["name"] for one in servers(pods)] == ["main"]


def test_a_plan_says_what_becomes_of_a_new_kind(daemon_set: Part):
    (manifest,) = manifests((daemon_set,))
    selected = {**manifest, "spec": {**manifest["spec"], "selector": {"app": "agent"}}}
    slower = {**manifest, "spec": {**manifest["spec"], "minReadySeconds": 5}}

    def planned(*objects: Manifest | None) -> list[tuple[str, Change]]:
        base, head = (replace(rendered(stack_file()), parts=records(one)) for one in objects)
        return [(change.kind, change.change) for change in object_changes(base, head)]

    def records(one: Manifest | None) -> tuple[PartRecord, ...]:
        record = PartRecord(urn="agent", name="agent", token=daemon_set.token, parent=None)
        return (replace(record, object=dict(one)),) if one else ()

    assert planned(None, manifest) == [("DaemonSet", Change.CREATE)]
    assert planned(manifest, slower) == [("DaemonSet", Change.UPDATE)]
    assert planned(manifest, selected) == [("DaemonSet", Change.REPLACE)]


def test_a_kind_without_a_row_is_refused_and_named():
    part = object_part("agent", Widget(), Options())

    with pytest.raises(KeyError, match="Widget"):
        delivered([part], Delivery.RENDERED)
