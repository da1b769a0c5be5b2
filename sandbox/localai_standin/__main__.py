"""The stand-in's command line: `/local-ai` serves, `/local-ai backends install` installs."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from http.server import ThreadingHTTPServer
from threading import Thread

from sandbox.localai_standin import NOTICE
from sandbox.localai_standin.backends import install
from sandbox.localai_standin.handler import handler_for
from sandbox.localai_standin.loader import Loader
from sandbox.localai_standin.model_list import read_list
from sandbox.localai_standin.service import service
from sandbox.localai_standin.settings import ServerSettings, read_settings


def say(words: str) -> None:
    """Write one line to standard error, which is the pod's log."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def serve(settings: ServerSettings) -> None:
    """Read the list, then open the listener, and serve until told to stop.

    A list or an entry that cannot be used is logged, and the server becomes ready all the same.
    """
    entries, skipped = read_list(settings.list_file)
    for line in skipped:
        say(line)
    loader = Loader(models=settings.models, backends=settings.backends_system)
    handler = handler_for(service(entries, settings.api_keys, loader))
    with ThreadingHTTPServer((settings.host, settings.port), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        say(f"{len(entries)} names are served at {settings.host or '*'}:{settings.port}")
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
        server.shutdown()
    loader.stop()


def main(arguments: Sequence[str]) -> int:
    """Run one verb and return its exit code."""
    say(NOTICE)
    # What waits for a signal must not be ended by it, in any thread.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    settings = read_settings(os.environ)
    match list(arguments):
        case [] | ["run"]:
            serve(settings)
        case ["backends", "install", uri, name]:
            say(f"{install(settings.backends, uri, name)} is installed, not fetched from {uri}")
        case _:
            say(f"this stand-in does not know: {' '.join(arguments)}")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
