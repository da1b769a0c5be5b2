"""The program that asks servers which models they serve: against real HTTP servers."""

import json
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from components.addons.monitoring.scripts.model_check import (
    SERVED,
    Checker,
    check,
    exposition,
    handler_for,
    served_models,
)

KEY = "the-key"


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Generator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answering(body: str) -> type[BaseHTTPRequestHandler]:
    """Return a server that lists models to whoever has the key."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers["Authorization"] == f"Bearer {KEY}" and self.path == "/v1/models"
            self.send_response(200 if known else 401)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALAI_API_KEY", KEY)


def listing(*names: str) -> str:
    return json.dumps({"object": "list", "data": [{"id": name} for name in names]})


@pytest.mark.usefixtures("key")
def test_a_server_is_asked_with_the_key():
    with listening(answering(listing("a", "b"))) as url:
        assert served_models(f"{url}/v1") == {"a", "b"}


def test_a_wrong_key_serves_nothing_and_is_said_without_the_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LOCALAI_API_KEY", "another")
    with listening(answering(listing("a"))) as url:
        pools = [{"name": "chat", "url": f"{url}/v1", "models": ["a"]}]
        assert check(pools, served_models) == {("chat", "a"): False}
    told = capsys.readouterr().err
    assert "HTTPError" in told
    assert "another" not in told


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    "body", ["", "[]", "{}", "null", '{"data": [1]}', '{"data": null}', "<html>"]
)
def test_an_answer_of_another_kind_serves_nothing(body: str):
    with listening(answering(body)) as url:
        pools = [{"name": "chat", "url": f"{url}/v1", "models": ["a"]}]
        assert check(pools, served_models) == {("chat", "a"): False}


@pytest.mark.usefixtures("key")
def test_a_server_that_is_not_there_does_not_hide_the_others():
    with listening(answering(listing("a"))) as url:
        pools = [
            {"name": "gone", "url": "http://127.0.0.1:1/v1", "models": ["x"]},
            {"name": "chat", "url": f"{url}/v1", "models": ["a", "b"]},
        ]
        assert check(pools, served_models) == {
            ("gone", "x"): False,
            ("chat", "a"): True,
            ("chat", "b"): False,
        }


def test_prometheus_reads_one_line_a_model():
    assert exposition({("p", "b"): False, ("p", "a"): True}) == (
        f"# TYPE {SERVED} gauge\n"
        f'{SERVED}{{pool="p",model="a"}} 1\n'
        f'{SERVED}{{pool="p",model="b"}} 0\n'
    )


def answer(url: str, path: str) -> tuple[int, str]:
    """Return the status and the text of an answer."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", path)
        found = connection.getresponse()
        return found.status, found.read().decode()
    finally:
        connection.close()


def test_it_is_not_ready_before_it_has_asked_but_it_lives():
    checker = Checker([], served=lambda _: frozenset())
    with listening(handler_for(checker)) as url:
        assert answer(url, "/metrics")[0] == 503
        assert answer(url, "/healthz")[0] == 200
        checker.stopped.set()
        checker.run(0)
        status, text = answer(url, "/metrics")
        assert status == 200
        assert SERVED in text


def test_it_asks_again_until_it_is_stopped():
    asked = threading.Semaphore(0)

    def served(_: str) -> frozenset[str]:
        asked.release()
        return frozenset({"a"})

    checker = Checker([{"name": "p", "url": "u", "models": ["a"]}], served=served)
    thread = threading.Thread(target=checker.run, args=(0.001,))
    thread.start()
    assert all(asked.acquire(timeout=5) for _ in range(3))
    checker.stopped.set()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert checker.found == {("p", "a"): True}


def test_it_needs_nothing_but_the_standard_library():
    text = Path(check.__code__.co_filename).read_text(encoding="utf-8")
    words = [
        line.split()[1].split(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from "))
    ]
    assert set(words) <= sys.stdlib_module_names
