from typing import Any

import pytest

from tests.gitops.validation.rules.objects import found, plain

GUARD = "len(result) == 1 && !isNaN(result[0]) && result[0] <= 1"


def analysis(kind: str = "AnalysisTemplate", **metric: Any) -> dict[str, Any]:
    provider = {"prometheus": {"address": "http://prometheus", "query": "up"}}
    return plain(kind, spec={"metrics": [{"name": "errors", "provider": provider, **metric}]})


BROKEN = {
    "no condition": ("analysis-needs-data", analysis()),
    "only a bad figure fails": (
        "analysis-needs-data", analysis(failureCondition="len(result) > 0 && result[0] > 1")
    ),
    "an error that is tried again": (
        "analysis-needs-data", analysis(successCondition="result[0] <= 1")
    ),
    "no data passes": (
        "analysis-needs-data", analysis(successCondition=f"len(result) == 0 || {GUARD}")
    ),
    "no number": (
        "analysis-needs-data", analysis(successCondition="len(result) > 0 && result[0] <= 1")
    ),
}  # fmt: skip
WHOLE = {
    "one number": analysis(successCondition=GUARD),
    "some numbers": analysis(successCondition=GUARD.replace("== 1", "> 0")),
    "what Prometheus is not asked": analysis(provider={"job": {"spec": {}}}),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_an_analysis_that_passes_without_data_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest) == [rule]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_an_analysis_that_needs_data_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []
