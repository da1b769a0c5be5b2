from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from sandbox.localai_standin.loader import CoolingError, Limit, Loader, LoadError
from sandbox.localai_standin.model_list import Entry
from tests.sandbox.localai_standin.fakes import FakeStarter, FakeTime

A, B = Entry(name="a"), Entry(name="b")


def loader(
    limit: int = 0, retries: int = 30, time: FakeTime | None = None
) -> tuple[Loader, FakeStarter]:
    start = FakeStarter()
    made = Limit(models=limit, retries=retries)
    return Loader(start=start, limit=made, clock=(time or FakeTime()).clock), start


def ask(made: Loader, entry: Entry) -> str:
    with made.using(entry) as address:
        return address


def until(met: Callable[[], bool]) -> None:
    """Wait for other threads, which need no more than their turn."""
    pause, tries = Event(), 0
    while not met():
        tries += 1
        assert tries < 5000
        pause.wait(0.001)


def test_a_model_is_loaded_once_and_answers_at_one_address():
    made, start = loader()

    assert ask(made, A) == ask(made, A) == "http://a/1"
    assert start.started == ["a"]


def test_a_model_whose_engine_has_ended_is_loaded_again():
    made, start = loader()
    ask(made, A)
    start.engines["a"].running = False

    assert ask(made, A) == "http://a/2"


def test_at_the_limit_the_idle_model_goes_and_its_engine_ends():
    made, start = loader(limit=1)
    ask(made, A)
    ask(made, B)

    assert made.names() == ["b"]
    assert not start.engines["a"].running


def test_a_busy_model_is_waited_for_and_then_evicted():
    time = FakeTime()
    made, start = loader(limit=1, retries=600, time=time)
    busy = made.using(A)
    busy.__enter__()
    time.at(50, lambda: busy.__exit__(None, None, None))
    ask(made, B)

    assert 50 <= time.seconds <= 51
    assert made.names() == ["b"]
    assert not start.engines["a"].running


def test_after_all_tries_a_model_is_loaded_beside_the_busy_one():
    time = FakeTime()
    made, start = loader(limit=1, time=time)
    with made.using(A):
        ask(made, B)

    # Thirty tries, a second apart.
    assert time.seconds == 29
    assert made.names() == ["a", "b"]
    assert start.engines["a"].running


def test_a_model_that_does_not_load_is_left_alone_and_tried_again_later():
    time = FakeTime()
    made, start = loader(time=time)
    start.broken.add("a")
    with pytest.raises(LoadError, match="a is broken"):
        ask(made, A)
    with pytest.raises(CoolingError) as told:
        ask(made, A)
    assert told.value.seconds == 10
    time.sleep(10)
    start.broken.clear()

    assert ask(made, A) == "http://a/2"


def test_a_model_that_does_not_load_evicts_another_all_the_same():
    made, start = loader(limit=1)
    ask(made, A)
    start.broken.add("b")
    for _ in range(2):
        with pytest.raises(LoadError):
            ask(made, B)

    assert made.names() == []
    assert start.started == ["a", "b"]


def test_requests_for_a_model_that_loads_wait_for_it():
    made, start = loader()
    gate = Event()
    start.before = lambda _: gate.wait(10)
    with ThreadPoolExecutor() as threads:
        asked = [threads.submit(ask, made, A) for _ in range(4)]
        gate.set()
        assert {one.result() for one in asked} == {"http://a/1"}

    assert start.started == ["a"]


def test_who_loads_a_model_that_is_evicted_meanwhile_finds_its_engine_gone():
    made, start = loader(limit=1)
    gate = Event()
    start.before = lambda _: gate.wait(10)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(ask, made, A)
        until(lambda: start.started == ["a"])
        second = threads.submit(ask, made, A)
        until(lambda: not made.memory.residents)
        gate.set()
        with pytest.raises(LoadError, match="connection refused"):
            first.result()
        assert second.result() == "http://a/2"


def test_a_model_can_be_unloaded_once():
    made, start = loader()
    ask(made, A)

    assert made.unload("a")
    assert not made.unload("a")
    assert not start.engines["a"].running


def test_requests_are_counted_while_they_last():
    made, _ = loader()
    with made.using(A), made.using(A), made.using(B):
        assert [made.requests("a"), made.requests("b"), made.requests()] == [2, 1, 3]

    assert made.requests() == 0
