import json
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sandbox.localai_standin import NOTICE
from tests.sandbox.localai_standin.inside import Inside, engine, inside, serve

LIST = """\
- {name: tiny, backend: llama-cpp, parameters: {top_k: 3}}
- {name: assistant, alias: tiny}
- {name: broken, backend: llama-cpp}
"""


@pytest.fixture
def server(tmp_path: Path) -> Generator[Inside]:
    with engine() as address, inside(LIST, tmp_path, address) as made:
        yield made


def test_it_says_that_it_is_a_stand_in(server: Inside):
    assert json.loads(server.ask("/system").text)["stand_in"] == NOTICE
    assert "stand-in" in json.loads(server.ask("/version").text)["version"]


def test_an_inference_reaches_the_engine_with_the_defaults_of_the_model(server: Inside):
    answer = server.ask("/chat/completions", {"model": "assistant", "n": 1})

    assert answer.status == 200
    assert json.loads(answer.text)["sent"] == {"top_k": 3, "model": "tiny", "n": 1}


def test_a_form_reaches_the_engine_as_it_came(server: Inside):
    form = '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nassistant\r\n--b--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    text = json.loads(server.ask("/v1/audio/transcriptions", form, **kind).text)["text"]

    assert text == "hello"


def test_names_are_listed_in_another_order_each_time(server: Inside):
    orders = {server.ask("/v1/models").text for _ in range(40)}

    assert len(orders) > 1


def test_a_model_that_does_not_load_is_left_alone_for_the_seconds_told(server: Inside):
    server.start.broken.add("broken")
    seen: list[tuple[int, str | None]] = []
    for seconds in (0, 4, 6, 1):
        server.time.sleep(seconds)
        answer = server.chat("broken")
        seen.append((answer.status, answer.headers.get("Retry-After")))

    assert seen == [(500, None), (503, "6"), (500, None), (503, "19")]


def test_a_small_answer_is_not_zipped_and_a_large_one_is(server: Inside):
    small = server.ask("/version", **{"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in small.headers


def test_a_browser_with_a_key_may_ask_from_anywhere(server: Inside):
    assert server.ask("/version", Origin="http://a").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in server.ask("/version").headers


class Breaking(BaseHTTPRequestHandler):
    """An engine that goes in the middle of every answer."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        kind = "text/event-stream" if asked.get("stream") else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'data: {"model": "tiny", "choices": [1]}\n\n')
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def breaking(tmp_path: Path) -> Generator[Inside]:
    with HTTPServer(("127.0.0.1", 0), Breaking) as going:
        serve(going)
        with inside(LIST, tmp_path, f"http://127.0.0.1:{going.server_port}") as made:
            yield made
        going.shutdown()


def test_a_stream_whose_engine_goes_looks_like_one_at_its_end(breaking: Inside):
    answer = breaking.chat("tiny", stream=True)

    assert answer.status == 200
    assert answer.text.endswith("data: [DONE]\n\n")
    assert "choices" in answer.text


def test_a_whole_answer_whose_engine_goes_is_the_servers_mistake(breaking: Inside):
    answer = breaking.chat("tiny")

    assert (answer.status, "EOF" in answer.text) == (500, True)


def test_an_engine_that_is_gone_is_the_servers_mistake(tmp_path: Path):
    with inside(LIST, tmp_path, "http://127.0.0.1:1") as made:
        answer = made.chat("tiny")

    assert (answer.status, "connection refused" in answer.text) == (500, True)
