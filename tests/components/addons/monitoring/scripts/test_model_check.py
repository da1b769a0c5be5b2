"""The program that asks servers what they serve: against HTTP servers with LocalAI's answers."""

import json
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from components.addons.monitoring.scripts.model_check import (
    ANSWERS,
    INSTALLED,
    LISTED,
    SECONDS,
    Checker,
    Finding,
    check,
    exposition,
    handler_for,
)

KEY = "the-key"
ENGINES = {"chat": "llama-cpp", "embeddings": "llama-cpp", "rerank": "llama-cpp"}
# As a real server (v4.9.0) answered, without what nobody reads.
ANSWERED: Mapping[str, Mapping[str, Any]] = {
    "/v1/chat/completions": {"choices": [{"index": 0, "message": {"content": ""}}]},
    "/v1/embeddings": {"object": "list", "data": [{"embedding": [0.25, 0.5], "index": 0}]},
    "/v1/rerank": {"results": [{"index": 0, "relevance_score": 0.9}]},
}
HOLLOW = json.dumps({"data": [{"id": "a"}], "backends": ["llama-cpp"], "choices": []})
NOT_FOUND = {"error": {"code": 500, "message": "backend not found: vllm", "type": ""}}


@dataclass
class Server:
    """What a server lists and has, which models fail, and what it was asked."""

    listed: list[str]
    engines: list[str] | None
    failing: frozenset[str] = frozenset()
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    at_once: int = 0
    most_at_once: int = 0

    def get(self, path: str) -> tuple[int, Any]:
        listed = [{"id": name, "object": "model"} for name in self.listed]
        return {
            "/v1/models": (200, {"object": "list", "data": listed}),
            "/system": (200, {"backends": self.engines, "loaded_models": []}),
        }.get(path, (404, {}))

    def post(self, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        again = (path, body["model"]) in self.asked
        self.asked.append((path, body["model"]))
        if body["model"] in self.failing:
            return 503 if again else 500, NOT_FOUND
        return 200, ANSWERED[path]


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


class Quiet(BaseHTTPRequestHandler):
    """Says nothing of each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serving(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(Quiet):
        def do_GET(self) -> None:
            self.answer(*server.get(self.path))

        def do_POST(self) -> None:
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = server.post(self.path, body)
            # Before it is sent: the next request may come at once, to another thread.
            server.at_once -= 1
            self.answer(*answer)

        def answer(self, status: int, document: Any) -> None:
            known = self.headers["Authorization"] == f"Bearer {KEY}"
            self.reply(status if known else 401, json.dumps(document).encode() + b"\n")

    return Handler


def answering(body: str) -> type[BaseHTTPRequestHandler]:
    """Return a server that answers everything with one body."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            self.reply(200, body.encode())

        do_POST = do_GET  # noqa: N815 (the name that http.server calls)

    return Handler


def declared(url: str, kinds: Mapping[str, str], **fields: Any) -> dict[str, Any]:
    """Return a pool of models by kind, as the check's file declares it."""
    models = [
        {"name": name, "kind": kind, "engine": ENGINES.get(kind, "stablediffusion-ggml")}
        for name, kind in kinds.items()
    ]
    pool = {"name": "p", "url": url, "holds_engines": True, "asked": True, "models": models}
    return {**pool, **fields}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALAI_API_KEY", KEY)


def found(pool: Mapping[str, Any]) -> dict[str, Finding]:
    return {one.model: one for one in check(pool, 5)}


def told(one: Finding) -> tuple[bool, bool | None, bool | None]:
    return one.listed, one.installed, one.answers


def test_each_kind_gets_its_smallest_request_and_the_time_is_told():
    kinds = {"a": "chat", "b": "embeddings", "c": "rerank"}
    server = Server(listed=["c", "a", "b"], engines=["llama-cpp"])
    with listening(serving(server)) as url:
        findings = found(declared(url, kinds))
    assert {name: told(one) for name, one in findings.items()} == dict.fromkeys(kinds, (True,) * 3)
    assert all(one.seconds is not None and one.seconds >= 0 for one in findings.values())
    assert server.asked == [
        ("/v1/chat/completions", "a"), ("/v1/embeddings", "b"), ("/v1/rerank", "c"),
    ]  # fmt: skip
    assert server.most_at_once == 1


def test_a_model_whose_engine_is_missing_is_listed_but_not_installed_and_not_asked():
    server = Server(listed=["a"], engines=["whisper"])
    with listening(serving(server)) as url:
        assert told(found(declared(url, {"a": "chat"}))["a"]) == (True, False, None)
    assert server.asked == []


def test_a_server_without_any_engine_says_null_and_has_none():
    with listening(serving(Server(listed=["a"], engines=None))) as url:
        assert told(found(declared(url, {"a": "chat"}))["a"]) == (True, False, None)


def test_a_model_that_is_listed_and_fails_does_not_answer_and_hides_no_other():
    server = Server(listed=["a", "b"], engines=["llama-cpp"], failing=frozenset({"a"}))
    with listening(serving(server)) as url:
        pool = declared(url, {"a": "chat", "b": "chat"})
        for _ in ("500", "503"):
            findings = found(pool)
            assert told(findings["a"]) == (True, True, False)
            assert findings["a"].seconds is None
            assert told(findings["b"]) == (True, True, True)


def test_a_model_that_is_not_listed_is_not_asked():
    server = Server(listed=["b"], engines=["llama-cpp"])
    with listening(serving(server)) as url:
        assert told(found(declared(url, {"a": "chat"}))["a"]) == (False, True, None)
    assert server.asked == []


def test_images_and_speech_are_listed_and_installed_but_never_asked():
    server = Server(listed=["a", "b"], engines=["stablediffusion-ggml"])
    with listening(serving(server)) as url:
        findings = found(declared(url, {"a": "image", "b": "transcription"}))
    assert [told(one) for one in findings.values()] == [(True, True, None)] * 2
    assert server.asked == []


def test_nothing_is_loaded_where_not_every_model_fits():
    server = Server(listed=["a"], engines=["llama-cpp"])
    with listening(serving(server)) as url:
        assert told(found(declared(url, {"a": "chat"}, asked=False))["a"]) == (True, True, None)
    assert server.asked == []


def test_front_ends_have_no_engines_and_are_asked_all_the_same():
    server = Server(listed=["a"], engines=None)
    with listening(serving(server)) as url:
        pool = declared(url, {"a": "chat"}, holds_engines=False)
        assert told(found(pool)["a"]) == (True, None, True)


def test_a_wrong_key_finds_nothing_and_is_said_without_the_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LOCALAI_API_KEY", "another")
    with listening(serving(Server(listed=["a"], engines=["llama-cpp"]))) as url:
        assert told(found(declared(url, {"a": "chat"}))["a"]) == (False, None, None)
    said = capsys.readouterr().err
    assert "HTTPError 401" in said
    assert "another" not in said


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", "null", '{"data": [1]}', '{"data": null}', "<html>"]
)
def test_an_answer_of_another_kind_finds_nothing(body: str):
    with listening(answering(body)) as url:
        assert told(found(declared(url, {"a": "chat"}))["a"])[0] is False


