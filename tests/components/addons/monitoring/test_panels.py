"""The dashboard shows what there is data for, whatever the number of pools."""

from typing import Any

from components.addons.monitoring.dashboard import Panel, panels
from tests.samples import pool_fields, stack

POOLS = {f"pool-{index}": pool_fields() for index in range(3)}


def shown(pools: dict[str, Any] | None = None, **fields: Any) -> list[Panel]:
    return list(panels(*stack(pools, **{"monitoring": {}, **fields})))


def titles(pools: dict[str, Any] | None = None, **fields: Any) -> set[str]:
    return {panel.title for panel in shown(pools, **fields)}


def test_more_pools_are_more_lines_and_not_more_panels():
    assert titles() == titles(POOLS)


def test_panels_are_only_there_where_something_counts():
    plain = titles()
    assert titles(router={}) - plain == {
        "Requests at the router",
        "Failing at the router",
        "Time to the first token, p95",
    }
    assert titles(quota="declared") - plain == {"Quota, used"}
    assert titles({"chat": pool_fields(gpu="nvidia-l4")}) - plain == {"GPUs, busy"}
    assert plain - titles(monitoring={"modelCheck": False}) == {
        "Declared models that fail the check",
        "Time of the check's question",
    }


def test_the_panel_on_tokens_says_what_is_not_counted():
    (found,) = (panel for panel in shown() if "Tokens" in panel.title)
    assert found.title == "Tokens of chats"
    assert "none of embeddings" in found.to_dict(0)["description"]
    assert "description" not in shown()[0].to_dict(0)


def test_every_query_is_about_this_stack_alone():
    for panel in shown(router={}, quota="declared"):
        for query in panel.queries:
            assert '"localai-test"' in query.expression or 'stack="test"' in query.expression


def test_requests_of_models_are_counted_without_those_of_probes():
    for title in ("Requests", "Requests in service, mean", "Time of a request, mean"):
        (found,) = (panel for panel in shown() if panel.title == title)

        assert "path=~" in found.queries[0].expression
        assert "readyz" not in found.queries[0].expression
