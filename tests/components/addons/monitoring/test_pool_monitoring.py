"""Monitoring of a pool: one monitor and one object of rules each."""

from tests.components.addons.monitoring.watched import watched_parts
from tests.samples import LONGEST_POOL, of_kind, pool_fields

POOLS = {"one": pool_fields(), LONGEST_POOL: pool_fields(models=["qwen3-1.7b"])}


def test_every_pool_has_a_monitor_and_rules_under_its_own_name():
    parts = watched_parts({"modelCheck": False}, POOLS)
    for kind in ("ServiceMonitor", "PrometheusRule"):
        found = [one["metadata"]["name"] for one in of_kind(kind, *parts)]
        assert found == [f"localai-{name}" for name in POOLS]


def test_the_rules_of_a_pool_stay_far_below_what_the_operator_puts_into_one_map():
    for rule in of_kind("PrometheusRule", *watched_parts(pools=POOLS)):
        assert len(str(rule)) < 2**15
