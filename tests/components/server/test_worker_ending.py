"""What a worker does before it ends, run as its container runs it, against front ends."""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from components.parts.part import plain
from components.server.ending import worker_lifecycle
from tests.components.distributed_pool import distributed_pool

TOKEN = "a token with spaces"
NOWHERE = Path("/dev/null")
NODE = "6f1c0a52-2b11-4d6e-9f0b-3f8f6e0c7d10"
COMMAND: list[str] = plain(worker_lifecycle(distributed_pool()))["preStop"]["exec"]["command"]


@dataclass(frozen=True, kw_only=True)
class FrontEnd:
    """A front end that keeps what workers say, and answers with one status."""

    address: str
    said: list[tuple[str, str | None, Any]] = field(
        default_factory=list[tuple[str, str | None, Any]]
    )


@contextmanager
def front_end(status: int = 201, id: str = NODE) -> Generator[FrontEnd]:
    """Run a front end; it answers as LocalAI does (core/http/endpoints/localai/nodes.go)."""
    found: list[FrontEnd] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found[0].said.append((self.path, self.headers["Authorization"], body))
            answer = {
                "created_at": "2026-11-28T19:00:00Z",
                "id": id,
                "name": "w-0",
                "status": "healthy",
            }
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer, separators=(",", ":")).encode())

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.append(FrontEnd(address=f"http://127.0.0.1:{server.server_port}"))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found[0]
        server.shutdown()


def ended(address: str, pause: str = "0", token: str = TOKEN, log: Path = NOWHERE) -> int:
    """Run the hook of a worker that registers at an address; return its exit code."""
    told = {
        "PATH": "/usr/bin:/bin",
        "LOG": str(log),
        "LOCALAI_REGISTER_TO": address,
        "LOCALAI_REGISTRATION_TOKEN": token,
        "LOCALAI_NODE_NAME": "w-0",
        "LOCALAI_ADVERTISE_ADDR": "w-0.workers:50051",
        "LOCALAI_ADVERTISE_HTTP_ADDR": "w-0.workers:50050",
    }
    return subprocess.run([*COMMAND[:-1], pause], env=told, check=False, timeout=60).returncode


def test_a_worker_asks_for_no_more_requests_by_its_name_and_its_token():
    with front_end() as called:
        assert ended(called.address) == 0

    (registered, drained) = called.said
    assert registered == (
        "/api/node/register",
        f"Bearer {TOKEN}",
        {
            "name": "w-0",
            "token": TOKEN,
            "address": "w-0.workers:50051",
            "http_address": "w-0.workers:50050",
        },
    )
    assert drained == (f"/api/node/{NODE}/drain", f"Bearer {TOKEN}", {})


def test_after_that_it_serves_on_for_the_longest_answer():
    slow = distributed_pool(stack_fields={"server": {"version": "v4.9.0", "longestAnswer": 700}})
    command = plain(worker_lifecycle(slow))["preStop"]["exec"]["command"]

    assert (COMMAND[-1], command[-1]) == ("120", "700")
    with front_end() as called:
        start = time.monotonic()
        ended(called.address, pause="1")
        assert time.monotonic() - start >= 1


def test_a_front_end_that_refuses_keeps_no_worker_from_ending():
    with front_end(status=401) as called:
        assert ended(called.address) == 0


def test_a_front_end_that_is_away_keeps_no_worker_from_ending():
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]

    assert ended(f"http://127.0.0.1:{port}") == 0


@pytest.mark.parametrize(
    ("token", "meant"),
    [
        ('a"b', 'a"b'),
        ("a\\nb", "a\\nb"),
        ("a%sb", "a%sb"),
        ("from a file\n", "from a file"),
    ],
)
def test_a_token_of_any_letters_arrives_whole(token: str, meant: str):
    with front_end() as called:
        assert ended(called.address, token=token) == 0

    assert [authorization for _, authorization, _ in called.said] == [f"Bearer {meant}"] * 2
    assert called.said[0][2]["token"] == meant


def test_a_token_cannot_add_options_to_the_request_and_the_log_says_so(tmp_path: Path):
    with front_end() as called, front_end() as evil:
        token = f'x"\nurl = "{evil.address}/evil'
        assert ended(called.address, token=token, log=tmp_path / "log") == 0

    assert (called.said, evil.said) == ([], [])
    assert "more than one line" in (tmp_path / "log").read_text()


def test_a_worker_that_was_not_drained_says_so_in_its_log(tmp_path: Path):
    with front_end(status=401, id="") as called:
        ended(called.address, log=tmp_path / "log")

    assert (tmp_path / "log").read_text() == "Not drained: no front end knows this worker\n"


def test_no_process_is_started_with_the_token():
    script = COMMAND[2]
    lines = [line for line in script.splitlines() if "LOCALAI_REGISTRATION_TOKEN" in line]

    assert all(line.startswith("token=$(printf ") for line in lines)
