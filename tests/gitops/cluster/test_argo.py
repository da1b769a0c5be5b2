from typing import Any

from components.parts.part import plain
from gitops.cluster.argo import application, unweighted

APPLICATION = application({"name": "stack-dev"}, {"path": "stacks/dev"}, "localai-dev")


def test_shares_of_requests_are_left_to_who_writes_them():
    spec: dict[str, Any] = plain(unweighted(APPLICATION, [{"kind": "TraefikService"}]))["spec"]

    assert spec["ignoreDifferences"][0]["jqPathExpressions"] == [".spec.weighted.services[].weight"]
    # A sync would write them otherwise.
    assert "RespectIgnoreDifferences=true" in spec["syncPolicy"]["syncOptions"]


def test_nothing_is_ignored_where_nothing_is_divided():
    assert unweighted(APPLICATION, [{"kind": "Service"}]) is APPLICATION
