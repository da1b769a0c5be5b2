from pathlib import Path

import pytest

from sandbox.localai_standin.loader import LoadError
from sandbox.localai_standin.model_list import Entry, parse_list
from sandbox.localai_standin.processes import Starter, order
from tests.sandbox.localai_standin.fakes import FakeTime
from tests.sandbox.localai_standin.programmed import install

TINY = Entry(name="tiny", backend="llama-cpp", model="tiny.gguf")


def starter(folder: Path, time: FakeTime | None = None, weights: str = "{}") -> Starter:
    (folder / "tiny.gguf").write_text(weights)
    clock = (time or FakeTime()).clock
    return Starter(models=folder, backends=folder / "engines", cold_seconds=2, clock=clock)


def test_an_engine_that_ends_is_told_and_not_waited_for(tmp_path: Path):
    install(tmp_path / "engines", "llama-cpp")

    with pytest.raises(LoadError, match="ended with 3"):
        starter(tmp_path, weights='{"fails": true}')(TINY)


def test_no_load_is_faster_than_two_seconds(tmp_path: Path):
    install(tmp_path / "engines", "llama-cpp")
    time = FakeTime()
    running = starter(tmp_path, time)(TINY)

    assert (time.seconds, running.alive()) == (2, True)
    assert running.stop(10)
    assert not running.alive()


def test_an_engine_that_does_not_end_is_killed(tmp_path: Path):
    install(tmp_path / "engines", "llama-cpp")
    running = starter(tmp_path, weights='{"stubborn": true}')(TINY)

    assert not running.stop(0.1)
    assert not running.alive()


def test_a_model_without_an_engine_is_tried_with_all_of_them(tmp_path: Path):
    for name in ("b", "a"):
        install(tmp_path / "engines", name)
    start = starter(tmp_path)

    with pytest.raises(LoadError, match=r"(?s)\[a\].*absent.*\[b\].*absent"):
        start(Entry(name="absent", model="absent"))
    running = start(Entry(name="tiny.gguf", model="tiny.gguf"))
    assert running.stop(10)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry(name="a", backend="whisper", model="tiny.gguf"), "backend not found: whisper"),
        (Entry(name="a", model="tiny.gguf"), "no backends found"),
    ],
)
def test_an_engine_that_is_not_installed_is_told(tmp_path: Path, entry: Entry, words: str):
    with pytest.raises(LoadError, match=words):
        starter(tmp_path)(entry)


@pytest.mark.parametrize("model", ["../tiny.gguf", "/etc/passwd"])
def test_no_file_outside_of_the_folder_is_loaded(tmp_path: Path, model: str):
    install(tmp_path / "engines", "llama-cpp")

    with pytest.raises(LoadError, match="is not there"):
        starter(tmp_path)(Entry(name="a", backend="llama-cpp", model=model))


def test_the_options_of_a_model_reach_its_engine(tmp_path: Path):
    entries, _ = parse_list("- {name: a, options: ['parallel:4', 'use_jinja:true']}")

    told = order(entries["a"], tmp_path)

    assert (told["slots"], told["jinja"], told["unified"]) == (4, True, False)
