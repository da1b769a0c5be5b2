"""Six requests at once to a server that has just become ready."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest

from sandbox.localai_standin.memory import Limit
from tests.sandbox.localai_standin.inside import Inside, engine, inside

RUNS, REQUESTS = 100, 6
NAMES = ("first", "second")
LIST = "".join(f"- {{name: {name}, backend: llama-cpp}}\n" for name in NAMES)


@pytest.fixture(scope="module")
def address() -> Generator[str]:
    with engine() as made:
        yield made


def statuses(server: Inside, models: int) -> list[int]:
    """Ask for each model in turn, all at once, and return the statuses.

    No model is loaded before every request is there: that is what six at once means.
    """
    together, there, pause = Barrier(REQUESTS), [0], Event()
    loader = server.service.loader

    def wait(_: object) -> None:
        waiting = 0
        # A request is there once it waits for a load: by itself, or to make room.
        while there[0] < REQUESTS and waiting < 200:
            pause.wait(0.0005)
            waiting += 1

    before = loader.make_room

    def make_room() -> None:
        there[0] += 1
        before()

    server.start.before = wait
    loader.make_room = make_room

    def ask(number: int) -> int:
        together.wait()
        return server.chat(NAMES[number % models]).status

    with ThreadPoolExecutor(REQUESTS) as threads:
        return list(threads.map(ask, range(REQUESTS)))


def runs_with_a_500(
    folder: Path, address: str, models: int, limit: int, ahead: tuple[str, ...] = ()
) -> int:
    """Return how many of the runs had a 500; every other answer is a 200."""
    found = 0
    for _ in range(RUNS):
        with inside(LIST, folder, address, Limit(models=limit), ahead) as server:
            answers = statuses(server, models)
        assert set(answers) <= {200, 500}
        found += 500 in answers
    return found


@pytest.mark.parametrize("models", [1, 2])
def test_a_limit_as_large_as_the_pool_answers_500(tmp_path: Path, address: str, models: int):
    assert runs_with_a_500(tmp_path, address, models, limit=models) > RUNS / 2


@pytest.mark.parametrize("models", [1, 2])
def test_with_room_for_every_load_all_are_answered(tmp_path: Path, address: str, models: int):
    assert runs_with_a_500(tmp_path, address, models, limit=2 * models + 1) == 0


@pytest.mark.parametrize("models", [1, 2])
def test_with_models_loaded_ahead_all_are_answered(tmp_path: Path, address: str, models: int):
    ahead = NAMES[:models]
    assert runs_with_a_500(tmp_path, address, models, 2 * models + 1, ahead) == 0
