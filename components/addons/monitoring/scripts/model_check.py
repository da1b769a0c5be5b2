"""Asks servers which models they serve, and tells Prometheus which declared ones are missing.

Reads `{"pools": [{"name", "url", "models": []}]}` from a file and the API key from the environment
variable LOCALAI_API_KEY; answers GET /metrics and /healthz. Who cannot be asked serves nothing.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from typing import Any
from urllib.request import Request, urlopen

PORT = 9090
SERVED = "localai_declared_model_served"
_TIMEOUT_SECONDS = 10
_AT_ONCE = 8

Served = Callable[[str], frozenset[str]]
Found = Mapping[tuple[str, str], bool]


def served_models(url: str) -> frozenset[str]:
    """Return the names of the models a server lists at `url`.

    Raises:
        OSError: it does not answer, or refuses the key.
        ValueError: it answers something else.
    """
    key = os.environ["LOCALAI_API_KEY"]
    request = Request(f"{url}/models", headers={"Authorization": f"Bearer {key}"})  # noqa: S310 (our own address)
    with urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
        listed: dict[str, Any] = json.load(answer)
    return frozenset(str(one["id"]) for one in listed.get("data", []))


def check(pools: Iterable[Mapping[str, Any]], served: Served) -> Found:
    """Return of each declared model of each pool whether it is served now."""
    known = list(pools)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as workers:
        answers = workers.map(_asked, [pool["url"] for pool in known], repeat(served))
        return {
            (pool["name"], model): model in answer
            for pool, answer in zip(known, answers, strict=True)
            for model in pool["models"]
        }


def _asked(url: str, served: Served) -> frozenset[str]:
    try:
        return served(url)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        # Its kind alone: an address or a header may stand in the text.
        sys.stderr.write(f"{url}: {type(error).__name__}\n")
        return frozenset()


def exposition(found: Found) -> str:
    """Return what was found in Prometheus' text format."""
    lines = [f"# TYPE {SERVED} gauge"]
    for (pool, model), is_served in sorted(found.items()):
        lines.append(f'{SERVED}{{pool="{pool}",model="{model}"}} {int(is_served)}')
    return "\n".join(lines) + "\n"


class Checker:
    """Knows what was found last; asks again until it is stopped."""

    def __init__(self, pools: Iterable[Mapping[str, Any]], served: Served = served_models) -> None:
        """Take the pools to ask; nothing is asked yet."""
        self.pools = list(pools)
        self.served = served
        self.found: Found | None = None
        self.stopped = threading.Event()

    def run(self, seconds: float) -> None:
        """Ask every pool, again and again."""
        while True:
            self.found = check(self.pools, self.served)
            if self.stopped.wait(seconds):
                return


def handler_for(checker: Checker) -> type[BaseHTTPRequestHandler]:
    """Return the class that answers Prometheus."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        def do_GET(self) -> None:
            """Answer with what was found last; 503 before anything was asked.

            GET /healthz says that this program runs.
            """
            asked = checker.found is not None or self.path == "/healthz"
            body = exposition(checker.found or {}).encode()
            self.send_response(200 if asked else 503)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing of each request."""

    return Handler


def main(path: str, seconds: str) -> None:
    """Serve metrics of the pools in a file, asked every so many seconds."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        checker = Checker(json.load(file)["pools"])
    threading.Thread(target=checker.run, args=(float(seconds),), daemon=True).start()
    ThreadingHTTPServer(("", PORT), handler_for(checker)).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
