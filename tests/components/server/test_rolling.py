"""How long pods may take to be replaced: with what ends and what loads counted."""

from components.server.rolling import ending, progress, rollout
from tests.samples import pool


def test_a_pod_ends_after_the_longest_answer_and_its_models():
    assert ending(pool()) == 120 + 30 + 30
    assert ending(pool(models=["qwen3-0.6b", "qwen3-1.7b"])) == 120 + 60 + 30


def test_a_pod_that_waits_for_the_end_of_another_is_no_failure():
    slow = pool(stack_fields={"server": {"version": "v4.9.0", "longestAnswer": 3600}})

    assert progress(slow) >= progress(pool()) + 3480
    assert rollout(slow) > progress(slow) > ending(slow)


def test_weights_that_load_before_a_pod_is_ready_take_time():
    small, large = pool(), pool(models=["llama-3.3-70b-instruct"], gpu="nvidia-l40s", gpus=2)
    read = sum(file.size.bytes for file in large.files) // 50_000_000

    assert read > 600
    assert progress(large) - progress(small) >= read - 60
    assert rollout(large) - rollout(small) >= read - 60


def test_the_most_pods_that_may_run_are_waited_for():
    grown = pool(scaling={"min": 1, "max": 4, "cpu": 70})

    assert rollout(grown) == rollout(pool(replicas=4)) > rollout(pool())
