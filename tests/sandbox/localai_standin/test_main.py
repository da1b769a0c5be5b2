"""The stand-in as a process: what it loads before it listens, and how it ends."""

import json
import signal
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from tests.sandbox.localai_standin.started import KEY, Started, State, begun, started

LIST = "".join(
    f"- {{name: {name}, backend: llama-cpp, parameters: {{model: {name}.gguf}}}}\n"
    for name in ("first", "second")
)


def state(variables: Mapping[str, str], *, fails: bool = False) -> State:
    weights = {"first.gguf": dict[str, bool](), "second.gguf": {"fails": fails}}
    return State(listed=LIST, weights=weights, variables=variables)


def stream(one: Started, seconds: int) -> tuple[HTTPConnection, HTTPResponse]:
    """Begin a slow answer, and return it once its first word is there."""
    connection = HTTPConnection("127.0.0.1", one.port, timeout=60)
    messages = [{"role": "user", "content": "slow"}]
    body = {"model": "first", "stream": True, "max_tokens": seconds, "messages": messages}
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    answer = connection.getresponse()
    assert b"word-0" in answer.readline()
    return connection, answer


def events(answer: HTTPResponse) -> Iterator[str]:
    return (line.decode().strip() for line in answer if line.strip())


def test_models_are_loaded_one_after_the_other_before_it_listens(tmp_path: Path):
    variables = {"LOCALAI_LOAD_TO_MEMORY": "second,first", "LOCALAI_MAX_ACTIVE_BACKENDS": "5"}
    with started(state(variables), tmp_path) as one:
        lines = one.log.read_text().splitlines()

    assert lines[1:3] == ["second is in memory", "first is in memory"]


def test_weights_that_do_not_load_end_the_process(tmp_path: Path):
    for name, variables in (
        ("broken", {"LOCALAI_LOAD_TO_MEMORY": "first,second"}),
        ("unknown", {"LOCALAI_LOAD_TO_MEMORY": "third"}),
    ):
        folder = tmp_path / name
        folder.mkdir()
        with begun(state(variables, fails=True), folder) as (process, log):
            assert process.wait(30) == 1
        assert "could not be loaded into memory" in log.read_text()
        assert "names at" not in log.read_text()


@pytest.mark.thorough
def test_it_finishes_an_answer_and_takes_others_before_it_ends(tmp_path: Path):
    with started(state({}), tmp_path) as one:
        connection, answer = stream(one, seconds=1)
        one.process.send_signal(signal.SIGTERM)
        other, second = stream(one, seconds=1)
        found = [list(events(answer)), list(events(second))]
        connection.close()
        other.close()
        assert one.process.wait(30) == 0

    assert [(len(lines), lines[-1]) for lines in found] == [(10, "data: [DONE]")] * 2
    assert "drained; cut: none" in one.log.read_text()
