"""The engine's view beside the plan, and what survives a killed or a second engine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import pytest

from gitops.adapters.process import Finished
from gitops.adapters.pulumi import live_steps
from gitops.planning.declared import declared
from gitops.planning.live import live_differences
from gitops.planning.plan import stack_plan
from sandbox.cluster.sandbox import Sandbox
from sandbox.engine import Engine
from tests.e2e.program import CHECKOUT, edit, objects, running

pytestmark = pytest.mark.e2e


@pytest.fixture
def dev(cluster: Sandbox, tmp_path: Path) -> Generator[Engine]:
    with running(cluster, tmp_path, "dev") as made:
        made.up()
        yield made


def differences(made: Engine) -> list[str]:
    """Return what the engine would do otherwise than a plan without a change."""

    def run(
        command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> Finished:
        del environment
        words = [*command, "--cwd", str(folder)]
        done = made.sandbox.run(words, environment=made.variables(), timeout=120)
        return Finished(code=done.returncode, output=done.stdout.encode(), errors=done.stderr)

    (head,) = declared(made.program, [made.stack])
    return list(live_differences(stack_plan(head, head), live_steps(run, made.program, made.stack)))


def test_on_an_undrifted_cluster_the_engine_and_the_plan_agree(dev: Engine) -> None:
    assert differences(dev) == []


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


def interrupted(made: Engine, seconds: float) -> None:
    """Start an update and kill the engine with all its children after a while."""
    argv = [*made.command("up", "--yes", "--skip-preview")]
    enter = ["nsenter", f"--net=/run/netns/{made.sandbox.netns}", *argv]
    variables = {**os.environ, **made.sandbox.environment, **made.variables()}
    process = subprocess.Popen(
        enter, env=variables, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize("seconds", [1.5, 2.5, 3.5])
def test_a_killed_engine_leaves_a_state_from_which_the_next_run_converges(
    dev: Engine, seconds: float
) -> None:
    edit(dev, pools__chat__models=["qwen3-0.6b"], pools__embeddings__cpu=3)
    interrupted(dev, seconds)
    dev.run("cancel", "--yes")
    # What was created but not yet written down is there, unknown to the state.
    edit(dev, claims={"adopt": True})
    dev.do("refresh", "--yes", "--skip-preview")
    dev.up()
    (head,) = declared(dev.program, ["dev"])
    wanted = {
        f"{part.object['kind']}/{part.object['metadata']['name']}"
        for part in head.parts
        if part.object
    }
    assert set(objects(dev)) == wanted
    assert dev.steps() == []


def test_of_two_updates_at_once_one_wins_and_the_other_says_why(dev: Engine) -> None:
    edit(dev, pools__chat__cpu=3)
    argv = dev.command("up", "--yes", "--skip-preview")
    enter = ["nsenter", f"--net=/run/netns/{dev.sandbox.netns}", *argv]
    variables = {**os.environ, **dev.sandbox.environment, **dev.variables()}
    both = [
        subprocess.Popen(
            enter, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(2)
    ]
    deadline = time.monotonic() + 120
    told = [process.communicate(timeout=deadline - time.monotonic())[0] for process in both]
    codes = sorted(process.returncode == 0 for process in both)
    if codes == [False, True]:
        assert any("currently locked" in text for text in told)
    else:
        # The second started after the first had let go of the lock.
        assert codes == [True, True], told
    assert dev.steps() == []
