import json
from pathlib import Path
from typing import Any

import pytest

from gitops.adapters.pulumi import LivePreviewError, LiveStep, live_steps
from tests.gitops.programs import program

URN = "urn:pulumi:dev::localai::kubernetes:apps/v1:Deployment::pool-chat-deployment"


def digest(**step: Any) -> str:
    return json.dumps({"steps": [{"urn": URN, **step}]})


def test_a_step_that_changes_something_is_read_with_its_fields():
    told = digest(op="update", detailedDiff={"spec.replicas": {}, "metadata.labels.a": {}})
    steps = live_steps(program(0, told), Path(), "dev")
    assert steps == (LiveStep(urn=URN, op="update", fields=("metadata.labels.a", "spec.replicas")),)


def test_fields_have_the_names_that_a_plan_gives_them():
    state = {"inputs": {"spec": {"containers": [{"name": "server", "image": "a"}]}}}
    told = digest(op="update", detailedDiff={"spec.containers[0].image": {}}, newState=state)
    (step,) = live_steps(program(0, told), Path(), "dev")
    assert step.fields == ("spec.containers[server].image",)


def test_an_object_that_the_cluster_refuses_is_told_in_its_words_without_a_wrong_cure():
    words = 'Deployment.apps "a" is invalid: spec.strategy.rollingUpdate: Forbidden: may not be'
    told = json.dumps({"diagnostics": [{"severity": "error", "message": words}]})
    with pytest.raises(LivePreviewError) as refused:
        live_steps(program(255, told), Path(), "dev")
    assert words in str(refused.value)
    assert "log in" not in str(refused.value)


@pytest.mark.parametrize("op", ["same", "read"])
def test_a_step_that_changes_nothing_is_left_out(op: str):
    assert live_steps(program(0, digest(op=op)), Path(), "dev") == ()


def test_the_engine_looks_at_the_cluster_and_only_previews():
    engine = program(0, digest(op="same"))
    live_steps(engine, Path(), "dev")
    assert engine.asked[0][:2] == ["pulumi", "preview"]
    assert "--refresh" in engine.asked[0]


def test_a_failure_names_the_stack_the_cause_and_the_cure():
    told = json.dumps({"diagnostics": [{"severity": "error", "message": "no stack named 'dev'"}]})
    with pytest.raises(LivePreviewError, match=r"dev: no stack named 'dev'; select the backend"):
        live_steps(program(255, told), Path(), "dev")


def test_words_that_are_no_digest_are_shown_as_the_cause():
    with pytest.raises(LivePreviewError, match="dev: error: getting stack; log in"):
        live_steps(program(1, "", "error: getting\nstack"), Path(), "dev")
