"""A rollout while many long answers are under way: none is cut, and a short drain cuts all."""

from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.cluster.sandbox import Sandbox
from sandbox.images.python import PREFIX
from tests.e2e.program import edit
from tests.e2e.serving import RELEASE, Served, serving
from tests.e2e.streams import streams
from tests.sandbox.localai_standin import programmed

pytestmark = pytest.mark.e2e

POD = "--selector=app.kubernetes.io/component=server"


@pytest.fixture(scope="module")
def served(cluster: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with serving(cluster, tmp_path_factory.mktemp("rollout")) as made:
        longest(made, 60)
        slow_engine(made)
        roll(made)
        yield made


def longest(served: Served, seconds: int) -> None:
    """Declare how long the longest answer takes; a Job that verified would find the slow engine."""
    server = {"version": RELEASE.version, "longestAnswer": seconds}
    edit(served.engine, server=server, verify=False)
    served.engine.up()


def slow_engine(served: Served) -> None:
    """Put an engine that answers slowly in the place of llama.cpp; a new pod has it."""
    source = Path(programmed.__file__).read_text()
    (program,) = served.volume.glob("engines/*/llama-cpp/run.sh")
    program.write_text(f"#!{PREFIX}/bin/python3 -I\n{source}")


def roll(served: Served) -> None:
    served.kubectl("rollout", "restart", "deployment/localai-chat")
    served.kubectl("rollout", "status", "deployment/localai-chat", "--timeout=120s")


def pods(served: Served) -> set[str]:
    return {pod["metadata"]["uid"] for pod in served.objects("pods", "server")}


def test_a_rollout_cuts_none_of_twenty_answers_of_forty_five_seconds(served: Served) -> None:
    before = pods(served)
    with streams(served) as under_way:
        roll(served)
        assert under_way.cut() == 0
    assert not before <= pods(served)


def test_a_pod_that_may_only_answer_for_ten_seconds_cuts_them_all(served: Served) -> None:
    longest(served, 10)
    with streams(served) as under_way:
        served.kubectl("delete", "pods", POD, "--wait=false")
        # Ten seconds before it is told to end, thirty while it drains its one model.
        assert under_way.cut() == 20
