"""A component registers its parts and nothing else: one class for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pytest

from components.engine.component import Component, Output, resource_class
from components.parts.kinds import KINDS, Kind
from components.parts.part import Options, Part
from tests.engine import run
from tests.registration import Run

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
OLD_URN = "urn:pulumi:test::localai::kubernetes:core/v1:ConfigMap::old-name"


@dataclass(frozen=True, kw_only=True)
class SampleArgs:
    options: Options


@pytest.fixture(autouse=True)
def widget_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "Widget", Kind(api="widgets.test/v1"))


def manifest(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, **fields}


def sample_parts(name: str, args: SampleArgs) -> tuple[Part, ...]:
    widget = {"apiVersion": "widgets.test/v1", "kind": "Widget", "metadata": {"name": "b"}}
    return (
        Part(
            name=f"{name}-map",
            token=CONFIG_MAP,
            manifest=manifest(binaryData={"aB": "eA=="}),
            options=args.options,
        ),
        Part(name=f"{name}-widget", token="kubernetes:widgets.test/v1:Widget", manifest=widget),
    )


class Sample(Component[SampleArgs]):
    token = "localai:components:Sample"
    parts = staticmethod(sample_parts)
    where: Output[str]

    @staticmethod
    def outputs(args: SampleArgs) -> Mapping[str, str | None]:
        return {"where": "here" if args.options.retain else None}


def registered(options: Options | None = None) -> Run:
    """Return what one sample component registers."""
    return run(lambda: Sample("one", SampleArgs(options=options or Options())))


def test_a_component_without_parts_of_its_own_says_so():
    with pytest.raises(NotImplementedError):
        Component[None].parts("one", None)


def test_the_component_is_the_parent_of_its_parts():
    done = registered()

    assert [one.name for one in done.registrations] == ["one", "one-map", "one-widget"]
    assert {done.named(name).parent for name in ("one-map", "one-widget")} == {"one"}


def test_the_component_itself_has_no_inputs_that_could_differ():
    assert registered().named("one").inputs == {}


def test_its_outputs_are_registered_and_are_attributes():
    seen: list[Sample] = []
    done = run(lambda: seen.append(Sample("one", SampleArgs(options=Options(retain=True)))))

    assert done.component_outputs == {"one": {"where": "here"}}
    assert isinstance(seen[0].where, Output)


def test_keys_inside_an_object_keep_their_case():
    assert registered().named("one-map").inputs == manifest(binaryData={"aB": "eA=="})


def test_a_kind_without_a_class_is_a_custom_resource():
    found = registered().named("one-widget")

    assert found.type == "kubernetes:widgets.test/v1:Widget"
    assert found.inputs["apiVersion"] == "widgets.test/v1"


def test_a_part_without_options_is_deleted_with_its_stack_and_has_no_time_limit():
    found = registered().named("one-map")

    assert (found.retain, found.timeouts, found.aliases) == (False, {}, ())


def test_options_reach_the_engine():
    found = registered(Options(retain=True, timeout=90, aliases=(OLD_URN,))).named("one-map")

    assert found.retain is True
    assert found.timeouts == {"create": "90s", "update": "90s", "delete": "90s"}
    assert OLD_URN in found.aliases


def test_parts_wait_for_the_parts_of_what_their_component_depends_on():
    def program() -> None:
        first = Sample("first", SampleArgs(options=Options()))
        opts = pulumi.ResourceOptions(depends_on=[first])
        Sample("second", SampleArgs(options=Options()), opts)

    done = run(program)
    waited = {done.named("first-map").urn, done.named("first-widget").urn}

    assert done.named("second-map").dependencies == waited
    assert done.named("second").dependencies == waited


def test_a_known_kind_has_its_own_class_and_any_other_the_custom_one():
    assert resource_class(CONFIG_MAP).__name__ == "ConfigMap"
    assert resource_class("kubernetes:widgets.test/v1:Widget").__name__ == "CustomResource"
