"""The engine's view beside the plan, and what survives a killed or a second engine."""

import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.cluster.sandbox import Sandbox
from sandbox.engine import Engine
from tests.e2e.interruption import begun, declared_names, kill_after, recover, two_at_once
from tests.e2e.live import differences
from tests.e2e.program import CHECKOUT, edit, objects, running

pytestmark = pytest.mark.e2e


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


def test_the_command_shows_it_beside_the_plan(dev: Engine, tmp_path: Path) -> None:
    # The engine writes its salt into the stack file, so this needs a checkout of its own.
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(CHECKOUT), str(clone)], check=True)
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


def test_of_two_updates_at_once_one_wins_and_the_other_says_why(dev: Engine) -> None:
    edit(dev, pools__chat__cpu=3)
    ended = two_at_once(dev)
    # Both win when the second started after the first had let go of the lock.
    assert 0 in [code for code, _ in ended], ended
    assert all("currently locked" in told for code, told in ended if code)
    assert dev.steps() == []