def test_an_answer_that_holds_nothing_is_none():
    with listening(answering(HOLLOW)) as url:
        (one,) = check(declared(url, {"a": "chat"}), 5)
    assert told(one) == (True, True, False)


def test_a_server_that_is_not_there_lists_nothing():
    gone = declared("http://127.0.0.1:1", {"a": "chat"})
    assert told(found(gone)["a"]) == (False, None, None)


def test_prometheus_reads_one_line_for_each_thing_that_is_known():
    labels = 'pool="p",model="{}",kind="chat",engine="e"'
    one, other = labels.format("a"), labels.format("b")
    text = exposition(
        [
            Finding("p", "b", "chat", "e", False, None),
            Finding("p", "a", "chat", "e", True, True, True, 0.25),
        ]
    )
    assert text == (
        f"# TYPE {LISTED} gauge\n{LISTED}{{{one}}} 1\n{LISTED}{{{other}}} 0\n"
        f"# TYPE {INSTALLED} gauge\n{INSTALLED}{{{one}}} 1\n"
        f"# TYPE {ANSWERS} gauge\n{ANSWERS}{{{one}}} 1\n"
        f"# TYPE {SECONDS} gauge\n{SECONDS}{{{one}}} 0.25\n"
    )


def answer(url: str, path: str) -> tuple[int, str]:
    """Return the status and the text of an answer."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", path)
        got = connection.getresponse()
        return got.status, got.read().decode()
    finally:
        connection.close()


def test_it_is_not_ready_before_it_has_asked_but_it_lives():
    pool = declared("http://127.0.0.1:1", {"a": "chat"})
    checker = Checker([pool], 5)
    with listening(handler_for(checker)) as url:
        assert answer(url, "/metrics")[0] == 503
        assert answer(url, "/healthz")[0] == 200
        checker.stopped.set()
        checker.watch(pool, 0)
        status, text = answer(url, "/metrics")
        assert status == 200
        assert f'{LISTED}{{pool="p",model="a",kind="chat",engine="llama-cpp"}} 0' in text


def test_with_nothing_to_ask_it_is_ready():
    with listening(handler_for(Checker([], 5))) as url:
        assert answer(url, "/metrics")[0] == 200


def test_an_engine_that_disappears_is_seen_and_a_pool_that_hangs_hides_nothing():
    server = Server(listed=["a"], engines=["llama-cpp"])
    turns, turns_without = threading.Semaphore(0), threading.Semaphore(0)
    hanging, stopped = threading.Event(), threading.Event()

    def asking(url: str, body: Mapping[str, Any] | None, _: float) -> Any:
        if url.startswith("hangs"):
            hanging.set()
            assert stopped.wait(10)
            raise TimeoutError
        path = url.removeprefix("serves")
        if path == "/v1/models":
            (turns if server.engines else turns_without).release()
        return server.post(path, body)[1] if body else server.get(path)[1]

    names = ("hangs", "serves")
    checker = Checker([declared(name, {"a": "chat"}, name=name) for name in names], 5, asking)
    checker.start(0.001)
    try:
        assert hanging.wait(5)
        # Once a second turn begins, the first is known.
        assert all(turns.acquire(timeout=5) for _ in range(2))
        assert told(checker.found["serves", "a"]) == (True, True, True)
        server.engines = []
        assert all(turns_without.acquire(timeout=5) for _ in range(2))
        assert told(checker.found["serves", "a"]) == (True, False, None)
        assert ("hangs", "a") not in checker.found
    finally:
        checker.stopped.set()
        stopped.set()


def test_it_needs_nothing_but_the_standard_library():
    text = Path(check.__code__.co_filename).read_text(encoding="utf-8")
    words = [
        line.split()[1].split(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from "))
    ]
    assert set(words) <= sys.stdlib_module_names
