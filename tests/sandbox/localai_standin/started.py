"""The stand-in as a process of its own on the loopback, with engines that behave as programmed."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sandbox.localai_standin.programmed import install
from tests.support.project import ROOT

KEY = "the-key"
LISTENS = re.compile(r"names at 127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, kw_only=True)
class State:
    """What a server has when it starts: its list, engines, weights and variables."""

    listed: str
    engines: Sequence[str] = ("llama-cpp",)
    weights: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Started:
    """A running stand-in."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int


def written(state: State, folder: Path) -> dict[str, str]:
    """Write the files of a state and return the variables of its server."""
    for engine in state.engines:
        install(folder / "engines", engine)
    (folder / "models").mkdir()
    for name, behavior in state.weights.items():
        place = folder / "models" / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps(behavior))
    (folder / "list.yaml").write_text(state.listed)
    return {
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
        "LOCALAI_ADDRESS": "127.0.0.1:0",
        "LOCALAI_MODELS_PATH": str(folder / "models"),
        "LOCALAI_MODELS_CONFIG_FILE": str(folder / "list.yaml"),
        "LOCALAI_BACKENDS_SYSTEM_PATH": str(folder / "engines"),
        "LOCALAI_API_KEY": KEY,
        "STAND_IN_COLD_SECONDS": "0",
        **state.variables,
    }


@contextmanager
def begun(state: State, folder: Path) -> Generator[tuple[subprocess.Popen[bytes], Path]]:
    """Give a stand-in that was just started, and its log."""
    environment = written(state, folder)
    log = folder / "log"
    command = [sys.executable, "-m", "sandbox.localai_standin"]
    with (
        log.open("wb") as sink,
        subprocess.Popen(command, env=environment, stderr=sink, cwd=folder) as process,
    ):
        try:
            yield process, log
        finally:
            process.terminate()
            process.wait(60)


@contextmanager
def started(state: State, folder: Path) -> Generator[Started]:
    """Give a stand-in that listens."""
    with begun(state, folder) as (process, log):
        end = time.monotonic() + 30
        while not (found := LISTENS.search(log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.02)
        yield Started(process=process, log=log, port=int(found[1]))
