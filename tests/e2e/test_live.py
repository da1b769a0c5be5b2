"""The engine's view beside the plan, and what survives a killed or a second engine."""

import json
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from gitops.planning.checkout import declared
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.engine import Engine
from tests.e2e.interruption import (
    begun,
    declared_names,
    kill_after,
    recover,
    two_at_once,
    unschedulable,
)
from tests.e2e.live import differences
from tests.e2e.program import edit, objects, running
from tests.gitops.checkouts import program_checkout

pytestmark = pytest.mark.e2e


@pytest.fixture
def fresh(cluster: Sandbox, tmp_path: Path) -> Generator[Engine]:
    with running(cluster, tmp_path, "dev") as made:
        yield made


@pytest.fixture
def dev(cluster: Sandbox, tmp_path: Path) -> Generator[Engine]:
    with running(cluster, tmp_path, "dev") as made:
        made.up()
        yield made


def test_a_deleted_object_is_seen(dev: Engine) -> None:
    dev.sandbox.kubectl("--namespace", "localai-dev", "delete", "service", "localai-chat")
    (difference,) = differences(dev)
    assert "Service pool-chat-service: create; it is missing in the cluster" in difference


def test_a_hand_edit_is_seen(dev: Engine) -> None:
    dev.sandbox.kubectl(
        "--namespace", "localai-dev", "scale", "deployment/localai-chat", "--replicas=0"
    )
    (difference,) = differences(dev)
    assert "Deployment pool-chat-deployment" in difference
    assert "replicas" in difference


def test_drift_is_told_on_an_object_that_the_change_updates_too(dev: Engine) -> None:
    (base,) = declared(dev.program, ["dev"])
    dev.sandbox.kubectl(
        "--namespace", "localai-dev", "scale", "deployment/localai-chat", "--replicas=0"
    )
    edit(dev, pools__chat__cpu=3)
    (difference,) = differences(dev, base)
    assert difference.startswith("Deployment pool-chat-deployment: the update also reverts")
    assert "spec.replicas" in difference


def replicas(made: Engine) -> str:
    path = "--output=jsonpath={.spec.replicas}"
    where = ("--namespace", "localai-dev", "deployment/localai-chat")
    return made.sandbox.kubectl("get", *where, path)


@pytest.mark.parametrize("manager", ["lens", "kubectl-edit"])
def test_drift_is_healed_whoever_made_it_and_stops_no_later_change(
    dev: Engine, manager: str
) -> None:
    dev.sandbox.kubectl(
        "--namespace", "localai-dev", "patch", "deployment/localai-chat", "--type=merge",
        f"--field-manager={manager}", '--patch={"spec":{"replicas":0}}',
    )  # fmt: skip
    dev.do("up", "--refresh", "--yes")
    assert replicas(dev) == "1"
    edit(dev, pools__chat__replicas=0)
    dev.do("up", "--yes")
    assert replicas(dev) == "0"


def test_the_command_shows_it_beside_the_plan(dev: Engine, tmp_path: Path) -> None:
    # The engine writes its salt into the stack file, so this needs a checkout of its own.
    clone = program_checkout(tmp_path / "clone").folder
    verb = ["preview", "dev", "--live", "--base", "HEAD", "--output", "json"]
    command = ["env", "-C", str(clone), sys.executable, "-m", "gitops", *verb]
    told = dev.sandbox.run(command, environment=dev.variables(), timeout=120)
    assert told.returncode == 0, told.stderr
    (stack,) = json.loads(told.stdout)["stacks"]
    assert stack["live"] == []


@pytest.mark.parametrize("seconds", [1.5, 2.5, 3.5])
def test_a_killed_engine_leaves_a_state_from_which_the_next_run_converges(
    dev: Engine, seconds: float
) -> None:
    edit(dev, pools__chat__models=["qwen3-0.6b"], pools__embeddings__cpu=3)
    kill_after(begun(dev), seconds)
    recover(dev)
    assert set(objects(dev)) == declared_names(dev)
    assert dev.steps() == []


def test_an_engine_that_is_killed_while_it_waits_is_recovered_from(fresh: Engine) -> None:
    """The first update is killed once a Job is there, which is not yet written down."""
    seen = ("--namespace", "localai-dev", "get", "jobs", "--output=name")
    with unschedulable(fresh.sandbox):
        update = begun(fresh)
        wait_until(lambda: bool(fresh.sandbox.kubectl(*seen)), "No Job came", seconds=120)
        kill_after(update, 1)
    kept = {one["type"] for one in fresh.state()["deployment"]["resources"]}
    assert "kubernetes:batch/v1:Job" not in kept
    recover(fresh)
    assert set(objects(fresh)) == declared_names(fresh)
    assert fresh.steps() == []


def test_of_two_updates_at_once_one_wins_and_the_other_says_why(dev: Engine) -> None:
    edit(dev, pools__chat__cpu=3)
    ended = two_at_once(dev)
    # Both win when the second started after the first had let go of the lock.
    assert 0 in [code for code, _ in ended], ended
    assert all("currently locked" in told for code, told in ended if code)
    assert dev.steps() == []
