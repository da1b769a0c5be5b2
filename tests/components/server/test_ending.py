"""No pod ends before the longest answer has passed, and each has time to leave after that."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.parts.part import plain
from components.server.ending import MARGIN
from components.server.server_pod import server_template
from stack import stack_parts
from tests import everything
from tests.components.distributed_pool import distributed_fields
from tests.samples import committed, manifests, pool, pool_fields, stack
from tests.support.project import STACKS

TWO = ["qwen3-0.6b", "qwen3-1.7b"]


def serving(found: Any) -> Iterator[dict[str, Any]]:
    """Yield the pod of everything that answers: servers, front ends, workers and routers."""
    for manifest in manifests(stack_parts(*found)):
        if manifest["kind"] in ("Deployment", "StatefulSet"):
            spec = manifest["spec"]["template"]["spec"]
            # The model check answers nobody.
            if spec["containers"][0]["name"] in ("server", "worker", "router"):
                yield spec


def waits(spec: dict[str, Any]) -> int:
    """Return for how long the container of a pod goes on before it is told to end."""
    (container,) = spec["containers"]
    before = container["lifecycle"]["preStop"]
    if "sleep" in before:
        return before["sleep"]["seconds"]
    return int(before["exec"]["command"][-1])


@pytest.mark.parametrize(
    "found", [*map(committed, STACKS), *map(everything.sample, everything.STACKS)]
)
def test_every_pod_serves_on_for_the_longest_answer(found: Any):
    context, pools = found
    answer = context.settings.server.longest_answer

    assert len(list(serving(found))) >= len(pools)
    for spec in serving(found):
        assert waits(spec) >= answer
        assert spec["terminationGracePeriodSeconds"] >= waits(spec) + MARGIN


@given(st.integers(1, 3600), st.integers(1, 2))
def test_every_pod_has_time_for_its_models_after_that(answer: int, active: int):
    server = {"version": "v4.9.0", "longestAnswer": answer}
    many = pool_fields(replicas=2, models=TWO, distributed=distributed_fields())
    pools = {"plain": pool_fields(models=TWO, active=active), "many": many}
    found = stack(pools, server=server, router={"loadBalance": True})

    specs = list(serving(found))
    assert len(specs) == 4
    for spec in specs:
        assert waits(spec) >= answer
        assert spec["terminationGracePeriodSeconds"] > waits(spec)


@given(st.integers(1, 3600), st.integers(1, 2))
def test_a_server_waits_half_a_minute_for_each_model_it_may_hold(answer: int, active: int):
    server = {"version": "v4.9.0", "longestAnswer": answer}
    spec = plain(server_template(pool(models=TWO, active=active, stack_fields={"server": server})))[
        "spec"
    ]

    assert spec["terminationGracePeriodSeconds"] > waits(spec) + 30 * active
