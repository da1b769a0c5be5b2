"""Loading models: each one at its first request, in its engine's process, as LocalAI does."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from sandbox.localai_standin.backends import LLAMA_CPP, find
from sandbox.localai_standin.model_list import Entry


class LoadError(Exception):
    """A model could not be loaded; the text is what a client is told."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A model in memory: the process that has it, and where that answers."""

    process: subprocess.Popen[str]
    address: str


@dataclass(kw_only=True)
class Loader:
    """The models in memory, by name."""

    models: Path
    backends: Path
    loaded: dict[str, Loaded] = field(default_factory=dict[str, Loaded])
    lock: Lock = field(default_factory=Lock)

    def address(self, entry: Entry) -> str:
        """Return where a model answers, loading it first if it is not in memory.

        Raises:
            LoadError: its engine is not installed, or the engine could not read its file.
        """
        with self.lock:
            there = self.loaded.get(entry.name)
            if there is None or there.process.poll() is not None:
                self.loaded[entry.name] = there = self.load(entry)
            return there.address

    def load(self, entry: Entry) -> Loaded:
        """Start the engine of a model; raises LoadError as `address` does."""
        program = find(self.backends, entry.backend)
        if program is None:
            raise LoadError(f"could not load model: backend not found: {entry.backend or 'none'}")
        if entry.backend != LLAMA_CPP:
            raise LoadError(f"this stand-in only runs {LLAMA_CPP}, not {entry.backend}")
        path = self.models / entry.model
        if not path.is_file():
            raise LoadError(f"could not load model: {path} is not there")
        return run(program, order(entry, path))

    def stop(self) -> None:
        """End every engine."""
        for there in self.loaded.values():
            there.process.terminate()
        for there in self.loaded.values():
            with suppress(subprocess.TimeoutExpired):
                there.process.communicate(timeout=10)


def order(entry: Entry, path: Path) -> dict[str, object]:
    """Return what an engine is told of a model."""
    return {
        "path": str(path),
        "name": entry.name,
        "context_size": entry.context_size,
        "slots": int(entry.options.get("parallel", "1")),
        "unified": entry.options.get("kv_unified") == "true",
        "threads": entry.threads,
        "jinja": entry.options.get("use_jinja") == "true",
        "embeddings": entry.embeddings,
    }


def run(program: Path, told: dict[str, object]) -> Loaded:
    """Start an engine and return it once it answers; raises LoadError when it ends before."""
    process = subprocess.Popen(
        [program, json.dumps(told)], stdout=subprocess.PIPE, stderr=sys.stderr, text=True
    )
    address = process.stdout.readline().strip() if process.stdout else ""
    if not address:
        process.communicate()
        raise LoadError(f"could not load model: its engine ended with {process.returncode}")
    return Loaded(process=process, address=address)
