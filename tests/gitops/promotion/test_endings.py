"""Whether a rollout has ended, and how: what the cluster has of what Git declares."""

from typing import Any

import pytest

from components.addons.served.served import components
from components.engine.declaration import parts_of
from gitops.promotion.rollback import Ending, endings
from tests.components.addons.served.stacks import DIGEST, MODEL
from tests.samples import context, of_kind

WHY = 'RolloutAborted: Rollout aborted update to revision 2: Metric "p99" assessed Failed'


def rollout(**status: Any) -> dict[str, Any]:
    model = {**MODEL, "rollout": {"prometheus": "http://prometheus:9090", "steps": [100]}}
    served = context(servedModels={"digits": model}, monitoring={})
    (found,) = of_kind("Rollout", *parts_of(components(served)))
    metadata = {**found["metadata"], "generation": 7}
    return {**found, "metadata": metadata, "status": {"observedGeneration": "7", **status}}


def ending(one: dict[str, Any] | None, digest: str = DIGEST) -> Ending:
    (found,) = endings({"digits": digest}, [] if one is None else [one])
    return found


def test_an_abort_is_told_with_what_the_controller_says():
    found = ending(rollout(abort=True, phase="Degraded", message=WHY))

    assert (found.is_aborted, found.why) == (True, WHY)


def test_an_abort_by_hand_is_one_too():
    assert ending(rollout(abort=True)).why == "it was aborted by hand"


def test_a_healthy_rollout_has_ended_well():
    assert ending(rollout(phase="Healthy")) == Ending(name="digits", has_ended=True)


@pytest.mark.parametrize("phase", ["Progressing", "Paused", "Degraded"])
def test_any_other_phase_goes_on(phase: str):
    found = ending(rollout(phase=phase, message="CanaryPauseStep"))

    assert (found.has_ended, found.is_aborted, found.why) == (False, False, "CanaryPauseStep")


@pytest.mark.parametrize("one", [
    None,
    # What is declared now is not what was aborted.
    {**rollout(abort=True), "spec": {}},
    rollout(abort=True, observedGeneration="6"),
    {**rollout(), "status": {}},
])  # fmt: skip
def test_what_the_controller_has_not_seen_says_nothing(one: dict[str, Any] | None):
    assert ending(one) == Ending(
        name="digits", has_ended=False, why="the cluster does not have it yet"
    )


def test_an_abort_of_another_version_rolls_nothing_back():
    assert not ending(rollout(abort=True), f"sha256:{'b' * 64}").has_ended


def test_what_a_cluster_says_steers_no_terminal():
    assert "\x1b" not in ending(rollout(abort=True, message="\x1b[31mred")).why
