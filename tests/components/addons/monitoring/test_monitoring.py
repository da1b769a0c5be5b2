"""Monitoring of a stack: only where it is asked for, and only for what there is data."""

import re

import pytest

from gitops.planning.rendering.render import rendering
from gitops.validation.schemas.schemas import schema_problems
from stack import declarations, stack_parts
from tests.components.addons.anythingllm.stacks import POOLS, ROUTER, ROUTER_KEY
from tests.components.addons.anythingllm.stacks import WHOLE as ANYTHINGLLM
from tests.components.addons.mlflow.stacks import WHOLE
from tests.components.addons.monitoring.watched import CHART, alert_names, watched_parts
from tests.samples import committed, of_kind, pool_fields, rendered_stack, stack
from tests.support.project import ROOT, STACKS

EVERYTHING = {
    "monitoring": {"deliveredBy": "main-test", "labels": {"release": "kps"}},
    "router": ROUTER,
    "charts": {"qdrant": CHART},
    "mlflow": WHOLE,
    "anythingllm": {**ANYTHINGLLM, "key": ROUTER_KEY},
}
AT_THE_ROUTER = {"LocalAIRequestsFailing", "LocalAIFirstTokenSlow"}


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_that_is_not_watched_has_nothing_of_it(name: str):
    found = declarations(*committed(name))
    assert not [one.name for one in found if "Monitoring" in one.component.token]


def test_alerts_on_the_router_are_only_there_with_a_router():
    assert not AT_THE_ROUTER & alert_names(*watched_parts())
    assert alert_names(*watched_parts(router={})) >= AT_THE_ROUTER


def test_a_router_is_scraped_with_the_key_of_operators():
    parts = watched_parts({"modelCheck": False}, router={})
    (monitor,) = of_kind("PodMonitor", *parts)
    (router,) = [
        one
        for one in of_kind("Deployment", *parts)
        if one["metadata"]["name"] == monitor["metadata"]["name"]
    ]
    template = router["spec"]["template"]
    assert (
        monitor["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    )
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    ports = [port["name"] for port in template["spec"]["containers"][0]["ports"]]
    assert endpoint["port"] in ports
    assert endpoint["authorization"]["credentials"]["name"] == "localai-router-key"


def test_the_operators_definitions_admit_every_object():
    pools = {**POOLS, "chat": pool_fields(gpu="nvidia-l4", replicas=2)}
    record = rendering(*stack(pools, **EVERYTHING))
    kinds = {part.token.rsplit(":", 1)[-1] for part in record.parts}
    assert {"ServiceMonitor", "PodMonitor", "PrometheusRule"} <= kinds
    assert list(schema_problems(record)) == []


def test_the_page_on_monitoring_names_every_alert():
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(LocalAI\w+)`", page, flags=re.MULTILINE))
    pools = {**POOLS, "chat": pool_fields(replicas=2)}
    assert named == alert_names(*stack_parts(*stack(pools, **EVERYTHING)))


def test_argo_cd_can_deliver_it():
    record = rendering(*rendered_stack(monitoring={"deliveredBy": "main-test"}))
    assert list(schema_problems(record)) == []


def test_a_stack_without_any_alert_of_its_own_has_no_empty_rule():
    rules = of_kind("PrometheusRule", *watched_parts({"modelCheck": False}))
    assert [one["metadata"]["name"] for one in rules] == ["localai-chat"]
