import re

from predict.metrics import BUCKETS, Metrics

SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="(\\.|[^"\\])*"(,[a-z]+="(\\.|[^"\\])*")*\})? [0-9.e-]+')


def values(metrics: Metrics) -> dict[str, float]:
    lines = [one for one in metrics.text().splitlines() if not one.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_answers_are_counted_by_code_and_rows_by_number():
    metrics = Metrics({})
    metrics.answered(200, 0.003, 5)
    metrics.answered(200, 0.003, 1)
    metrics.answered(422, 0.001, 0)

    found = values(metrics)
    assert found['predict_requests_total{code="200"}'] == 2
    assert found['predict_requests_total{code="422"}'] == 1
    assert found["predict_rows_total"] == 6


def test_failures_of_the_server_are_counted_before_the_first():
    found = values(Metrics({}))

    assert found['predict_requests_total{code="500"}'] == 0
    assert found['predict_requests_total{code="503"}'] == 0


def test_buckets_add_up_and_a_duration_on_a_bound_is_within_it():
    metrics = Metrics({})
    for seconds in (0.001, 0.0011, 0.02, 9.0):
        metrics.answered(200, seconds, 1)

    found = values(metrics)
    counts = [found[f'predict_duration_seconds_bucket{{le="{bound}"}}'] for bound in BUCKETS]
    assert counts == sorted(counts)
    assert counts[:3] == [1, 2, 2]
    assert found['predict_duration_seconds_bucket{le="0.02"}'] == 3
    assert found['predict_duration_seconds_bucket{le="5.0"}'] == 3
    assert found['predict_duration_seconds_bucket{le="+Inf"}'] == 4
    assert found["predict_duration_seconds_count"] == 4
    assert round(found["predict_duration_seconds_sum"], 4) == 9.0221


def test_every_line_has_the_form_that_prometheus_reads():
    metrics = Metrics({"model": 'a"b\\c\nd', "version": "2"})
    metrics.answered(200, 1.0, 1)

    for line in metrics.text().splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or SAMPLE.fullmatch(line), line
    assert 'predict_model_info{model="a\\"b\\\\c\\nd",version="2"} 1' in metrics.text()
