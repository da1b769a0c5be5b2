"""An autoscaler and the engine write the same Deployment, and neither undoes the other."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from gitops.planning.checkout import declared
from gitops.planning.plan import stack_plan
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.engine import Engine
from tests.e2e.live import differences
from tests.e2e.program import edit, running, settings
from tests.gitops.stacks import said

pytestmark = pytest.mark.e2e

NAME = "deployment/localai-chat"
POOL = {
    "models": ["qwen3-0.6b"],
    "cpu": 1,
    "storage": {"size": "20Gi", "class": "fast", "access": "ReadWriteMany"},
}
# The controllers look at an autoscaler every 15 seconds.
PATIENCE = 40


@pytest.fixture
def stack(cluster: Sandbox, tmp_path: Path) -> Generator[Engine]:
    with running(cluster, tmp_path, "dev") as made:
        edit(made, pools={"chat": POOL | {"replicas": 2}})
        yield made


def pods(made: Engine) -> int:
    """Return how many pods the Deployment is asked to run."""
    namespace = settings(made)["localai:namespace"]
    found = made.sandbox.kubectl("--namespace", namespace, "get", NAME, "--output=json")
    return json.loads(found)["spec"]["replicas"]


def scale(made: Engine, count: int) -> None:
    """Set the number of pods through the subresource that autoscalers write."""
    namespace = settings(made)["localai:namespace"]
    made.sandbox.kubectl("--namespace", namespace, "scale", NAME, f"--replicas={count}")


def wait_for_pods(made: Engine, count: int) -> None:
    wait_until(lambda: pods(made) == count, f"There were never {count} pods", seconds=PATIENCE)


def test_a_number_takes_over_from_an_autoscaler_that_set_another(stack: Engine):
    edit(stack, pools={"chat": POOL | {"scaling": {"min": 2, "max": 4, "cpu": 70}}})
    stack.up()
    # The autoscaler has written the number, and owns it.
    wait_for_pods(stack, 2)

    edit(stack, pools={"chat": POOL | {"replicas": 3}})
    stack.do("up", "--yes")

    assert pods(stack) == 3
    assert differences(stack) == []


def test_an_autoscaler_owns_the_number_of_pods_and_the_engine_leaves_it_alone(stack: Engine):
    stack.up()
    assert pods(stack) == 2
    (base,) = declared(stack.program, ["dev"])

    edit(stack, pools={"chat": POOL | {"scaling": {"min": 2, "max": 4, "cpu": 70}}})
    (head,) = declared(stack.program, ["dev"])
    assert "it falls from 2 to 1" in " ".join(said(stack_plan(base, head).notes))
    stack.up()
    # The engine let go of a field that nobody else owned, and the API server set its default;
    # the autoscaler may have acted already.
    assert pods(stack) in {1, 2}

    # Beyond its bounds, the autoscaler comes back to them by itself.
    scale(stack, 6)
    wait_for_pods(stack, 4)
    told = stack.up().partition("Resources:")[2]
    assert "unchanged" in told
    assert "updated" not in told
    assert pods(stack) == 4

    # A change that restarts the pods keeps their number, too.
    edit(stack, pools__chat__memory="4Gi")
    stack.up()
    assert pods(stack) == 4
