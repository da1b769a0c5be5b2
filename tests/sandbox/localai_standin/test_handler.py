import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from sandbox.localai_standin import NOTICE
from sandbox.localai_standin.handler import handler_for
from sandbox.localai_standin.loader import Loader
from sandbox.localai_standin.model_list import parse_list
from sandbox.localai_standin.service import service

LIST = """\
- {name: tiny, backend: llama-cpp, parameters: {model: tiny.gguf, top_k: 3}}
- {name: assistant, alias: tiny}
- {name: absent, backend: llama-cpp, parameters: {model: absent.gguf}}
- {name: speech, backend: whisper, parameters: {model: tiny.gguf}}
"""
# An engine that answers each request with what it was sent.
ECHO = f"""\
#!{sys.executable}
import http.server, json
class Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()
        usage = {{"prompt_tokens": 1, "completion_tokens": 1}}
        self.wfile.write(json.dumps({{"path": self.path, "sent": sent, "usage": usage}}).encode())
    def log_message(self, *words):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Echo)
print(f"http://127.0.0.1:{{server.server_port}}", flush=True)
server.serve_forever()
"""


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, body: object = None, key: str = "key") -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        method = "GET" if body is None else "POST"
        sent = "" if body is None else json.dumps(body)
        connection.request(method, path, sent, {"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        status, text = answer.status, answer.read().decode()
        connection.close()
        return status, text


@contextmanager
def running(folder: Path) -> Generator[Client]:
    entries, _ = parse_list(LIST)
    loader = Loader(models=folder / "models", backends=folder / "backends")
    handler = handler_for(service(entries, frozenset({"key"}), loader))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Client(server.server_port)
        server.shutdown()
    loader.stop()


@pytest.fixture
def client(tmp_path: Path) -> Generator[Client]:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tiny.gguf").touch()
    program = tmp_path / "backends" / "llama-cpp" / "run.sh"
    program.parent.mkdir(parents=True)
    program.write_text(ECHO)
    program.chmod(0o755)
    with running(tmp_path) as made:
        yield made


def test_health_needs_no_key_and_all_else_does(client: Client):
    assert client.ask("/readyz", key="")[0] == client.ask("/healthz", key="")[0] == 200
    assert client.ask("/metrics", key="wrong")[0] == client.ask("/v1/models", key="")[0] == 401
    assert client.ask("/v1/chat/completions", {"model": "tiny"}, key="")[0] == 401


def test_every_name_is_listed_even_if_it_cannot_be_served(client: Client):
    listed = json.loads(client.ask("/v1/models")[1])["data"]

    assert [model["id"] for model in listed] == ["tiny", "assistant", "absent", "speech"]


def test_it_says_that_it_is_a_stand_in(client: Client):
    assert json.loads(client.ask("/system")[1])["stand_in"] == NOTICE
    assert json.loads(client.ask("/version")[1])["version"] == NOTICE


def test_an_inference_reaches_the_engine_with_the_defaults_of_the_model(client: Client):
    status, text = client.ask("/chat/completions", {"model": "assistant", "n": 1})
    answer = json.loads(text)

    assert (status, answer["path"]) == (200, "/v1/chat/completions")
    assert answer["sent"] == {"top_k": 3, "model": "tiny", "n": 1}
    assert 'served_model="tiny"' in client.ask("/metrics")[1]


@pytest.mark.parametrize(
    ("model", "status", "words"),
    [
        ("gpt-4", 404, "'gpt-4' not found"),
        ("absent", 500, "absent.gguf is not there"),
        ("speech", 500, "backend not found: whisper"),
    ],
)
def test_a_model_that_cannot_answer_says_why(client: Client, model: str, status: int, words: str):
    answered, text = client.ask("/v1/chat/completions", {"model": model})

    assert answered == status
    assert words in json.loads(text)["error"]["message"]


def test_an_unknown_route_is_not_found(client: Client):
    assert client.ask("/v2/models")[0] == client.ask("/v1/other", {})[0] == 404
