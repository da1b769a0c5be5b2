"""Fetch the model of a pod, or serve it: `python -m predict fetch` and `python -m predict serve`.

`fetch` needs the standard library alone; `serve` needs uvicorn and onnxruntime.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from types import FrameType
from typing import Any

from predict.app import App
from predict.artifact import Registry, fetch, model_bytes
from predict.declared import (
    ENDING_SECONDS,
    PASSWORD,
    PORT,
    REGISTRY,
    THREADS,
    USER,
    PredictError,
    declared_of,
    number,
    said,
)
from predict.model import loaded

# In a pod, whose network policy says who may call.
_ADDRESS = "0.0.0.0"  # noqa: S104


def fetch_model(found: Mapping[str, str]) -> None:
    """Bring the declared model to its folder."""
    declared = declared_of(found)
    registry = Registry(
        url=said(found, REGISTRY), user=found.get(USER, ""), password=found.get(PASSWORD, "")
    )
    how = "fetched" if fetch(declared, registry) else "there already"
    _say(f"{declared.uri} {declared.semver} is {how}: {declared.size} bytes, {declared.digest}")


def serve_model(found: Mapping[str, str]) -> None:
    """Serve the declared model until the process is told to end.

    Raises:
        PredictError: the model can never be served.
    """
    declared = declared_of(found)
    told = {
        "model": declared.model,
        "version": declared.version,
        "semver": declared.semver,
        "digest": declared.digest,
    }
    app = App(lambda: loaded(model_bytes(declared)), told, number(found, THREADS))
    asyncio.run(_serve(app, number(found, PORT)))
    if isinstance(app.failure, PredictError):
        raise app.failure
    if app.failure:
        cause = f"{declared.uri} cannot predict one row of zeros: {app.failure!s:.300}"
        raise PredictError(cause, "export a model that takes what its inputs say")
    _say("ended: every answer under way was given")


async def _serve(app: App, port: int) -> None:
    uvicorn: Any = import_module("uvicorn")
    config = uvicorn.Config(
        app, host=_ADDRESS, port=port, http="httptools", ws="none", loop="asyncio", lifespan="off",
        access_log=False, server_header=False, log_level="warning",
        timeout_graceful_shutdown=ENDING_SECONDS,
    )  # fmt: skip
    # The library raises the signal again once it has ended.
    signal.signal(signal.SIGTERM, _ignore)
    server = uvicorn.Server(config)
    app.end = lambda: setattr(server, "should_exit", True)
    starting = asyncio.create_task(app.start())
    await server.serve()
    await starting


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Leave an end to the library, which has begun it."""


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


VERBS = {"fetch": fetch_model, "serve": serve_model}


def main(arguments: list[str], found: Mapping[str, str]) -> int:
    """Run a verb and return 0, or 1 after one sentence on stderr."""
    verb = VERBS.get(arguments[0]) if len(arguments) == 1 else None
    if verb is None:
        sys.stderr.write(f"{' '.join(arguments)!r:.80} is not a verb; use {' or '.join(VERBS)}\n")
        return 2
    try:
        verb(found)
    except PredictError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
