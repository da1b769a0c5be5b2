"""Time limits grow with bytes and pods, so that slow is not taken for broken."""

from hypothesis import given
from hypothesis import strategies as st

from components.pool import durations

sizes = st.integers(0, 10**13)


@given(sizes)
def test_a_line_of_ten_megabytes_a_second_is_fast_enough(size: int):
    assert durations.download(size) >= size // 10_000_000


@given(sizes, sizes)
def test_more_bytes_may_take_longer(one: int, more: int):
    assert durations.download(one) <= durations.download(one + more)


def test_even_nothing_gets_some_minutes():
    assert durations.download(0) >= 300


@given(st.integers(0, 1000))
def test_the_engine_is_more_patient_than_the_deployment(replicas: int):
    assert durations.rollout(replicas) > durations.progress()


@given(st.integers(1, 1000))
def test_one_pod_more_may_take_longer(replicas: int):
    assert durations.rollout(replicas + 1) > durations.rollout(replicas)


def test_a_starting_server_has_ten_minutes_to_open_its_port():
    assert durations.startup() == 600


@given(sizes)
def test_a_server_may_read_what_it_loads_at_fifty_megabytes_a_second(size: int):
    assert durations.startup(size) >= 600 + size // 50_000_000


@given(sizes, st.integers(1, 1000), st.integers(0, 10_000))
def test_pods_that_read_first_or_wait_for_others_may_take_longer(
    size: int, replicas: int, ending: int
):
    assert durations.progress(size, ending) >= durations.progress() + size // 50_000_000 + ending
    assert durations.progress(size) > durations.startup(size)
    assert durations.rollout(replicas, size, ending) > durations.progress(size, ending)
