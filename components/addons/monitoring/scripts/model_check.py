"""Asks servers what they serve, and tells Prometheus of each declared name how far it gets.

LocalAI lists a model whose engine or weights are missing, so there are three findings: the name is
listed, its engine is installed, and it answers. A pool gets one request at a time. Reads a file
`{"pools": [{"name", "url", "holds_engines", "asked", "models": [{"name", "kind", "engine"}]}]}`
and the API key from the variable LOCALAI_API_KEY; answers GET /metrics and /healthz.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request, urlopen

PORT = 9090
LISTED = "localai_declared_model_listed"
INSTALLED = "localai_declared_model_engine_installed"
ANSWERS = "localai_declared_model_answers"
SECONDS = "localai_declared_model_answer_seconds"
# The smallest request of each kind, and what its answer has; images and speech would cost too much.
_SMALLEST: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "chat": (
        "/v1/chat/completions",
        {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1},
        "choices",
    ),
    "embeddings": ("/v1/embeddings", {"input": "Hi"}, "data"),
    "rerank": ("/v1/rerank", {"query": "Hi", "documents": ["Hi"], "top_n": 1}, "results"),
}
_LISTING_SECONDS = 10
_LARGEST_BYTES = 4 * 1024 * 1024
_FAILURES = (OSError, HTTPException, ValueError, LookupError, TypeError, AttributeError)

Pool = Mapping[str, Any]
# What a URL answers to a GET, or to a POST of a body, within some seconds.
Ask = Callable[[str, Mapping[str, Any] | None, float], Any]


@dataclass(frozen=True)
class Finding:
    """What is known of one declared name; None is unknown, or not asked."""

    pool: str
    model: str
    kind: str
    engine: str
    listed: bool
    installed: bool | None
    answers: bool | None = None
    seconds: float | None = None


def ask(url: str, body: Mapping[str, Any] | None, seconds: float) -> Any:
    """Return the JSON that a server answers.

    Raises:
        OSError: it does not answer in time, or with an error.
        HTTPException: it does not answer in HTTP.
        ValueError: it does not answer in JSON.
    """
    key = os.environ["LOCALAI_API_KEY"]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    request = Request(url, sent, headers)  # noqa: S310 (our own address)
    with urlopen(request, timeout=seconds) as answer:  # noqa: S310
        return json.loads(answer.read(_LARGEST_BYTES))


def check(pool: Pool, seconds: float, asking: Ask = ask) -> Iterator[Finding]:
    """Yield what is found of each declared name of a pool, one after the other."""
    listed = _names(pool, "/v1/models", lambda found: [one["id"] for one in found["data"]], asking)
    engines = None
    if pool["holds_engines"]:
        engines = _names(pool, "/system", lambda found: found["backends"] or [], asking)
    for model in pool["models"]:
        name, kind, engine = model["name"], model["kind"], model["engine"]
        installed = None if engines is None else engine in engines
        found = Finding(pool["name"], name, kind, engine, name in (listed or ()), installed)
        # Otherwise the answer is known, and the server would only wait longer before each retry.
        if pool["asked"] and kind in _SMALLEST and found.listed and installed is not False:
            found = _answered(found, pool["url"], seconds, asking)
        yield found


def _names(
    pool: Pool, path: str, read: Callable[[Any], Iterable[object]], asking: Ask
) -> frozenset[str] | None:
    """Return the names that a server answers with, or None where it cannot be asked."""
    try:
        return frozenset(map(str, read(asking(pool["url"] + path, None, _LISTING_SECONDS))))
    except _FAILURES as error:
        return _tell(pool["name"], path, error)


def _answered(found: Finding, url: str, seconds: float, asking: Ask) -> Finding:
    """Return whether a model answers the smallest request of its kind, and how long it took."""
    path, body, results = _SMALLEST[found.kind]
    start = time.monotonic()
    try:
        if asking(url + path, {"model": found.model, **body}, seconds)[results]:
            return replace(found, answers=True, seconds=time.monotonic() - start)
    except _FAILURES as error:
        _tell(found.pool, found.model, error)
    return replace(found, answers=False)


def _tell(pool: str, what: str, error: Exception) -> None:
    # Its kind and status alone: an address or a header may stand in the text.
    sys.stderr.write(f"{pool}: {what}: {type(error).__name__} {getattr(error, 'code', '')}\n")


def exposition(found: Iterable[Finding]) -> str:
    """Return findings in Prometheus' text format; what is unknown has no line."""
    lines: list[str] = []
    known = sorted(found, key=lambda one: (one.pool, one.model))
    for metric, field in {
        LISTED: "listed",
        INSTALLED: "installed",
        ANSWERS: "answers",
        SECONDS: "seconds",
    }.items():
        lines.append(f"# TYPE {metric} gauge")
        for one in known:
            labels = f'pool="{one.pool}",model="{one.model}",kind="{one.kind}"'
            value = getattr(one, field)
            if value is not None:
                lines.append(f'{metric}{{{labels},engine="{one.engine}"}} {float(value):g}')
    return "\n".join(lines) + "\n"


class Checker:
    """Knows what was found last; asks again until it is stopped."""

    def __init__(self, pools: Iterable[Pool], seconds: float, asking: Ask = ask) -> None:
        """Take the pools to ask, and how long an answer may take; nothing is asked yet."""
        self.pools = list(pools)
        self.seconds = seconds
        self.asking = asking
        self.found: dict[tuple[str, str], Finding] = {}
        self.stopped = threading.Event()

    def watch(self, pool: Pool, pause: float) -> None:
        """Ask a pool, again and again."""
        while True:
            for one in check(pool, self.seconds, self.asking):
                self.found[one.pool, one.model] = one
            if self.stopped.wait(pause):
                return

    def start(self, pause: float) -> None:
        """Watch each pool by itself, so that one that hangs hides no other."""
        for pool in self.pools:
            threading.Thread(target=self.watch, args=(pool, pause), daemon=True).start()


def handler_for(checker: Checker) -> type[BaseHTTPRequestHandler]:
    """Return the class that answers Prometheus."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        def do_GET(self) -> None:
            """Answer with what was found last; 503 before anything was asked.

            GET /healthz says that this program runs.
            """
            ready = checker.found or not checker.pools or self.path == "/healthz"
            body = exposition(list(checker.found.values())).encode()
            self.send_response(200 if ready else 503)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing of each request."""

    return Handler


def main(path: str, pause: str, seconds: str) -> None:
    """Serve what is found of the pools in a file, asked every so many seconds."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        checker = Checker(json.load(file)["pools"], float(seconds))
    checker.start(float(pause))
    ThreadingHTTPServer(("", PORT), handler_for(checker)).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
