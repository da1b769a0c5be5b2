import re

from sandbox.localai_standin.service import Metrics


def series(metrics: Metrics, name: str) -> list[tuple[dict[str, str], float]]:
    """Return labels and value of every series of a metric."""
    lines = [line for line in metrics.text().splitlines() if line.startswith(f"{name}{{")]
    return [
        (dict(re.findall(r'(\w+)="([^"]*)"', line)), float(line.rpartition(" ")[2]))
        for line in lines
    ]


def test_tokens_are_counted_by_model_and_kind():
    metrics = Metrics()
    for _ in range(2):
        metrics.account("tiny", "/v1/completions", 3, 2)

    found = series(metrics, "localai_tokens_total")

    assert {labels["kind"]: value for labels, value in found} == {"prompt": 6, "completion": 4}
    assert {labels["served_model"] for labels, _ in found} == {"tiny"}
    ((labels, value),) = series(metrics, "localai_billed_requests_total")
    assert (labels["endpoint"], labels["user"], value) == ("/v1/completions", "legacy-api-key", 2)


def test_every_series_has_the_labels_of_its_scope():
    metrics = Metrics()
    metrics.account("tiny", "/v1/completions", 3, 2)
    metrics.observe("POST", "/v1/completions", 0.2)
    metrics.unrecorded("/v1/completions")

    lines = [line for line in metrics.text().splitlines() if line.startswith(("localai", "api"))]

    assert lines
    for name in ("otel_scope_name", "otel_scope_version", "otel_scope_schema_url"):
        assert [line for line in lines if f"{name}=" not in line] == []


def test_an_answer_without_counts_is_told_apart():
    metrics = Metrics()
    metrics.unrecorded("/v1/completions")

    ((labels, value),) = series(metrics, "localai_usage_unrecorded_total")
    assert (labels["reason"], value) == ("no_usage", 1)
    assert "localai_tokens_total" not in metrics.text()


def test_seconds_fall_into_bounds_that_were_meant_for_milliseconds():
    metrics = Metrics()
    metrics.observe("POST", "/v1/completions", 0.2)

    buckets = {labels["le"]: value for labels, value in series(metrics, "api_call_bucket")}

    assert (buckets["0"], buckets["5"], buckets["+Inf"]) == (0, 1, 1)
