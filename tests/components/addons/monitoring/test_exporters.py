"""The rules read metrics under the names their exporters give them."""

import re

from components.addons.monitoring import exporters
from tests.components.addons.monitoring.watched import CHART, rules, watched_parts

KNOWN = {value for name, value in vars(exporters).items() if name.isupper()}
METRIC = re.compile(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\{")


def test_every_name_is_one_that_prometheus_admits():
    assert all(METRIC.fullmatch(f"{name}{{") for name in KNOWN)


def test_a_rule_reads_nothing_but_known_metrics():
    parts = watched_parts({"deliveredBy": "main"}, router={}, charts={"qdrant": CHART})
    read = {name for rule in rules(*parts) for name in METRIC.findall(rule["expr"])}
    others = {name for name in read if not name.startswith(("litellm_", "localai_", "api_call"))}
    assert others - {"up"} <= KNOWN
