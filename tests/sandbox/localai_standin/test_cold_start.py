"""Six requests at once to a server that has just become ready."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest

from components.server.server_pod import environment
from sandbox.localai_standin.loader import Limit
from sandbox.localai_standin.settings import read_settings
from tests.samples import pool
from tests.sandbox.localai_standin.inside import Inside, engine, inside

pytestmark = pytest.mark.thorough
RUNS, REQUESTS = 100, 6
POOLS = (("qwen3-0.6b",), ("qwen3-0.6b", "llama-3.2-1b-instruct"))


@pytest.fixture(scope="module")
def address() -> Generator[str]:
    with engine() as made:
        yield made


def statuses(server: Inside, names: Sequence[str]) -> list[int]:
    """Ask for each of the models in turn, all at once, and return the statuses.

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
        return server.chat(names[number % len(names)]).status

    with ThreadPoolExecutor(REQUESTS) as threads:
        return list(threads.map(ask, range(REQUESTS)))


def runs_with_a_500(
    folder: Path, address: str, names: Sequence[str], limit: int, ahead: tuple[str, ...] = ()
) -> int:
    """Return how many of the runs had a 500; every other answer is a 200."""
    listed = "".join(f"- {{name: {name}, backend: llama-cpp}}\n" for name in names)
    found = 0
    for _ in range(RUNS):
        with inside(listed, folder, address, Limit(models=limit), ahead) as server:
            answers = statuses(server, names)
        assert set(answers) <= {200, 500}
        found += 500 in answers
    return found


@pytest.mark.parametrize("names", POOLS)
def test_a_limit_as_large_as_the_pool_answers_500(
    tmp_path: Path, address: str, names: Sequence[str]
):
    assert runs_with_a_500(tmp_path, address, names, limit=len(names)) > RUNS / 2


@pytest.mark.parametrize("names", POOLS)
def test_with_room_for_every_load_all_are_answered(
    tmp_path: Path, address: str, names: Sequence[str]
):
    assert runs_with_a_500(tmp_path, address, names, limit=2 * len(names) + 1) == 0


@pytest.mark.parametrize("names", POOLS)
def test_as_rendered_all_are_answered(tmp_path: Path, address: str, names: Sequence[str]):
    rendered = environment(pool(models=list(names)))
    made = read_settings({one.name: one.value or "" for one in rendered})

    assert runs_with_a_500(tmp_path, address, names, made.limit.models, made.preload) == 0
