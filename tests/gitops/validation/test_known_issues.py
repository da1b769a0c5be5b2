from datetime import date
from typing import Any

import pytest

from documents.problem import Problem
from gitops.planning.rendering.render import rendering
from gitops.validation.known_issues import IDS, circumstances, known_issue_problems
from gitops.validation.rules.waivers import StackWaivers, apply
from localai.server import SERVERS
from settings.stack.waivers import WaiverSettings
from tests.components.distributed_pool import distributed_fields
from tests.samples import pool_fields, settings, stack

TWO = pool_fields(models=["qwen3-0.6b", "qwen3-1.7b"])
EXPOSED = {"kind": "gateway", "host": "ai.example.com", "gateway": {"name": "g", "namespace": "n"}}
CLIENTS = {"clients": ["chat-app"]}


def notes(pools: dict[str, Any] | None = None, **fields: Any) -> list[Problem]:
    found = rendering(*stack(pools, **fields))
    return list(known_issue_problems(settings(pools, **fields), found))


def ids(pools: dict[str, Any] | None = None, **fields: Any) -> set[str]:
    return {one.rule for one in notes(pools, **fields)}


def test_a_stack_that_nobody_else_calls_has_no_note():
    assert ids() == set()


def test_a_note_names_the_pools_the_issue_and_the_cure():
    pools = {name: {**TWO, "active": 1} for name in ("first", "second")}
    burst = next(one for one in notes(pools) if one.rule == "cold-bursts-evict")

    assert str(burst).startswith("test: pools first, second: fewer models may be active than")
    assert "raise `active` to the number of models" in str(burst)
    assert str(burst).endswith(" [cold-bursts-evict]")
    assert not burst.refuses


@pytest.mark.parametrize(
    ("fields", "noted"),
    [
        ({"network": CLIENTS}, True),
        ({"network": CLIENTS, "router": {}}, False),
        ({"network": CLIENTS, "router": {"direct": True}}, True),
        ({"router": {"direct": True}}, False),
        ({"exposure": {**EXPOSED, "pool": "chat"}}, True),
        ({"exposure": EXPOSED, "router": {}}, False),
    ],
)
def test_undeclared_names_matter_where_others_reach_a_server(fields: dict[str, Any], noted: bool):
    assert ("undeclared-names-are-loaded" in ids(**fields)) == noted


def test_front_ends_are_reached_through_the_router_alone():
    pools = {"many": pool_fields(replicas=2, distributed=distributed_fields())}
    found = ids(pools, network=CLIENTS, router={"direct": True})

    assert "undeclared-names-are-loaded" not in found
    assert "ready-is-not-serving" in found


def test_monitoring_asks_servers_and_counts_what_they_tell():
    assert "ready-is-not-serving" in ids({"chat": {**TWO, "active": 1}})
    assert "ready-is-not-serving" not in ids({"chat": {**TWO, "active": 1}}, monitoring={})
    assert "metrics-tell-no-errors" in ids(monitoring={})
    assert "metrics-tell-no-errors" not in ids(monitoring={}, router={})


def test_what_a_pool_serves_is_told_by_kind():
    pools = {"words": pool_fields(models=["qwen3-embedding-0.6b"])}
    found = settings(pools, exposure={**EXPOSED, "pool": "words"})
    context, resolved = stack(pools, exposure={**EXPOSED, "pool": "words"})
    (one,) = (circumstances(found, each) for each in rendering(context, resolved).pools)

    assert (one.kinds, one.outside, one.direct) == ({"embeddings"}, True, True)


def test_a_stack_may_say_that_it_knows():
    found = tuple(notes(network=CLIENTS))
    waiver = WaiverSettings.model_validate(
        {"rule": found[0].rule, "reason": "the app sends declared names", "until": "2027-03-31"}
    )
    told = StackWaivers(
        waivers=[waiver], place=lambda index: ("Pulumi.dev.yaml", index), today=date(2027, 1, 1)
    )
    left = apply(found, told, IDS)

    assert left.waived == found[:1]
    assert left.found == found[1:]


def test_every_version_has_issues_to_note():
    assert all(any(one.applies for one in release.known_issues) for release in SERVERS.values())
