from sandbox.localai_standin.metrics import Metrics


def test_tokens_are_counted_by_model_and_kind():
    metrics = Metrics()
    for _ in range(2):
        metrics.account("tiny", "/v1/completions", {"prompt_tokens": 3, "completion_tokens": 2})

    lines = metrics.text().splitlines()

    assert 'localai_tokens_total{kind="prompt",served_model="tiny",user=""} 6' in lines
    assert 'localai_tokens_total{kind="completion",served_model="tiny",user=""} 4' in lines
    requests = 'localai_billed_requests_total{endpoint="/v1/completions",'
    assert f'{requests}served_model="tiny",user=""}} 2' in lines


def test_an_answer_without_counts_is_told_apart():
    metrics = Metrics()
    metrics.account("tiny", "/v1/completions", None)

    assert "localai_usage_unrecorded_total" in metrics.text()
    assert "localai_tokens_total" not in metrics.text()


def test_seconds_fall_into_bounds_that_were_meant_for_milliseconds():
    metrics = Metrics()
    metrics.observe("POST", "/v1/completions", 0.2)

    lines = metrics.text().splitlines()

    assert 'api_call_bucket{method="POST",path="/v1/completions",le="0"} 0' in lines
    assert 'api_call_bucket{method="POST",path="/v1/completions",le="5"} 1' in lines
    assert 'api_call_count{method="POST",path="/v1/completions"} 1' in lines
