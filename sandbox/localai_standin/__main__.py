"""The stand-in's command line: `/local-ai` serves, `/local-ai backends install` installs."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from http.server import ThreadingHTTPServer
from threading import Thread

from sandbox.localai_standin import NOTICE
from sandbox.localai_standin.drain import drain
from sandbox.localai_standin.engine import install
from sandbox.localai_standin.handler import handler_for
from sandbox.localai_standin.loader import Clock, Loader, LoadError
from sandbox.localai_standin.model_list import RefusedError, read_list, resolve
from sandbox.localai_standin.processes import Starter
from sandbox.localai_standin.service import Service
from sandbox.localai_standin.settings import ServerSettings, read_settings


def say(words: str) -> None:
    """Write one line to standard error, which is the pod's log."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


class Listener(ThreadingHTTPServer):
    """A listener that takes many connections at once, as Go's does."""

    request_queue_size = 128


def made(settings: ServerSettings, clock: Clock) -> Service:
    """Return the service of these settings, with its list read.

    A list or an entry that cannot be used is logged, and the server becomes ready all the same.
    """
    entries, skipped = read_list(settings.list_file)
    for line in skipped:
        say(line)
    start = Starter(
        models=settings.models,
        backends=settings.backends_system,
        cold_seconds=settings.cold_seconds,
        clock=clock,
    )
    return Service(
        entries=entries,
        models=settings.models,
        backends=settings.backends_system,
        loader=Loader(start=start, limit=settings.limit, clock=clock),
        api_keys=settings.api_keys,
        upload_bytes=settings.upload_bytes,
    )


def preload(service: Service, names: Sequence[str]) -> str:
    """Load models one after the other, and return what is wrong with the first that does not."""
    for name in names:
        try:
            with service.loader.using(resolve(service.entries, name, service.loose())):
                say(f"{name} is in memory")
        except (LoadError, RefusedError) as problem:
            return f"{name} could not be loaded into memory: {problem}"
    return ""


def serve(settings: ServerSettings) -> int:
    """Load what is to be in memory, open the listener, and serve until told to stop, then drain."""
    clock = Clock()
    service = made(settings, clock)
    problem = preload(service, settings.preload)
    if problem:
        say(problem)
        drain(service.loader, clock)
        return 1
    with Listener((settings.host, settings.port), handler_for(service)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        say(f"{len(service.entries)} names at {settings.host or '*'}:{server.server_port}")
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
        # It goes on answering, new requests too, until its engines are gone.
        ended = drain(service.loader, clock)
        say(f"drained; cut: {', '.join(ended.cut) or 'none'}")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run one verb and return its exit code."""
    say(NOTICE)
    # What waits for a signal must not be ended by it, in any thread.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    settings = read_settings(os.environ)
    match list(arguments):
        case [] | ["run"]:
            return serve(settings)
        case ["backends", "install", uri, name]:
            say(f"{install(settings.backends, uri, name)} is installed, not fetched from {uri}")
        case _:
            say(f"this stand-in does not know: {' '.join(arguments)}")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
